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

#define SHIFT_SAMPLE_MS 250u   /* between two looks at the loads */
#define SHIFT_SAMPLES   4u     /* samples behind a decision by load */
#define SHIFT_FULL      80u    /* per cent of its cores: a busier partition wants another core */
#define SHIFT_ENOUGH    60u    /* per cent of the remaining cores: it can spare a core */
#define SHIFT_STAY_MS   5000u  /* a core stays with a new holder, whatever brought it */
#define SHIFT_WAIT_MS   2000u  /* for an answer, by load */
#define SHIFT_BARRED_MS 60000u /* a partition that kept its core isn't asked by load */
#define SHIFT_LATE_MS   60000u /* for an answer, by the time of the day */
#define SHIFT_POLL_MS   20u    /* between two looks at an open request */

/* The decision's part of the bundle. */
struct shift_machine {
	uint32_t cores, partitions;
	uint32_t scheduled;                   /* cores that follow the schedule alone, a bit each */
	uint8_t holders[BUNDLE_CORES_MAX];    /* as in struct bundle_core */
	uint32_t free;                        /* cores without a holder at the start, a bit each */
	uint16_t speed[BUNDLE_CORES_MAX];     /* as in struct bundle_header */
	uint8_t fixed[BUNDLE_PARTITIONS_MAX]; /* cores of a partition that never move */
	uint32_t fixed_speed[BUNDLE_PARTITIONS_MAX]; /* the sum of their speeds */
	uint64_t ms;                                 /* ticks of a millisecond */
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
	SHIFT_ASK,      /* ask that `to` holds the core, within `wait`; then shift_asked() */
	SHIFT_CAME,     /* `to` holds the core */
	SHIFT_REFUSED,  /* `from` keeps it: it refused, or another request came */
	SHIFT_WITHDRAW, /* `from` keeps it: it didn't answer, so withdraw the request */
	SHIFT_LEAST,    /* `from` keeps it: it has no more than its least */
};

struct shift_step {
	enum shift_what what;
	uint32_t core, from, to; /* perhaps HOLD_NOBODY */
	uint64_t wait;           /* ticks */
};

struct shift {
	bool off;        /* the operator moves cores by hand */
	bool asked;      /* the request for `open` has no result yet */
	uint32_t number; /* the request's number */
	uint64_t end;
	struct shift_step open;
	uint32_t due;    /* cores whose time has come, a bit each */
	uint64_t minute; /* up to which the schedule was looked at */
	bool samples;    /* there is a sample; the last one first */
	struct shift_sample sample[SHIFT_SAMPLES + 1];
	uint8_t seen[BUNDLE_PARTITIONS_MAX];    /* samples since its cores changed */
	uint64_t barred[BUNDLE_PARTITIONS_MAX]; /* not asked before that */
	struct {
		uint32_t holder;
		uint64_t came;
		uint32_t to; /* if the core is due */
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

/* The sum of their speeds. */
uint32_t shift_speed(const struct shift_machine *machine, const struct shift_look *look,
                     uint32_t partition);

/* The next step. Carry it out and ask again, with a new look, until there is no step. */
struct shift_step shift_next(struct shift *shift, const struct shift_machine *machine,
                             const struct shift_look *look);

/* What the frame answered to SHIFT_ASK: the request's number, or an error. */
void shift_asked(struct shift *shift, const struct shift_look *look, int64_t number);

/* The time of the next look, without regard to the schedule's next minute; ~0: none. */
uint64_t shift_later(const struct shift *shift, const struct shift_machine *machine,
                     const struct shift_look *look);

#endif
