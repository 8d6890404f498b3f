/* Stolen time: the records' addresses and their reset; see state/stolen.h. The time itself is
 * written by stolen_add() in run/stolen.h. */
#include <run/stolen.h>
#include <state/partition.h>

uint64_t stolen_ask(struct vcpu *vcpu)
{
	vcpu->run.stolen = &vcpu->partition->stolen[vcpu->index];
	return vcpu->partition->stolen_ipa + vcpu->index * sizeof(struct stolen_record);
}

void stolen_reset(struct partition *partition)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		partition->vcpus[i].run.stolen = 0;
		partition->stolen[i].nanoseconds = 0;
	}
}
