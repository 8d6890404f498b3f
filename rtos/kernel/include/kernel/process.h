/*
 * A process: an address space, a handle table, and a quota. All memory that the process causes to
 * be used lies in that quota. The process ends as a whole, and then stays until it is reaped.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include <kernel/end.h>
#include <kernel/notification.h>
#include <kernel/pool.h>
#include <kernel/space.h>

struct cpu;
struct mapping;
struct thread;

struct process {
	struct object object; /* in its maker's quota */
	struct space space;
	struct handles handles;
	struct pool pool;
	struct objects objects;   /* the objects that lie in its quota */
	struct thread *threads;   /* the first of its threads, by next_of_process */
	struct thread *parked;    /* the first call that it took and that no thread of it serves */
	struct mapping *mappings; /* the first mapping in its address space */
	struct fault *faults;     /* of its threads that handle one (kernel/fault.h) */
	uint32_t mapping_count;   /* at most RTOS_MAPPINGS_MAX */
	struct process *maker; /* the process that its pages go back to; NULL: the first process */
	struct source watch;   /* signals when the process ends */
	uint32_t thread_count; /* how many threads it has */
	uint32_t threads_made; /* how many threads it ever had: the next thread's number */
	uint8_t state;         /* enum rtos_process_state */
	uint8_t priority_max;
	bool strict;    /* RTOS_PROCESS_STRICT */
	bool blame_all; /* every call that its threads serve at its end is to blame */
	union {
		uint64_t name[RTOS_NAME_SIZE / sizeof(uint64_t)];
		char called[RTOS_NAME_SIZE]; /* the same, for a watcher's rules */
	};
	uint64_t why[4]; /* how it ended: the thread's number, and what RTOS_PROCESS_STATE says */
	uint64_t time;   /* how long its freed threads ran */
	bool reaping;    /* its reaping has begun */
	uint64_t reaped; /* places of its handle table that were reaped */
	struct process *inner; /* the innermost process in its quota, which is reaped first */
};
_Static_assert(sizeof(struct process) <= OBJECT_LARGE, "it is cut from a page of four");

/* The process that the kernel starts; it gets all free pages. */
extern struct process *process_first;

/* Sets up a process that has no page yet. */
void process_begin(struct process *process, struct process *maker, uint32_t handle_pages,
                   uint8_t priority_max);

/* Makes a place in the handle table, which may grow by a page for that. False: there can't be one.
 */
bool process_make_place(struct process *process);

/* Ends the process: none of its threads runs again. Its watcher is told. */
void process_end(struct process *process, enum rtos_process_state state, const uint64_t why[4]);

/* Asks the CPUs that use the process's address space to leave it. False: no CPU uses it. */
bool process_evict_cpus(const struct process *process);

/* Does one bounded step of emptying an ended process that no CPU uses. False: the process is empty.
 * It keeps its handles and objects. */
bool process_empty_step(struct process *process);

/* An emptied process lives again, without a thread. */
void process_revive(struct process *process);

/* Does one bounded step of reaping an ended process. `last` is the handle on it that is closed
 * last. */
enum end_step process_reap_step(struct process *reaped, const struct handle *last);

int process_call_create(struct thread *self);
int process_call_pages(struct thread *self);
int process_call_watch(struct thread *self);
int process_call_state(struct thread *self);
int process_call_kill(struct thread *self);
int process_call_reap(struct thread *self);
int process_call_reset(struct thread *self);
int process_call_time(struct thread *self);
int process_call_exit(struct thread *self);

/* The process that a call names in register `number`; 0 names the calling process. NULL: `status`
 * says why. */
struct process *process_argument(struct thread *self, uint32_t number, enum rtos_status *status);

#endif
