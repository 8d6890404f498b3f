/* See kernel.h. */
#include "kernel.h"
#include <lib/rtosimage.h>

#define KERNEL_PIECE  4096u /* bytes */
#define KERNEL_HEADER 64u   /* the Image's, which tells how much lies behind the kernel */

static uint64_t kernel_offset = KERNEL_HEADER;

/* Compares by words: both sides are aligned to words, and `size` is a multiple of a word. */
static bool kernel_is_same(const void *one, const void *other, uint64_t size)
{
	const uint64_t *a = one, *b = other;
	uint64_t different = 0;

	for (uint64_t i = 0; i < size / sizeof(*a); i++)
		different |= a[i] ^ b[i];
	return different == 0;
}

bool kernel_check_piece(const struct rtos_start *start)
{
	const struct rtos_image *image = (const void *)start->image;
	const struct rtos_part *copy = rtosimage_kernel(image);
	const uint64_t left = start->kernel_size - kernel_offset;
	const uint64_t size = left < KERNEL_PIECE ? left : KERNEL_PIECE;
	bool sound;

	if (copy == NULL || copy->size < start->kernel_size)
		return true;
	sound = kernel_is_same((const uint8_t *)image + copy->offset + kernel_offset,
	                       (const uint8_t *)start->kernel + kernel_offset, size);
	kernel_offset += size;
	if (kernel_offset == start->kernel_size)
		kernel_offset = KERNEL_HEADER;
	return sound;
}

bool kernel_check_all(const struct rtos_start *start)
{
	bool sound = true;

	for (uint64_t done = 0; done <= start->kernel_size && sound; done += KERNEL_PIECE)
		sound = kernel_check_piece(start);
	return sound;
}
