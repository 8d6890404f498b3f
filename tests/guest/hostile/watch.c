/*
 * The hostile guest's neighbour and manager. Each millisecond it looks at a part of its memory, at
 * the registers of its own devices and at its interrupts: each tick sends one to itself and raises
 * one of its device's lines, and none may be lost, come twice or come from elsewhere. Besides, it
 * starts the hostile one again when that has stopped, and restarts, stops or suspends it at moments
 * that a seed fixes (watch=SEED,PERIOD of its command line: milliseconds between them).
 */
#include <board/tests.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>
#include <kumiki/life.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_HZ          1000u
#define WATCH_REPORT      100u /* ticks */
#define WATCH_PATIENCE    (20 * WATCH_HZ)
#define WATCH_ECHO        1
#define WATCH_DEVICE      BOARD_WATCH_INTERRUPT
#define WATCH_FROM        0x100000ull /* from the beginning of memory */
#define WATCH_TO          0x300000ull
#define WATCH_WINDOW      0x60800000ull /* that the hostile one may only read */
#define WATCH_WINDOW_SIZE 0x1000ull
#define WATCH_SLICE       0x4000ull
#define WATCH_FACTOR      0x9e3779b97f4a7c15ull
#define WATCH_IMAGE       0x80000ull
#define WATCH_PRIORITY    0x60

#define COUNT(list) ((unsigned int)(sizeof(list) / sizeof((list)[0])))

extern const char __attribute__((visibility("hidden"))) _start[];

/* Counts of the handlers. The main loop reads them. */
static struct {
	uint64_t period, deadline, began;
	volatile uint32_t ticks, echoes, lines;
} watch;
static uint32_t watch_lost, watch_damaged, watch_commands, watch_stuck;
static uint64_t watch_base, watch_at, watch_seed = 1, watch_pause = 20;

static void watch_read_orders(const char *tree)
{
	const char *end = tree + __builtin_bswap32(((const uint32_t *)(const void *)tree)[1]);

	for (const char *at = tree; at < end - 6; at++)
		if (memcmp(at, "watch=", 6) == 0) {
			char *next;

			watch_seed = strtoull(at + 6, &next, 0);
			if (*next == ',')
				watch_pause = strtoull(next + 1, NULL, 0);
			return;
		}
}

static uint64_t watch_random(void)
{
	uint64_t z = watch_seed += WATCH_FACTOR;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	return z ^ z >> 31;
}

/* ---- interrupts ---- */

static void watch_tick(uint32_t intid)
{
	(void)intid;
	watch.ticks++;
	watch.deadline += watch.period;
	cpu_write(cntv_cval_el0, watch.deadline);
	gic_send(WATCH_ECHO, 0);
	gic_set_bit(GICD_ISPENDR, WATCH_DEVICE);
}

static void watch_echo(uint32_t intid)
{
	(void)intid;
	watch.echoes++;
}

static void watch_line(uint32_t intid)
{
	(void)intid;
	watch.lines++;
}

/* Both others are more urgent than the tick, so between ticks all three are equal. A tick that
 * never comes is seen, too: no more reports come. */
static void watch_interrupts(void)
{
	cpu_mask_interrupts();
	if (watch.echoes != watch.ticks || watch.lines != watch.ticks)
		watch_lost++;
	if (watch.deadline != watch.began + (watch.ticks + 1ull) * watch.period)
		watch_lost++;
	cpu_unmask_interrupts();
	cpu_isb();
}

/* ---- memory and registers ---- */

static void watch_fill(uint64_t at, uint64_t end)
{
	for (; at < end; at += 8)
		*(volatile uint64_t *)at = at * WATCH_FACTOR;
}

static void watch_look(uint64_t at, uint64_t end)
{
	for (; at < end; at += 8)
		if (*(volatile uint64_t *)at != at * WATCH_FACTOR)
			watch_damaged++;
}

static void watch_memory(void)
{
	watch_look(watch_at, watch_at + WATCH_SLICE);
	watch_at += WATCH_SLICE;
	if (watch_at == watch_base + WATCH_TO)
		watch_at = watch_base + WATCH_FROM;
	watch_look(WATCH_WINDOW, WATCH_WINDOW + WATCH_WINDOW_SIZE);
}

/* Its partition's emulated devices keep their values, too: the UART's divisors. */
static const struct board_word watch_divisors[] = {{BOARD_UART + 0x024, 0x1a5},
                                                   {BOARD_UART + 0x028, 0x2a}};

static void watch_set(const struct board_word *words, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		board_write32(words[i].address, words[i].value);
}

static void watch_look_at_words(const struct board_word *words, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (board_read32(words[i].address) != words[i].value)
			watch_damaged++;
}

static void watch_look_at_registers(void)
{
	watch_look_at_words(board_kept, COUNT(board_kept));
	watch_look_at_words(watch_divisors, COUNT(watch_divisors));
	if (!gic_bit(GICD_ISENABLER, WATCH_DEVICE) ||
	    gic_priority(WATCH_DEVICE) != WATCH_PRIORITY ||
	    board_read64(BOARD_GICD + GICD_IROUTER + 8 * WATCH_DEVICE) != 0 ||
	    (board_read32(BOARD_GICD + GICD_ICFGR + 4 * (WATCH_DEVICE / 16)) >>
	         (WATCH_DEVICE % 16 * 2) &
	     2) == 0)
		watch_damaged++;
}

/* ---- the hostile one's life ---- */

static uint64_t watch_subject, watch_starts, watch_next, watch_last_state;
static uint32_t watch_looks; /* since its last start */

static void watch_command(enum life_command command)
{
	if (psci_call4(KUMIKI_CALL_COMMAND, watch_subject, command, 0).x[0] != 0)
		watch_lost++;
	watch_commands++;
}

/*
 * The hostile partition always comes back: when it is stopped it is started; when it lives long it
 * gets a command.
 */
static void watch_manage(void)
{
	struct psci_result state = psci_call4(KUMIKI_CALL_STATE, watch_subject, 0, 0);
	static const enum life_command often[] = {LIFE_RESTART, LIFE_RESTART, LIFE_STOP,
	                                          LIFE_SUSPEND, LIFE_START,   LIFE_RESUME};

	if (state.x[2] != watch_starts) {
		watch_starts = state.x[2];
		watch_looks = 0;
		watch_next = watch.ticks + 1 + watch_random() % (2 * watch_pause);
	}
	if (state.x[0] == LIFE_STOPPED)
		watch_command(LIFE_START);
	else if (state.x[0] == LIFE_SUSPENDED && watch_last_state == LIFE_SUSPENDED)
		watch_command(LIFE_RESUME);
	else if (watch.ticks >= watch_next) {
		watch_next = watch.ticks + 1 + watch_random() % watch_pause;
		watch_command(often[watch_random() % 6]);
	}
	/* Told again and again, and no new life: it is stuck. Looks are counted and not ticks, many
	 * of which come at once when a busy host has let this one stand still. */
	if (++watch_looks > WATCH_PATIENCE)
		watch_stuck++;
	watch_last_state = state.x[0];
}

/* ---- */

static void watch_start(void)
{
	watch_base = (uintptr_t)_start - WATCH_IMAGE;
	watch_at = watch_base + WATCH_FROM;
	watch_fill(watch_at, watch_base + WATCH_TO);
	watch_fill(WATCH_WINDOW, WATCH_WINDOW + WATCH_WINDOW_SIZE);
	watch_set(board_kept, COUNT(board_kept));
	watch_set(watch_divisors, COUNT(watch_divisors));
	board_write32(BOARD_GICD + GICD_ICFGR + 4 * (WATCH_DEVICE / 16),
	              2u << (WATCH_DEVICE % 16 * 2)); /* edges: a pending bit stays until taken */
	gic_enable(WATCH_ECHO, watch_echo);
	gic_enable(WATCH_DEVICE, watch_line);
	gic_set_priority(WATCH_ECHO, WATCH_PRIORITY);
	gic_set_priority(WATCH_DEVICE, WATCH_PRIORITY);
	watch_subject = (uint64_t)__builtin_ctzll(psci_call4(KUMIKI_CALL_PARTITIONS, 0, 0, 0).x[1]);
	watch.period = time_frequency() / WATCH_HZ;
	watch.began = time_counter();
	watch.deadline = watch.began + watch.period;
	cpu_write(cntv_cval_el0, watch.deadline);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	gic_enable(BOARD_VTIMER_INTERRUPT, watch_tick);
}

static void watch_report(void)
{
	printf("watch: %u ticks, %u lost, %u damaged, %u stuck, %u commands, %u starts\n",
	       (unsigned int)watch.ticks, (unsigned int)watch_lost, (unsigned int)watch_damaged,
	       (unsigned int)watch_stuck, (unsigned int)watch_commands, (unsigned int)watch_starts);
}

void guest_main(void *device_tree)
{
	uint32_t report = WATCH_REPORT;

	watch_read_orders(device_tree);
	watch_start();
	for (;;) {
		cpu_sleep_until(&watch.ticks, watch.ticks + 1);
		cpu_unmask_interrupts();
		cpu_isb();
		watch_interrupts();
		watch_memory();
		watch_look_at_registers();
		watch_manage();
		if (watch.ticks < report)
			continue;
		report = watch.ticks + WATCH_REPORT;
		watch_report();
	}
}
