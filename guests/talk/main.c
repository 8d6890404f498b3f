/* SPDX-License-Identifier: MIT-0 */
/*
 * Talk: two partitions that send each other numbered items over a channel, and judge what arrives
 * (talk/talk.h). The partition "steady" stays. The other partition resets itself at a random
 * moment, again and again, within milliseconds. After lives that took no item its next lives are
 * longer, as a busy host may let neither partition run. Kept memory has the number of its last
 * item. An acknowledged item may neither be lost nor come twice.
 *
 * The description gives both a window with doorbells, which both write, and the other partition
 * kept memory.
 */
#include <guest/cpu.h>
#include <guest/doorbell.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <stdio.h>
#include <string.h>
#include <talk/talk.h>

#define TALK_LIFE_MAX  2000u /* microseconds, at random; TALK_LIFE_BASE is added */
#define TALK_LIFE_BASE 500u
#define TALK_VAIN_MAX  10u /* lives without an item that count: each doubles the next life */

static struct talk talk;
static volatile uint32_t talk_heard;
static uint64_t talk_steady_taken;

static void talk_on_ring(uint32_t intid)
{
	(void)intid;
	talk_heard++;
}

/* ---- the moment of the reset ---- */

static void talk_reset(uint32_t intid)
{
	(void)intid;
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

/* How many lives just before this one took no item. Kept memory has this behind the number of the
 * last item. */
static uint64_t talk_in_vain(uint32_t generation)
{
	volatile uint64_t *before = talk.taken + 1, *vain = talk.taken + 2;

	*vain = generation == 1 || *talk.taken != *before ? 0 : *vain + (*vain < TALK_VAIN_MAX);
	*before = *talk.taken;
	return *vain;
}

/* Sets the timer that ends this life. The length is random, by the counter. */
static void talk_wind_up(uint32_t generation)
{
	const uint64_t span = time_frequency() / 1000000;
	const uint64_t dice = (time_counter() ^ *talk.taken << 7) * 2654435761u >> 8;
	const uint64_t most = TALK_LIFE_MAX << talk_in_vain(generation);

	cpu_write(cntv_cval_el0, time_counter() + span * (TALK_LIFE_BASE + dice % most));
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	gic_enable(BOARD_VTIMER_INTERRUPT, talk_reset);
}

/* ---- the beginning ---- */

static bool talk_is_steady(void)
{
	const uint64_t name = psci_call4(KUMIKI_CALL_NAME, 0, 0, 0).x[0];

	return memcmp(&name, "steady", 7) == 0;
}

static void talk_begin(void *device_tree, struct tree_node window, uint32_t generation)
{
	talk.steady = talk_is_steady();
	talk.taken = &talk_steady_taken;
	if (!talk.steady)
		talk.taken = (volatile uint64_t *)(uintptr_t)tree_number(
		    tree_named(device_tree, "kept@", 0), "reg", 0);
	if (generation == 1)
		*talk.taken = 0;
	talk_open(&talk, (void *)(uintptr_t)tree_number(window, "reg", 0),
	          tree_number(window, "reg", 2), generation);
	printf("talk: life %u, taken %lu\n", (unsigned int)generation, (unsigned long)*talk.taken);
}

void guest_main(void *device_tree)
{
	const struct tree_node window = tree_compatible(device_tree, "kumiki,window-1.0", 0);
	const uint32_t ring = tree_cell(window, "kumiki,rings", 0),
	               generation = doorbell_generation();

	gic_enable(tree_interrupt(window, 0), talk_on_ring);
	talk_begin(device_tree, window, generation);
	if (!talk.steady)
		talk_wind_up(generation);
	doorbell_ring(ring);
	cpu_unmask_interrupts();
	for (;;) {
		const uint32_t heard = talk_heard;

		if (talk_turn(&talk))
			doorbell_ring(ring);
		else
			cpu_sleep_until(&talk_heard, heard + 1);
		cpu_unmask_interrupts();
	}
}
