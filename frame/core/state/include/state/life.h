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

/* What is done once in each life, when it has ended: what it left is examined, then its devices are
 * silenced. */
enum life_examined {
	LIFE_UNSEEN,
	LIFE_EXAMINING,
	LIFE_EXAMINED,
	LIFE_SPARED, /* no need to be silenced, if what was to follow then does */
	LIFE_SILENCING,
	LIFE_SILENT,
};

/* Each begins with a message of its own: together they would keep interrupts waiting too long. */
enum life_load {
	LIFE_LOAD_BEGINS,  /* everything is to be as after reset */
	LIFE_LOAD_PLACES,  /* its functions are put in their places, in steps */
	LIFE_LOAD_RESETS,  /* its devices and the rest are as after reset */
	LIFE_LOAD_GOES_ON, /* the loader is at work */
	LIFE_LOAD_DONE,    /* it is done; interrupts are to be silenced once more */
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
	uint32_t ending;   /* enum stop_reason; atomically, by whoever ends this life first */
	uint32_t then;     /* LIFE_STOPPING: enum life_policy, LIFE_DO_AGAIN or LIFE_DO_POLICY */
	uint32_t resume;   /* was asked for while it was suspending */
	uint32_t ran;      /* it has run, ever: its devices may do something */
	uint32_t words;    /* of its interrupts: still to be silenced */
	uint32_t loading;  /* LIFE_LOADING: enum life_load */
	uint32_t examined; /* enum life_examined */
	uint64_t window;   /* counter: when the window of restarts ends */
	uint64_t due;      /* LIFE_WAITING: until this counter value */
	uint64_t wakes;    /* LIFE_LOADING: not before this one: functions fall asleep or wake */
	uint64_t went;     /* counter: when it went on last */
	uint64_t hidden;   /* counter ticks that its virtual counter hasn't seen */
};

#endif
