/* The life of a partition, as it is kept: states and steps. docs/lifecycle.md has their order. */
#ifndef STATE_LIFE_H
#define STATE_LIFE_H

#include <frame/types.h>
#include <kumiki/life.h>
#include <kumiki/report.h>

/* Beside enum life_policy, of what is done when its last vCPU is off: at once, and counted anew. */
#define LIFE_DO_AGAIN 4u
/* What the policy says when that time has come: an examination may find another reason. */
#define LIFE_DO_POLICY 5u

/*
 * How far a life has come with what takes several messages: its beginning, while it is LOADING, and
 * what is done once in each life when it has ended, HOLDING or STOPPING. life.c has the table.
 */
enum life_step {
	LIFE_STEP_PREPARE, /* its functions are to be awake, and to reach no memory */
	LIFE_STEP_PLACE,   /* they are put in their places, one at a time */
	LIFE_STEP_RESET,   /* its devices and the rest become as after reset */
	LIFE_STEP_LOAD,    /* the loader is to begin */
	LIFE_STEP_LOADS,   /* it is at work */
	LIFE_STEP_OPEN,    /* interrupts are silenced once more, and streams opened: then it runs */
	LIFE_STEP_EXAMINE, /* it runs; or what it left is to be examined */
	LIFE_STEP_EXAMINES, /* the loader is at that */
	LIFE_STEP_EXAMINED, /* its functions are put in their places, for the loader */
	LIFE_STEP_SILENCE,  /* its devices are to be silenced */
	LIFE_STEP_SILENCES, /* the loader is at that */
	LIFE_STEP_SPARED,   /* no need to be silenced, if what was to follow then does */
	LIFE_STEP_OVER,
};

/* Why the machine is to be switched off. */
enum life_off {
	LIFE_ON,
	LIFE_OFF_RESTED, /* nobody is awake; unless somebody is started meanwhile */
	LIFE_OFF_FORCED, /* a partition at its limit wants it */
};

/* Kept (keep.h); the home core's, but for what is said to be others'. */
struct life {
	struct life_status status; /* others of its cores read the state, atomically */
	uint32_t ending; /* enum stop_reason; atomically, by whoever ends this life first */
	uint32_t then;   /* LIFE_STOPPING: enum life_policy, LIFE_DO_AGAIN or LIFE_DO_POLICY */
	uint32_t resume; /* was asked for while it was suspending */
	uint32_t ran;    /* it has run, ever: its devices may do something */
	uint32_t words;  /* of its interrupts: still to be silenced */
	uint32_t step;   /* enum life_step */
	uint64_t window; /* counter: when the window of restarts ends */
	uint64_t due;    /* LIFE_WAITING: until this counter value */
	uint64_t wakes;  /* LIFE_LOADING: not before this one: functions fall asleep or wake */
	uint64_t went;   /* counter: when it went on last */
	uint64_t hidden; /* counter ticks that its virtual counter hasn't seen */
};

#endif
