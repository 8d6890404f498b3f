/*
 * A partition's vCPUs; see life/vcpu.h. Each vCPU is started, parked and stopped by its own core.
 * Another core leaves a request in the vCPU and sends a message.
 */
#include <devices/guard.h>
#include <devices/watch.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <life/vcpu.h>
#include <machine/contexts.h>
#include <machine/debug.h>
#include <machine/gic_cpu.h>
#include <machine/lent.h>
#include <run/hold.h>
#include <run/sched.h>
#include <run/stuck.h>
#include <vgic/vgic.h>
#include <word/life.h>
#include <word/timer.h>
#include <word/trace.h>
#include <word/vcpu.h>

struct vcpu_in_hand vcpu_in_hand CORE_LOCAL;

void vcpu_resume(struct vcpu *vcpu)
{
	struct context *context = &vcpu->context;

	memset(context->x, 0, sizeof(context->x));
	context->x[0] = vcpu->life.argument;
	context->pc = vcpu->life.entry;
	context->fresh = 1; /* the switch to it resets EL1 */
	core.reschedule = 1;
}

static void set_hidden(struct vcpu *vcpu)
{
	vcpu->run.hidden = vcpu->partition->life.hidden;
	sysreg_write(cntvoff_el2, vcpu->run.hidden);
}

/* A resident vCPU of this core begins at its entry. */
static void vcpu_start(struct vcpu *vcpu)
{
	vcpu->life.prepared = 0;
	vcpu_resume(vcpu);
	set_hidden(vcpu);
	psci_started(&vcpu->partition->psci, vcpu->index);
	(void)promise_priority(vcpu, vcpu->run.described);
	trace_seldom(TRACE_VCPU_ON, vcpu->context.trace_id, vcpu->life.entry);
	stuck_watch();
	sched_ready(&vcpu->context);
}

void vcpu_stop(struct vcpu *vcpu)
{
	vcpu->run.waits = 0;
	vgic_cpu_stop(vcpu);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	lent_drop(vcpu);
	sched_block(&vcpu->context, CONTEXT_OFF);
	trace_seldom(TRACE_VCPU_OFF, vcpu->context.trace_id, 0);
}

/* Parks the vCPU. Its registers stay where they are. The work that a mend interrupts keeps its
 * deadline: its guest knows nothing of it. */
static void park(struct vcpu *vcpu)
{
	const bool mended = life_is_mended(vcpu->partition);
	const uint64_t deadline = vcpu->run.deadline.at;

	if (vcpu->context.state == CONTEXT_OFF)
		return;
	if (!mended)
		deadline_rests(&vcpu->run.deadline);
	if (vcpu->life.parked)
		return;
	vcpu->life.virtual_timer = sysreg_read(cntv_ctl_el0);
	vcpu->life.physical_timer = sysreg_read(cntp_ctl_el0);
	vcpu->life.stood = timer_now();
	order_stores(); /* a frame that crashes here does it again */
	vcpu->life.parked = mended && vcpu->run.waits ? VCPU_PARKED | VCPU_WAITED : VCPU_PARKED;
	vcpu->run.waits = 0;
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	sched_block(&vcpu->context, CONTEXT_BLOCKED);
	if (mended)
		vcpu->run.deadline.at = deadline;
}

/* When a vCPU that waited as it was parked was to go on: now, or as its timer asked meanwhile. */
static uint64_t asked_at(const struct vcpu *vcpu)
{
	uint64_t at = sysreg_read(cntv_cval_el0) + vcpu->run.hidden;

	if (!resident_timer_asks(true) || (vcpu->vgic.open & core.virtual_timer) == 0)
		return timer_now();
	return at > vcpu->life.stood ? at : vcpu->life.stood;
}

static void unpark(struct vcpu *vcpu)
{
	const bool waited = (vcpu->life.parked & VCPU_WAITED) != 0;

	if (!vcpu->life.parked)
		return;
	if ((vcpu->life.parked & VCPU_LAID) != 0)
		watch_take_up(vcpu);
	set_hidden(vcpu);
	sysreg_write(cntv_ctl_el0, vcpu->life.virtual_timer);
	sysreg_write(cntp_ctl_el0, vcpu->life.physical_timer);
	order_stores(); /* likewise */
	vcpu->life.parked = VCPU_UNPARKED;
	stuck_watch();
	promise_stood(vcpu, timer_now() - vcpu->life.stood);
	if (waited)
		promise_begins(vcpu, asked_at(vcpu));
	sched_ready(&vcpu->context);
}

/* The partition's present state counts: it may have changed more than once since the vCPU was
 * asked. */
void vcpu_follow(struct vcpu *vcpu)
{
	debug_follow(vcpu);
	if (life_lets(vcpu)) {
		unpark(vcpu);
	} else if (life_stands(vcpu->partition)) {
		park(vcpu);
		if (life_is_mended(vcpu->partition))
			watch_lay_down(vcpu);
		life_vcpu_parked(vcpu);
	}
}

/* The vCPU is off, and so is its PSCI state: no CPU_ON is on its way to it any more. */
static void forget(struct vcpu *vcpu)
{
	(void)psci_went_off(&vcpu->partition->psci, vcpu->index);
	hold_look();
}

static void vcpu_end(struct vcpu *vcpu)
{
	vcpu->life.parked = VCPU_UNPARKED;
	debug_follow(vcpu);
	if (vcpu->context.state != CONTEXT_OFF || vcpu->life.prepared)
		vcpu_stop(vcpu);
	vcpu->life.prepared = 0;
	vgic_returned(vcpu);
	forget(vcpu);
	vcpu->life.ending = 1;
}

/* A vCPU has ended only when its virtual GIC has no more work. From then on the home core may
 * change the interrupts. */
static void look_at_end(struct vcpu *vcpu)
{
	if (vcpu->life.ending == 0 || __atomic_load_n(&vcpu->vgic.asked, __ATOMIC_SEQ_CST) != 0)
		return;
	vcpu->life.ending = 0;
	life_vcpu_off(vcpu->partition);
}

/* Carries out CPU_ON, in two steps. If the partition stands still, they wait until it goes on. A
 * CPU_ON of a former life is dropped. */
static void switch_on(struct vcpu *vcpu)
{
	bool lets = life_lets(vcpu);

	if (vcpu->life.start != vcpu->partition->life.status.starts ||
	    vcpu->context.state != CONTEXT_OFF)
		return;
	if (lets && vcpu->life.prepared) {
		vcpu_start(vcpu);
		return;
	}
	if (lets) {
		vgic_cpu_reset(vcpu); /* this sends the message for the second step, too */
		vcpu->life.prepared = 1;
	}
	if (lets || life_stands(vcpu->partition))
		__atomic_fetch_or(&vcpu->life.asked, (uint32_t)VCPU_START, __ATOMIC_SEQ_CST);
	else
		forget(vcpu);
}

/*
 * Carries out the requests to the vCPU. False: a message brings the rest of the vCPU's work. That
 * is so after an end, which voids the other requests. On a shared core it is so, too, if an
 * interrupt has come: the vCPU may just have become resident, which took long. This function isn't
 * inline: otherwise the registers that it uses would be saved for a message without a request, too.
 */
static __attribute__((noinline)) bool obey(struct vcpu *vcpu)
{
	uint32_t asked = __atomic_load_n(&vcpu->life.asked, __ATOMIC_SEQ_CST);

	vcpu_in_hand.asked = asked;
	order_stores();
	vcpu_in_hand.vcpu = vcpu;
	__atomic_fetch_and(&vcpu->life.asked, ~asked, __ATOMIC_SEQ_CST);
	if ((asked & VCPU_STOP) != 0) {
		vcpu_end(vcpu);
	} else {
		if ((asked & VCPU_FOLLOW) != 0)
			vcpu_follow(vcpu);
		if ((asked & VCPU_START) != 0)
			switch_on(vcpu);
		if ((asked & VCPU_SHOW) != 0) {
			(void)guard_change(vcpu);
			watch_show(vcpu);
		}
	}
	vcpu_in_hand.vcpu = 0;
	if ((asked & VCPU_STOP) == 0 && (core.only != 0 || !gic_is_pending()))
		return true;
	vcpu_tell_later(vcpu);
	return false;
}

void vcpu_asked(struct vcpu *vcpu)
{
	if (__atomic_load_n(&vcpu->life.asked, __ATOMIC_SEQ_CST) != 0 && !obey(vcpu))
		return;
	vgic_asked(vcpu);
	look_at_end(vcpu);
}

void vcpu_tell(struct vcpu *vcpu)
{
	if (vcpu == core.vcpu)
		vcpu_asked(vcpu);
	else
		vcpu_tell_later(vcpu);
}
