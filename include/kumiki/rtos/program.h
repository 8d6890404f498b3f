/*
 * The start page: what the supervisor tells a program, and what init tells the supervisor by struct
 * rtos_start (image.h). It lies at RTOS_START_PAGE, read-only; its address is x0 of the first
 * thread. docs/rtos/programs.md says how it comes about.
 */
#ifndef KUMIKI_RTOS_PROGRAM_H
#define KUMIKI_RTOS_PROGRAM_H

#include <stdint.h>

#define RTOS_PROGRAM_MAGIC    0x4d4152474f525021ULL
#define RTOS_PROGRAM_REVISION 2
#define RTOS_GIVEN_MAX        64 /* things that a program is given */
#define RTOS_GIVEN_NAME       24

/* Where a supervisor puts memory that it gives: one after the other, a free page behind each. */
#define RTOS_GIVEN_MEMORY 0x40000000ULL

enum rtos_given_kind {
	RTOS_GIVEN_NONE = 0,
	RTOS_GIVEN_OFFER = 1,     /* port, to receive from */
	RTOS_GIVEN_USE = 2,       /* port, to call */
	RTOS_GIVEN_DEVICE = 3,    /* registers: address, size; a device has one for each range */
	RTOS_GIVEN_INTERRUPT = 4, /* handle; its bit in the notification is `address` */
	RTOS_GIVEN_SIGNALS = 5,   /* the notification of its interrupts, named "interrupts" */
	/* kept memory: address, size; a handle, to show its pages to clients (RTOS_SHOW); named
	   "keep" */
	RTOS_GIVEN_KEEP = 6,
	RTOS_GIVEN_WINDOW = 7,     /* shared memory: address, size */
	RTOS_GIVEN_BEAT = 8,       /* the notification that a heartbeat signals, named "beat" */
	RTOS_GIVEN_SUPERVISOR = 9, /* port, to call; named "supervisor" */
	/* memory for its devices: address, size; named "dma", or "uncached" if it is that */
	RTOS_GIVEN_DMA = 10,
	/* handle, for RTOS_REGION_PHYSICAL of that, and to show others what is in it; named "dma"
	 */
	RTOS_GIVEN_DMA_REGION = 11,
	/* handle, for RTOS_REGION_PHYSICAL of the registers with the same index: of a device that
	   does DMA */
	RTOS_GIVEN_DEVICE_REGION = 12,
	/* notification: a signal has the supervisor end the program and start it anew, at once */
	RTOS_GIVEN_RESTART = 13,
	RTOS_GIVEN_TRACE = 14,   /* handle, for RTOS_TRACE; named "trace" */
	RTOS_GIVEN_NO_SUMS = 15, /* nothing: the manifest says kumiki,no-sums; named "no-sums" */
	/* To a version that took its program's place (docs/rtos/replace.md): memory for its own
	   record, as large as "keep": address, size; size 0: the program keeps nothing */
	RTOS_GIVEN_HEIR = 16,
	/* handle, for RTOS_REGION_PHYSICAL of the kept memory of the program of that name, which
	   the devices reach; `address` is the program's badge */
	RTOS_GIVEN_REACH = 17,
	/* the same memory: address, size; only if one of the devices doesn't look into caches, so
	   that the program has to copy */
	RTOS_GIVEN_REACH_MEMORY = 18,
	/* where a watched partition itself has the memory with the same index, behind its
	   registers: address */
	RTOS_GIVEN_PLACE = 19,
};

struct rtos_given {
	char name[RTOS_GIVEN_NAME];
	uint32_t kind;
	uint32_t handle; /* 0: only memory */
	uint64_t address, size;
};
_Static_assert(sizeof(struct rtos_given) == 48, "supervisor and programs agree on this");

struct rtos_program_start {
	uint64_t magic;
	uint32_t revision;
	uint32_t number; /* of the program in the manifest */
	char name[16];
	uint32_t starts; /* how often it was started before */
	uint32_t given_count;
	uint32_t argument_count;
	uint32_t arguments; /* offset in the page: one string behind the other */
	uint64_t counter_hz;
	uint32_t heartbeat_ms;  /* 0: none is expected */
	uint8_t priority_limit; /* the highest that it may give to a thread */
	uint8_t priority, cpu;  /* of its first thread */
	uint8_t thread_flags;   /* RTOS_THREAD_… of its first thread */
	struct rtos_given given[RTOS_GIVEN_MAX];
};
_Static_assert(sizeof(struct rtos_program_start) == 64 + 64 * 48, "fits into its page");

/* `argument_count` of what is loaded from a file: its arguments are right below the start page, on
 * the stack, instead of in it; strings behind this header. */
#define RTOS_ARGUMENTS_BELOW      UINT32_MAX
#define RTOS_ARGUMENTS_BELOW_SIZE 1024
struct rtos_arguments_below {
	uint32_t count, reserved;
};

/* Bytes that are left for the arguments. */
#define RTOS_ARGUMENTS_SIZE (4096 - sizeof(struct rtos_program_start))

#endif
