/*
 * A partition's ends of channels, and their brokers. docs/brokers.md.
 */
#ifndef STATE_END_H
#define STATE_END_H

#include <kumiki/channel.h>
#include <machine/activation.h>
#include <state/services.h>

/* An access that the broker carries out. A vCPU goes from NONE or ANSWERED to ASKED, and from
 * ANSWERED to NONE; the broker's core does the rest. */
enum end_request_state { END_NONE, END_ASKED, END_TAKEN, END_ANSWERED };

struct end_request {
	uint32_t state;           /* enum end_request_state; atomically */
	uint32_t vcpu;            /* index in its partition */
	uint64_t what;            /* CHANNEL_REQUEST */
	uint64_t value;           /* written; ANSWERED: read */
	struct activation origin; /* the instruction that waits */
};

/* Kept (keep.h). */
struct end {
	uint32_t status; /* InterruptStatus; by whoever has taken the devices */
	uint32_t work;   /* enum channel_work; atomically, by any of the partition's cores */
	struct end_request request;
};

/* On the home core of its partition, and as urgent as the partition. */
struct broker {
	struct service service; /* first: a context of kind CONTEXT_BROKER is a broker */
	struct partition *partition;
	uint32_t number;  /* of the end in the bundle */
	uint32_t channel; /* its index */
	uint32_t place;   /* of the end in the channel */
	uint32_t own;     /* of the end in the partition */
	uint32_t epoch;   /* of the channel, as it last began */
	uint32_t left;    /* the epoch that its end's leaving began; 0: nobody waits for that */
	uint64_t due;     /* when it wants to look again; TIMER_NEVER */
};

static inline struct broker *broker_of(struct context *context)
{
	return (struct broker *)context;
}

#endif
