/*
 * Verifies the RTOS's boot image, and finds its entries. The host command runs these checks on its
 * packed image. The kernel runs them before it starts the first program. So this code keeps no
 * state, holds no pointers in constant data, and goes through the tables a bounded number of times.
 * Until the CRC is checked, only `available` is believed. After that, everything is still checked
 * as if an attacker had written it, as a CRC proves no author.
 */
#include <kumiki/rtos/call.h>
#include <lib/crc32c.h>
#include <lib/rtosimage.h>

static struct rtosimage_verdict rtosimage_verdict(bool good, enum rtosimage_fault fault,
                                                  uint32_t index)
{
	return good ? (struct rtosimage_verdict){RTOSIMAGE_OK, 0}
	            : (struct rtosimage_verdict){fault, index};
}

static enum rtosimage_fault rtosimage_check_header(const struct rtos_image *image, size_t available)
{
	if (((uintptr_t)image & 7) != 0 || available < sizeof(*image))
		return RTOSIMAGE_BAD_SIZE;
	if (image->magic != RTOS_IMAGE_MAGIC)
		return RTOSIMAGE_BAD_MAGIC;
	if (image->revision != RTOS_IMAGE_REVISION)
		return RTOSIMAGE_BAD_REVISION;
	if (image->header_size != sizeof(*image) || image->tables_size < sizeof(*image) ||
	    image->tables_size % 8 != 0 || image->tables_size > image->image_size ||
	    image->image_size % RTOS_IMAGE_ALIGN != 0 || image->image_size > available)
		return RTOSIMAGE_BAD_SIZE;
	return RTOSIMAGE_OK;
}

static bool rtosimage_crc_good(const struct rtos_image *image)
{
	const size_t field = offsetof(struct rtos_image, tables_crc);
	const size_t behind = field + sizeof(image->tables_crc);
	const uint8_t *bytes = (const uint8_t *)image;
	const uint32_t zero = 0;
	uint32_t crc = crc32c(0, bytes, field);

	crc = crc32c(crc, &zero, sizeof(zero));
	crc = crc32c(crc, bytes + behind, image->tables_size - behind);
	return crc == image->tables_crc;
}

/* ---- tables and parts ---- */

static bool rtosimage_table_good(const struct rtos_image *image, uint32_t offset, uint64_t size)
{
	return offset % 8 == 0 && offset >= sizeof(*image) && offset <= image->tables_size &&
	       size <= image->tables_size - offset;
}

/* Refuses two tables in the same bytes, as these bytes would have two meanings. */
static bool rtosimage_tables_good(const struct rtos_image *image)
{
	const uint64_t programs = (uint64_t)image->program_count * sizeof(struct rtos_program);
	const uint64_t parts = (uint64_t)image->part_count * sizeof(struct rtos_part);

	return image->program_count >= 1 && image->program_count <= RTOS_IMAGE_PROGRAMS_MAX &&
	       rtosimage_table_good(image, image->programs, programs) &&
	       rtosimage_table_good(image, image->parts, parts) &&
	       (image->programs + programs <= image->parts ||
	        image->parts + parts <= image->programs) &&
	       image->manifest <= image->part_count && image->kernel <= image->part_count;
}

/* The parts stand in the order of their places, and don't overlap. */
static struct rtosimage_verdict rtosimage_check_parts(const struct rtos_image *image)
{
	const struct rtos_part *parts = rtosimage_parts(image);
	uint64_t end = image->tables_size;

	for (uint32_t i = 0; i < image->part_count; i++) {
		if (parts[i].offset % RTOS_IMAGE_ALIGN != 0 || parts[i].offset < end ||
		    parts[i].offset > image->image_size || parts[i].size == 0 ||
		    parts[i].size > image->image_size - parts[i].offset)
			return rtosimage_verdict(false, RTOSIMAGE_BAD_PART, i);
		end = parts[i].offset + parts[i].size;
	}
	return rtosimage_verdict(true, RTOSIMAGE_OK, 0);
}

/* ---- programs ---- */

/* [base, base + size) is made of pages that a program may have. */
static bool rtosimage_range_good(uint64_t base, uint64_t size)
{
	return base % RTOS_PAGE_SIZE == 0 && base >= RTOS_ADDRESS_FIRST &&
	       base < RTOS_ADDRESS_LIMIT && size != 0 && size <= RTOS_ADDRESS_LIMIT - base;
}

static uint64_t rtosimage_round(uint64_t size)
{
	return (size + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE * RTOS_PAGE_SIZE;
}

static bool rtosimage_apart(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a + rtosimage_round(a_size) <= b || b + rtosimage_round(b_size) <= a;
}

/* The whole of a read-only segment has to be in its part, as the segment is mapped where the part
 * lies. */
static bool rtosimage_segment_good(const struct rtos_image *image,
                                   const struct rtos_segment *segment)
{
	const bool written = segment->rights == (RTOS_RIGHT_READ | RTOS_RIGHT_WRITE);
	uint64_t size = 0;

	if (!written && segment->rights != RTOS_RIGHT_READ &&
	    segment->rights != (RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE))
		return false;
	if (segment->part > image->part_count ||
	    !rtosimage_range_good(segment->address, segment->memory))
		return false;
	if (segment->part != image->part_count)
		size = rtosimage_parts(image)[segment->part].size;
	return written ? size <= segment->memory : size == segment->memory;
}

static bool rtosimage_segment_alone(const struct rtos_program *program, uint32_t index)
{
	const struct rtos_segment *own = &program->segment[index];

	for (uint32_t i = 0; i < index; i++)
		if (!rtosimage_apart(program->segment[i].address, program->segment[i].memory,
		                     own->address, own->memory))
			return false;
	/* The start page lies right above the stack. */
	return rtosimage_apart(own->address, own->memory, program->stack,
	                       program->stack_size + (uint64_t)RTOS_PAGE_SIZE);
}

static bool rtosimage_name_good(const char *name)
{
	uint32_t length = 0;

	while (length < RTOS_IMAGE_NAME && name[length] > ' ' && name[length] < 0x7f)
		length++;
	for (uint32_t i = length; i < RTOS_IMAGE_NAME; i++)
		if (name[i] != '\0')
			return false;
	return length > 0 && length < RTOS_IMAGE_NAME;
}

static bool rtosimage_program_good(const struct rtos_program *program)
{
	return rtosimage_name_good(program->name) &&
	       program->segment_count <= RTOS_IMAGE_SEGMENTS_MAX &&
	       program->stack_size % RTOS_PAGE_SIZE == 0 && program->stack_size != 0 &&
	       rtosimage_range_good(program->stack,
	                            program->stack_size + (uint64_t)RTOS_PAGE_SIZE) &&
	       program->handle_pages >= 1 && program->handle_pages <= RTOS_HANDLE_PAGES_MAX &&
	       (program->flags & ~RTOS_THREAD_FP) == 0;
}

/* A program that is loaded from a file has no segments yet. */
static bool rtosimage_entry_good(const struct rtos_program *program)
{
	if (program->segment_count == 0)
		return program->entry == 0;
	if (program->entry % 4 != 0)
		return false;
	for (uint32_t i = 0; i < program->segment_count; i++)
		if ((program->segment[i].rights & RTOS_RIGHT_EXECUTE) != 0 &&
		    program->entry >= program->segment[i].address &&
		    program->entry - program->segment[i].address < program->segment[i].memory)
			return true;
	return false;
}

static bool rtosimage_same_name(const struct rtos_program *a, const struct rtos_program *b)
{
	for (uint32_t i = 0; i < RTOS_IMAGE_NAME; i++)
		if (a->name[i] != b->name[i])
			return false;
	return true;
}

static struct rtosimage_verdict rtosimage_check_program(const struct rtos_image *image,
                                                        uint32_t index)
{
	const struct rtos_program *programs = rtosimage_programs(image);
	bool good = rtosimage_program_good(&programs[index]) &&
	            (index != 0 || programs[0].segment_count != 0);

	for (uint32_t i = 0; i < index && good; i++)
		good = !rtosimage_same_name(&programs[i], &programs[index]);
	if (!good)
		return rtosimage_verdict(false, RTOSIMAGE_BAD_PROGRAM, index);
	for (uint32_t i = 0; i < programs[index].segment_count && good; i++)
		good = rtosimage_segment_good(image, &programs[index].segment[i]) &&
		       rtosimage_segment_alone(&programs[index], i);
	good = good && rtosimage_entry_good(&programs[index]);
	return rtosimage_verdict(good, RTOSIMAGE_BAD_SEGMENT, index);
}

/* ---- all of it ---- */

struct rtosimage_verdict rtosimage_verify(const void *bytes, size_t available)
{
	const struct rtos_image *image = bytes;
	enum rtosimage_fault fault = rtosimage_check_header(image, available);
	struct rtosimage_verdict verdict;

	if (fault == RTOSIMAGE_OK && !rtosimage_crc_good(image))
		fault = RTOSIMAGE_BAD_CRC;
	if (fault == RTOSIMAGE_OK && !rtosimage_tables_good(image))
		fault = RTOSIMAGE_BAD_TABLE;
	if (fault != RTOSIMAGE_OK)
		return rtosimage_verdict(false, fault, 0);
	verdict = rtosimage_check_parts(image);
	for (uint32_t i = 0; i < image->program_count && verdict.fault == RTOSIMAGE_OK; i++)
		verdict = rtosimage_check_program(image, i);
	return verdict;
}

/* ---- entries ---- */

const struct rtos_program *rtosimage_programs(const struct rtos_image *image)
{
	return (const void *)((const uint8_t *)image + image->programs);
}

const struct rtos_part *rtosimage_parts(const struct rtos_image *image)
{
	return (const void *)((const uint8_t *)image + image->parts);
}

const struct rtos_part *rtosimage_manifest(const struct rtos_image *image)
{
	return image->manifest < image->part_count ? &rtosimage_parts(image)[image->manifest]
	                                           : NULL;
}

const struct rtos_part *rtosimage_kernel(const struct rtos_image *image)
{
	return image->kernel < image->part_count ? &rtosimage_parts(image)[image->kernel] : NULL;
}

bool rtosimage_part_intact(const struct rtos_image *image, const struct rtos_part *part)
{
	return crc32c(0, (const uint8_t *)image + part->offset, (size_t)part->size) == part->crc;
}

/* ---- what a program takes ---- */

#define RTOSIMAGE_BLOCK (2ULL << 20) /* bytes that a page table of the last level maps */

static bool rtosimage_touches(const struct rtos_segment *segment, uint64_t block)
{
	return segment->address / RTOSIMAGE_BLOCK <= block &&
	       (segment->address + segment->memory - 1) / RTOSIMAGE_BLOCK >= block;
}

/* How many tables of the last level this segment needs beyond those of the segments before it.
 * Segments lie apart, so a segment can share only its first and its last block with another one. */
static uint64_t rtosimage_segment_tables(const struct rtos_program *program, uint32_t index)
{
	const struct rtos_segment *own = &program->segment[index];
	const uint64_t first = own->address / RTOSIMAGE_BLOCK;
	const uint64_t last = (own->address + own->memory - 1) / RTOSIMAGE_BLOCK;
	bool first_new = true, last_new = last != first;

	for (uint32_t i = 0; i < index; i++) {
		first_new = first_new && !rtosimage_touches(&program->segment[i], first);
		last_new = last_new && !rtosimage_touches(&program->segment[i], last);
	}
	return (last - first > 1 ? last - first - 1 : 0) + first_new + last_new;
}

/* The root, the second level, the tables for the stack, which lies apart, and the segments' tables.
 */
static uint64_t rtosimage_table_pages(const struct rtos_program *program)
{
	const uint64_t end = program->stack + program->stack_size; /* the start page's address */
	uint64_t tables = 2 + end / RTOSIMAGE_BLOCK - program->stack / RTOSIMAGE_BLOCK + 1;

	for (uint32_t i = 0; i < program->segment_count; i++)
		tables += rtosimage_segment_tables(program, i);
	return tables;
}

uint64_t rtosimage_pages(const struct rtos_program *program)
{
	uint64_t pages = rtosimage_table_pages(program) + program->handle_pages +
	                 program->stack_size / RTOS_PAGE_SIZE + 1 /* the start page */ +
	                 1 /* threads */ + 1 /* mappings */;

	for (uint32_t i = 0; i < program->segment_count; i++)
		if ((program->segment[i].rights & RTOS_RIGHT_WRITE) != 0)
			pages += rtosimage_round(program->segment[i].memory) / RTOS_PAGE_SIZE;
	return pages;
}

uint64_t rtosimage_text_pages(const struct rtos_program *program)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < program->segment_count; i++)
		if ((program->segment[i].rights & RTOS_RIGHT_WRITE) == 0)
			pages += rtosimage_round(program->segment[i].memory) / RTOS_PAGE_SIZE;
	return pages;
}

const char *rtosimage_fault_text(enum rtosimage_fault fault)
{
	switch (fault) {
	case RTOSIMAGE_OK:
		return "intact";
	case RTOSIMAGE_BAD_MAGIC:
		return "no boot image or manifest: wrong magic";
	case RTOSIMAGE_BAD_REVISION:
		return "of another revision";
	case RTOSIMAGE_BAD_SIZE:
		return "cut short, or its sizes don't fit together";
	case RTOSIMAGE_BAD_CRC:
		return "tables damaged: wrong CRC-32C";
	case RTOSIMAGE_BAD_TABLE:
		return "table outside of the tables, too long, or overlapping another";
	case RTOSIMAGE_BAD_PART:
		return "part outside of the image, empty, or not behind the one before it";
	case RTOSIMAGE_BAD_PROGRAM:
		return "program with a wrong name, stack, handle table or flag";
	case RTOSIMAGE_BAD_SEGMENT:
		return "program with a segment of wrong place, rights or size, or an entry outside";
	case RTOSIMAGE_BAD_MANIFEST:
		return "manifest with a table or strings of wrong place or length";
	case RTOSIMAGE_BAD_RIGHTS:
		return "manifest gives a program rights that it can't have";
	case RTOSIMAGE_BAD_LIFE:
		return "manifest with a restart policy that can't be followed";
	case RTOSIMAGE_BAD_DEVICE:
		return "device without an owner, of wrong form, or overlapping another owner's";
	case RTOSIMAGE_BAD_PORT:
		return "port without an owner, or with a wrong name";
	case RTOSIMAGE_BAD_WINDOW:
		return "window of wrong name, size or members";
	case RTOSIMAGE_UNPLACED:
		return "device with a name of a system description; start what 'kumiki pack' makes "
		       "of that description";
	case RTOSIMAGE_FAULTS:
		break;
	}
	return "unknown fault";
}
