/* SPDX-License-Identifier: MIT-0 */
/*
 * The life of a partition as everybody sees it: its states, the commands that change them, why it
 * ended. The frame decides (docs/lifecycle.md), and the console service shows it. Managers'
 * hypercalls and the host command use these numbers.
 */
#ifndef KUMIKI_LIFE_H
#define KUMIKI_LIFE_H

#include <stdint.h>

enum life_state {
	LIFE_STOPPED = 0,
	LIFE_WAITING = 1, /* for its time, or for another partition */
	LIFE_LOADING = 2, /* the loader lays out its images */
	LIFE_RUNNING = 3,
	LIFE_SUSPENDING = 4, /* its vCPUs are parked one by one */
	LIFE_SUSPENDED = 5,
	LIFE_HOLDING = 6, /* the same after a crash */
	LIFE_HELD = 7,
	LIFE_STOPPING = 8, /* its vCPUs go off one by one */
	LIFE_STATES
};

/* Requests to its home core, which ignores a request that doesn't fit the state. */
enum life_command {
	LIFE_START = 0,
	LIFE_STOP = 1,
	LIFE_RESTART = 2,
	LIFE_SUSPEND = 3,
	LIFE_RESUME = 4,
	LIFE_COMMANDS = 5,
	/* From the frame to itself: something happened that the partition may have waited for. From
	 * the console service: a request lies in its struct debug_box. */
	LIFE_LOOK = 5,
	LIFE_FLOOD = 6,    /* too many accesses of its devices were refused */
	LIFE_SHOW = 7,     /* its watcher wants to see its vCPUs' registers */
	LIFE_MESSAGES = 8, /* for each partition, in the same mailbox */
};

/* Why a partition stands still, or last stood still. */
enum stop_reason {
	STOP_NONE = 0,
	STOP_OFF = 1,       /* SYSTEM_OFF */
	STOP_RESET = 2,     /* SYSTEM_RESET, SYSTEM_RESET2 */
	STOP_FAULT = 3,     /* an error that could not be given back to the guest */
	STOP_IMAGE = 4,     /* a damaged image */
	STOP_COMMAND = 5,   /* it was told to stop */
	STOP_RESTART = 6,   /* it was told to restart */
	STOP_WATCHDOG = 7,  /* its watchdog's second signal */
	STOP_PANIC = 8,     /* STOP_RESET by its kernel's panic, as its examination found */
	STOP_DMA = 9,       /* its devices repeated forbidden accesses too often */
	STOP_DEADLINE = 10, /* a vCPU missed a deadline, and the description stops it then */
	STOP_CPUS_OFF = 11, /* CPU_OFF by the last vCPU that was on */
	STOP_CRASH = 12,    /* it said so itself: KUMIKI_HVC_CRASH */
	STOP_KEPT = 13,     /* what the frame kept of it was damaged */
	STOP_FRAME = 14,    /* the frame failed again and again at work for it */
};

/* The description's answer to an end; in struct bundle_partition. */
enum life_policy {
	LIFE_DO_RESTART = 0,
	LIFE_DO_STOP = 1,
	LIFE_DO_HOLD = 2,
	LIFE_DO_OFF = 3, /* switch the machine off; only at the limit */
};

/* Written by the partition's home core, read by anybody. */
struct life_status {
	uint32_t state;        /* enum life_state */
	uint32_t reason;       /* enum stop_reason: of its last end; final behind LIFE_STOPPING */
	uint32_t starts;       /* ever */
	uint32_t failed;       /* restarts without a command, in the present window */
} __attribute__((aligned(8))); /* copied by words */

struct life_event {
	uint64_t time; /* physical counter */
	struct life_status status;
	uint32_t printed; /* characters on its console until then, as struct console_ring counts */
	uint32_t reserved;
};

#define LIFE_EVENTS 16u /* a power of two */
struct life_log {
	uint32_t next; /* number of events ever written; the slot is next % LIFE_EVENTS */
	uint32_t reserved[7];
	struct life_event events[LIFE_EVENTS];
};

_Static_assert(sizeof(struct life_event) == 32, "rings are read by the host, too");

#endif
