/*
 * Cores that move between partitions by themselves (docs/power.md): by load and by the time of the
 * day, as the description says. Pure: loads, the cores' records and the time go in, and the next
 * step comes out. The warden asks the frame and reports the result. On the host
 * tests/unit/lib/test_shift.c plays it with many loads.
 */
#ifndef LIB_SHIFT_H
#define LIB_SHIFT_H

#include <kumiki/bundle.h>
#include <stdbool.h>
#include <stdint.h>

#define SHIFT_SAMPLE_MS 250u   /* from one look at the loads to the next */
#define SHIFT_SAMPLES   4u     /* samples behind a decision by load */
#define SHIFT_FULL      80u    /* per cent of its cores: above it, a partition wants another */
#define SHIFT_ENOUGH    60u    /* per cent of its other cores: below it, it can spare one */
#define SHIFT_STAY_MS   5000u  /* so long a core stays with a new holder */
#define SHIFT_WAIT_MS   2000u  /* so long a request by load waits for an answer */
#define SHIFT_BARRED_MS 60000u /* so long after a refusal no request by load is made */
#define SHIFT_LATE_MS   60000u /* so long a request by the schedule waits for an answer */
#define SHIFT_POLL_MS   20u    /* from one look at an open request to the next */

/* The part of the bundle that the decision needs. */
struct shift_machine {
	uint32_t cores, partitions;
	uint32_t scheduled;                /* a bit for each core that only the schedule moves */
	uint8_t holders[BUNDLE_CORES_MAX]; /* as in struct bundle_core */
	uint32_t free;                     /* a bit for each core without a holder at the start */
	uint16_t speed[BUNDLE_CORES_MAX];  /* as in struct bundle_header */
	uint8_t fixed[BUNDLE_PARTITIONS_MAX];        /* how many cores of a partition never move */
	uint32_t fixed_speed[BUNDLE_PARTITIONS_MAX]; /* the sum of their speeds */
	uint64_t ms;                                 /* ticks in a millisecond */
	struct bundle_shift plan;
};

struct shift_look {
	uint64_t now, minute;                 /* ticks; minutes, 0 at a midnight */
	uint64_t work[BUNDLE_PARTITIONS_MAX]; /* ticks that its vCPUs ran, or would have run, by
	                                       * the speed of their cores */
	uint64_t record[BUNDLE_CORES_MAX];    /* kumiki/hold.h */
};

struct shift_sample {
	uint64_t time;
	uint64_t work[BUNDLE_PARTITIONS_MAX];
};

enum shift_what {
	SHIFT_NOTHING,
	SHIFT_ASK,      /* ask for the core for `to`, within `wait`; then shift_asked() */
	SHIFT_CAME,     /* `to` holds the core */
	SHIFT_REFUSED,  /* `from` keeps the core: it refused, or another request came */
	SHIFT_WITHDRAW, /* `from` keeps the core: it didn't answer; withdraw the request */
	SHIFT_LEAST,    /* `from` keeps the core: it has only its least number of cores */
};

struct shift_step {
	enum shift_what what;
	uint32_t core, from, to; /* perhaps HOLD_NOBODY */
	uint64_t wait;           /* ticks */
};

struct shift {
	bool off;        /* the operator has ordered that cores move by hand */
	bool asked;      /* the request for `open` has no result yet */
	uint32_t number; /* the request's number */
	uint64_t end;
	struct shift_step open;
	uint32_t due;    /* a bit for each core whose time has come */
	uint64_t minute; /* the schedule was looked at up to this minute */
	bool samples;    /* there is a sample; the newest one is first */
	struct shift_sample sample[SHIFT_SAMPLES + 1];
	uint8_t seen[BUNDLE_PARTITIONS_MAX];    /* samples since the partition's cores changed */
	uint64_t barred[BUNDLE_PARTITIONS_MAX]; /* the partition isn't asked before this time */
	struct {
		uint32_t holder;
		uint64_t came;
		uint32_t to; /* the new holder, if the core is due */
	} core[BUNDLE_CORES_MAX];
};

void shift_machine_of(struct shift_machine *machine, const struct bundle_header *bundle,
                      uint64_t ms);

/* Begins as if each core had just come to its holder. */
void shift_begin(struct shift *shift, const struct shift_machine *machine,
                 const struct shift_look *look);

/* How many cores a partition holds. */
uint32_t shift_holds(const struct shift_machine *machine, const struct shift_look *look,
                     uint32_t partition);

/* The sum of the speeds of a partition's cores. */
uint32_t shift_speed(const struct shift_machine *machine, const struct shift_look *look,
                     uint32_t partition);

/* The next step. Carry it out and ask again, with a new look, until there is no step. */
struct shift_step shift_next(struct shift *shift, const struct shift_machine *machine,
                             const struct shift_look *look);

/* Takes the frame's answer to SHIFT_ASK: the request's number, or an error. */
void shift_asked(struct shift *shift, const struct shift_look *look, int64_t number);

/* The time of the next look, apart from the schedule's next minute. ~0: no look is needed. */
uint64_t shift_later(const struct shift *shift, const struct shift_machine *machine,
                     const struct shift_look *look);

#endif
