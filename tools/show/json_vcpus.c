/* Cores and CPUs of a bundle as JSON: see json.h. */
#include "json.h"
#include <lib/bundle.h>
#include <lib/jsonbundle.h>

/* ---- cores ---- */

static void core_watts(struct json *json, const struct bundle_milliwatts *takes)
{
	if (takes->busy == 0)
		return;
	json_object(json, "milliwatts");
	json_number(json, "busy", takes->busy);
	json_number(json, "idle", takes->idle);
	json_number(json, "off", takes->off);
	json_end(json);
}

static void core_row(struct json *json, const struct bundle_header *bundle, uint32_t index)
{
	const struct bundle_core *core = &bundle_cores(bundle)[index];

	json_object(json, NULL);
	json_number(json, "core", index);
	json_number(json, "affinity", core->affinity);
	json_number(json, "speed", bundle->speed[index]);
	core_watts(json, &core->takes);
	if (core->holders != 0) {
		jsonbundle_holder(json, bundle, "holder", core->holder);
		jsonbundle_names(json, bundle, "may_hold", core->holders);
	}
	json_end(json);
}

void show_cores(struct json *json, const struct bundle_header *bundle)
{
	json_rows(json, "cores");
	for (uint32_t i = 0; i < bundle->cores.count; i++)
		core_row(json, bundle, i);
	json_end(json);
}

/* ---- CPUs ---- */

static void vcpu_time(struct json *json, const struct bundle_vcpu *vcpu)
{
	static const char *const misses[] = {[BUNDLE_MISS_LOG] = "log",
	                                     [BUNDLE_MISS_TELL] = "tell",
	                                     [BUNDLE_MISS_RESTART] = "restart"};

	if (vcpu->budget_us != 0) {
		json_number(json, "budget_us", vcpu->budget_us);
		json_number(json, "budget_period_us", vcpu->budget_period_us);
		json_boolean(json, "guaranteed", (vcpu->flags & BUNDLE_VCPU_GUARANTEE) != 0);
	}
	if (vcpu->period_us != 0)
		json_number(json, "period_us", vcpu->period_us);
	if (vcpu->deadline_us != 0) {
		json_number(json, "deadline_us", vcpu->deadline_us);
		json_string(json, "on_miss", misses[vcpu->on_miss]);
	}
}

void show_vcpus(struct json *json, const struct bundle_header *bundle,
                const struct bundle_partition *partition)
{
	const struct bundle_vcpu *vcpu = bundle_vcpus(bundle) + partition->vcpus.first;

	json_rows(json, "vcpus");
	for (uint32_t i = 0; i < partition->vcpus.count; i++, vcpu++) {
		json_object(json, NULL);
		json_number(json, "vcpu", i);
		json_number(json, "affinity", vcpu->affinity);
		json_number(json, "core", vcpu->core);
		jsonbundle_cores(json, "may_run_on", vcpu->cores);
		json_number(json, "priority", vcpu->priority);
		json_number(json, "priority_low", vcpu->priority_low);
		json_number(json, "priority_high", vcpu->priority_high);
		json_boolean(json, "realtime", (vcpu->flags & BUNDLE_VCPU_REALTIME) != 0);
		vcpu_time(json, vcpu);
		json_end(json);
	}
	json_end(json);
}
