/* vCPUs from any core; see word/vcpu.h. */
#include <lib/bundle.h>
#include <state/core.h>
#include <state/partition.h>
#include <word/mail.h>
#include <word/vcpu.h>

struct partition *partition_at(uint32_t index)
{
	return (struct partition *)(LAYOUT_PARTITION + index * LAYOUT_SLOT);
}

bool vcpu_is_here(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->core, __ATOMIC_SEQ_CST) == core.index && !vcpu->comes;
}

void vcpu_tell_later(const struct vcpu *vcpu)
{
	mail_post(vcpu->core, MAIL_VCPU, vcpu->context.trace_id);
}

void partition_ask_all(struct partition *partition, enum vcpu_ask what)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		__atomic_fetch_or(&partition->vcpus[i].life.asked, (uint32_t)what,
		                  __ATOMIC_SEQ_CST);
		/* This core has a message, too, as each vCPU takes long. */
		vcpu_tell_later(&partition->vcpus[i]);
	}
}
