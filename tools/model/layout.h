/*
 * The free parts of a partition's first piece of memory during layout. Shared by layout.c (image,
 * device tree, initrd), keep.c (kept memory) and remote.c (the image of a core of another
 * architecture).
 */
#ifndef MODEL_LAYOUT_H
#define MODEL_LAYOUT_H

#include "build.h"

/* Image, device tree, initrd, kept memory and an image beside a minder leave at most so many free
 * stretches. */
#define LAYOUT_FREE_MAX (5 + MODEL_KEEPS_MAX)

struct layout {
	struct build *build;
	struct draft *draft;
	struct model_partition *partition;
	uint64_t base, size; /* the first piece of memory, as the guest sees it */
	struct model_range free[LAYOUT_FREE_MAX]; /* its free stretches, the highest first */
	size_t free_count;
};

/* Takes a place out of a free stretch. A place that is in none, as it is in another piece, is
 * ignored. */
void layout_use(struct layout *layout, uint64_t address, uint64_t size);
/* Takes whole pages off the end of the highest free stretch that is large enough. False: none
 * is. */
bool layout_high(struct layout *layout, uint64_t size, uint64_t *address);
/* The pieces of memory as a guest sees them, like "0x40000000 to 0x40ffffff, 0x80000000 to …". */
const char *layout_pieces(const struct layout *layout);

/* remote.c: places the image of a core of another architecture where the core begins. False after a
 * complaint.
 */
bool remote_place(struct layout *layout);

/* keep.c: once the image has its place, the first function places kept memory with an address;
 * later the second one places the rest. False after a complaint. */
bool keep_place_fixed(struct layout *layout);
bool keep_place_others(struct layout *layout);
/* The kept memory at an address; NULL: none. */
const struct model_keep *keep_at(const struct model_partition *partition, uint64_t address);

#endif
