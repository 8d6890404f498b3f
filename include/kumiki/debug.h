/*
 * Debugging a partition from outside (docs/debugging.md): one request at a time, from the host over
 * the link (LINK_DEBUG) to the console service, which leaves it in the partition's struct debug_box
 * and tells the frame that something is to be looked at. The partition's loader carries it out, and
 * answers in the same place. The frame carries out the loader's DEBUG_ORDER, and no more.
 *
 * The box lies beside the partition's console ring. The frame trusts nothing in it. By it the
 * loader can reach the partition's memory only.
 */
#ifndef KUMIKI_DEBUG_H
#define KUMIKI_DEBUG_H

#include <kumiki/bundle.h>
#include <kumiki/report.h>
#include <stdint.h>

#define DEBUG_DATA_SIZE   920u
#define DEBUG_BREAKS      32u /* breakpoints in memory */
#define DEBUG_BREAKPOINTS 6u  /* and watchpoints, in registers: as many as Arm's CPUs have */
#define DEBUG_WATCHPOINTS 4u
#define DEBUG_BRK         0x4b75 /* the immediate of their BRK; the guest's own have another */

enum debug_op {
	DEBUG_ATTACH = 1, /* its vCPUs are halted; answer: struct debug_target */
	DEBUG_DETACH = 2, /* breakpoints are taken out, its own registers put back, it goes on */
	DEBUG_HALT = 3,   /* a stop follows, unless it stands already */
	DEBUG_GO = 4,     /* the vCPUs in `run` go on, the vCPUs in `step` for one instruction */
	DEBUG_READ_REGISTERS = 5,  /* of `vcpu`; answer: struct debug_registers */
	DEBUG_WRITE_REGISTERS = 6, /* the same: x, pc, pstate, sp_el0, sp_el1, and all of `v` */
	DEBUG_HARDWARE = 7,        /* struct debug_hardware, for all of its vCPUs */
	DEBUG_READ = 8,            /* `size` bytes at `address`; the answer may be shorter */
	DEBUG_WRITE = 9,           /* all, or nothing */
	DEBUG_BREAK = 10,          /* a breakpoint at `address` */
	DEBUG_UNBREAK = 11,        /* takes it out */
	DEBUG_OPS
};

enum debug_status {
	DEBUG_OK = 0,
	DEBUG_REFUSED = 1, /* it makes no sense in the partition's state */
	DEBUG_NOWHERE = 2, /* no memory of the partition's is there */
	DEBUG_FULL = 3,    /* no more breakpoints */
	DEBUG_OVER = 4,    /* the partition's life has ended meanwhile */
	DEBUG_FAILED = 5,  /* the loader failed by itself, or has to do something else now */
	DEBUG_NO_HALT = 6, /* it has a core that can't be halted; no loader says so */
	DEBUG_TAKEN = 7,   /* another debugger has it; a hub says so, and who that is, as text */
};

struct debug_request {
	uint32_t op; /* enum debug_op */
	uint32_t vcpu;
	uint64_t address; /* of the guest's code: virtual */
	uint32_t size;
	uint32_t run, step; /* a bit for each vCPU */
	uint32_t reserved;
	uint64_t sctlr, tcr, ttbr0, ttbr1; /* by which `address` is translated */
};

/* Told by DEBUG_ATTACH. */
struct debug_target {
	uint32_t vcpus;
	uint32_t state;                    /* enum life_state */
	uint32_t breakpoints, watchpoints; /* registers for them */
};

/* DBGBVR and DBGBCR, DBGWVR and DBGWCR. The loader uses of the control registers only what stays in
 * EL1 and EL0. */
struct debug_point {
	uint64_t value, control;
};
struct debug_hardware {
	struct debug_point breakpoint[DEBUG_BREAKPOINTS], watchpoint[DEBUG_WATCHPOINTS];
};

struct debug_registers {
	struct stop_report general;
	uint64_t fpcr, fpsr; /* floating point and SIMD */
	uint64_t v[32][2];
};

enum debug_why {
	DEBUG_ASKED = 0, /* it halted by command, or stood already */
	DEBUG_HIT = 1,   /* a debug exception: esr, far */
	DEBUG_HELD = 2,  /* it crashed, and is held */
	DEBUG_ENDED = 3, /* its life has ended: the session is over */
};

struct debug_stop {
	uint32_t why;  /* enum debug_why */
	uint32_t vcpu; /* index in the partition */
	uint64_t esr, far;
};

/* A word of the partition's memory that a BRK replaces. */
struct debug_break {
	uint64_t at; /* where the loader sees it; 0: unused */
	uint32_t word;
	uint32_t reserved;
};

/* How a vCPU transfers struct debug_registers in `data`, when it is told to follow. */
enum debug_transfer {
	DEBUG_TRANSFERS_NOTHING = 0,
	DEBUG_TRANSFERS_OUT = 1, /* its registers are put there */
	DEBUG_TRANSFERS_IN = 2,  /* taken from there, unless it is off; then put there */
};

/* The loader's order to the frame with its SERVICE_DONE. Its bits from DEBUG_ORDER_HOLDS on are a
 * mask of vCPUs that are to stand. */
enum debug_order {
	DEBUG_ORDER_FOLLOW = 1u << 0, /* all vCPUs: they stand or go on, by the mask and the box */
	DEBUG_ORDER_ATTACHED = 1u << 1, /* a debugger is attached from now on; else: none is */
	DEBUG_ORDER_GOES_ON = 1u << 2,  /* it stood until now: the frame sees to its clock */
	DEBUG_ORDER_HOLDS = 8,          /* first bit of the mask */
};

struct debug_box {
	/* Written by the console service, which then changes nothing until the answer is there. */
	uint32_t asked; /* requests, ever */
	uint32_t reserved;
	struct debug_request request;

	/* Written by the loader. */
	uint32_t answered; /* equal to `asked`: the answer is there */
	uint32_t status;   /* enum debug_status */
	uint32_t size;     /* of the answer in `data` */
	uint32_t attached;
	uint32_t stops; /* ever; written behind `stop` */
	uint32_t told;  /* the host knows that it stands */
	struct debug_stop stop;

	/* By the loader for itself: between its runs it keeps nothing else. */
	uint32_t begun; /* the request that it has begun: equal to `asked` */
	uint32_t waits; /* enum debug_waits: what that vCPU waits for */
	uint32_t held;  /* vCPUs that stand by its order; other standing vCPUs have hit something */
	uint32_t hit;   /* vCPUs that hit something since they last went on */
	struct debug_break break_at[DEBUG_BREAKS];
	uint32_t breaks; /* entries of `break_at` in use */

	/* By the loader for the vCPUs, which look here when they are told to follow. */
	uint32_t step;     /* a bit for each that goes on for one instruction */
	uint32_t vcpu;     /* the vCPU to transfer registers */
	uint32_t transfer; /* enum debug_transfer */
	struct debug_hardware hardware;

	/* By each vCPU, before it stands. */
	struct debug_hit {
		uint64_t esr, far;
	} hits[BUNDLE_PARTITION_VCPUS_MAX];

	uint8_t data[DEBUG_DATA_SIZE] __attribute__((aligned(16)));
};

_Static_assert(sizeof(struct debug_request) == 64, "it goes over the link");
_Static_assert(sizeof(struct debug_stop) == 24, "it goes over the link");
_Static_assert(sizeof(struct debug_registers) <= DEBUG_DATA_SIZE, "registers are one answer");
_Static_assert(sizeof(struct debug_hardware) <= DEBUG_DATA_SIZE, "they are one request");

#endif
