/*
 * Takes messages about vCPUs, on a core that may have several vCPUs; see turn/vcpu_heard.h. If an
 * interrupt comes meanwhile, the message may be put back.
 */
#include <life/vcpu.h>
#include <run/move.h>
#include <run/resident.h>
#include <turn/vcpu_heard.h>
#include <vgic/vgic.h>

/* Returns the vCPU with this index in the bundle; 0: it can't be on this core. */
static struct vcpu *vcpu_find(uint32_t id)
{
	for (struct vcpu *vcpu = core.vcpus; vcpu != 0; vcpu = vcpu->run.next_here)
		if (vcpu->context.trace_id == id)
			return vcpu;
	for (uint32_t hosts = core.hosts; hosts != 0; hosts &= hosts - 1) {
		struct partition *partition = partition_at((uint32_t)__builtin_ctz(hosts));
		uint32_t index = id - partition->vcpus[0].context.trace_id;

		if (index < partition->vcpu_count)
			return &partition->vcpus[index];
	}
	return 0;
}

/* Carries out a message about a vCPU of this core. False: an interrupt has come and goes first; the
 * message is to be taken again. */
static bool vcpu_hear(struct vcpu *vcpu)
{
	/* True: the vCPU runs, and no choice comes before it goes on. */
	bool runs = core.reschedule == 0 && core.ready == &vcpu->context;

	if (vcpu != core.vcpu && vcpu->life.asked == 0 && vgic_noted_sgi(vcpu)) {
		resident_wake(vcpu);
	} else {
		bool long_way = vcpu != core.vcpu;

		resident_enter(vcpu);
		if (long_way && resident_let_go())
			return false;
		vcpu_asked(vcpu);
	}
	if (!runs && vcpu->life.ending == 0)
		vgic_hush(vcpu);
	move_look(vcpu);
	return true;
}

bool vcpu_heard(uint32_t id)
{
	struct vcpu *vcpu = vcpu_find(id);

	return vcpu == 0 || !move_take_over(vcpu) || vcpu_hear(vcpu);
}
