/*
 * Accounts: how each vCPU and each core used its time. They lie in memory that all cores share, and
 * each account has one writer in the frame. Outside of the frame only the console service (`top`)
 * and the warden read them. Times are ticks of the physical counter.
 */
#ifndef KUMIKI_ACCOUNT_H
#define KUMIKI_ACCOUNT_H

#include <kumiki/bundle.h>
#include <kumiki/update.h>
#include <stdint.h>

enum account_state {
	ACCOUNT_OFF = 0,       /* off, parked, or its partition stands still */
	ACCOUNT_WAITS = 1,     /* for an interrupt: costs nothing */
	ACCOUNT_READY = 2,     /* another vCPU runs */
	ACCOUNT_RUNS = 3,      /* or its core does short work for it or for the frame */
	ACCOUNT_EXHAUSTED = 4, /* out of its budget until the next period */
	ACCOUNT_STATES
};

/*
 * Written by the core that the vCPU is on, at each change of `state`. The present stretch isn't in
 * any sum: a reader adds counter - since to the sum of `state`. A copy is whole when the next copy
 * equals it.
 */
struct vcpu_account {
	uint64_t ran;
	uint64_t since;     /* counter when the present state began */
	uint64_t stolen;    /* it was ready while another vCPU ran, or out of its budget */
	uint64_t used;      /* of its budget in this period, without the present stretch */
	uint32_t switches;  /* how often the core switched to it */
	uint32_t moves;     /* how often it came to another core */
	uint32_t misses;    /* deadlines */
	uint32_t exhausted; /* periods in which it used up its budget */
	uint8_t state;      /* enum account_state */
	uint8_t core;       /* the core that it is on: index in the bundle */
	uint8_t priority;   /* its present priority */
	uint8_t reserved[13];
};

/* Written by its core when it switches to another context. */
struct core_account {
	uint64_t since; /* counter at the last switch, if no vCPU runs; the present stretch isn't in
	                   any sum */
	uint64_t idle;  /* no context was ready */
	uint64_t service; /* the console service and loaders ran */
	uint64_t off;
	uint64_t wake;   /* while it is off: when it has something to do; ~0: never */
	uint8_t runs;    /* the context, as in a trace event (trace.h); TRACE_NO_VCPU: idle */
	uint8_t dark;    /* 1: it is off, since `since` */
	uint8_t refused; /* 1: the firmware didn't let it go off */
	uint8_t unseen; /* 1: its one vCPU counts as running while it waits: its WFI doesn't trap */
	uint8_t reserved[12];
	/* The core's holder, as hold.h says: changed by any core that asks, atomically. */
	uint64_t hold;
};

/* What the core was in the middle of that crashed. */
enum frame_work {
	FRAME_WORK_UNKNOWN = 0, /* nothing for a vCPU, as far as is known */
	FRAME_WORK_HERE = 1,    /* an interrupt or a switch, while the vCPU was the core's */
	FRAME_WORK_TRAP = 2,    /* a trap of the vCPU: its instruction is executed again */
	FRAME_WORK_DONE = 3,    /* a trap of the vCPU, whose access was carried out */
};

/* The frame's last crash that it recovered from (docs/proof/recovery.md). */
#define FRAME_CRASH_TRACE 12
#define FRAME_TEXT_LOST   1
struct frame_crash {
	uint32_t count; /* of crashes until this one; 0: the frame has never crashed */
	uint32_t core;
	uint32_t told; /* failures of the console service before this crash */
	uint32_t hung; /* 1: the core hung, and another one made it crash */
	uint64_t syndrome, address, pc, lr;
	uint64_t began, ended;             /* counter */
	uint64_t trace[FRAME_CRASH_TRACE]; /* where calls return to, the last call first; or 0 */
	uint32_t work;                     /* enum frame_work */
	uint32_t vcpu;     /* the vCPU that the core was at work for: its index + 1; or 0 */
	uint32_t given_up; /* partitions that ended, as this came again at work for them */
	uint32_t damaged;  /* partitions that ended, as their kept state was damaged */
	uint32_t mended;   /* partitions of which what never changes was damaged, and made anew */
	uint32_t reserved;
	/* Where text or constants were damaged, and made anew; 0: nowhere; FRAME_TEXT_LOST: the
	 * pristine frame is damaged, so they can't be made anew. */
	uint64_t text;
};

/* Cores whose own page tables the last crash or update found damaged, a bit each: they were made
 * anew; or what was kept of them is damaged, so that they stay as they are. */
struct frame_tables {
	uint32_t mended, lost;
	uint32_t hung; /* not its tables: it came to rest only without its text */
};

/* All accounts, by the indices in the bundle. They have a page of their own, which services map. */
struct accounts {
	struct vcpu_account vcpu[BUNDLE_VCPUS_MAX];
	struct core_account core[BUNDLE_CORES_MAX];
	struct frame_crash crash;
	struct frame_update update;
	struct frame_header frame; /* of the frame that runs */
	struct frame_tables tables;
} __attribute__((aligned(4096)));

/* Each writer has cache lines of its own. */
_Static_assert(sizeof(struct vcpu_account) == 64, "no two cores write a line");
_Static_assert(sizeof(struct core_account) == 64, "no two cores write a line");
_Static_assert(sizeof(struct accounts) == 4096, "it is one page");

#endif
