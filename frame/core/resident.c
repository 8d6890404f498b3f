/*
 * Which of a core's vCPUs is resident; see frame/resident.h. A core with one vCPU finds it here at
 * its start and calls nothing of this later, but for what is rare.
 */
#include <frame/core.h>
#include <frame/gic.h>
#include <frame/listreg.h>
#include <frame/mail.h>
#include <frame/partition.h>
#include <frame/promise.h>
#include <frame/report.h>
#include <frame/resident.h>
#include <frame/sched.h>
#include <lib/bundle.h>
#include <machine/gic_cpu.h>
#include <machine/sysreg.h>

#define TIMER_ON 1u /* CNTx_CTL_EL0: ENABLE without IMASK */
#define TIMER_IS 3u

static void add(struct partition *partition, struct vcpu *vcpu)
{
	if (vcpu->core != core.index)
		return;
	vcpu->owner = (uint8_t)partition->index;
	vcpu->number = (uint8_t)(vcpu->index + 1);
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
	core.timers = 1u << core_bundle->board.virtual_timer_intid |
	              1u << core_bundle->board.physical_timer_intid;
	for (struct vcpu *vcpu = core.vcpus; vcpu != 0; vcpu = vcpu->next_here) {
		vcpu->due = TIMER_NEVER;
		if (core.only == 0)
			vcpu->context.hcr |= CONTEXT_HCR_TWI;
	}
}

/* ---- those that wait and aren't resident, by their deadlines ---- */

static inline bool goes_off(uint64_t control, uint32_t open, uint32_t intid)
{
	return (control & TIMER_IS) == TIMER_ON && (open >> intid & 1) != 0;
}

static inline uint64_t earlier_deadline(const struct vcpu *vcpu)
{
	const struct bundle_board *board = &core_bundle->board;
	const struct vcpu_saved *saved = &vcpu->saved;
	uint32_t open = vcpu->vgic.open & ~saved->active;
	uint64_t deadline = TIMER_NEVER;

	if (goes_off(saved->gic.virtual_control, open, board->virtual_timer_intid)) {
		deadline = saved->gic.virtual_compare + vcpu->partition->life.hidden;
		if (deadline < saved->gic.virtual_compare)
			deadline = TIMER_NEVER;
	}
	if (goes_off(saved->gic.physical_control, open, board->physical_timer_intid) &&
	    saved->gic.physical_compare < deadline)
		deadline = saved->gic.physical_compare;
	return deadline;
}

/* `due` is TIMER_NEVER unless it is in the list. */
static inline void fall_asleep(struct vcpu *vcpu)
{
	struct vcpu **link = &core.sleepers;

	if (((vcpu->saved.gic.virtual_control | vcpu->saved.gic.physical_control) & 1) == 0)
		return;
	vcpu->due = earlier_deadline(vcpu);
	if (vcpu->due == TIMER_NEVER)
		return;
	while (*link != 0 && (*link)->due <= vcpu->due)
		link = &(*link)->next_due;
	vcpu->next_due = *link;
	*link = vcpu;
}

static __attribute__((noinline)) void stir(struct vcpu *vcpu)
{
	struct vcpu **link = &core.sleepers;

	if (vcpu->due == TIMER_NEVER)
		return;
	while (*link != vcpu)
		link = &(*link)->next_due;
	*link = vcpu->next_due;
	vcpu->due = TIMER_NEVER;
}

/* ---- GIC state and timers ---- */

/* Of the physical private interrupts: those that it holds, which are active. */
static inline uint32_t held_private(const struct vcpu *vcpu)
{
	uint32_t held = vcpu->vgic.waiting.all[0] | vcpu->vgic.evicted.all[0];

	for (uint32_t used = vcpu->saved.gic.used; used != 0; used &= used - 1) {
		uint32_t intid = LR_INTID(vcpu->saved.gic.lr[__builtin_ctz(used)]);

		if (intid < VGIC_PRIVATE)
			held |= 1u << intid;
	}
	return held & core.timers;
}

static inline bool private_differ(const struct vcpu *old, const struct vcpu *next)
{
	uint32_t latched = old->vgic.latched | next->vgic.latched;
	uint32_t open = old->vgic.open ^ next->vgic.open;

	return ((old->saved.active | next->saved.active | latched | open) & core.timers) != 0;
}

/* Timers are off meanwhile: what is made inactive doesn't come again for who isn't meant. */
static __attribute__((noinline)) void exchange_private(const struct vcpu *old,
                                                       const struct vcpu *next)
{
	uint32_t open = next->vgic.open & core.timers;

	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	barrier_instruction();
	gic_clear_active(gic_private(), old->saved.active);
	gic_clear_pending(gic_private(), old->vgic.latched & core.timers);
	gic_set_active(gic_private(), next->saved.active);
	gic_set_pending(gic_private(), next->vgic.latched & core.timers);
	gic_set_enable(gic_private(), open);
	gic_clear_enable(gic_private(), core.timers & ~open);
}

/*
 * The resident one is saved, and another one takes its place: the virtual GIC interface, the
 * timers, and the private interrupts where they differ, which is seldom. One is active before a
 * list register is linked to it.
 */
void resident_exchange(struct vcpu *next)
{
	struct vcpu *old = core.vcpu;

	lr_settle();
	resident_save_gic(&old->saved.gic, core.lists);
	old->saved.active = held_private(old);
	if (private_differ(old, next))
		exchange_private(old, next);
	sysreg_write(cntvoff_el2, next->partition->life.hidden);
	resident_load_gic(&next->saved.gic, old->saved.gic.used);
	core.vcpu = next;
	if (next->due != TIMER_NEVER)
		stir(next);
	if (old->waits)
		fall_asleep(old);
	if (next->vgic.waiting.levels != 0)
		vgic_returned(next);
}

void resident_enter(struct vcpu *vcpu)
{
	core.reschedule = 1;
	if (core.vcpu == vcpu)
		return;
	resident_look();
	resident_exchange(vcpu);
	lr_settle();
}

/* ---- what comes for those that aren't ---- */

RARELY struct vcpu *resident_find(uint32_t partition)
{
	struct vcpu *vcpu = core.vcpus;

	if (vcpu != 0 && core.vcpu->partition->index == partition)
		return core.vcpu;
	while (vcpu != 0 && vcpu->partition->index != partition)
		vcpu = vcpu->next_here;
	return vcpu;
}

RARELY struct partition *resident_partition(uint32_t index)
{
	struct vcpu *vcpu = resident_find(index);

	if (vcpu == 0)
		return 0;
	resident_enter(vcpu);
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
	if (vcpu == core.vcpu) {
		vgic_arrived(vcpu, intid);
	} else {
		vgic_noted(vcpu, intid);
		resident_wake(vcpu);
	}
	if (core.current != 0 && core.current->kind != CONTEXT_VCPU)
		sched_interrupt(core.current, &vcpu->context);
}

RARELY void resident_pulse(struct partition *partition, uint32_t intid)
{
	struct vcpu *to = &partition->vcpus[partition->vgic.target[intid]];

	if (to->core == core.index && to != core.vcpu && vgic_noted_pulse(to, intid)) {
		resident_wake(to);
		return;
	}
	(void)resident_partition(partition->index);
	vgic_pulse(partition, intid);
}

/* One at a time, as each may take as long as anything may; the most urgent first. */
void resident_mail(uint64_t vcpus)
{
	struct vcpu *vcpu = core.vcpus;
	uint64_t first = vcpus;

	for (uint32_t class = GIC_CLASSES; class -- > 0;)
		if ((vcpus & core.mail_urgent[class][MAIL_VCPU]) != 0) {
			first = vcpus & core.mail_urgent[class][MAIL_VCPU];
			break;
		}
	while (vcpu != 0 && (first >> vcpu->context.trace_id & 1) == 0)
		vcpu = vcpu->next_here;
	if (vcpu == 0)
		return;
	vcpus &= ~(1ULL << vcpu->context.trace_id);
	if (vcpus != 0)
		mail_again(MAIL_VCPU, vcpus);
	if (vcpu != core.vcpu && vcpu->asked == 0 && vgic_noted_sgi(vcpu)) {
		resident_wake(vcpu);
	} else {
		resident_enter(vcpu);
		vcpu_asked(vcpu);
	}
}

/* ---- waiting ---- */

/* Where it is alone its own hardware wakes it, and only services run meanwhile. */
void resident_wait(struct vcpu *vcpu)
{
	if (core.only != 0)
		sched_end_turn(&vcpu->context);
	else
		sched_wait(vcpu);
}

void resident_wake(struct vcpu *vcpu)
{
	if (vcpu->waits && vcpu->promised != 0)
		promise_wakes(vcpu);
	stir(vcpu);
	if (!vcpu->waits)
		return;
	vcpu->waits = 0;
	sched_ready(&vcpu->context);
}

void resident_look(void)
{
	if (core.vcpu != 0 && core.vcpu->waits && vgic_cpu_pending(core.vcpu))
		resident_wake(core.vcpu);
}

void resident_due(uint64_t now)
{
	while (core.sleepers != 0 && core.sleepers->due <= now)
		resident_wake(core.sleepers);
}
