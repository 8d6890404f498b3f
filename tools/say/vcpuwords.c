/* See host/vcpuwords.h. `kumiki check`, `show` and `pack` use this file. */
#include <host/vcpuwords.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
