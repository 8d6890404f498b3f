/* SPDX-License-Identifier: MIT-0 */
/*
 * The Linux side of guests/talk: numbered items to and from another partition, over a window with
 * doorbells, through restarts of either side. talk/talk.h, the same source on both sides, judges
 * and answers the items. This file shows how a Linux program gets its window, rings and waits.
 *
 *   kumiki-talk WINDOW [LEDGER]
 *
 * LEDGER is a second window, which only this partition writes. Windows are never wiped, so it holds
 * the number of items taken through restarts of the program or of Linux. Without it the program
 * keeps the count, and both sides begin from 0 with each new program.
 */
#include <libkumiki/libkumiki.h>
#include <stdio.h>
#include <stdlib.h>
#include <talk/talk.h>

static struct kumiki kumiki;
static struct talk talk;
static uint64_t talk_taken;

static _Noreturn void talk_end(void)
{
	fprintf(stderr, "kumiki-talk: %s\n", kumiki.error);
	exit(EXIT_FAILURE);
}

static const struct kumiki_window *talk_window(const char *name)
{
	const struct kumiki_window *window = kumiki_window(&kumiki, name);

	if (window == NULL)
		talk_end();
	return window;
}

/* In the partition's very first life, the memory has arbitrary contents. */
static void talk_open_ledger(const char *name, uint32_t generation)
{
	talk.taken = name != NULL ? talk_window(name)->memory : &talk_taken;
	if (generation == (1u << 16 | 1))
		*talk.taken = 0;
}

static const struct kumiki_peer *talk_peer(const struct kumiki_window *window)
{
	const struct kumiki_peer *peer = &window->peers[0];

	if (window->peer_count == 1 && peer->ring != KUMIKI_NO_BELL &&
	    peer->bit != KUMIKI_NO_BELL && !window->read_only)
		return peer;
	fprintf(stderr,
	        "kumiki-talk: the window %s isn't for this: it wants two writers and "
	        "`kumiki,doorbells;` in the system description\n",
	        window->name);
	exit(EXIT_FAILURE);
}

static void talk_for_ever(const struct kumiki_peer *peer)
{
	uint32_t came;

	for (;;) {
		const int result = talk_turn(&talk) ? kumiki_ring(&kumiki, peer->ring)
		                                    : kumiki_wait(&kumiki, 1u << peer->bit,
		                                                  KUMIKI_FOR_EVER, &came);

		if (result < 0)
			talk_end();
	}
}

int main(int count, char *arguments[])
{
	const struct kumiki_window *window;
	const struct kumiki_peer *peer;
	uint32_t generation;

	if (count != 2 && count != 3) {
		fputs("usage: kumiki-talk WINDOW [LEDGER]\n", stderr);
		return EXIT_FAILURE;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (kumiki_open(&kumiki, NULL) != 0 || kumiki_generation(&kumiki, &generation) != 0)
		talk_end();
	window = talk_window(arguments[1]);
	peer = talk_peer(window);
	talk.steady = true;
	talk_open_ledger(count == 3 ? arguments[2] : NULL, generation);
	talk_open(&talk, window->memory, window->size, generation);
	printf("talk: life %u with %s, taken %lu\n", (unsigned int)generation, peer->name,
	       (unsigned long)*talk.taken);
	if (kumiki_ring(&kumiki, peer->ring) != 0) /* the other side may be asleep */
		talk_end();
	talk_for_ever(peer);
}
