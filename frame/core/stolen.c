/* Stolen time; see frame/stolen.h. */
#include <frame/core.h>
#include <frame/partition.h>
#include <frame/stolen.h>
#include <lib/string.h>

uint64_t stolen_ask(struct vcpu *vcpu)
{
	vcpu->stolen = &vcpu->partition->stolen[vcpu->index];
	return vcpu->partition->stolen_ipa + vcpu->index * sizeof(struct stolen_record);
}

void stolen_add(struct vcpu *vcpu, uint64_t ticks)
{
	struct stolen_record *record = vcpu->stolen;

	/* At once: the guest may be reading on another vCPU. */
	__atomic_store_n(&record->nanoseconds,
	                 record->nanoseconds +
	                     (uint64_t)((unsigned __int128)ticks * vcpu->partition->tick >> 32),
	                 __ATOMIC_RELAXED);
}

void stolen_reset(struct partition *partition)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		partition->vcpus[i].stolen = 0;
		partition->stolen[i].nanoseconds = 0;
	}
}
