/*
 * A partition's ends of channels, and their brokers. docs/inside/brokers.md.
 */
#ifndef STATE_END_H
#define STATE_END_H

#include <kumiki/bundle.h>
#include <kumiki/channel.h>
#include <machine/activation.h>
#include <state/services.h>

/* The state of an access that the broker carries out. A vCPU changes it from NONE or ANSWERED to
 * ASKED, and from ANSWERED to NONE. The broker's core makes all other changes. */
enum end_request_state { END_NONE, END_ASKED, END_TAKEN, END_ANSWERED };

struct end_request {
	uint32_t state;           /* enum end_request_state; atomically */
	uint32_t vcpu;            /* index in its partition */
	uint64_t what;            /* CHANNEL_REQUEST */
	uint64_t value;           /* that is written; END_ANSWERED: that was read */
	struct activation origin; /* the instruction that waits */
};

/* An answer that its vCPU hasn't fetched yet. */
struct end_answer {
	uint64_t what, value; /* what: 0 if there is none */
	struct activation origin;
};

/* Kept (keep.h). */
struct end {
	uint32_t status; /* InterruptStatus; the core that has taken the devices changes it */
	uint32_t work; /* enum channel_work; changed atomically, by any of the partition's cores */
	struct end_request request;
	struct end_answer answer[BUNDLE_PARTITION_VCPUS_MAX]; /* of each vCPU, as `request` is */
};

/* A broker runs on the home core of its partition, and is as urgent as the partition. */
struct broker {
	struct service service; /* first: a context of kind CONTEXT_BROKER is a broker */
	struct partition *partition;
	uint32_t number;  /* of the end in the bundle */
	uint32_t channel; /* the channel's index */
	uint32_t place;   /* of the end in the channel */
	uint32_t own;     /* of the end in the partition */
	uint32_t epoch;   /* of the channel, when the broker last began */
	uint32_t left;    /* the epoch that began as the end left; 0: the end doesn't wait */
	uint64_t due;     /* when it wants to look again; TIMER_NEVER */
};

static inline struct broker *broker_of(struct context *context)
{
	return (struct broker *)context;
}

#endif
