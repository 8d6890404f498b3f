/* See lib/update.h. The frame decides by this function, and the host command can ask before. */
#include <lib/string.h>
#include <lib/update.h>
#include <stdbool.h>

#define HEADERS_SIZE (sizeof(struct arm64_image_header) + sizeof(struct frame_header))

static bool is_same_name(const char *a, const char *b)
{
	return memcmp(a, b, BUNDLE_NAME_SIZE) == 0;
}

enum update_fault update_fault_of(const struct frame_header *running, const void *image,
                                  size_t size)
{
	struct arm64_image_header kernel;
	struct frame_header next;

	if (size < HEADERS_SIZE)
		return UPDATE_SIZE;
	memcpy(&kernel, image, sizeof(kernel));
	memcpy(&next, (const uint8_t *)image + sizeof(kernel), sizeof(next));
	if (kernel.magic != ARM64_IMAGE_MAGIC || next.magic != FRAME_HEADER_MAGIC)
		return UPDATE_NOT_A_FRAME;
	if (!is_same_name(next.board, running->board) || next.uart_base != running->uart_base ||
	    next.uart_registers != running->uart_registers)
		return UPDATE_BOARD;
	if (next.bundle_revision != running->bundle_revision)
		return UPDATE_BUNDLE_REVISION;
	if (running->layout == 0 || next.layout != running->layout)
		return UPDATE_LAYOUT;
	if (next.keep != running->keep)
		return UPDATE_KEEP;
	if (next.state != running->state)
		return UPDATE_STATE;
	if (next.image_size != running->image_size || size != running->image_size)
		return UPDATE_SIZE;
	return UPDATE_OK;
}
