/* SPDX-License-Identifier: MIT-0 */
/*
 * The example's talk of two partitions: they send numbered items over a channel, and judge each
 * item when it arrives. An acknowledged item may neither be lost nor come twice, however many lives
 * either side has. This part needs no operating system. The caller gives the memory, rings and
 * waits: guests/talk does so without a system, linux/example in Linux.
 */
#ifndef TALK_TALK_H
#define TALK_TALK_H

#include <guest/channel.h>

struct talk {
	struct channel channel;
	bool steady;              /* this side stays, and reports the other side's ends */
	volatile uint64_t *taken; /* how many items were taken, in memory that restarts keep */
	uint64_t next;            /* the number of the next item to send */
	uint64_t first;           /* where the count of acknowledged items begins */
	bool asked, knows;
	uint32_t conversation;
	uint64_t repeated, wrong;
};

/* The halves of the window: the lower one is the steady side's. */
void talk_open(struct talk *talk, void *window, size_t size, uint32_t generation);

/* Looks once, and does all work that there is. True: the other side has to look, so ring its
 * doorbell, and call this again. False: wait until the other side rings. */
bool talk_turn(struct talk *talk);

#endif
