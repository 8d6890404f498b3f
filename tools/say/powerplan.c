/* See host/powerplan.h. */
#include <host/powerplan.h>
#include <lib/power.h>
#include <lib/powerwords.h>
#include <string.h>

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
