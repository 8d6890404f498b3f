/*
 * Which of a core's vCPUs is resident; see frame/resident.h. A core with one vCPU finds it here at
 * its start and calls nothing of this later, but for what is rare.
 */
#include <frame/core.h>
#include <frame/gic.h>
#include <frame/mail.h>
#include <frame/partition.h>
#include <frame/promise.h>
#include <frame/report.h>
#include <frame/resident.h>
#include <frame/sched.h>
#include <lib/bundle.h>
#include <machine/mail_interrupt.h>
#include <machine/sysreg.h>

#define TIMER_ON 1u /* CNTx_CTL_EL0: ENABLE without IMASK */
#define TIMER_IS 3u

static void add(struct partition *partition, struct vcpu *vcpu)
{
	if (vcpu->core != core.index)
		return;
	vcpu->next_here = core.vcpus;
	core.vcpus = vcpu;
	core.partition = partition;
	core.vcpu = core.el1 = vcpu;
}

RARELY void resident_begin(void)
{
	for (uint32_t p = core_bundle->partitions.count; p-- > 0;) {
		const struct bundle_range vcpus = bundle_partitions(core_bundle)[p].vcpus;

		for (uint32_t i = vcpus.count; i-- > 0;)
			if (bundle_vcpus(core_bundle)[vcpus.first + i].core == core.index)
				add(partition_at(p), &partition_at(p)->vcpus[i]);
	}
	/* One that is watched isn't left to its hardware. */
	if (core.vcpus != 0 && core.vcpus->next_here == 0 && core.vcpus->promised == 0)
		core.only = core.vcpus;
	else
		core.partition = 0;
}

/* ---- GIC state and timers ---- */

static uint64_t deadline(const struct vcpu *vcpu, uint64_t control, uint64_t compare,
                         uint32_t intid)
{
	bool comes = (vcpu->vgic.open & ~vcpu->saved.active) >> intid & 1;

	return (control & TIMER_IS) == TIMER_ON && comes ? compare : TIMER_NEVER;
}

static uint64_t earlier_deadline(const struct vcpu *vcpu)
{
	const struct bundle_board *board = &core_bundle->board;
	const struct vcpu_saved *saved = &vcpu->saved;
	uint64_t hidden = vcpu->partition->life.hidden;
	uint64_t of_virtual = deadline(vcpu, saved->virtual_control, saved->virtual_compare,
	                               board->virtual_timer_intid);
	uint64_t of_physical = deadline(vcpu, saved->physical_control, saved->physical_compare,
	                                board->physical_timer_intid);

	if (of_virtual > TIMER_NEVER - hidden)
		of_virtual = TIMER_NEVER - hidden;
	return of_virtual + hidden < of_physical ? of_virtual + hidden : of_physical;
}

static void save(struct vcpu *vcpu)
{
	struct vcpu_saved *saved = &vcpu->saved;
	uint32_t physical = vcpu->partition->vgic.physical;

	resident_look();
	saved->virtual_control = sysreg_read(cntv_ctl_el0);
	saved->physical_control = sysreg_read(cntp_ctl_el0);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	saved->virtual_compare = sysreg_read(cntv_cval_el0);
	saved->physical_compare = sysreg_read(cntp_cval_el0);
	resident_save_gic(&saved->gic);
	barrier_instruction();
	saved->active = gic_private_active() & physical;
	gic_clear_active(gic_private(), saved->active);
	gic_clear_pending(gic_private(), vcpu->vgic.latched & physical);
	vcpu->due = vcpu->waits ? earlier_deadline(vcpu) : TIMER_NEVER;
}

/* Active before a list register is linked to it. */
static void load(struct vcpu *vcpu)
{
	const struct vcpu_saved *saved = &vcpu->saved;
	uint32_t physical = vcpu->partition->vgic.physical, open = vcpu->vgic.open;

	gic_set_active(gic_private(), saved->active);
	gic_set_pending(gic_private(), vcpu->vgic.latched & physical);
	gic_set_enable(gic_private(), physical & open);
	gic_clear_enable(gic_private(), physical & ~open);
	resident_load_gic(&saved->gic);
	sysreg_write(cntvoff_el2, vcpu->partition->life.hidden);
	sysreg_write(cntv_cval_el0, saved->virtual_compare);
	sysreg_write(cntp_cval_el0, saved->physical_compare);
	sysreg_write(cntv_ctl_el0, saved->virtual_control);
	sysreg_write(cntp_ctl_el0, saved->physical_control);
	barrier_instruction();
}

void resident_enter(struct vcpu *vcpu)
{
	core.reschedule = 1;
	if (core.vcpu == vcpu)
		return;
	save(core.vcpu);
	core.vcpu = vcpu;
	load(vcpu);
}

bool resident_enter_el1(struct vcpu *vcpu)
{
	uint8_t *last = &core.last[vcpu->partition->index];
	bool other = *last != 0 && *last != vcpu->index + 1;

	resident_save_el1(&core.el1->saved.el1);
	resident_save_float(&core.el1->saved.floating);
	core.el1 = vcpu;
	if (!vcpu->context.fresh) {
		resident_load_el1(&vcpu->saved.el1);
		resident_load_float(&vcpu->saved.floating);
	}
	*last = (uint8_t)(vcpu->index + 1);
	return other;
}

/* ---- what comes for those that aren't ---- */

RARELY struct partition *resident_partition(uint32_t index)
{
	struct vcpu *vcpu = core.vcpus;

	while (vcpu != 0 && vcpu->partition->index != index)
		vcpu = vcpu->next_here;
	if (vcpu == 0)
		return 0;
	resident_enter(core.vcpu->partition == vcpu->partition ? core.vcpu : vcpu);
	return vcpu->partition;
}

/* Private ones are the resident one's; the others' go where they are routed to. */
static struct vcpu *owner_of(uint32_t intid)
{
	struct vcpu *vcpu = core.vcpus, *target;

	if (intid < VGIC_PRIVATE)
		return core.vcpu;
	while (vcpu != 0 && (vcpu->partition->vgic.owned[intid / 32] >> intid % 32 & 1) == 0)
		vcpu = vcpu->next_here;
	if (vcpu == 0)
		return 0;
	target = &vcpu->partition->vcpus[vcpu->partition->vgic.target[intid]];
	return target->core == core.index ? target : vcpu;
}

void resident_interrupt(uint32_t intid)
{
	struct vcpu *vcpu = owner_of(intid);

	if (vcpu == 0)
		stop_machine("an interrupt came that nobody owns");
	resident_enter(vcpu);
	vgic_arrived(vcpu, intid);
	resident_look();
	if (core.current != 0 && core.current->kind != CONTEXT_VCPU)
		sched_interrupt(core.current, &vcpu->context);
}

/* One at a time, as each may take as long as anything may. */
void resident_mail(uint64_t vcpus)
{
	struct mailbox *box = &shared_memory->box[core.index];
	struct vcpu *vcpu = core.vcpus;

	while (vcpu != 0 && (vcpus >> vcpu->context.trace_id & 1) == 0)
		vcpu = vcpu->next_here;
	if (vcpu == 0)
		return;
	vcpus &= ~(1ULL << vcpu->context.trace_id);
	if (vcpus != 0) {
		__atomic_fetch_or(&box->word[MAIL_VCPU], vcpus, __ATOMIC_SEQ_CST);
		mail_interrupt(core.mail_target[core.index]);
	}
	resident_enter(vcpu);
	vcpu_asked(vcpu);
}

/* ---- waiting ---- */

/* Where it is alone its own hardware wakes it, and only services run meanwhile. */
void resident_wait(struct vcpu *vcpu)
{
	if (core.only != 0) {
		sched_end_turn(&vcpu->context);
		return;
	}
	vcpu->waits = 1;
	sched_block(&vcpu->context, CONTEXT_BLOCKED);
	if (vcpu->promised != 0)
		promise_waits(vcpu);
}

static void wake(struct vcpu *vcpu)
{
	vcpu->waits = 0;
	vcpu->due = TIMER_NEVER;
	if (vcpu->promised != 0)
		promise_wakes(vcpu);
	sched_ready(&vcpu->context);
}

void resident_look(void)
{
	if (core.vcpu != 0 && core.vcpu->waits && vgic_cpu_pending(core.vcpu))
		wake(core.vcpu);
}

void resident_arm(uint32_t priority)
{
	uint64_t next = TIMER_NEVER;

	for (struct vcpu *vcpu = core.vcpus; vcpu != 0; vcpu = vcpu->next_here)
		if (vcpu->waits && vcpu != core.vcpu && vcpu->context.priority >= priority &&
		    vcpu->due < next)
			next = vcpu->due;
	timer_set(TIMER_SAVED, next);
}

void resident_due(uint64_t now)
{
	for (struct vcpu *vcpu = core.vcpus; vcpu != 0; vcpu = vcpu->next_here)
		if (vcpu->waits && vcpu != core.vcpu && vcpu->due <= now)
			wake(vcpu);
}

void resident_choose(struct context *next)
{
	if (next->kind == CONTEXT_VCPU)
		resident_enter(vcpu_of(next));
	resident_arm(next->priority);
}
