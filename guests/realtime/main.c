/* SPDX-License-Identifier: MIT-0 */
/*
 * A real-time system that measures itself, whatever else runs on its core: a tick of the generic
 * timer, and a device's line. README.md says what it prints, and explains its doorbells and its
 * command line.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/priority.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <realtime/latency.h>
#include <realtime/line.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REALTIME_HZ   1000u
#define REALTIME_ECHO 1 /* the second interrupt, which each tick sends */

/* The events that follow a tick, one after the other, if near= demands them. The count runs
 * down. */
#define REALTIME_FOLLOW   4u
#define REALTIME_BY_TIMER 4u
#define REALTIME_BY_BOTH  3u
#define REALTIME_BY_LINE  2u
#define REALTIME_LINE     1u  /* the line at its own time */
#define REALTIME_ROOM_US  30u /* the time that an event needs before the next tick */

extern const char realtime_vectors[];

/* The command line's settings. */
static struct {
	uint64_t hz, report, line_delay, brief, background, work, near, wait;
} realtime_asked;

/* Handlers write this; the main loop reads it with interrupts masked, and writes only what is
 * marked as its own. */
static struct {
	uint64_t period, deadline; /* counter ticks */
	volatile uint64_t near;    /* the timer's earlier deadline; 0: none */
	volatile uint32_t follow;  /* events that still follow this tick; the main loop's */
	uint32_t ticks, echoes, late;
	volatile bool begins, ends; /* a doorbell says so of a phase; the main loop answers */
	volatile bool prints;       /* the main loop prints now, with its own priority */
} realtime;

/* The state when the phase began. */
static struct {
	uint32_t number, late, lost;
} realtime_phase;

static struct latency realtime_tick_latency, realtime_line_latency;
static struct latency realtime_near_latency, realtime_near_line_latency;
static struct latency *const realtime_latencies[] = {&realtime_tick_latency, &realtime_line_latency,
                                                     &realtime_near_latency,
                                                     &realtime_near_line_latency};

/* ---- handlers ---- */

static void realtime_near(void)
{
	uint64_t latency = latency_since(realtime.near);

	realtime.near = 0;
	cpu_write(cntv_cval_el0, realtime.deadline);
	if (realtime_near_latency.noting)
		latency_note(&realtime_near_latency, latency);
}

/* No tick is left out: after a late tick the next ones follow at once. */
static void realtime_tick(uint32_t intid)
{
	uint64_t latency = latency_since(realtime.deadline);

	(void)intid;
	if (realtime.near != 0) {
		realtime_near();
		return;
	}
	realtime.follow = REALTIME_FOLLOW;
	realtime.deadline += realtime.period;
	cpu_write(cntv_cval_el0, realtime.deadline);
	gic_send(REALTIME_ECHO, 0);
	if (latency >= realtime.period)
		realtime.late++;
	if (realtime_tick_latency.noting)
		latency_note(&realtime_tick_latency, latency);
	realtime.ticks++;
}

/* The interrupt raised this CPU's priority. Before the handler ends, the interrupted code gets its
 * own priority back. */
static void realtime_go_on(void)
{
	if (realtime.prints)
		(void)priority_tell(realtime_asked.background);
}

static void realtime_echo(uint32_t intid)
{
	(void)intid;
	realtime.echoes++;
	realtime_go_on();
}

static void realtime_begins(uint32_t intid)
{
	(void)intid;
	realtime.begins = true;
}

static void realtime_note(bool noting)
{
	for (uint32_t i = 0; i < sizeof(realtime_latencies) / sizeof(realtime_latencies[0]); i++)
		realtime_latencies[i]->noting = noting;
}

static void realtime_ends(uint32_t intid)
{
	(void)intid;
	realtime_note(false);
	realtime.ends = true;
}

/* ---- phases ---- */

static void realtime_begin_phase(void)
{
	realtime.begins = false;
	for (uint32_t i = 0; i < sizeof(realtime_latencies) / sizeof(realtime_latencies[0]); i++)
		latency_clear(realtime_latencies[i]);
	cpu_mask_interrupts();
	realtime_phase.number++;
	realtime_phase.late = realtime.late;
	realtime_phase.lost = realtime.ticks - realtime.echoes;
	realtime_note(true);
	cpu_unmask_interrupts();
}

static void realtime_print_phase(const char *name, const struct latency *latency, uint32_t lost,
                                 uint32_t late)
{
	if (latency->count == 0)
		return;
	printf("PHASE %s %u %u %u %u %lu %lu\n", name, (unsigned int)realtime_phase.number,
	       (unsigned int)latency->count, (unsigned int)lost, (unsigned int)late,
	       (unsigned long)latency_nanoseconds(latency_median(latency)),
	       (unsigned long)latency_nanoseconds(latency->worst));
	if (realtime_asked.brief == 0)
		latency_print_histogram(latency);
}

static void realtime_end_phase(void)
{
	uint32_t lost, late;

	realtime.ends = false;
	cpu_mask_interrupts();
	lost = realtime.ticks - realtime.echoes - realtime_phase.lost;
	late = realtime.late - realtime_phase.late;
	cpu_unmask_interrupts();
	realtime_print_phase("tick", &realtime_tick_latency, lost, late);
	realtime_print_phase("line", &realtime_line_latency, line_lost(), 0);
	realtime_print_phase("near", &realtime_near_latency, 0, 0);
	realtime_print_phase("near-line", &realtime_near_line_latency, 0, 0);
}

/* ---- without phases ---- */

static void realtime_print_second(void)
{
	uint32_t ticks, lost, late;

	cpu_mask_interrupts();
	ticks = realtime.ticks;
	lost = ticks - realtime.echoes + line_lost();
	late = realtime.late;
	cpu_unmask_interrupts();
	printf("realtime: %u s, %u ticks, %u lost, %u late, latency median %lu ns, worst %lu ns\n",
	       (unsigned int)(ticks / realtime_asked.hz), (unsigned int)ticks, (unsigned int)lost,
	       (unsigned int)late,
	       (unsigned long)latency_nanoseconds(latency_median(&realtime_tick_latency)),
	       (unsigned long)latency_nanoseconds(realtime_tick_latency.worst));
}

static void realtime_alone(void)
{
	static uint32_t seconds;

	if (realtime_asked.report != 0 && realtime_tick_latency.count >= realtime_asked.report) {
		realtime_ends(0);
		realtime_end_phase();
		guest_power_off();
	}
	if (realtime_asked.report != 0 || realtime.ticks / realtime_asked.hz == seconds)
		return;
	seconds = realtime.ticks / (uint32_t)realtime_asked.hz;
	realtime.prints = realtime_asked.background != 0;
	realtime_go_on();
	realtime_print_second();
	realtime.prints = false;
}

/* ---- start ---- */

/* The number behind `name` on the command line. */
static uint64_t realtime_setting(const void *tree, const char *name, uint64_t otherwise)
{
	const char *line = tree_string(tree_named(tree, "chosen", 0), "bootargs", 0);
	const char *at = line != NULL ? strstr(line, name) : NULL;

	return at != NULL ? strtoull(at + strlen(name), NULL, 0) : otherwise;
}

/* Listens to the doorbells, if there are any. In the order of the description they mean: a phase
 * begins; it ends. */
static bool realtime_listen(const void *tree)
{
	struct tree_node begins = tree_compatible(tree, "kumiki,doorbell-1.0", 0);
	struct tree_node ends = tree_compatible(tree, "kumiki,doorbell-1.0", 1);

	if (ends.at == NULL)
		return false;
	gic_enable(tree_interrupt(begins, 0), realtime_begins);
	gic_enable(tree_interrupt(ends, 0), realtime_ends);
	return true;
}

/* Waits for the first phase: before it the observed neighbour hasn't begun. */
static void realtime_wait_for_phase(void)
{
	while (!realtime.begins) {
		cpu_wfi();
		cpu_unmask_interrupts();
		cpu_isb();
		cpu_mask_interrupts();
	}
}

static void realtime_start_tick(void)
{
	realtime.period = time_frequency() / realtime_asked.hz;
	realtime.deadline = time_counter() + realtime.period;
	cpu_write(cntv_cval_el0, realtime.deadline);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	/* The second interrupt is more urgent than a tick: it comes before the next tick, even if
	 * that is late. */
	gic_enable(REALTIME_ECHO, realtime_echo);
	gic_set_priority(REALTIME_ECHO, GIC_PRIORITY - 0x20);
	gic_enable(BOARD_VTIMER_INTERRUPT, realtime_tick);
}

static void realtime_compute(uint64_t microseconds)
{
	uint64_t end = time_counter() + microseconds * time_frequency() / 1000000;

	while (time_counter() < end)
		continue;
}

/* Computes as long as work= says. The yield in the middle lets an emulator whose CPUs take turns go
 * on to another CPU. */
static void realtime_work(void)
{
	if (!realtime_tick_latency.noting || realtime_asked.work == 0)
		return;
	realtime_compute(realtime_asked.work / 2);
	__asm__ volatile("yield");
	realtime_compute(realtime_asked.work / 2);
}

/* ---- events right behind one another ---- */

/* How long before an event this CPU begins to wait: with each tick a little longer, from 0 up to
 * near=, then again from 0. */
static uint64_t realtime_sweep(uint32_t kind)
{
	static uint64_t before;

	if (kind == REALTIME_FOLLOW)
		before = before < realtime_asked.near ? before + 1 : 0;
	return before;
}

/*
 * Lets a deadline, a line or both be due. This CPU waits just before; so they are due while the
 * frame switches to the interrupted vCPU, or while that vCPU begins. This comes by construction,
 * not by luck.
 */
static void realtime_follow(uint32_t kind)
{
	uint64_t before = realtime_sweep(kind);
	uint64_t due = kind == REALTIME_BY_TIMER ? time_counter() + before
	                                         : line_send(&realtime_near_line_latency);

	if (due == 0)
		return;
	if (kind != REALTIME_BY_LINE) {
		realtime.near = due;
		cpu_write(cntv_cval_el0, due);
		cpu_isb();
	}
	while (time_counter() + before < due)
		continue;
}

static void realtime_look(void)
{
	uint64_t room = REALTIME_ROOM_US * time_frequency() / 1000000;

	if (realtime_asked.near == 0) {
		(void)line_send(&realtime_line_latency);
		return;
	}
	if (realtime.follow == 0 || realtime.near != 0 || line_is_under_way() ||
	    time_counter() + room > realtime.deadline)
		return;
	if (realtime.follow-- == REALTIME_LINE)
		(void)line_send(&realtime_line_latency);
	else
		realtime_follow(realtime.follow + 1);
}

/* The part that isn't urgent: it runs between interrupts. */
static void realtime_main_loop(bool phases)
{
	for (;;) {
		realtime_look();
		if (realtime.ends)
			realtime_end_phase();
		if (realtime.begins)
			realtime_begin_phase();
		if (!phases)
			realtime_alone();
		realtime_work();
		cpu_wfi();
	}
}

void guest_main(void *device_tree)
{
	bool phases;

	realtime_asked.hz = realtime_setting(device_tree, "hz=", REALTIME_HZ);
	realtime_asked.report = realtime_setting(device_tree, "report=", 0);
	realtime_asked.brief = realtime_setting(device_tree, "brief=", 0);
	realtime_asked.line_delay = realtime_setting(device_tree, "line=", 0);
	realtime_asked.background = realtime_setting(device_tree, "background=", 0);
	realtime_asked.work = realtime_setting(device_tree, "work=", 0);
	realtime_asked.wait = realtime_setting(device_tree, "wait=", 0);
	realtime_asked.near =
	    realtime_setting(device_tree, "near=", 0) * time_frequency() / 1000000000u;
	printf("realtime: %u Hz, counter %u Hz\n", (unsigned int)realtime_asked.hz,
	       (unsigned int)time_frequency());
	cpu_write(vbar_el1, (uintptr_t)realtime_vectors);
	cpu_isb();
	phases = realtime_listen(device_tree);
	if (!phases)
		realtime_begin_phase();
	else if (realtime_asked.wait != 0)
		realtime_wait_for_phase();
	if (realtime_asked.line_delay != 0)
		line_start(device_tree, realtime_asked.line_delay);
	realtime_start_tick();
	cpu_unmask_interrupts();
	realtime_main_loop(phases);
}
