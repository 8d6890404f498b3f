/* See rtos/keep.h. */
#include <lib/crc32c.h>
#include <lib/string.h>
#include <rtos/keep.h>

#define KEEP_MAGIC 0x5450454bu /* "KEPT" */

struct keep_header {
	uint32_t magic;
	uint32_t version;
	uint32_t size;
	uint32_t crc;    /* of the state and the number */
	uint64_t number; /* counted from 1; the copy is at number % 2 */
};

/* The compiler must not write the header before the state. That is enough: a crash ends this very
 * thread, and its core sees its own stores in order. */
static void keep_order(void)
{
	__asm__ volatile("" ::: "memory");
}

static size_t keep_half(uint32_t size)
{
	return (sizeof(struct keep_header) + size + 7) / 8 * 8;
}

size_t keep_area(uint32_t size)
{
	return 2 * keep_half(size);
}

static struct keep_header *keep_copy(const struct keep *keep, uint64_t number)
{
	return (void *)(keep->area + number % 2 * keep->half);
}

/* Adds the number to the CRC of the state, which is the same for both copies. */
static uint32_t keep_crc(uint32_t of_state, uint64_t number)
{
	return crc32c(of_state, &number, sizeof(number));
}

static bool keep_intact(const struct keep *keep, const struct keep_header *header)
{
	return header->magic == KEEP_MAGIC && header->version == keep->version &&
	       header->size == keep->size && header->number != 0 &&
	       keep_copy(keep, header->number) == header &&
	       header->crc == keep_crc(crc32c(0, header + 1, keep->size), header->number);
}

static bool keep_untouched(const struct keep_header *header)
{
	return header->magic == 0 && header->version == 0 && header->size == 0 &&
	       header->crc == 0 && header->number == 0;
}

/* A copy that is being written has no magic. During the very first write, the other copy is
 * untouched. */
enum keep_found keep_open(struct keep *keep, void *area, void *state, uint32_t size,
                          uint32_t version)
{
	const struct keep_header *best = NULL;
	bool untouched = true;

	*keep =
	    (struct keep){.area = area, .half = keep_half(size), .version = version, .size = size};
	for (uint64_t i = 0; i < 2; i++) {
		const struct keep_header *header = keep_copy(keep, i);

		untouched = untouched && keep_untouched(header);
		if (keep_intact(keep, header) && (!best || header->number > best->number))
			best = header;
	}
	if (best) {
		keep->number = best->number;
		memcpy(state, best + 1, size);
		return KEEP_FOUND;
	}
	return untouched ? KEEP_NOTHING : KEEP_DAMAGED;
}

enum keep_found keep_refuse(struct keep *keep, void *state)
{
	struct keep_header *header = keep_copy(keep, keep->number);

	*header = (struct keep_header){.magic = 0};
	keep_order();
	return keep_open(keep, keep->area, state, keep->size, keep->version);
}

bool keep_holds(const struct keep *keep, const void *state)
{
	const struct keep_header *header = keep_copy(keep, keep->number);

	return keep->number == 0 || (header->number == keep->number && keep_intact(keep, header) &&
	                             memcmp(header + 1, state, keep->size) == 0);
}

static void keep_write_next(struct keep *keep, const void *state, uint32_t crc)
{
	const uint64_t number = keep->number + 1;
	struct keep_header *header = keep_copy(keep, number);

	header->magic = 0;
	keep_order();
	memcpy(header + 1, state, keep->size);
	header->version = keep->version;
	header->size = keep->size;
	header->number = number;
	header->crc = keep_crc(crc, number);
	keep_order();
	header->magic = KEEP_MAGIC;
	keep->number = number;
}

void keep_write(struct keep *keep, const void *state)
{
	keep_write_next(keep, state, crc32c(0, state, keep->size));
}

void keep_write_twice(struct keep *keep, const void *state)
{
	const uint32_t crc = crc32c(0, state, keep->size);

	keep_write_next(keep, state, crc);
	keep_write_next(keep, state, crc);
}
