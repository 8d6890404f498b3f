/*
 * Real time beyond POSIX (docs/rtos/programs.md): periodic threads with a budget, and threads
 * for interrupts. Times are nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef RT_H
#define RT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- periodic threads ---- */

struct rt_counts {
	uint64_t jobs;     /* begun jobs */
	uint64_t overruns; /* jobs that used up their budget */
	uint64_t skipped;  /* releases that passed while a job still ran */
	uint64_t latest;   /* the longest time from a release to its job's beginning */
	uint64_t longest;  /* the longest time from a release to its job's end */
};

struct rt_periodic {
	/* The program sets these fields before rt_periodic_start(). */
	void (*job)(void *argument);
	void (*overrun)(void *argument); /* called while the job still runs; NULL: no call */
	void *argument;
	int64_t first; /* the first release; 0: one period after the start */
	int64_t period;
	int64_t budget;    /* CPU time of each job; 0: the period */
	int priority, cpu; /* below the highest that the manifest allows */
	int over_priority; /* from an overrun to the job's end; negative: unchanged */
	size_t stack;      /* 0: the default */

	/* The thread writes these counts. Read them in a job, or when the thread has ended. */
	struct rt_counts counts;

	/* The library uses these fields. */
	pthread_t thread;
	uint32_t timer, place;
	uint64_t begun; /* the counter at the first release */
	uint64_t limit; /* the thread's run time in ticks at which the job's budget is over */
	volatile bool runs, over, stopping;
};

/* Returns an error of pthread.h; EINVAL also for a priority that isn't below the highest. The
 * structure has to stay until rt_periodic_stop(). */
int rt_periodic_start(struct rt_periodic *periodic);
/* Waits for the end of the running job, or for the next release. Don't call it from a job. */
int rt_periodic_stop(struct rt_periodic *periodic);

/* ---- interrupts ---- */

/* An interrupt of a device that the manifest gives the program. */
struct rt_interrupt {
	const char *device;              /* the device's name; NULL: any */
	unsigned index;                  /* among the interrupts of that name */
	void (*handler)(void *argument); /* quiets the device, then handles its request */
	void *argument;
};

/* Makes the thread that waits for all these interrupts and calls their handlers. A program can have
 * only one such thread, which never ends. */
int rt_interrupts_start(const struct rt_interrupt *interrupts, unsigned count, int priority,
                        int cpu);

#endif
