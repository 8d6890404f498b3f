/*
 * The programs as the supervisor has them: what outlives a process of theirs (ports, kept memory,
 * shared memory, registers), which is made once, and the process, which is made and taken back
 * here.
 */
#ifndef SUPERVISOR_CHILD_H
#define SUPERVISOR_CHILD_H

#include "policy.h"
#include <kumiki/rtos/call.h>
#include <kumiki/rtos/image.h>
#include <stdbool.h>

struct child {
	struct policy policy;
	rtos_handle_t process; /* 0: none */
	rtos_handle_t keep;    /* region; 0: none */
	rtos_handle_t signals; /* the notification of its interrupts, while it has a process */
	uint32_t starts;
	uint64_t opened; /* ports that it has open */
};

struct children {
	const struct rtos_image *image;
	const struct rtos_manifest *manifest;
	struct child child[RTOS_IMAGE_PROGRAMS_MAX];
	rtos_handle_t ports[RTOS_PORTS_MAX];
	rtos_handle_t windows[RTOS_WINDOWS_MAX];
	rtos_handle_t registers[RTOS_DEVICES_MAX][RTOS_DEVICE_RANGES_MAX];
	rtos_handle_t interrupts[RTOS_DEVICES_MAX][RTOS_DEVICE_INTERRUPTS_MAX];
	rtos_handle_t port;     /* the supervisor's own */
	rtos_handle_t ends;     /* signalled when a process ends: bit number % 32 */
	rtos_handle_t beats[2]; /* heartbeats of programs 0 to 31, 32 to 63: a bit each */
};

/* What outlives processes. Otherwise what couldn't be made. */
enum rtos_status child_objects(struct children *all, const char **what);
/* Makes a process of the program and runs it. What goes wrong leaves nothing behind. */
enum rtos_status child_start(struct children *all, uint32_t number);
/* What it kept is zeros from now on. */
enum rtos_status child_wipe(struct children *all, uint32_t number);
void child_kill(struct children *all, uint32_t number, bool blame);
/* Opens or closes all ports that it offers. */
void child_close_ports(struct children *all, uint32_t number, bool close);
/* True if its process has ended: the state of it is in state[0..4] (RTOS_PROCESS_STATE's x0 to x4),
 * and it is reaped. */
bool child_reap(struct children *all, uint32_t number, uint64_t state[5]);

#endif
