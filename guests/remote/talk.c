/* SPDX-License-Identifier: MIT-0 */
/*
 * Talk on a core of another architecture: the side that doesn't stay (talk/talk.h). It ends its
 * life at a random moment, again and again: by a reset, and each fourth time by a crash. Kept
 * memory has the state that must outlive its lives.
 */
#include <guest/tree.h>
#include <remote/remote.h>
#include <stdio.h>
#include <talk/talk.h>

#define TALK_LIFE_BASE 10000000u /* cycles */
#define TALK_LIFE_MAX  20000000u

static struct talk talk;

/* The length of this life: it is random. */
static uint32_t talk_length(uint32_t life)
{
	uint32_t dice = (life ^ (uint32_t)*talk.taken << 7) * 2654435761u >> 8;

	return TALK_LIFE_BASE + dice % TALK_LIFE_MAX;
}

static void talk_end(uint32_t life)
{
	if (life % 4 == 0)
		__asm__ volatile("udf #0");
	remote_reset();
}

void remote_main(const void *tree)
{
	const struct tree_node window = tree_compatible(tree, "kumiki,window-1.0", 0);
	const uint32_t ring = tree_cell(window, "kumiki,rings", 0), life = remote_life();
	const uint32_t begun = remote_cycles();

	talk.taken =
	    (volatile uint64_t *)(uintptr_t)tree_number(tree_named(tree, "kept@", 0), "reg", 0);
	if (life == 1)
		*talk.taken = 0;
	talk_open(&talk, (void *)(uintptr_t)tree_number(window, "reg", 0),
	          (size_t)tree_number(window, "reg", 2), life);
	printf("talk: life %u, taken %lu\n", (unsigned int)life, (unsigned long)*talk.taken);
	remote_beats_within(1000000); /* a long time: an emulator may stop a core */
	remote_ring(ring);
	for (uint32_t heard = remote_heard();; heard = remote_heard()) {
		if (talk_turn(&talk))
			remote_ring(ring);
		while (remote_heard() == heard && remote_cycles() - begun < talk_length(life)) {
			remote_beat();
			remote_pause();
		}
		if (remote_cycles() - begun >= talk_length(life))
			talk_end(life);
	}
}
