/*
 * Memory that outlives the kernel: one range of RAM behind the image, which the kernel never hands
 * out as pages. Its first page says what is kept and how the last kernel ended. Its second page has
 * the table of pieces. A piece is named by its place in the table. The first maker that asks for a
 * place gets zeros. Later makers find the piece as it was left (docs/rtos/recovery.md).
 */
#ifndef KERNEL_KEPT_H
#define KERNEL_KEPT_H

#include <kernel/region.h>
#include <kumiki/rtos/crash.h>

#define KEPT_MAGIC    0x5450454b534b4b4bULL
#define KEPT_REVISION 1
#define KEPT_PIECES   136 /* two for each program, and some */
#define KEPT_OWN      2   /* pages: this header and the table */

/* So many crashes of the kernel in a minute are allowed; at one more, the machine stops. */
#define KEPT_CRASHES 3
#define KEPT_SECONDS 60

/* The values differ in many bits, as no sum covers them. */
enum kept_state {
	KEPT_NONE = 0,            /* no piece, whatever else the entry has */
	KEPT_FRESH = 0x2d4b96a5,  /* it isn't zeroed yet */
	KEPT_FILLED = 0x52b4695a, /* a maker has it, or had it */
};

struct kept_piece {
	uint32_t first, pages; /* counted from the range's first page */
	uint32_t state;        /* enum kept_state */
	uint32_t crc;          /* of `first` and `pages` */
};

struct kept {
	uint64_t kernel, tree; /* physical: where they lie; the assembler knows their places */
	uint64_t magic;        /* 0: no kernel has left this to the next one */
	uint32_t revision;
	uint32_t crc;       /* of this header, with this field and `magic` taken as 0 */
	uint64_t at, pages; /* the whole range; physical */
	uint32_t image_crc; /* struct rtos_image: tables_crc */
	uint32_t tree_size;
	uint32_t tree_crc;
	uint32_t reserved;
	uint64_t first_counter;         /* the counter at the first kernel's first instruction */
	uint64_t crashes[KEPT_CRASHES]; /* the counter at the last crashes; the oldest first */
	struct rtos_kernel_crash last;
};
_Static_assert(sizeof(struct kept) <= PAGE_SIZE, "it has a page");
_Static_assert(sizeof(struct kept_piece) * KEPT_PIECES <= PAGE_SIZE, "they have a page");

/* NULL: this image keeps nothing. */
extern struct kept *kept;

/* At start: begins an empty range. `header` has all except the magic, the crc and `last`. */
void kept_begin(struct kept *at, const struct kept *header);

/* At start after a crash: takes the range over as the last kernel left it. Returns NULL, or what is
 * wrong with the range: then nothing is taken. */
const char *kept_resume(struct kept *at, const struct kept *header);

/* The kernel ends: notes its crash for the next one. False: it has crashed too often. */
bool kept_leave(const struct rtos_kernel_crash *crash);

/* A region of kept memory ends. Its piece stays, and may be asked for again. */
void kept_let_go(const struct region *region);

int kept_call(struct thread *self);

#endif
