/*
 * What `kumiki check`, `show`, `draw` and `rtos` say of a system in the same words: see host/say.h.
 */
#include <host/say.h>
#include <inttypes.h>
#include <kumiki/hold.h>
#include <lib/power.h>
#include <lib/powerwords.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ---- sizes ---- */

const char *units_size(char text[UNITS_SIZE], uint64_t bytes)
{
	static const char *const names[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	uint64_t unit = 1024;
	int power = 0;
	if (bytes < unit) {
		snprintf(text, UNITS_SIZE, "%" PRIu64 " bytes", bytes);
		return text;
	}
	while (power < 5 && bytes / unit >= 1024) {
		unit *= 1024;
		power++;
	}
	uint64_t tenths = (bytes % unit) / (unit / 1024) * 10 / 1024;
	if (bytes % unit == 0)
		snprintf(text, UNITS_SIZE, "%" PRIu64 " %s", bytes / unit, names[power]);
	else
		snprintf(text, UNITS_SIZE, "~%" PRIu64 ".%" PRIu64 " %s", bytes / unit, tenths,
		         names[power]);
	return text;
}

/* ---- what follows a crash ---- */

static const char *const policy_words[] = {[LIFE_DO_RESTART] = "restart",
                                           [LIFE_DO_STOP] = "stop",
                                           [LIFE_DO_HOLD] = "hold",
                                           [LIFE_DO_OFF] = "power off"};

/* Words about the delay before the second restart; "": there is no delay, or no second restart. */
static const char *policy_delay(char *text, size_t size, const struct bundle_life *life)
{
	text[0] = '\0';
	if (life->limit > 1 && life->delay != 0)
		(void)snprintf(text, size, " (the second after %" PRIu32 " ms)", life->delay);
	return text;
}

const char *policy_text(char *text, const struct bundle_life *life, bool never)
{
	char delay[48];

	if (never)
		(void)snprintf(text, POLICY_SIZE, "%s at a crash; never restarted",
		               policy_words[life->on_crash]);
	else
		(void)snprintf(text, POLICY_SIZE,
		               "%s at a crash; by itself at most %" PRIu32 " restart%s in %" PRIu32
		               " s%s, then %s",
		               policy_words[life->on_crash], life->limit,
		               life->limit == 1 ? "" : "s", life->window / 1000,
		               policy_delay(delay, sizeof(delay), life),
		               policy_words[life->at_limit]);
	return text;
}

/* ---- which cores are on ---- */

const char *powerplan_words(char words[POWERPLAN_SIZE], const struct bundle_power *power)
{
	int length;

	words[0] = 0;
	if (power->policy == POWER_PERFORMANCE && !power->changes)
		return words;
	length = snprintf(words, POWERPLAN_SIZE, "%s at start", power_policy_name(power->policy));
	for (uint32_t i = 0; i < power->changes; i++)
		length += snprintf(words + length, POWERPLAN_SIZE - (size_t)length,
		                   "%s %02u:%02u %s", i ? "," : ";", power->change[i].minute / 60u,
		                   power->change[i].minute % 60u,
		                   power_policy_name(power->change[i].policy));
	if (power->changes)
		(void)snprintf(words + length, POWERPLAN_SIZE - (size_t)length, " (UTC)");
	return words;
}

uint32_t powerplan_fewest(const struct model *model)
{
	struct power_machine machine = {.cores = (uint32_t)model->core_count,
	                                .console = model->console_core};
	struct power_look look = {0};

	for (size_t p = 0; p < model->partition_count; p++) {
		const struct model_partition *partition = &model->partitions[p];

		machine.home[p] = (uint8_t)partition->vcpus[0].core;
		for (size_t i = 0; i < partition->vcpu_count; i++) {
			const struct model_vcpu *vcpu = &partition->vcpus[i];

			look.at[machine.vcpus] = (uint8_t)vcpu->core;
			machine.vcpu[machine.vcpus++] = (struct power_vcpu){
			    vcpu->cores, (uint8_t)p, (vcpu->flags & BUNDLE_VCPU_REALTIME) != 0};
		}
	}
	return power_fewest(&machine, &look);
}

/* ---- which cores move ---- */

/* Adds words to the text. Names are short, so all of it fits. */
__attribute__((format(printf, 2, 3))) static void shiftplan_add(char *words, const char *format,
                                                                ...)
{
	const size_t used = strlen(words);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(words + used, SHIFTPLAN_SIZE - used, format, arguments);
	va_end(arguments);
}

static void shiftplan_changes(char *words, const struct shiftplan *plan,
                              const struct bundle_shift *shift)
{
	for (uint32_t i = 0; i < shift->changes; i++) {
		const struct bundle_shift_change *change = &shift->change[i];

		shiftplan_add(words, "%s%02u:%02u core %u to %s",
		              i > 0    ? ", "
		              : *words ? "; "
		                       : "",
		              change->minute / 60u, change->minute % 60u, change->core,
		              change->to == HOLD_NOBODY ? HOLD_NOBODYS_NAME
		                                        : plan->name[change->to]);
	}
	if (shift->changes)
		shiftplan_add(words, " (UTC)");
}

const char *shiftplan_words(char words[SHIFTPLAN_SIZE], const struct shiftplan *plan,
                            const struct bundle_shift *shift)
{
	const char *word = "; never below";

	words[0] = 0;
	if (!shift->by_load && !shift->changes)
		return words;
	if (shift->by_load)
		shiftplan_add(words, "by load");
	shiftplan_changes(words, plan, shift);
	for (uint32_t p = 0; p < plan->partitions; p++)
		if (plan->moving >> p & 1) {
			shiftplan_add(words, "%s %s %u", word, plan->name[p], shift->least[p]);
			word = ",";
		}
	return words;
}

/* ---- vCPUs ---- */

struct bundle_vcpu vcpuwords_entry(const struct model_vcpu *vcpu)
{
	return (struct bundle_vcpu){.affinity = vcpu->affinity,
	                            .core = vcpu->core,
	                            .cores = vcpu->cores,
	                            .priority = vcpu->priority,
	                            .priority_low = vcpu->priority_low,
	                            .priority_high = vcpu->priority_high,
	                            .flags = vcpu->flags,
	                            .budget_us = vcpu->budget_us,
	                            .budget_period_us = vcpu->budget_period_us,
	                            .period_us = vcpu->period_us,
	                            .deadline_us = vcpu->deadline_us,
	                            .on_miss = vcpu->on_miss};
}

__attribute__((format(printf, 2, 3))) static void vcpuwords_add(char *text, const char *format, ...)
{
	const size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text + used, VCPUWORDS_SIZE - used, format, arguments);
	va_end(arguments);
}

static void vcpuwords_deadline(char *text, const struct bundle_vcpu *vcpu)
{
	static const char *const misses[] = {[BUNDLE_MISS_LOG] = "is recorded",
	                                     [BUNDLE_MISS_TELL] = "is told to its managers",
	                                     [BUNDLE_MISS_RESTART] = "restarts it"};

	if (vcpu->period_us != 0)
		vcpuwords_add(text, "; work each %" PRIu32 " us", vcpu->period_us);
	if (vcpu->deadline_us != 0)
		vcpuwords_add(text, ", done in %" PRIu32 " us, a miss %s", vcpu->deadline_us,
		              misses[vcpu->on_miss]);
}

const char *vcpuwords(char text[VCPUWORDS_SIZE], const struct bundle_vcpu *vcpu,
                      uint32_t partition_priority)
{
	const bool guarantee = (vcpu->flags & BUNDLE_VCPU_GUARANTEE) != 0;

	text[0] = '\0';
	if (vcpu->priority != partition_priority)
		vcpuwords_add(text, "; priority %u", vcpu->priority);
	if (vcpu->priority_low != vcpu->priority_high)
		vcpuwords_add(text, "; its tasks %u to %u", vcpu->priority_low,
		              vcpu->priority_high);
	if (vcpu->budget_us != 0)
		vcpuwords_add(text, "; at %s %" PRIu32 " us in %" PRIu32 " us",
		              guarantee ? "least" : "most", vcpu->budget_us,
		              vcpu->budget_period_us);
	vcpuwords_deadline(text, vcpu);
	if ((vcpu->flags & BUNDLE_VCPU_REALTIME) != 0)
		vcpuwords_add(text, "; real-time");
	return text;
}
