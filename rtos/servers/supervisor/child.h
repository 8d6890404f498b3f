/*
 * The programs as the supervisor has them: what outlives a process of theirs (ports, kept memory,
 * shared memory, registers), which is made once, and the process, which is made and taken back
 * here. All of it is in records that outlive the supervisor, too (docs/rtos/recovery.md): what
 * isn't in one is taken back by its successor.
 */
#ifndef SUPERVISOR_CHILD_H
#define SUPERVISOR_CHILD_H

#include "policy.h"
#include <kumiki/rtos/call.h>
#include <kumiki/rtos/image.h>
#include <kumiki/rtos/program.h>
#include <rtos/keep.h>
#include <stdbool.h>

/* A process, and what is made with it and goes with it; all 0: there is none. */
struct child_process {
	rtos_handle_t process;
	rtos_handle_t signals; /* the notification of its interrupts */
	uint32_t interrupt_count;
	rtos_handle_t interrupts[RTOS_GIVEN_MAX];
};

/* What the record of a program holds. */
struct child {
	struct policy policy;
	struct child_process its;
	uint32_t starts;
	uint64_t opened;           /* ports that it has open */
	uint64_t call;             /* of a slot: the identity of that which it was begun for last */
	uint64_t entry, variables; /* of a slot: where its first thread begins, its TPIDR_EL0 */
	uint64_t end[4];           /* of its last start: state, and what belongs to it */
};

/* What the record of objects holds. */
struct objects {
	rtos_handle_t ports[RTOS_PORTS_MAX];
	rtos_handle_t windows[RTOS_WINDOWS_MAX];
	rtos_handle_t registers[RTOS_DEVICES_MAX][RTOS_DEVICE_RANGES_MAX];
	rtos_handle_t keeps[RTOS_IMAGE_PROGRAMS_MAX]; /* 0: it keeps nothing */
	rtos_handle_t dma[RTOS_IMAGE_PROGRAMS_MAX];   /* likewise */
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

/* What outlives processes, and its record. Otherwise what couldn't be made. */
enum rtos_status child_objects(struct children *all, const char **what);
/* As the image has it. */
const char *child_name(const struct children *all, uint32_t number);
/* From here on a successor finds the program as it is now. */
void child_record(struct children *all, uint32_t number);
/* Makes a process of the program and runs it. What goes wrong leaves nothing behind. */
enum rtos_status child_start(struct children *all, uint32_t number);
/* What it kept is zeros from now on. */
enum rtos_status child_wipe(struct children *all, uint32_t number);
/* SUPERVISOR_USE's words 1 to 5; zeros without a process. */
void child_use(const struct children *all, uint32_t number, uint64_t use[5]);
/* Threads that its process has had; 0: it has none, or there is none. */
uint64_t child_threads(const struct children *all, uint32_t number);
/* Of a slot: its loader has placed its stack, which comes last. */
bool child_is_placed(const struct children *all, uint32_t number);
/* Of a program's first thread: RTOS_THREAD(…). */
uint64_t child_thread(const struct children *all, uint32_t number);
/* Of a slot: makes its first thread. */
enum rtos_status child_run(const struct children *all, uint32_t number);
/* The one call that a program which has ended has taken and not answered; 0: none. Of a program
 * that waits for nobody's answer. */
uint64_t child_left_call(const struct children *all, uint32_t number);
void child_kill(struct children *all, uint32_t number, bool blame);
/* Opens or closes all ports that it offers. */
void child_close_ports(struct children *all, uint32_t number, bool close);
/* True if its process has ended; the state of it is in state[0..4] (RTOS_PROCESS_STATE's x0 to x4).
 */
bool child_has_ended(const struct children *all, uint32_t number, uint64_t state[5]);
/* The oldest call that it took, or that waits at a port of its, and isn't answered: its identity;
 * 0: there is none. *next: of the next call that anybody makes. */
uint64_t child_oldest_call(const struct children *all, uint32_t number, uint64_t *next);
/* Takes back what isn't in the program's record any more. */
void child_reap(const struct child_process *its);

#endif
