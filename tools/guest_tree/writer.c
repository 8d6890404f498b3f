/* See writer.h. The other files of this folder use this file. */
#include "writer.h"
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#define WRITER_CELLS_MAX 256

static void writer_note(struct writer *writer, int error)
{
	if (writer->error == 0)
		writer->error = error;
}

void writer_begin(struct writer *writer, void *blob, size_t space)
{
	/* libfdt's sizes are of type int. */
	if (space > INT32_MAX)
		space = INT32_MAX;
	memset(blob, 0, space);
	*writer = (struct writer){.blob = blob, .space = space};
	writer_note(writer, fdt_create(blob, (int)space));
	if (writer->error == 0)
		writer_note(writer, fdt_finish_reservemap(blob));
}

size_t writer_finish(struct writer *writer)
{
	if (writer->error == 0)
		writer_note(writer, fdt_finish(writer->blob));
	return writer->error == 0 ? fdt_totalsize(writer->blob) : 0;
}

void writer_node(struct writer *writer, const char *name)
{
	if (writer->error == 0)
		writer_note(writer, fdt_begin_node(writer->blob, name));
}

void writer_node_at(struct writer *writer, const char *name, uint64_t address)
{
	char full[64];
	snprintf(full, sizeof(full), "%s@%" PRIx64, name, address);
	writer_node(writer, full);
}

void writer_node_end(struct writer *writer)
{
	if (writer->error == 0)
		writer_note(writer, fdt_end_node(writer->blob));
}

void writer_bytes(struct writer *writer, const char *name, const void *bytes, size_t size)
{
	if (writer->error == 0 && size > writer->space)
		writer_note(writer, -FDT_ERR_NOSPACE);
	if (writer->error == 0)
		writer_note(writer, fdt_property(writer->blob, name, bytes, (int)size));
}

void writer_flag(struct writer *writer, const char *name)
{
	writer_bytes(writer, name, "", 0);
}

void writer_text(struct writer *writer, const char *name, const char *text)
{
	writer_bytes(writer, name, text, strlen(text) + 1);
}

void writer_u32(struct writer *writer, const char *name, uint32_t value)
{
	writer_cells(writer, name, &value, 1);
}

void writer_u64(struct writer *writer, const char *name, uint64_t value)
{
	const uint32_t cells[2] = {(uint32_t)(value >> 32), (uint32_t)value};
	writer_cells(writer, name, cells, 2);
}

void writer_cells(struct writer *writer, const char *name, const uint32_t *cells, size_t count)
{
	fdt32_t bytes[WRITER_CELLS_MAX];
	if (count > WRITER_CELLS_MAX) {
		writer_note(writer, -FDT_ERR_INTERNAL);
		return;
	}
	for (size_t i = 0; i < count; i++)
		bytes[i] = cpu_to_fdt32(cells[i]);
	writer_bytes(writer, name, bytes, count * sizeof(bytes[0]));
}

static size_t writer_number(struct writer *writer, uint32_t *cells, uint32_t count, uint64_t value)
{
	if (count < 1 || count > 2 || (count == 1 && value > UINT32_MAX)) {
		writer_note(writer, -FDT_ERR_BADNCELLS);
		return 0;
	}
	if (count == 2)
		*cells++ = (uint32_t)(value >> 32);
	*cells = (uint32_t)value;
	return count;
}

void writer_reg(struct writer *writer, const uint64_t (*pairs)[2], size_t count)
{
	uint32_t cells[WRITER_CELLS_MAX];
	size_t used = 0;
	for (size_t i = 0; i < count && used + 4 <= WRITER_CELLS_MAX; i++) {
		used += writer_number(writer, &cells[used], writer->address_cells, pairs[i][0]);
		used += writer_number(writer, &cells[used], writer->size_cells, pairs[i][1]);
	}
	writer_cells(writer, "reg", cells, used);
}
