/*
 * The supervisor's programs. Their processes come (making.h) and go. Objects that outlive processes
 * (ports, kept memory, shared memory, registers) are made once (objects.h). Records that outlive
 * the supervisor name all of these (docs/rtos/recovery.md): the next supervisor takes back
 * everything that no record names.
 */
#ifndef SUPERVISOR_CHILD_H
#define SUPERVISOR_CHILD_H

#include "guilt.h"
#include "policy.h"
#include "replace.h"
#include <kumiki/rtos/call.h>
#include <kumiki/rtos/image.h>
#include <kumiki/rtos/program.h>
#include <rtos/keep.h>
#include <stdbool.h>

/* A process, and the objects that come and go with it. All 0: there is no process. */
struct child_process {
	rtos_handle_t process;
	rtos_handle_t signals; /* the notification of its interrupts */
	uint32_t interrupt_count;
	uint16_t interrupts[RTOS_GIVEN_MAX]; /* their handles: there are no more than 1,024 */
	rtos_handle_t text[RTOS_IMAGE_SEGMENTS_MAX]; /* copies of its segments that nobody writes */
};

/* The record of a program. */
struct child {
	struct policy policy;
	struct child_process its;
	uint32_t starts;
	uint32_t wrong;            /* probes that the program failed */
	uint64_t opened;           /* ports that the program has open */
	uint64_t call;             /* identity of the call that began the slot last */
	uint64_t entry, variables; /* a slot's: where its first thread begins, its TPIDR_EL0 */
	uint64_t pages;            /* a slot's: of its file's segments */
	struct guilt guilt;        /* its clients' guilt */
	uint64_t end[4]; /* how its last process ended: RTOS_PROCESS_STATE's state, x2 to x4 */
	struct version version;
};

/* The record of objects. */
struct objects {
	rtos_handle_t ports[RTOS_PORTS_MAX];
	rtos_handle_t windows[RTOS_WINDOWS_MAX];
	rtos_handle_t registers[RTOS_DEVICES_MAX][RTOS_DEVICE_RANGES_MAX];
	rtos_handle_t keeps[RTOS_IMAGE_PROGRAMS_MAX]; /* 0: the program keeps nothing */
	rtos_handle_t dma[RTOS_IMAGE_PROGRAMS_MAX];   /* 0: the program has no memory for DMA */
	rtos_handle_t port;                           /* the supervisor's own */
	rtos_handle_t beats[2]; /* heartbeats of programs 0 to 31, 32 to 63: a bit each */
};

struct children {
	const struct rtos_image *image;
	const struct rtos_manifest *manifest;
	struct objects objects;
	struct child child[RTOS_IMAGE_PROGRAMS_MAX];
	struct keep objects_record, records[RTOS_IMAGE_PROGRAMS_MAX];
};

/* The program's name in the image. */
const char *child_name(const struct children *all, uint32_t number);
/* Records the program: from here on the next supervisor finds it in this state. */
void child_record(struct children *all, uint32_t number);
/* Zeroes the program's kept memory. Its ports get a new epoch, which tells its callers. A program
 * without kept memory stays as it is. */
enum rtos_status child_wipe(struct children *all, uint32_t number);
/* SUPERVISOR_USE's words 1 to 5; zeros without a process. */
void child_use(const struct children *all, uint32_t number, uint64_t use[5]);
/* How many threads the program's process has had; 0 also if there is no process. */
uint64_t child_threads(const struct children *all, uint32_t number);
/* Whether the loader has placed a slot's stack, which comes last. */
bool child_is_placed(const struct children *all, uint32_t number);
/* RTOS_THREAD(…) of a program's first thread. */
uint64_t child_thread(const struct children *all, uint32_t number);
/* Makes a slot's first thread. */
enum rtos_status child_run(const struct children *all, uint32_t number);
/* The call that an ended program had taken and not answered; 0: none. Only for a program that takes
 * one call at a time. */
uint64_t child_left_call(const struct children *all, uint32_t number);
void child_kill(struct children *all, uint32_t number, bool blame);
/* Opens or closes all ports that the program offers. */
void child_close_ports(struct children *all, uint32_t number, bool close);
/* True: its process has ended, with this state (RTOS_PROCESS_STATE's x0 to x4). */
bool child_has_ended(const struct children *all, uint32_t number, uint64_t state[5]);
/* The identity of the program's oldest unanswered call, whether taken or waiting at one of its
 * ports; 0: none. *next: the identity of the next call in the whole system. */
uint64_t child_oldest_call(const struct children *all, uint32_t number, uint64_t *next);
/* Whether the program's first thread waits for another program's answer. */
bool child_awaits(const struct children *all, uint32_t number);

/* The call that a program computes on. */
struct child_work {
	uint64_t call;  /* the call that it serves now; 0: none */
	uint64_t used;  /* ticks that the serving thread ran */
	uint64_t taken; /* identity of the last call that it took; 0: none */
	uint64_t next;  /* identity of the next call in the whole system */
};
struct child_work child_work(const struct children *all, uint32_t number);
/* Takes back a process that the program's record doesn't name any more. */
void child_reap(const struct child_process *its);

#endif
