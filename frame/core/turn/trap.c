/*
 * The table of traps: what each exception from below EL2 leads to. A class that isn't in the table
 * ends the partition.
 */
#include <dma/dma.h>
#include <frame/esr.h>
#include <frame/stop.h>
#include <kumiki/hypercall.h>
#include <life/debug.h>
#include <machine/contexts.h>
#include <machine/fault.h>
#include <machine/irq.h>
#include <run/blame.h>
#include <run/progress.h>
#include <run/resident.h>
#include <run/sched.h>
#include <run/wake_service.h>
#include <turn/due.h>
#include <turn/idle.h>
#include <turn/mail_take.h>
#include <turn/message_heard.h>
#include <turn/service_calls.h>
#include <turn/trap.h>
#include <vgic/vgic.h>
#include <word/trace.h>

void trap_sync(struct context *context, uint64_t esr);
void trap_irq(struct context *context);
void trap_fiq(struct context *context, uint64_t esr);
void trap_serror(struct context *context, uint64_t esr);

/* The calling convention uses the immediate 0. Others aren't supported here. */
static void on_call(struct context *context, uint64_t esr)
{
	if (ESR_IMMEDIATE(esr) == 0)
		call_guest(vcpu_of(context));
	else
		context->x[0] = (uint64_t)KUMIKI_NOT_SUPPORTED;
}

static void on_hvc(struct context *context, uint64_t esr)
{
	if (ESR_IMMEDIATE(esr) == KUMIKI_HVC_CRASH)
		blame_vcpu(vcpu_of(context), STOP_CRASH);
	else
		on_call(context, esr);
}

/* Unlike after HVC, the PC is still at the instruction, so it is advanced. */
static void on_smc(struct context *context, uint64_t esr)
{
	context_advance(context, esr);
	on_call(context, esr);
}

/* Most often the access is a write of ICC_SGI1R_EL1. This is its syndrome without the register's
 * number. */
#define ESR_SGI1R_MASK 0x3ffc1fULL
#define ESR_SGI1R      0x3a3016ULL

static void on_sysreg(struct context *context, uint64_t esr)
{
	if ((esr & ESR_SGI1R_MASK) != ESR_SGI1R) {
		sysreg_guest(vcpu_of(context), esr);
		return;
	}
	vgic_send_sgi(vcpu_of(context),
	              SYSREG_RT(esr) == REGISTER_ZERO ? 0 : context->x[SYSREG_RT(esr)], true);
	context_advance(context, esr);
}

static void on_data_abort(struct context *context, uint64_t esr)
{
	access_guest(vcpu_of(context), esr);
}

static void on_instruction_abort(struct context *context, uint64_t esr)
{
	if (!guard_fault(vcpu_of(context), esr))
		inject_abort(vcpu_of(context), esr);
}

/* A pending interrupt ends WFI at once. */
static void wait_unless_pending(struct vcpu *vcpu)
{
	if (!vgic_cpu_pending(vcpu))
		resident_wait(vcpu);
}

static void on_wait(struct context *context, uint64_t esr)
{
	context_advance(context, esr);
	wait_unless_pending(vcpu_of(context));
}

/* Does what on_wait() does, on a shared core, where most traps are WFI. If no list register is in
 * use and nothing waits, it makes the choice itself. */
static inline void on_shared_wait(struct vcpu *vcpu, uint64_t esr)
{
	uint32_t any = vcpu->vgic.waiting.levels | (~lr_empty() & core.lists);

	context_advance(&vcpu->context, esr);
	if (any != 0) {
		wait_unless_pending(vcpu);
		return;
	}
	sched_wait(vcpu);
	turn_choose();
}

static void on_undefined(struct context *context, uint64_t esr)
{
	(void)esr;
	inject_undefined(vcpu_of(context));
}

/* Debug exceptions come to EL2 only while a debugger is attached. AArch32's BKPT, and a BRK that
 * isn't the debugger's, are the guest's own. */
static void on_debug(struct context *context, uint64_t esr)
{
	bool foreign = ESR_CLASS(esr) == CLASS_BKPT ||
	               (ESR_CLASS(esr) == CLASS_BRK && ESR_IMMEDIATE(esr) != DEBUG_BRK);

	if (foreign)
		inject_debug(vcpu_of(context), esr);
	else
		debug_trap(vcpu_of(context), esr, fault_virtual());
}

static void on_unknown(struct context *context, uint64_t esr)
{
	blame_fault(vcpu_of(context), REPORT_EXCEPTION, esr, 0);
}

typedef void trap_handler(struct context *context, uint64_t esr);

enum trap {
	TRAP_UNKNOWN, /* a class without an entry in vcpu_traps */
	TRAP_UNDEFINED,
	TRAP_WAIT,
	TRAP_HVC,
	TRAP_SMC,
	TRAP_SYSREG,
	TRAP_INSTRUCTION_ABORT,
	TRAP_DATA_ABORT,
	TRAP_DEBUG,
};

static trap_handler *const handlers[] = {
    [TRAP_UNKNOWN] = on_unknown,
    [TRAP_UNDEFINED] = on_undefined,
    [TRAP_WAIT] = on_wait,
    [TRAP_HVC] = on_hvc,
    [TRAP_SMC] = on_smc,
    [TRAP_SYSREG] = on_sysreg,
    [TRAP_INSTRUCTION_ABORT] = on_instruction_abort,
    [TRAP_DATA_ABORT] = on_data_abort,
    [TRAP_DEBUG] = on_debug,
};

static const uint8_t vcpu_traps[64] = {
    [CLASS_UNKNOWN] = TRAP_UNDEFINED,
    [CLASS_WFI] = TRAP_WAIT,
    [CLASS_CP15] = TRAP_UNDEFINED, /* AArch32 at EL0: registers that trap for AArch64, too */
    [CLASS_CP15_64] = TRAP_UNDEFINED,
    [CLASS_CP14] = TRAP_UNDEFINED,
    [CLASS_CP14_LOAD] = TRAP_UNDEFINED,
    [CLASS_FP] = TRAP_UNDEFINED, /* by CPTR */
    [CLASS_CP10] = TRAP_UNDEFINED,
    [CLASS_KEYS] = TRAP_UNDEFINED, /* if keys are hidden from guests */
    [CLASS_CP14_64] = TRAP_UNDEFINED,
    [CLASS_ILLEGAL] = TRAP_UNDEFINED,
    [CLASS_HVC] = TRAP_HVC,
    [CLASS_SMC] = TRAP_SMC,
    [CLASS_SYSREG] = TRAP_SYSREG,
    [CLASS_SVE] = TRAP_UNDEFINED,
    [CLASS_SME] = TRAP_UNDEFINED,
    [CLASS_FETCH] = TRAP_INSTRUCTION_ABORT,
    [CLASS_DATA] = TRAP_DATA_ABORT,
    [CLASS_BREAKPOINT] = TRAP_DEBUG,
    [CLASS_STEP] = TRAP_DEBUG,
    [CLASS_WATCHPOINT] = TRAP_DEBUG,
    [CLASS_BKPT] = TRAP_DEBUG,
    [CLASS_BRK] = TRAP_DEBUG,
};

/* Takes a synchronous exception. Afterwards the vectors choose again if the handler asked for it
 * (core.reschedule). */
void trap_sync(struct context *context, uint64_t esr)
{
	trap_handler *handler;

	if (ESR_CLASS(esr) == CLASS_WFI && core.only == 0 && context->kind == CONTEXT_VCPU) {
		on_shared_wait(vcpu_of(context), esr); /* the switch that follows is traced */
		return;
	}
	handler = handlers[vcpu_traps[ESR_CLASS(esr)]];
	trace(TRACE_EXIT, context->trace_id, esr << 32 | (uint32_t)context_pc());
	if (context->kind == CONTEXT_VCPU) {
		handler(context, esr);
	} else if (ESR_CLASS(esr) == CLASS_SVC) {
		service_call(context);
	} else {
		service_fault(context, esr, sysreg_read(far_el2));
	}
}

/* Takes the frame's own interrupts, except messages and its timer's. Most are messages, and those
 * need no stack frame here. */
static void device_interrupt(uint32_t intid)
{
	const struct bundle_board *board = &core_bundle->board;

	if (intid == board->uart_intid) {
		/* The interrupt stays active, and so silent, until the service has looked. */
		service_interrupt(intid);
		return;
	}
	if (intid == board->gic_maintenance_intid)
		vgic_maintain(core.vcpu);
	else if (intid == board->smmu_event_intid)
		dma_events();
	else
		dma_error();
	gic_deactivate(intid);
}

static inline void own_interrupt(uint32_t taken, uint32_t trace_id)
{
	uint32_t intid = GIC_INTID(taken);

	if (intid < GIC_MAIL + GIC_CLASSES) {
		irq_unmask();
		gic_deactivate(taken);
		mail_take(intid - GIC_MAIL); /* this traces each message */
		return;
	}
	trace(TRACE_INTERRUPT, trace_id, intid);
	if (intid == core_bundle->board.hyp_timer_intid) {
		progress_watch();
		irq_unmask();
		gic_deactivate(intid); /* so that it can come again meanwhile */
		timer_interrupt();
		return;
	}
	irq_unmask();
	device_interrupt(intid);
}

static inline void guest_interrupt(struct vcpu *vcpu, uint32_t intid)
{
	vgic_arrived(vcpu, intid);
	if (core.current != &vcpu->context && core.current != 0)
		sched_interrupt(core.current, &vcpu->context);
}

static inline bool is_own(uint32_t intid)
{
	return (core.own[intid / 32] >> intid % 32 & 1) != 0;
}

static inline void shared_end(void)
{
	resident_look();
	if (core.reschedule != 0)
		return;
	core.interrupted = 0;
	if (gic_is_pending())
		core.reschedule = CORE_AGAIN;
}

/* Takes an interrupt on a shared core. If it wakes a vCPU that runs next, that vCPU may be charged
 * for the time from here on. */
static inline void shared_interrupt(uint32_t taken, uint32_t trace_id)
{
	uint32_t intid = GIC_INTID(taken);

	core.interrupted = sysreg_read(cntpct_el0);
	if (is_own(intid)) {
		own_interrupt(taken, trace_id);
	} else {
		irq_unmask();
		resident_interrupt(intid);
	}
	shared_end();
}

/* On a core with one vCPU the message is for that one's partition. */
static inline void only_message(struct vcpu *vcpu, struct partition *partition, uint32_t intid)
{
	if (GIC_MESSAGE_OWNER(intid) != partition->index || !message_is_heard(partition))
		return;
	vgic_message(partition, GIC_MESSAGE_SPI(intid));
	if (core.current != &vcpu->context && core.current != 0)
		sched_interrupt(core.current, &vcpu->context);
}

static void shared_message(uint32_t intid)
{
	core.interrupted = sysreg_read(cntpct_el0);
	irq_unmask();
	message_shared(intid);
	shared_end();
}

/* Takes a function's message. It has no active state, so dropping its priority is all. */
static __attribute__((noinline)) void message_interrupt(uint32_t taken)
{
	uint32_t intid = GIC_INTID(taken);
	struct vcpu *vcpu;

	message_in_hand = intid;
	gic_drop_priority(taken);
	vcpu = core.only;
	if (vcpu == 0) {
		shared_message(intid);
	} else {
		irq_unmask();
		only_message(vcpu, core.partition, intid);
	}
	message_in_hand = 0;
}

/* Takes one physical interrupt: a guest's, a function's message, or the frame's own. */
static void trap_interrupt(uint32_t trace_id)
{
	uint32_t taken = gic_acknowledge(), intid = GIC_INTID(taken);

	if (intid >= GIC_SPECIAL) {
		if (intid >= GIC_MESSAGE_FIRST)
			message_interrupt(taken);
		return;
	}
	gic_drop_priority(taken);
	if (core.only == 0) {
		shared_interrupt(taken, trace_id);
	} else if (is_own(intid)) {
		own_interrupt(taken, trace_id);
	} else {
		irq_unmask();
		guest_interrupt(core.only, intid); /* this traces the injection */
	}
}

void trap_irq(struct context *context)
{
	trap_interrupt(context->trace_id);
}

void trap_idle_interrupt(void)
{
	trap_interrupt(core.charged != 0 ? core.charged->trace_id : TRACE_NO_VCPU);
	irq_mask();
}

/* All interrupts are in group 1, so an FIQ can't come. */
void trap_fiq(struct context *context, uint64_t esr)
{
	(void)context;
	(void)esr;
	stop_machine("an FIQ came, but every interrupt is in group 1");
}

/*
 * An asynchronous external abort came while a context ran, most likely by an access of that
 * context. A guest's abort ends the partition, as one of the guest's writes may be lost.
 */
void trap_serror(struct context *context, uint64_t esr)
{
	trace_seldom(TRACE_EXIT, context->trace_id, esr << 32 | (uint32_t)context_pc());
	if (context->kind != CONTEXT_VCPU) {
		service_fault(context, esr, 0);
	} else {
		blame_fault(vcpu_of(context), REPORT_SERROR, esr, 0);
	}
}
