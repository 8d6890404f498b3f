/*
 * A partition's first piece of memory while things are laid out in it: what is still free. Shared
 * by layout.c (image, device tree, initrd) and keep.c (what restarts keep).
 */
#ifndef MODEL_LAYOUT_H
#define MODEL_LAYOUT_H

#include "build.h"

/* Image, device tree, initrd and what is kept leave so many stretches; a
 * minder has an image beside it. */
#define LAYOUT_FREE_MAX (5 + MODEL_KEEPS_MAX)

struct layout {
	struct build *build;
	struct draft *draft;
	struct model_partition *partition;
	uint64_t base, size; /* of the first piece of memory, as the guest sees it */
	struct model_range free[LAYOUT_FREE_MAX]; /* its free stretches, the highest first */
	size_t free_count;
};

/* Takes what lies inside of a free stretch; anything else isn't the first piece's. */
void layout_use(struct layout *layout, uint64_t address, uint64_t size);
/* Whole pages off the end of the highest free stretch that has enough. False: none has. */
bool layout_high(struct layout *layout, uint64_t size, uint64_t *address);
/* The pieces of memory as a guest sees them: "0x40000000 to 0x40ffffff, 0x80000000 to …". */
const char *layout_pieces(const struct layout *layout);

/* remote.c: the image of a core of another architecture, where that begins. False after a
 * complaint.
 */
bool remote_place(struct layout *layout);

/* keep.c: those with an address of their own, once the image lies; then the others. False after a
 * complaint. */
bool keep_place_fixed(struct layout *layout);
bool keep_place_others(struct layout *layout);
/* The one that covers an address; NULL: none. */
const struct model_keep *keep_at(const struct model_partition *partition, uint64_t address);

#endif
