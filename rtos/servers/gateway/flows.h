/*
 * The flows that there are: who talks to whom, whether it passes, and what hasn't been logged of it
 * yet. The table lies in kept memory, so connections outlive the program.
 *
 * A new flow takes the place of the one among four that was silent for the longest. It never takes
 * the place of a flow that is worth more: one that passes is worth more than a refused one, and of
 * those that pass, one that the inside began.
 *
 * Times are nanoseconds of the counter.
 */
#ifndef GATEWAY_FLOWS_H
#define GATEWAY_FLOWS_H

#include "pending.h"
#include "rules.h"

#define FLOWS_GROUPS   128
#define FLOWS_GROUP    4
#define FLOWS_NEW_MOST 100 /* flows that a side may begin in a second */

/* Records of the flows that a side began, in an hour. Behind that it begins no more, and those that
 * there are have a record an hour. So a disk of 64 MiB lasts for three days at least. */
#define FLOWS_RECORDS_INSIDE  4500
#define FLOWS_RECORDS_OUTSIDE 1000

/* What isn't logged. Index 0 is the inside, 1 the outside, here and below. */
struct counts {
	uint64_t frames[2], bytes[2];
	uint64_t from; /* their first frame */
	uint64_t put;  /* while they are logged: pending.put behind that; otherwise 0 */
};

struct flow {
	uint8_t used, allowed, outward, ending, said; /* said: a record of it is there */
	uint8_t found;                                /* enum frame_found of all its frames */
	uint8_t protocol;
	uint8_t reason; /* enum gatelog_reason */
	uint16_t type;
	uint32_t address[2];
	uint16_t port[2];
	uint16_t rule;
	uint8_t has_card[2]; /* that side has sent something, or the frames have no addresses */
	uint8_t card[2][6];
	uint32_t generation; /* of the rules that decided */
	uint64_t last;       /* its last frame */
	uint64_t told;       /* when it was logged for the last time */
	struct counts counts;
};

/* Frames without a flow of their own. */
struct tally {
	struct counts counts;
	uint64_t told;
};

struct flows {
	struct flow flow[FLOWS_GROUPS][FLOWS_GROUP];
	struct tally crowd;  /* they were refused */
	struct tally lost;   /* there was no room, or they couldn't be frames */
	uint64_t secret;     /* of the hash */
	uint64_t hour;       /* when it began */
	uint64_t full;       /* since when flows have no room to be logged; 0: they have */
	uint32_t records[2]; /* of flows that a side began, in this hour */
	uint32_t begun[2];   /* flows in this second */
	uint32_t generation;
};

/* Flows that can't be, as an earlier program left them, are dropped. What it had logged isn't
 * logged again. `secret`: who doesn't know it can't choose flows of one group. */
void flows_begin(struct flows *flows, const struct pending *pending, uint64_t secret);

/* Other rules hold: each flow is decided anew by its next frame. */
void flows_rules_changed(struct flows *flows);

/* Whether the frame passes. */
bool flows_pass(struct flows *flows, const struct rules *rules, struct pending *pending,
                const struct frame *frame, bool outward, size_t size, uint64_t now);

/* So many frames that came from that side are lost. */
void flows_lose(struct flows *flows, bool outward, uint64_t frames, uint64_t now);

/* Once a second: records of what is due, and the end of flows that are silent. */
void flows_tick(struct flows *flows, struct pending *pending, uint64_t now);

#endif
