/*
 * A process: an address space, a handle table, and the quota that everything lies in that it
 * causes. It ends as a whole, and stays, ended, until it is reaped.
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
	struct objects objects;   /* those that lie in its quota */
	struct thread *threads;   /* the first of its threads, by next_of_process */
	struct thread *parked;    /* the first call that it took and that no thread serves */
	struct mapping *mappings; /* the first one in its address space */
	uint32_t mapping_count;   /* at most RTOS_MAPPINGS_MAX */
	struct process *maker;    /* where its pages go; NULL: the first process */
	struct source watch;      /* what is signalled when it ends */
	uint32_t thread_count;    /* of those that there are */
	uint32_t threads_made;    /* ever: the next one's number */
	uint8_t state;            /* enum rtos_process_state */
	uint8_t priority_max;
	bool strict;    /* RTOS_PROCESS_STRICT */
	bool blame_all; /* every call that its threads served when it ended is to blame */
	uint64_t name[RTOS_NAME_SIZE / sizeof(uint64_t)];
	uint64_t why[4]; /* how it ended: the thread's number, and what RTOS_PROCESS_STATE says */
	uint64_t time;   /* that those of its threads ran that are no more */
	bool reaping;    /* somebody has begun to reap it */
	uint64_t reaped; /* how many places of its handle table were looked at */
	struct process *inner; /* in its quota, or in that of one there: it is reaped before this */
};
_Static_assert(sizeof(struct process) <= OBJECT_LARGE, "it is cut from a page of four");

/* The one that the kernel starts; it has all pages that nobody else has. */
extern struct process *process_first;

/* What it is before it has any page. */
void process_begin(struct process *process, struct process *maker, uint32_t handle_pages,
                   uint8_t priority_max);

/* True if its table has a free place now; it may have grown for that. */
bool process_make_place(struct process *process);

/* It ends: none of its threads runs again. Watchers are told. */
void process_end(struct process *process, enum rtos_process_state state, const uint64_t why[4]);

/* True while it isn't sure that no CPU uses its address space; asks those CPUs to leave it. */
bool process_evict_cpus(const struct process *process);

/* One bounded step of what is left of an ended one; `last` is the last of the handles on it that
 * goes. */
enum end_step process_reap_step(struct process *reaped, const struct handle *last);

/* The calls. */
int process_call_create(struct thread *self);
int process_call_pages(struct thread *self);
int process_call_watch(struct thread *self);
int process_call_state(struct thread *self);
int process_call_kill(struct thread *self);
int process_call_reap(struct thread *self);
int process_call_reset(struct thread *self);
int process_call_time(struct thread *self);
int process_call_exit(struct thread *self);

/* What a call's handle argument in register `number` leads to, 0 being the own process; NULL, and
 * the status: it leads to none. */
struct process *process_argument(struct thread *self, uint32_t number, enum rtos_status *status);

#endif
