/*
 * The generic timer, virtual and physical: conditions, pending bits of interrupts that nobody took,
 * delivery, TVAL. The checks are those that KVM's users expect of a virtual timer.
 *
 * Shows: guests.timer.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/test.h>
#include <guest/time.h>

enum timer_kind { TIMER_VIRTUAL, TIMER_PHYSICAL };

static volatile uint32_t timer_taken;
static uint64_t timer_taken_at;
static enum timer_kind timer_kind; /* the one under test */

static uint64_t timer_now(void)
{
	cpu_isb();
	return timer_kind == TIMER_VIRTUAL ? cpu_read(cntvct_el0) : cpu_read(cntpct_el0);
}

static uint32_t timer_interrupt(void)
{
	return timer_kind == TIMER_VIRTUAL ? BOARD_VTIMER_INTERRUPT : BOARD_PTIMER_INTERRUPT;
}

static void timer_control(uint64_t value)
{
	if (timer_kind == TIMER_VIRTUAL)
		cpu_write(cntv_ctl_el0, value);
	else
		cpu_write(cntp_ctl_el0, value);
	cpu_isb();
}

static uint64_t timer_state(void)
{
	cpu_isb();
	return timer_kind == TIMER_VIRTUAL ? cpu_read(cntv_ctl_el0) : cpu_read(cntp_ctl_el0);
}

static void timer_compare(uint64_t value)
{
	if (timer_kind == TIMER_VIRTUAL)
		cpu_write(cntv_cval_el0, value);
	else
		cpu_write(cntp_cval_el0, value);
	cpu_isb();
}

static void timer_value(uint64_t value)
{
	if (timer_kind == TIMER_VIRTUAL)
		cpu_write(cntv_tval_el0, value);
	else
		cpu_write(cntp_tval_el0, value);
	cpu_isb();
}

static uint64_t timer_left(void)
{
	cpu_isb();
	return timer_kind == TIMER_VIRTUAL ? cpu_read(cntv_tval_el0) : cpu_read(cntp_tval_el0);
}

static void timer_handler(uint32_t intid)
{
	timer_taken_at = timer_now();
	timer_control(TIMER_ENABLE | TIMER_MASK);
	CHECK_EQUAL(intid, timer_interrupt());
	timer_taken++;
}

static bool timer_pending(void)
{
	return gic_bit(GICD_ISPENDR, timer_interrupt());
}

static bool timer_pending_becomes(bool want)
{
	return time_wait_until(timer_pending() == want);
}

static void timer_begin(enum timer_kind kind)
{
	timer_kind = kind;
	timer_taken = 0;
	timer_control(0);
	timer_compare(~0ul);
}

static void timer_end(void)
{
	timer_control(0);
	gic_disable(timer_interrupt());
	CHECK(timer_pending_becomes(false));
}

/* Not enabled in the GIC, interrupts masked: the state can be read all the same. */
static void check_pending_bit(enum timer_kind kind)
{
	timer_begin(kind);
	CHECK(timer_pending_becomes(false));
	timer_compare(timer_now() - 1);
	timer_control(TIMER_ENABLE);
	CHECK_EQUAL(timer_state() & TIMER_STATUS, TIMER_STATUS);
	CHECK(timer_pending_becomes(true));
	timer_control(TIMER_ENABLE | TIMER_MASK);
	CHECK_EQUAL(timer_state() & TIMER_STATUS, TIMER_STATUS);
	CHECK(timer_pending_becomes(false));
	timer_control(TIMER_ENABLE);
	CHECK(timer_pending_becomes(true));
	timer_compare(timer_now() + time_frequency() * 100); /* no host stands still for as long */
	CHECK_EQUAL(timer_state() & TIMER_STATUS, 0);
	CHECK(timer_pending_becomes(false));
	timer_end();
}

/* Enabled in the GIC, masked by the CPU: pending until it is taken, then not. */
static void check_pending_enabled(enum timer_kind kind)
{
	timer_begin(kind);
	gic_enable(timer_interrupt(), timer_handler);
	timer_compare(timer_now() - 1);
	timer_control(TIMER_ENABLE);
	CHECK(timer_pending_becomes(true));
	CHECK_EQUAL(timer_taken, 0);
	cpu_unmask_interrupts();
	cpu_isb();
	CHECK_EQUAL(timer_taken, 1);
	cpu_mask_interrupts();
	CHECK(timer_pending_becomes(false));
	timer_end();
}

static void check_no_interrupt_before(enum timer_kind kind)
{
	timer_begin(kind);
	gic_enable(timer_interrupt(), timer_handler);
	cpu_unmask_interrupts();
	timer_compare(timer_now() + time_frequency() * 100);
	timer_control(TIMER_ENABLE);
	time_spin(20);
	CHECK_EQUAL(timer_taken, 0);
	timer_compare(timer_now() - 1);
	cpu_sleep_until(&timer_taken, 1);
	CHECK_EQUAL(timer_taken, 1);
	timer_end();
}

/* Not early, and not late where the host has no say in it; awake and asleep. */
static void check_deadline(enum timer_kind kind)
{
	timer_begin(kind);
	gic_enable(timer_interrupt(), timer_handler);
	for (uint32_t i = 0; i < 20; i++) {
		uint64_t deadline = timer_now() + time_frequency() / 10000;

		timer_compare(deadline);
		timer_control(TIMER_ENABLE);
		cpu_unmask_interrupts();
		if (i % 2)
			time_spin(300);
		cpu_sleep_until(&timer_taken, i + 1);
		CHECK(timer_taken_at >= deadline);
		if (time_is_exact())
			CHECK(timer_taken_at - deadline < time_frequency() / 100000);
	}
	cpu_mask_interrupts();
	CHECK_EQUAL(timer_taken, 20);
	timer_end();
}

/* TVAL is the time left until CVAL, as 32 bits with a sign. */
static void check_tval(enum timer_kind kind)
{
	timer_begin(kind);
	gic_enable(timer_interrupt(), timer_handler);
	timer_value(INT32_MAX); /* half of it is many seconds, for which no host stands still */
	CHECK(timer_left() <= INT32_MAX);
	CHECK(timer_left() > INT32_MAX / 2);
	timer_value(time_frequency() / 100000);
	timer_control(TIMER_ENABLE);
	cpu_sleep_until(&timer_taken, 1);
	cpu_unmask_interrupts();
	CHECK_EQUAL(timer_taken, 1);
	CHECK_EQUAL(timer_state() & TIMER_STATUS, TIMER_STATUS);
	CHECK((int32_t)timer_left() < 0);
	cpu_mask_interrupts();
	timer_end();
}

/* A line that stays up is taken again and again. */
static volatile uint32_t timer_level_taken;

static void timer_level_handler(uint32_t intid)
{
	(void)intid;
	if (++timer_level_taken == 5)
		timer_control(TIMER_ENABLE | TIMER_MASK);
}

static void check_level(enum timer_kind kind)
{
	timer_begin(kind);
	timer_level_taken = 0;
	gic_enable(timer_interrupt(), timer_level_handler);
	timer_compare(timer_now() - 1);
	timer_control(TIMER_ENABLE);
	cpu_sleep_until(&timer_level_taken, 5);
	cpu_unmask_interrupts();
	time_spin(20);
	cpu_mask_interrupts();
	CHECK_EQUAL(timer_level_taken, 5);
	timer_end();
}

/* Registers keep written values, also over interrupts of the other timer. */
static void check_read_back(enum timer_kind kind)
{
	timer_begin(kind);
	timer_compare(0x123456789abcdef0ul);
	CHECK_EQUAL(kind == TIMER_VIRTUAL ? cpu_read(cntv_cval_el0) : cpu_read(cntp_cval_el0),
	            0x123456789abcdef0ul);
	timer_control(TIMER_ENABLE | TIMER_MASK);
	CHECK_EQUAL(timer_state(), TIMER_ENABLE | TIMER_MASK);
	timer_end();
}

static void counters(void)
{
	uint64_t virtual = cpu_read(cntvct_el0), physical = cpu_read(cntpct_el0);

	CHECK(time_frequency() >= 1000000);
	time_spin(10);
	CHECK(cpu_read(cntvct_el0) > virtual);
	CHECK(cpu_read(cntpct_el0) > physical);
}

/* Both at once, both taken. */
static volatile uint32_t timer_both;

static void timer_both_handler(uint32_t intid)
{
	if (intid == BOARD_VTIMER_INTERRUPT)
		cpu_write(cntv_ctl_el0, 0);
	else
		cpu_write(cntp_ctl_el0, 0);
	cpu_isb();
	timer_both += intid;
}

static void both(void)
{
	timer_both = 0;
	gic_enable(BOARD_VTIMER_INTERRUPT, timer_both_handler);
	gic_enable(BOARD_PTIMER_INTERRUPT, timer_both_handler);
	cpu_write(cntv_cval_el0, 0);
	cpu_write(cntp_cval_el0, 0);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_write(cntp_ctl_el0, TIMER_ENABLE);
	cpu_sleep_until(&timer_both, BOARD_VTIMER_INTERRUPT + BOARD_PTIMER_INTERRUPT);
	CHECK_EQUAL(timer_both, BOARD_VTIMER_INTERRUPT + BOARD_PTIMER_INTERRUPT);
}

#define BOTH_KINDS(name)                                                                           \
	static void virtual_##name(void)                                                           \
	{                                                                                          \
		check_##name(TIMER_VIRTUAL);                                                       \
	}                                                                                          \
	static void physical_##name(void)                                                          \
	{                                                                                          \
		check_##name(TIMER_PHYSICAL);                                                      \
	}
BOTH_KINDS(pending_bit)
BOTH_KINDS(pending_enabled)
BOTH_KINDS(no_interrupt_before)
BOTH_KINDS(deadline)
BOTH_KINDS(tval)
BOTH_KINDS(level)
BOTH_KINDS(read_back)

const struct test tests[] = {
    {"counters", counters, TEST_ANYWHERE},
    {"virtual-pending-bit", virtual_pending_bit, TEST_ANYWHERE},
    {"virtual-pending-enabled", virtual_pending_enabled, TEST_ANYWHERE},
    {"virtual-no-interrupt-before", virtual_no_interrupt_before, TEST_ANYWHERE},
    {"virtual-deadline", virtual_deadline, TEST_ANYWHERE},
    {"virtual-tval", virtual_tval, TEST_ANYWHERE},
    {"virtual-level", virtual_level, TEST_ANYWHERE},
    {"virtual-read-back", virtual_read_back, TEST_ANYWHERE},
    {"physical-pending-bit", physical_pending_bit, TEST_ANYWHERE},
    {"physical-pending-enabled", physical_pending_enabled, TEST_ANYWHERE},
    {"physical-no-interrupt-before", physical_no_interrupt_before, TEST_ANYWHERE},
    {"physical-deadline", physical_deadline, TEST_ANYWHERE},
    {"physical-tval", physical_tval, TEST_ANYWHERE},
    {"physical-level", physical_level, TEST_ANYWHERE},
    {"physical-read-back", physical_read_back, TEST_ANYWHERE},
    {"both", both, TEST_ANYWHERE},
    {0},
};
