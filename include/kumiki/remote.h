/*
 * A core of another architecture (docs/unlike-cores.md): the contract between its program and the
 * minder, and what the minder says of the core's crash. The minder stands for it at EL1 on one of
 * the frame's cores. Every word has one writer; all of it is normal memory of the partition,
 * uncached on both sides.
 */
#ifndef KUMIKI_REMOTE_H
#define KUMIKI_REMOTE_H

#include <stddef.h>
#include <stdint.h>

/* In the program's image, at this distance behind the core's first instruction. The program sets
 * the magic; the minder fills in the rest before the core begins. */
#define REMOTE_BOOT_AT    0x40u
#define REMOTE_BOOT_MAGIC 0x4d4b5352u /* "RSKM" */

struct remote_boot {
	uint32_t magic;
	uint32_t mailbox; /* address of struct remote_mailbox */
	uint32_t tree;    /* address of the partition's device tree */
	uint32_t life;    /* how often the partition was started: a generation for channels */
};

enum remote_state {
	REMOTE_RUNNING = 0,
	REMOTE_OFF = 1,     /* the partition is to be off */
	REMOTE_RESET = 2,   /* it is to start anew */
	REMOTE_CRASHED = 3, /* `registers` says where */
};

#define REMOTE_RINGS     32u   /* doorbells, by their numbers in the tree's kumiki,rings */
#define REMOTE_TEXT      4096u /* a power of two */
#define REMOTE_REGISTERS 22u

/* Places in `registers`; r0 to r12 come first. */
enum remote_register {
	REMOTE_SP = 13,
	REMOTE_LR = 14,
	REMOTE_PC = 15,
	REMOTE_CPSR = 16,
	REMOTE_VECTOR = 17, /* enum remote_crash */
	REMOTE_DFSR = 18,   /* fault status and address, of data and of instructions */
	REMOTE_DFAR = 19,
	REMOTE_IFSR = 20,
	REMOTE_IFAR = 21,
};

/* What the core took, by the number of its vector; or what the minder saw. */
enum remote_crash {
	REMOTE_NO_CRASH = 0,
	REMOTE_UNDEFINED = 1,
	REMOTE_SUPERVISOR = 2,
	REMOTE_PREFETCH = 3,
	REMOTE_DATA = 4,
	REMOTE_UNUSED = 5,
	REMOTE_IRQ = 6,
	REMOTE_FIQ = 7,
	REMOTE_VECTORS = 8,
	REMOTE_STILL = 8,  /* it gave no sign of life */
	REMOTE_SPOILT = 9, /* it overwrote its mailbox */
	REMOTE_CRASHES = 10,
};

/* The minder's KUMIKI_HVC_CRASH for the core: x0 is REMOTE_SPEAKS, x1 an enum remote_crash, x2 the
 * address of the mailbox. */
#define REMOTE_SPEAKS 0x4d4b5352u

struct remote_mailbox {
	/* The minder's. */
	uint32_t heard;      /* count of all doorbells that rang: look at your windows */
	uint32_t text_taken; /* bytes of `text` */
	uint32_t begun;      /* not 0: the minder saw the program begin, and lets it run */
	uint32_t reserved[13];
	/* The program's. */
	uint32_t state;       /* enum remote_state */
	uint32_t beat;        /* not 0 as soon as it has begun; changed at least each */
	uint32_t beat_within; /* microseconds; 0: it isn't watched */
	uint32_t text_written;
	uint32_t rings[REMOTE_RINGS]; /* how often the program rang each */
	uint32_t registers[REMOTE_REGISTERS];
	uint32_t reserved2[6];
	uint8_t text[REMOTE_TEXT]; /* the program's output */
};

_Static_assert(sizeof(struct remote_boot) == 16, "both sides have the same layout");
_Static_assert(offsetof(struct remote_mailbox, state) == 64 &&
                   offsetof(struct remote_mailbox, text) == 320,
               "both sides have the same layout");

#endif
