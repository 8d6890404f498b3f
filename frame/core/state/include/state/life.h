/* The life of a partition, as it is kept: states and steps. docs/lifecycle.md has their order. */
#ifndef STATE_LIFE_H
#define STATE_LIFE_H

#include <frame/types.h>
#include <kumiki/life.h>
#include <kumiki/report.h>

/* Values of life.then beside enum life_policy. LIFE_DO_AGAIN: start at once, and count anew. */
#define LIFE_DO_AGAIN 4u
/* Do what the policy says by then: an examination may find another reason for the end. */
#define LIFE_DO_POLICY 5u

/*
 * The steps of work that takes several messages. The first steps are a life's beginning (LOADING);
 * the others follow its end, once in each life (HOLDING or STOPPING). life.c has the table.
 */
enum life_step {
	LIFE_STEP_PREPARE,  /* the partition's functions wake, and are cut off from memory */
	LIFE_STEP_PLACE,    /* the functions are put in their places, one at a time */
	LIFE_STEP_RESET,    /* devices and the rest become as after reset */
	LIFE_STEP_LOAD,     /* the loader is to lay out the images */
	LIFE_STEP_LOADS,    /* the loader lays them out */
	LIFE_STEP_OPEN,     /* interrupts are silenced once more, streams opened; then vCPUs run */
	LIFE_STEP_EXAMINE,  /* the partition runs; after its end: its memory is to be examined */
	LIFE_STEP_EXAMINES, /* the loader examines the memory */
	LIFE_STEP_EXAMINED, /* functions are put in their places, for the loader */
	LIFE_STEP_SILENCE,  /* devices are to be silenced */
	LIFE_STEP_SILENCES, /* the loader silences them */
	LIFE_STEP_SPARED,   /* devices aren't silenced, as the next life begins at once */
	LIFE_STEP_OVER,
};

/* Why the machine is to be switched off. */
enum life_off {
	LIFE_ON,
	LIFE_OFF_RESTED, /* all partitions are stopped; void if one is started meanwhile */
	LIFE_OFF_FORCED, /* a partition has ended whose policy is LIFE_DO_OFF */
};

/* Kept (keep.h). The home core writes it, unless a field says otherwise. */
struct life {
	struct life_status status; /* the partition's other cores read the state, atomically */
	uint32_t ending; /* enum stop_reason: the life's first end; atomically, by any core */
	uint32_t then;   /* LIFE_STOPPING: enum life_policy, LIFE_DO_AGAIN or LIFE_DO_POLICY */
	uint32_t resume; /* a resume was asked for while the partition was suspending */
	uint32_t ran;    /* the partition has run, ever: its devices may do something */
	uint32_t words;  /* words of its interrupts that are still to be silenced, a bit each */
	uint32_t step;   /* enum life_step */
	uint64_t window; /* counter: when the window of restarts ends */
	uint64_t due;    /* LIFE_WAITING: until this counter value */
	uint64_t wakes;  /* counter: until then its functions are left alone, as they wake or fall
	                    asleep */
	uint64_t went;   /* counter: when the partition went on last */
	uint64_t hidden; /* counter ticks that its virtual counter hasn't seen */
};

#endif
