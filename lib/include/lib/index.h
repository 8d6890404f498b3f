/*
 * An index that another party chose, in front of a read of memory. A branch that checks an index
 * holds back only what the core does; what it does ahead of the branch may read beyond the table,
 * and leave its trace in a cache (Spectre, variant 1). In lib/index_arm.c and lib/index_plain.c.
 */
#ifndef LIB_INDEX_H
#define LIB_INDEX_H

#include <stdint.h>

/* Returns the index if it is less than the count; otherwise 0, ahead of any branch, too. The caller
 * has checked the index. */
uint64_t index_within(uint64_t index, uint64_t count);

#endif
