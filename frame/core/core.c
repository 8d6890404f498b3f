/* A core's own start, once it is on its own tables and stack, and its deadlines. */
#include <frame/core.h>
#include <frame/dma.h>
#include <frame/gic.h>
#include <frame/life.h>
#include <frame/mail.h>
#include <frame/partition.h>
#include <frame/print.h>
#include <frame/sched.h>
#include <frame/service.h>
#include <frame/stuck.h>
#include <lib/bundle.h>
#include <machine/contexts.h>
#include <machine/firmware.h>
#include <machine/sysreg.h>

struct core core CORE_LOCAL;
_Static_assert(offsetof(struct core, reschedule) == 0, "vectors.S looks there");

/* The vCPU that this core runs, if any: one partition's. */
static void find_vcpu(void)
{
	for (uint32_t p = 0; p < core_bundle->partitions.count; p++) {
		const struct bundle_range vcpus = bundle_partitions(core_bundle)[p].vcpus;

		for (uint32_t i = 0; i < vcpus.count; i++) {
			if (bundle_vcpus(core_bundle)[vcpus.first + i].core != core.index)
				continue;
			core.partition = partition_at(p);
			core.vcpu = &core.partition->vcpus[i];
		}
	}
}

/* An SPI of the frame itself, by its own device. */
static void own_spi(uint32_t intid, bool edge)
{
	uint32_t bit = 1u << intid % 32;

	if (intid == 0)
		return;
	gic_route(intid, bundle_cores(core_bundle)[core.index].affinity);
	if (edge)
		gic_set_edges(intid / 32, bit, bit);
	core.own[intid / 32] |= bit;
	gic_set_enable(gic_spis(intid / 32), bit);
}

static void start_services(void)
{
	const struct bundle_board *board = &core_bundle->board;

	if (core.index != core_bundle->console_core)
		return;
	if (board->smmu_base != 0) {
		own_spi(board->smmu_event_intid, true);
		own_spi(board->smmu_error_intid, true);
	}
	if (board->uart_base == 0)
		return;
	own_spi(board->uart_intid, false);
	service_start(&console_own->context);
}

/* Cores of one machine may differ in what they need. */
static void ask_workarounds(void)
{
	for (uint32_t i = 0; i < 3; i++)
		core.workarounds[i] = firmware_workaround(i + 1);
}

void core_main(void)
{
	for (int i = 0; i < TIMER_COUNT; i++)
		core.deadline[i] = TIMER_NEVER;
	core.slice = timer_ticks(SCHED_SLICE_NS);
	context_init_core();
	core.own[0] = 1u << GIC_SGI_MAIL | 1u << core_bundle->board.gic_maintenance_intid |
	              1u << core_bundle->board.hyp_timer_intid;
	mail_begin();
	gic_init_core(core.own[0]);
	find_vcpu();
	ask_workarounds();
	start_services();
	if (core.vcpu != 0 && core.vcpu->index == 0)
		life_begin(core.partition);
	sched_choose();
	core_leave();
}

/* ---- time ---- */

uint64_t timer_now(void)
{
	barrier_instruction();
	return sysreg_read(cntpct_el0);
}

uint64_t timer_ticks(uint64_t nanoseconds)
{
	uint64_t hz = sysreg_read(cntfrq_el0);
	uint64_t seconds = nanoseconds / 1000000000;
	uint64_t rest = nanoseconds % 1000000000;

	if (seconds > TIMER_NEVER / 2 / hz)
		return TIMER_NEVER;
	return seconds * hz + (rest * hz + 999999999) / 1000000000;
}

static void timer_program(void)
{
	uint64_t next = TIMER_NEVER;

	for (int i = 0; i < TIMER_COUNT; i++)
		if (core.deadline[i] < next)
			next = core.deadline[i];
	sysreg_write(cnthp_cval_el2, next);
	sysreg_write(cnthp_ctl_el2, next != TIMER_NEVER);
	barrier_instruction();
}

void timer_set(enum core_timer timer, uint64_t deadline)
{
	if (core.deadline[timer] == deadline)
		return;
	core.deadline[timer] = deadline;
	timer_program();
}

static bool timer_due(enum core_timer timer, uint64_t now)
{
	if (core.deadline[timer] > now)
		return false;
	core.deadline[timer] = TIMER_NEVER;
	return true;
}

void timer_interrupt(void)
{
	uint64_t now = timer_now();

	if (timer_due(TIMER_SLICE, now) && core.current != 0)
		sched_end_turn(core.current);
	if (timer_due(TIMER_CONSOLE, now))
		console_timeout();
	if (timer_due(TIMER_RTC, now) && core.partition != 0)
		rtc_evaluate(core.partition);
	if (timer_due(TIMER_WATCHDOG, now) && core.partition != 0)
		wdt_evaluate(core.partition);
	if (timer_due(TIMER_STUCK, now) && core.vcpu != 0)
		stuck_look(core.vcpu);
	if (timer_due(TIMER_LIFE, now) && core.partition != 0)
		life_due(core.partition);
	if (timer_due(TIMER_DMA, now))
		dma_events();
	timer_program();
}
