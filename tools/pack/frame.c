/* See frame.h. make.c uses this file. */
#include "frame.h"
#include <inttypes.h>
#include <string.h>

#define FRAME_SIZE_MAX   (16u << 20)
#define FRAME_PAGES_4K   (1u << 1) /* in bits 2:1 of an arm64 Image's flags */
#define FRAME_HEADER_AT  sizeof(struct arm64_image_header)
#define FRAME_LEAST_SIZE (FRAME_HEADER_AT + sizeof(struct frame_header))

static bool frame_has_headers(const struct frame_image *frame, struct frame_header *header)
{
	struct arm64_image_header image;
	if (frame->file_size < FRAME_LEAST_SIZE)
		return false;
	memcpy(&image, frame->bytes, sizeof(image));
	memcpy(header, frame->bytes + FRAME_HEADER_AT, sizeof(*header));
	return image.magic == ARM64_IMAGE_MAGIC && header->magic == FRAME_HEADER_MAGIC;
}

static bool frame_is_any(const struct frame_header *header)
{
	return strncmp(header->board, FRAME_ANY, strlen(FRAME_ANY)) == 0;
}

/* Whether a frame for any board is for this board's interrupt controller and UART. */
static bool frame_fits(const struct frame_header *header, const struct model *model,
                       const char *path, struct complaints *complaints)
{
	const char *kind = header->board + strlen(FRAME_ANY);
	const size_t size = sizeof(header->board) - strlen(FRAME_ANY);

	if (!model->any_frame)
		return complain_about(
		    complaints, path,
		    "this frame is for boards whose cores start by PSCI, and those "
		    "of '%s' don't",
		    model->board.name);
	if (strncmp(kind, model->any_frame, size) != 0)
		return complain_about(complaints, path,
		                      "this frame is for any board with %.*s, and '%s' needs one "
		                      "for %s",
		                      (int)size, kind, model->board.name, model->any_frame);
	return true;
}

/* A frame for any board becomes this board's. */
static void frame_give_board(struct frame_image *frame, struct frame_header *header,
                             const struct model *model, struct arena *arena)
{
	char *bytes = arena_copy(arena, frame->bytes, frame->file_size);

	memcpy(header->board, model->board.name, sizeof(header->board));
	header->uart_base = model->uart_at;
	header->uart_registers = model->board.uart_registers;
	memcpy(bytes + FRAME_HEADER_AT, header, sizeof(*header));
	frame->bytes = bytes;
}

static bool frame_is_for(const struct frame_header *header, const struct bundle_board *board,
                         const char *path, struct complaints *complaints)
{
	if (header->bundle_revision != BUNDLE_REVISION)
		return complain_about(complaints, path,
		                      "this frame reads bundles of revision %" PRIu32
		                      ", and this command writes revision %d; build both from the "
		                      "same sources",
		                      header->bundle_revision, BUNDLE_REVISION);
	if (strncmp(header->board, board->name, sizeof(header->board)) != 0)
		return complain_about(complaints, path,
		                      "this frame is for board '%.*s', not for '%s'",
		                      (int)sizeof(header->board), header->board, board->name);
	if (board->uart_base != 0 && header->uart_base != board->uart_base)
		return complain_about(complaints, path,
		                      "this frame speaks at 0x%" PRIx64
		                      ", and the board file has its UART at 0x%" PRIx64,
		                      header->uart_base, board->uart_base);
	if (header->uart_registers != board->uart_registers)
		return complain_about(complaints, path,
		                      "this frame is for a UART with its registers at other places "
		                      "than the board file's: 'reg-shift' and 'reg-io-width'");
	return true;
}

bool frame_read(struct frame_image *frame, const struct model *model, const char *path,
                const struct file_access *access, struct arena *arena,
                struct complaints *complaints)
{
	struct frame_header header;
	char *bytes = NULL;
	int error =
	    access->read(access->context, arena, path, FRAME_SIZE_MAX, &bytes, &frame->file_size);
	if (error != 0)
		return complain_about(complaints, path, "%s", strerror(error));
	frame->bytes = bytes;
	if (!frame_has_headers(frame, &header))
		return complain_about(complaints, path, "not an image of the frame");
	if (frame_is_any(&header)) {
		if (!frame_fits(&header, model, path, complaints))
			return false;
		frame_give_board(frame, &header, model, arena);
	}
	if (!frame_is_for(&header, &model->board, path, complaints))
		return false;
	if (header.image_size < frame->file_size || header.image_size > FRAME_SIZE_MAX)
		return complain_about(complaints, path,
		                      "the file and the size that it tells disagree");
	frame->size = (header.image_size + (size_t)BUNDLE_ALIGN - 1) / BUNDLE_ALIGN * BUNDLE_ALIGN;
	return true;
}

/*
 * The header tells a boot loader two things. image_size says which memory it must leave to the
 * frame. As bit 3 of the flags is 0, it loads the image to the start of RAM plus text_offset, the
 * address in the tables.
 */
void frame_complete(void *image, const struct model *model)
{
	struct arm64_image_header header;
	memcpy(&header, image, sizeof(header));
	header.text_offset = model->image_base - model->board.ram_base;
	header.image_size = model->memory_base + model->memory_size - model->image_base;
	header.flags = FRAME_PAGES_4K;
	memcpy(image, &header, sizeof(header));
}
