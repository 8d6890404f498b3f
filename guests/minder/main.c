/* SPDX-License-Identifier: MIT-0 */
/*
 * Minder: the program at EL1 for a core of another architecture (docs/unlike-cores.md). It lets the
 * core out of reset, then passes doorbells, text and the core's end between core and frame
 * (kumiki/remote.h). A wrong value in the mailbox can harm only this partition.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/doorbell.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <guest/uart.h>
#include <kumiki/hypercall.h>
#include <kumiki/remote.h>
#include <stdbool.h>
#include <stdio.h>

#define MINDER_LOOK_US   250u
#define MINDER_BEGINS_US 50000u
/* Where the partition's memory, which is below 4 GiB, is mapped a second time, without caches. */
#define MINDER_UNCACHED 0x800000000ul

static struct remote_mailbox minder_box __attribute__((aligned(4096)));

static struct {
	volatile struct remote_mailbox *box; /* minder_box, uncached */
	uint32_t rings[REMOTE_RINGS];        /* the counts when it last looked */
	uint32_t core;                       /* the other core's number */
	bool prepared, begun, held;
	uint64_t released;
	uint32_t beat;
	uint64_t beaten;          /* when the present beat was first seen */
	volatile uint32_t events; /* ticks and doorbells */
} minder;

/* ---- the other core ---- */

static void minder_release(void)
{
	board_write32(BOARD_REMOTE_RESET + BOARD_REMOTE_UNLOCK, 0);
	board_write32(BOARD_REMOTE_RESET + BOARD_REMOTE_CORES, BOARD_REMOTE_RUN(minder.core));
}

static void minder_hold(void)
{
	board_write32(BOARD_REMOTE_RESET + BOARD_REMOTE_CORES, BOARD_REMOTE_HOLD);
}

/* A core that is still on its way into reset may miss its release. So a core that gives no sign
 * (remote.h) is put into reset again, and released at the next look. If it had just begun, it
 * begins once more and has lost nothing: it waits until the minder has seen it. Once it has given a
 * sign, it isn't put into reset again: its count of beats may become 0 later. */
static void minder_release_again(void)
{
	const uint64_t now = time_counter();

	if (!minder.prepared || minder.begun)
		return;
	if (minder.held) {
		minder.box->beat = 0; /* only the core writes it, and it is held in reset */
		cpu_dsb();
		minder_release();
	} else if (minder.box->beat != 0 || minder.box->state != 0) {
		minder.begun = true;
		minder.box->begun = 1;
		return;
	} else if (now - minder.released > MINDER_BEGINS_US * (time_frequency() / 1000000)) {
		minder_hold();
	} else {
		return;
	}
	minder.held = !minder.held;
	minder.released = now;
}

/* Fills in the image's words for the core's runtime. False: the image has no such words. */
static bool minder_prepare(const void *tree, uint32_t life, uint64_t entry)
{
	volatile struct remote_boot *boot =
	    (volatile struct remote_boot *)(MINDER_UNCACHED + entry + REMOTE_BOOT_AT);

	if (boot->magic != REMOTE_BOOT_MAGIC)
		return false;
	boot->mailbox = (uint32_t)(uintptr_t)&minder_box;
	boot->tree = (uint32_t)(uintptr_t)tree;
	boot->life = life;
	cpu_dsb();
	return true;
}

/* ---- from the core ---- */

static void minder_print(void)
{
	volatile struct remote_mailbox *box = minder.box;
	uint32_t written = box->text_written, taken = box->text_taken;

	if (written - taken > REMOTE_TEXT)
		taken = written - REMOTE_TEXT;
	cpu_dsb(); /* the text is read after its count */
	for (; taken != written; taken++) {
		char c = (char)box->text[taken % REMOTE_TEXT];

		if (c == '\n')
			uart_put('\r');
		uart_put(c);
	}
	box->text_taken = taken;
}

static void minder_ring(void)
{
	for (uint32_t i = 0; i < REMOTE_RINGS; i++) {
		uint32_t rung = minder.box->rings[i];

		if (rung != minder.rings[i])
			(void)doorbell_ring(i);
		minder.rings[i] = rung;
	}
}

/* Lets the partition crash for the core. Kumiki's report has the core's words and registers, from
 * the mailbox. */
__attribute__((noreturn)) static void minder_crash(enum remote_crash crash)
{
	register uint64_t x0 __asm__("x0") = REMOTE_SPEAKS;
	register uint64_t x1 __asm__("x1") = crash;
	register uint64_t x2 __asm__("x2") = (uintptr_t)&minder_box;

	for (;;)
		__asm__ volatile("hvc %3" ::"r"(x0), "r"(x1), "r"(x2), "i"(KUMIKI_HVC_CRASH)
		                 : "memory");
}

/* The kind of crash, by the number that the program's vectors left. */
static enum remote_crash minder_vector(void)
{
	const uint32_t vector = minder.box->registers[REMOTE_VECTOR];

	return vector == 0 || vector >= REMOTE_VECTORS ? REMOTE_UNUSED : (enum remote_crash)vector;
}

static void minder_end(uint32_t state)
{
	if (state == REMOTE_OFF)
		guest_power_off();
	if (state == REMOTE_RESET)
		(void)psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	minder_crash(minder_vector());
}

static void minder_heed_beat(void)
{
	const uint64_t now = time_counter();
	const uint32_t beat = minder.box->beat, within = minder.box->beat_within;

	if (beat != minder.beat || within == 0) {
		minder.beat = beat;
		minder.beaten = now;
	} else if (now - minder.beaten > within * (time_frequency() / 1000000)) {
		printf("minder: no sign of life for %u us\n", (unsigned int)within);
		minder_crash(REMOTE_STILL);
	}
}

/* Passes on all that the core has left: text and doorbells first, then its end. */
static void minder_look(void)
{
	const uint32_t state = minder.box->state;

	cpu_dsb();
	minder_release_again();
	if (state > REMOTE_CRASHED)
		minder_crash(REMOTE_SPOILT);
	minder_ring();
	minder_print();
	minder_heed_beat();
	if (state != REMOTE_RUNNING)
		minder_end(state);
}

/* ---- to the core ---- */

static void minder_hears(uint32_t intid)
{
	(void)intid;
	minder.box->heard = minder.box->heard + 1;
	minder.events++;
}

static void minder_listen(const void *tree, const char *compatible)
{
	struct tree_node node;

	for (uint32_t i = 0; (node = tree_compatible(tree, compatible, i)).at != NULL; i++)
		for (uint32_t bell = 0; tree_interrupt(node, bell) != 0; bell++)
			gic_enable(tree_interrupt(node, bell), minder_hears);
}

static void minder_tick(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_tval_el0, time_frequency() / 1000000 * MINDER_LOOK_US);
	minder.events++;
}

void guest_main(void *device_tree)
{
	const struct tree_node remote = tree_compatible(device_tree, "kumiki,remote-1.0", 0);

	cpu_map_devices(MINDER_UNCACHED, 0, 4);
	minder.box = (volatile struct remote_mailbox *)(MINDER_UNCACHED + (uintptr_t)&minder_box);
	minder.prepared = minder_prepare(device_tree, doorbell_generation(),
	                                 tree_number(remote, "kumiki,entry", 0));
	if (!minder.prepared)
		printf("minder: the image has no place for a mailbox: it runs unheard\n");
	minder_listen(device_tree, "kumiki,window-1.0");
	minder_listen(device_tree, "kumiki,doorbell-1.0");
	gic_enable(BOARD_VTIMER_INTERRUPT, minder_tick);
	minder_tick(0);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	minder.beaten = time_counter();
	minder.core = tree_cell(remote, "kumiki,core", 0);
	minder_release();
	minder.released = time_counter();
	for (uint32_t seen = minder.events;; seen = minder.events) {
		cpu_unmask_interrupts();
		minder_look();
		cpu_sleep_until(&minder.events, seen + 1);
	}
}
