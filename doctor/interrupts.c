/*
 * The interrupt controller, driven by the frame's own driver: it is found, each core's part of it
 * is set up, interrupts come to EL2, and one that is linked to a list register ends where a guest
 * ends it.
 */
#include <dev/gic.h>
#include <doctor/doctor.h>
#include <doctor/interrupts.h>
#include <frame/esr.h>
#include <frame/gic.h>
#include <frame/tables.h>
#include <guest/group.h>
#include <lib/bundle.h>
#include <machine/gic_cpu.h>
#include <machine/irq.h>
#include <machine/local.h>
#include <machine/mail_interrupt.h>
#include <state/core.h>

#define SGI          8 /* one that the frame has no use for */
#define NO_INTERRUPT 0xffffffffu
#define COMES_US     20000
#define GUEST_US     20000
#define GUEST_STACK  4096u

/* Bits of a timer's control register. */
#define TIMER_ENABLE 1u

extern const uint8_t guest_vectors[]; /* vectors.S */

static struct {
	uint32_t taken;
	uint64_t when;
	bool holds; /* the next interrupt stays active */
	uint8_t *guest_stack;
} state CORE_LOCAL;

static uint32_t own_bits(void)
{
	const struct bundle_board *board = told_board;

	return 1u << SGI | 1u << board->gic_maintenance_intid | 1u << board->hyp_timer_intid |
	       1u << board->virtual_timer_intid | 1u << board->physical_timer_intid;
}

uint32_t interrupts_own_index(void)
{
	const uint64_t own = cpu_affinity();

	for (uint32_t i = 0; i < told_facts->bundle.cores.count; i++)
		if (told_facts->cores[i].affinity == own)
			return i;
	return DOCTOR_CORES;
}

/* ---- the sources ---- */

static void silence(void)
{
	sysreg_write(cnthp_ctl_el2, 0);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	lr_want_maintenance(0);
	barrier_instruction();
}

void interrupts_take(void)
{
	const uint32_t taken = gic_acknowledge();

	state.when = wait_now();
	silence();
	if (GIC_INTID(taken) >= GIC_SPECIAL)
		return;
	state.taken = GIC_INTID(taken);
	gic_drop_priority(taken);
	if (!state.holds)
		gic_deactivate(taken);
	state.holds = false;
}

void interrupts_alarm(uint64_t ticks)
{
	sysreg_write(cnthp_cval_el2, wait_now() + ticks);
	sysreg_write(cnthp_ctl_el2, TIMER_ENABLE);
	barrier_instruction();
}

static void fire_hypervisor(void)
{
	interrupts_alarm(0);
}

static void fire_virtual(void)
{
	sysreg_write(cntvoff_el2, 0);
	sysreg_write(cntv_cval_el0, 0);
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
	barrier_instruction();
}

static void fire_physical(void)
{
	sysreg_write(cntp_cval_el0, 0);
	sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
	barrier_instruction();
}

static void fire_sgi(void)
{
	mail_interrupt(mail_target(told_facts->cores[core.index].affinity), SGI);
}

/* No list register is in use: that is fewer than two. */
static void fire_maintenance(void)
{
	lr_want_maintenance(ICH_HCR_UIE);
	lr_settle();
}

/* ---- the checks ---- */

void interrupts_distributor(void)
{
	const uint64_t at = told_board->gicd_base;
	uint32_t typer;

	gic_init_distributor((va_t){at});
	typer = *reg(at, GICD_TYPER);
	report_good(GIC_KIND " at 0x%lx: %u interrupts, %s", PRINT_X(at), 32 * ((typer & 0x1f) + 1),
	            (typer >> 10 & 1) != 0 ? "with a secure state" : "one security state");
}

/* By what a priority keeps of all ones. */
static uint32_t priority_bits(void)
{
	volatile uint8_t *priority = (volatile uint8_t *)(gic_private().at + GICD_IPRIORITYR +
	                                                  told_board->virtual_timer_intid);
	const uint8_t was = *priority;
	uint32_t kept;

	*priority = 0xff;
	kept = *priority;
	*priority = was;
	return kept == 0 ? 0 : 8 - (uint32_t)__builtin_ctz(kept);
}

void interrupts_interface(void)
{
	const uint32_t index = interrupts_own_index();
	uint32_t messages = GIC_SGIS; /* the driver has posted some to this core */
	uint64_t found;

	core.index = index;
	found = index == DOCTOR_CORES
	            ? 0
	            : gic_find_core(told_board, told_facts->cores[index].affinity);
	if (found == 0) {
		report_defect("at 0x%lx are no registers of this core; correct the interrupt "
		              "controller's reg in the board file",
		              PRINT_X(told_board->gicr_base));
		return;
	}
	doctor_map_core(found);
	gic_init_core(own_bits());
	silence();
	while (gic_is_pending() && messages-- > 0)
		interrupts_take();
	report_good("%u list registers, %u bits of priority", core.list_registers, priority_bits());
}

/* Has an interrupt come, and returns how long that took, in ticks; 0: it didn't come. */
static uint64_t comes(uint32_t intid, void (*fire)(void))
{
	struct wait wait = wait_for(COMES_US);
	uint64_t begin;

	state.taken = NO_INTERRUPT;
	begin = wait_now();
	fire();
	irq_unmask();
	while (state.taken == NO_INTERRUPT && wait_goes_on(&wait))
		;
	irq_mask();
	silence();
	return state.taken == intid ? state.when - begin + 1 : 0;
}

static void tell_missing(const char *name, uint32_t intid)
{
	if (state.taken == NO_INTERRUPT)
		report_defect(
		    "interrupt %u (%s) doesn't come to EL2 within %u ms; correct the "
		    "interrupts of the timer or the interrupt controller in the board file",
		    intid, name, COMES_US / 1000);
	else
		report_defect(
		    "instead of interrupt %u (%s) comes %u; correct the interrupts of the "
		    "timer or the interrupt controller in the board file",
		    intid, name, state.taken);
}

void interrupts_timers(void)
{
	const struct bundle_board *board = told_board;
	const struct {
		const char *name;
		uint32_t intid;
		void (*fire)(void);
	} each[] = {
	    {"the frame's timer", board->hyp_timer_intid, fire_hypervisor},
	    {"a guest's virtual timer", board->virtual_timer_intid, fire_virtual},
	    {"a guest's physical timer", board->physical_timer_intid, fire_physical},
	    {"a message of a core to itself", SGI, fire_sgi},
	    {"maintenance of the list registers", board->gic_maintenance_intid, fire_maintenance},
	};

	for (uint32_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		const uint64_t ticks = comes(each[i].intid, each[i].fire);

		if (ticks == 0)
			tell_missing(each[i].name, each[i].intid);
		else
			report_good("%u (%s) comes to EL2 in %u ns", each[i].intid, each[i].name,
			            (uint32_t)wait_ns(ticks - 1));
	}
}

void interrupts_sleep(uint64_t ticks)
{
	interrupts_alarm(ticks);
	__asm__ volatile("dsb sy; wfi" ::: "memory");
	irq_unmask();
	barrier_instruction();
	irq_mask();
	silence();
}

/* ---- a list register that is linked to an interrupt ---- */

/* Takes the guest's timer interrupt, and leaves it active. False: it doesn't come. */
static bool take_active(uint32_t intid)
{
	state.holds = true;
	if (comes(intid, fire_virtual) != 0)
		return true;
	state.holds = false;
	tell_missing("a guest's virtual timer", intid);
	return false;
}

static bool is_active(uint32_t intid)
{
	return (gic_active(gic_private()) >> intid & 1) != 0;
}

/* Runs the code at EL1. Returns whether it answered. */
static bool run_guest(void)
{
	if (state.guest_stack == 0)
		state.guest_stack = doctor_take(GUEST_STACK);
	sysreg_write(sctlr_el1, 0x30d00800); /* caches and MMU off */
	sysreg_write(vbar_el1, doctor_place_of(guest_vectors));
	sysreg_write(sp_el1, (uintptr_t)state.guest_stack + GUEST_STACK);
	interrupts_alarm(GUEST_US * wait_hz() / 1000000);
	(void)attempt_at_el1(doctor_place_of((const void *)(uintptr_t)guest_main),
	                     told_board->gicv_base);
	silence();
	return exception_last.kind == EXCEPTION_GUEST &&
	       ESR_CLASS(exception_last.esr) == CLASS_HVC && ESR_IMMEDIATE(exception_last.esr) == 0;
}

static void judge_list(uint32_t intid, bool answered)
{
	const uint64_t left = lr_read(0);

	if (!answered) {
		(void)report_begin(REPORT_DEFECT);
		exception_tell();
		print(
		    "; the virtual interface can't be used: correct the interrupt controller's reg "
		    "(GICV) in the board file");
		report_end();
	} else if (exception_last.answer != intid)
		report_defect(
		    "a guest gets interrupt %u for %u; the virtual interface can't be used",
		    (uint32_t)exception_last.answer, intid);
	else if (is_active(intid) || (left & LR_STATE) != 0)
		report_defect("a guest's end of interrupt %u doesn't end it (list register 0x%lx); "
		              "guests' interrupts can't be linked to the hardware's",
		              intid, PRINT_X(left));
	else
		report_good("a guest takes interrupt %u, and its end is the hardware's", intid);
}

void interrupts_list(void)
{
	const uint32_t intid = told_board->virtual_timer_intid;
	bool answered;

	if (!take_active(intid))
		return;
	if (!is_active(intid)) {
		report_defect("interrupt %u isn't active after it was taken; the GIC can't be used",
		              intid);
		return;
	}
	vcpu_interface_reset();
	lr_write(0, LR_PENDING | LR_HW | GUEST_GROUP | (uint64_t)intid | LR_PHYSICAL(intid) |
	                LR_PRIORITY(GIC_PRIORITY_PRIVATE));
	lr_settle();
	answered = run_guest();
	judge_list(intid, answered);
	lr_write(0, 0);
	lr_settle();
	gic_clear_active(gic_private(), 1u << intid);
}
