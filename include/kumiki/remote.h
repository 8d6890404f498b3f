/*
 * A core of another architecture (docs/unlike-cores.md): the contract between its program and the
 * minder. The minder stands for it at EL1 on one of the frame's cores. Every word has one writer;
 * all of it is normal memory of the partition, uncached on both sides.
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
#define REMOTE_REGISTERS 18u   /* r0 to r12, sp, lr, pc, cpsr, the vector's number */

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
	uint32_t reserved2[10];
	uint8_t text[REMOTE_TEXT]; /* the program's output */
};

_Static_assert(sizeof(struct remote_boot) == 16, "both sides have the same layout");
_Static_assert(offsetof(struct remote_mailbox, state) == 64 &&
                   offsetof(struct remote_mailbox, text) == 320,
               "both sides have the same layout");

#endif
