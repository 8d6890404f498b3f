/*
 * doctor_write() (host/doctor.h): reads the board's file, as `kumiki check` does, and lays its
 * facts behind the doctor that is linked for the board's interrupt controller and UART.
 */
#include <host/doctor.h>
#include <host/dts.h>
#include <host/output.h>
#include <inttypes.h>
#include <kumiki/doctor.h>
#include <lib/bundle.h>
#include <lib/crc32c.h>
#include <stdlib.h>
#include <string.h>

#define DOCTOR_IMAGE_MAX (1u << 20)

/* ---- reading the board ---- */

/* The source that includes a board file: it is a file of this name. */
struct doctor_source {
	const struct file_access *access;
	const char *name, *text;
};

static int doctor_read(void *context, struct arena *arena, const char *path, size_t limit,
                       char **data, size_t *size)
{
	const struct doctor_source *source = context;

	if (strcmp(path, source->name) != 0)
		return source->access->read(source->access->context, arena, path, limit, data,
		                            size);
	*size = strlen(source->text);
	*data = arena_copy(arena, source->text, *size);
	return 0;
}

static int doctor_peek(void *context, const char *path, void *head, size_t head_size,
                       uint64_t *size)
{
	const struct doctor_source *source = context;

	return source->access->peek(source->access->context, path, head, head_size, size);
}

static bool doctor_ends(const char *text, const char *end)
{
	const size_t length = strlen(text), ends = strlen(end);

	return length >= ends && !strcmp(text + length - ends, end);
}

/* Of a description, that file; of a board file or a name, a source that includes it. */
static struct model *doctor_load(const char *board, const struct model_options *options,
                                 struct arena *arena, FILE *complaints)
{
	const bool is_file = doctor_ends(board, ".dtsi");
	struct doctor_source source = {
	    .access = options->access ? options->access : &file_access_system,
	    .name = arena_format(arena, "the board %s", is_file ? "file" : board),
	    .text =
	        arena_format(arena, "/dts-v1/; /include/ \"%s%s\"", board, is_file ? "" : ".dtsi")};
	const struct file_access access = {&source, doctor_read, doctor_peek};
	struct model_options own = *options;

	if (doctor_ends(board, ".dts"))
		return model_load_board(board, options, complaints);
	own.access = &access;
	return model_load_board(source.name, &own, complaints);
}

/* ---- the facts ---- */

static bool doctor_fail(const struct model *model, FILE *complaints, const char *what)
{
	fprintf(complaints, "%s: error: %s\n", model->board.name, what);
	return false;
}

/* Where the image lies: the first place behind the beginning of RAM that nobody has reserved. */
static bool doctor_place(const struct model *model, struct doctor_facts *facts)
{
	const struct bundle_board *board = &model->board;
	uint64_t at = board->ram_base + DOCTOR_MEMORY;

	for (uint32_t i = 0; i < facts->reserved_count; i++) {
		const struct doctor_range *range = &facts->reserved[i];

		if (range->base < at + DOCTOR_MEMORY && at < range->base + range->size) {
			at = (range->base + range->size + DOCTOR_MEMORY - 1) / DOCTOR_MEMORY *
			     DOCTOR_MEMORY;
			i = UINT32_MAX; /* again from the first one */
		}
	}
	facts->bundle.image_base = at;
	return at + DOCTOR_MEMORY - board->ram_base <= board->ram_size;
}

static bool doctor_ranges(const struct model_ranges *from, struct doctor_range *to, uint32_t *count,
                          size_t most)
{
	if (from->count > most)
		return false;
	for (size_t i = 0; i < from->count; i++)
		to[i] = (struct doctor_range){from->list[i].base, from->list[i].size};
	*count = (uint32_t)from->count;
	return true;
}

static void doctor_cores(const struct model *model, struct doctor_facts *facts)
{
	facts->bundle.cores.offset = offsetof(struct doctor_facts, cores);
	facts->bundle.cores.count = (uint32_t)model->core_count;
	for (size_t i = 0; i < model->core_count; i++) {
		const struct dts_node *node = model->cores[i].node;
		const struct dts_property *release = dts_property(node, "cpu-release-addr");

		facts->cores[i].affinity = model->cores[i].affinity;
		if (dts_has_string(node, "enable-method", "spin-table") && release)
			facts->release[i] =
			    dts_number(release, 0, (uint32_t)dts_cell_count(release));
	}
}

static uint32_t doctor_counter(const struct model *model)
{
	for (const struct dts_node *n = dts_walk(model->root); n; n = dts_walk(n))
		if (dts_compatible(n, "arm,armv8-timer"))
			return dts_u32(n, "clock-frequency", 0);
	return 0;
}

static bool doctor_facts(const struct model *model, struct doctor_facts *facts, FILE *complaints)
{
	if (!model->uart_driver)
		return doctor_fail(model, complaints,
		                   "the board file has no UART that the doctor can speak through "
		                   "(a PL011, Cadence's, i.MX's, or a 16550)");
	if (model->core_count > DOCTOR_CORES ||
	    !doctor_ranges(model->banks, facts->banks, &facts->bank_count, DOCTOR_BANKS) ||
	    !doctor_ranges(model->reserved, facts->reserved, &facts->reserved_count,
	                   DOCTOR_RESERVED))
		return doctor_fail(model, complaints,
		                   "the board file has more cores, banks of memory or reserved "
		                   "stretches than the doctor takes; leave some out");
	if (!doctor_place(model, facts))
		return doctor_fail(model, complaints,
		                   "there is no place for the image in the first bank of memory; "
		                   "is its size right?");
	facts->bundle.magic = BUNDLE_MAGIC;
	facts->bundle.revision = BUNDLE_REVISION;
	facts->bundle.header_size = sizeof(facts->bundle);
	facts->bundle.tables_size = sizeof(*facts);
	facts->bundle.board = model->board;
	doctor_cores(model, facts);
	facts->counter_hz = doctor_counter(model);
	facts->instruction_ps = model->instruction_ps;
	return true;
}

/* ---- the image ---- */

/* It is a doctor that this command knows, and all of it. */
static bool doctor_fits(const char *bytes, size_t size)
{
	struct doctor_header header;

	if (size < sizeof(struct arm64_image_header) + sizeof(header))
		return false;
	memcpy(&header, bytes + sizeof(struct arm64_image_header), sizeof(header));
	return header.magic == DOCTOR_HEADER_MAGIC && header.image_size == size &&
	       header.bundle_revision == BUNDLE_REVISION &&
	       header.facts_size == sizeof(struct doctor_facts);
}

/* Reads the doctor for this interrupt controller and UART; NULL after a complaint. Its size is a
 * multiple of a page. */
static char *doctor_program(const struct model *model, const struct model_options *options,
                            struct arena *arena, size_t *size, FILE *complaints)
{
	const struct file_search search = file_search_make(
	    arena, options->access, options->include_dirs, options->include_dir_count);
	const char *name =
	    arena_format(arena, "doctor-%s-%s.img",
	                 bundle_is_gicv2(&model->board) ? "gicv2" : "gicv3", model->uart_driver);
	const char *first = search.folder_count ? search.folders[0] : "/";
	char *bytes = NULL;
	int error = 0;
	const char *path = file_search_find(&search, arena, first, name, &error);

	if (path)
		error = search.access->read(search.access->context, arena, path, DOCTOR_IMAGE_MAX,
		                            &bytes, size);
	if (error || !bytes)
		fprintf(complaints, "%s: error: '%s': %s; build the doctor, or install it\n",
		        model->board.name, name, strerror(error));
	else if (!doctor_fits(bytes, *size))
		fprintf(complaints,
		        "%s: error: this isn't a doctor of this command's version; build both from "
		        "the same sources\n",
		        path);
	else
		return bytes;
	return NULL;
}

/* For the boot loader, as in a packed system: where the image lies, and how much memory it has. */
static void doctor_complete(char *program, const struct doctor_facts *facts)
{
	struct arm64_image_header header;

	memcpy(&header, program, sizeof(header));
	header.text_offset = facts->bundle.image_base - facts->bundle.board.ram_base;
	memcpy(program, &header, sizeof(header));
}

static bool doctor_make(const struct model *model, const struct model_options *options,
                        struct arena *arena, const char *out, FILE *complaints)
{
	struct doctor_facts *facts = arena_alloc(arena, sizeof(*facts));
	size_t size = 0;
	char *program, *image;

	if (!doctor_facts(model, facts, complaints))
		return false;
	program = doctor_program(model, options, arena, &size, complaints);
	if (!program)
		return false;
	doctor_complete(program, facts);
	facts->bundle.image_size = size;
	facts->bundle.frame_crc = crc32c(0, program, size);
	image = arena_alloc(arena, size + BUNDLE_ALIGN);
	memcpy(image, program, size);
	memcpy(image + size, facts, sizeof(*facts));
	if (!output_write(out, image, size + BUNDLE_ALIGN, complaints))
		return false;
	printf("%s: the doctor for %s, to be loaded at 0x%" PRIx64 "\n", out, model->board.name,
	       facts->bundle.image_base);
	return true;
}

bool doctor_write(const char *board, const struct model_options *options, const char *out,
                  FILE *complaints)
{
	struct arena arena = {0};
	struct model *model = doctor_load(board, options, &arena, complaints);
	const bool good = model && doctor_make(model, options, &arena, out, complaints);

	model_free(model);
	arena_free(&arena);
	return good;
}
