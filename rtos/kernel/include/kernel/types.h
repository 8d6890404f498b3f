/*
 * Addresses as types of their own: physical ones and those of programs. The kernel's own virtual
 * addresses are pointers. A raw number becomes an address here and nowhere else.
 */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Used where a measurement shows that it helps; a comment at that place names the measurement. */
#define UNLIKELY(condition) __builtin_expect((condition), 0)

#define WORD_BITS 64 /* bits of a word of a set */

#define PAGE_SHIFT 12
#define PAGE_SIZE  ((uint64_t)1 << PAGE_SHIFT)
#define PAGE_MASK  (PAGE_SIZE - 1)

#define BLOCK_ORDER 9 /* 2 MiB: what one entry of a level 2 table maps */
#define BLOCK_SIZE  (PAGE_SIZE << BLOCK_ORDER)

typedef struct {
	uint64_t at;
} pa_t;

static inline pa_t pa_at(uint64_t at)
{
	return (pa_t){at};
}

static inline bool is_aligned(uint64_t number, uint64_t power)
{
	return (number & (power - 1)) == 0;
}

#define container_of(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
