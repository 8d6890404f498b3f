/*
 * The part of a disk that is provided: all of it, a range of sectors, or a partition that a GPT has
 * under a label (UEFI 2.10, 5.3).
 */
#ifndef PROVIDER_PART_H
#define PROVIDER_PART_H

#include <rtos/block.h>

struct part {
	uint64_t first, count; /* sectors */
};

/* Each of these sets `part`, and checks it against the disk. Not NULL: the error, and `part` means
 * nothing. */
const char *part_whole(struct part *part, const struct block *block);
/* `text` is FIRST+COUNT, both decimal. */
const char *part_range(struct part *part, const struct block *block, const char *text);
/* If the disk's first table is damaged, its second table counts. A label is ASCII. */
const char *part_label(struct part *part, const struct block *block, const char *label);

#endif
