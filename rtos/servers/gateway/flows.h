/*
 * The flows: who talks to whom, whether it passes, and what isn't logged of it yet. The table lies
 * in kept memory, so connections outlive the program.
 *
 * A new flow has four places to choose from. It takes the place of a flow that is worth least; of
 * equal flows, the one that was silent for the longest. It never takes the place of a flow that is
 * worth more. A flow that passes is worth more than a refused one. Of flows that pass, those that
 * the inside began are worth more.
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

/* How many records an hour has of flows that a side began. Beyond that the side begins no more
 * flows, and its present flows have one record an hour. So a disk of 64 MiB lasts for three days at
 * least. */
#define FLOWS_RECORDS_INSIDE  4500
#define FLOWS_RECORDS_OUTSIDE 1000

/* Counts that aren't logged. Index 0 is the inside, 1 the outside, here and below. */
struct counts {
	uint64_t frames[2], bytes[2];
	uint64_t from; /* when their first frame came */
	uint64_t put;  /* while they are logged: pending.put after that; otherwise 0 */
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
	uint8_t has_card[2]; /* that side has sent a frame, or frames have no addresses */
	uint8_t card[2][6];
	uint32_t generation; /* which rules decided */
	uint64_t last;       /* when its last frame came */
	uint64_t told;       /* when it was last logged */
	struct counts counts;
};

/* Counts of frames without a flow of their own. */
struct tally {
	struct counts counts;
	uint64_t told;
};

struct flows {
	struct flow flow[FLOWS_GROUPS][FLOWS_GROUP];
	struct tally crowd;  /* frames that were refused */
	struct tally lost;   /* frames that had no room, or couldn't be frames */
	uint64_t secret;     /* for the hash */
	uint64_t hour;       /* when the hour began */
	uint64_t full;       /* since when flows have no room to be logged; 0: they have room */
	uint32_t records[2]; /* of flows that each side began, in this hour */
	uint32_t begun[2];   /* flows that each side began in this second */
	uint32_t generation;
};

/* Begins with the table that an earlier program left. Flows that aren't sound are dropped. What
 * that program had logged isn't logged again. `secret`: without it nobody can choose flows of one
 * group.
 */
void flows_begin(struct flows *flows, const struct pending *pending, uint64_t secret);

/* Whether the secret is this one, and each flow stands where its addresses and ports lead. */
bool flows_are_sound(const struct flows *flows, uint64_t secret);

/* Other rules hold: the next frame of each flow decides anew. */
void flows_rules_changed(struct flows *flows);

/* Whether the frame passes. */
bool flows_pass(struct flows *flows, const struct rules *rules, struct pending *pending,
                const struct frame *frame, bool outward, size_t size, uint64_t now);

/* Counts frames that came from that side and are lost. */
void flows_lose(struct flows *flows, bool outward, uint64_t frames, uint64_t now);

/* Called once a second: puts records that are due, and ends flows that are silent. */
void flows_tick(struct flows *flows, struct pending *pending, uint64_t now);

#endif
