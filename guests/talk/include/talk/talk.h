/* SPDX-License-Identifier: MIT-0 */
/*
 * The talk of two partitions in the example, of any system: numbered items over a channel, each
 * judged when it arrives. An acknowledged item may neither be lost nor come twice, through any
 * number of lives of either side. The caller gives the memory, rings and waits: guests/talk on the
 * bare machine, linux/example in Linux.
 */
#ifndef TALK_TALK_H
#define TALK_TALK_H

#include <guest/channel.h>

struct talk {
	struct channel channel;
	bool steady;              /* it stays when the other side dies, and reports that */
	volatile uint64_t *taken; /* count of all items taken: outlives every restart */
	uint64_t next;            /* the next one to send */
	uint64_t first;           /* where the count of acknowledged items begins */
	bool asked, knows;
	uint32_t conversation;
	uint64_t repeated, wrong;
};

/* The halves of the window: the lower one is the steady side's. */
void talk_open(struct talk *talk, void *window, size_t size, uint32_t generation);

/* Looks once, and does all present work. True: the other side has to look, so ring it, and call
 * this again; else wait until it rings. */
bool talk_turn(struct talk *talk);

#endif
