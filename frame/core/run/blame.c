/* A vCPU ends its partition; see run/blame.h. */
#include <run/blame.h>
#include <run/sched.h>
#include <word/life.h>
#include <word/report.h>
#include <word/vcpu.h>

bool blame_claim(struct partition *partition, enum stop_reason reason)
{
	uint32_t none = STOP_NONE;

	return __atomic_compare_exchange_n(&partition->life.ending, &none, (uint32_t)reason, false,
	                                   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Stops the vCPU, even if another vCPU has ended the life already. */
static void give_up(struct vcpu *vcpu)
{
	if (vcpu_is_here(vcpu)) {
		vcpu->run.waits = 0;
		if (vcpu->context.state != CONTEXT_OFF)
			sched_block(&vcpu->context, CONTEXT_BLOCKED);
	}
	life_tell(vcpu->partition->index, LIFE_LOOK);
}

void blame_vcpu(struct vcpu *vcpu, enum stop_reason reason)
{
	if (blame_claim(vcpu->partition, reason))
		report_stop(vcpu, reason);
	give_up(vcpu);
}

void blame_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address)
{
	if (blame_claim(vcpu->partition, STOP_FAULT))
		report_fault(vcpu, fault, syndrome, address);
	give_up(vcpu);
}
