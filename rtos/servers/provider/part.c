/* See part.h. A GPT's numbers are little-endian, like this machine's. */
#include "part.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define PART_HEADER_LEAST 92   /* bytes of the shortest header */
#define PART_ENTRIES_MOST 1024 /* any table has 128; some have more */
#define PART_LABEL        36   /* UTF-16 units */

struct part_header {
	char signature[8];
	uint32_t revision, size, sum, reserved;
	uint64_t own, other;
	uint64_t first, last; /* the sectors that partitions may have */
	uint8_t identity[16];
	uint64_t entries; /* the sector where the entries begin */
	uint32_t entry_count, entry_size, entries_sum;
};

struct part_entry {
	uint8_t kind[16], identity[16];
	uint64_t first, last;
	uint64_t attributes;
	uint16_t label[PART_LABEL];
};
_Static_assert(sizeof(struct part_entry) == 128, "UEFI 2.10, 5.3.3");

/* Ethernet's CRC-32, continued from `sum`. */
static uint32_t part_sum(uint32_t sum, const uint8_t *bytes, size_t size)
{
	sum = ~sum;
	for (size_t i = 0; i < size; i++) {
		sum ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (0xedb88320U & (0U - (sum & 1)));
	}
	return ~sum;
}

/* ---- the disk and a range ---- */

static const char *part_fits(const struct part *part, const struct block *block)
{
	return part->count != 0 && part->count <= block->sectors &&
	               part->first <= block->sectors - part->count
	           ? NULL
	           : "lies outside of the disk";
}

const char *part_whole(struct part *part, const struct block *block)
{
	*part = (struct part){.count = block->sectors};
	return part_fits(part, block);
}

const char *part_range(struct part *part, const struct block *block, const char *text)
{
	char *end;

	part->first = strtoull(text, &end, 10);
	if (*end != '+' || end == text)
		return "isn't FIRST+COUNT";
	text = end + 1;
	part->count = strtoull(text, &end, 10);
	return *end != '\0' || end == text ? "isn't FIRST+COUNT" : part_fits(part, block);
}

/* ---- a table ---- */

/* False: there is no whole header in that sector. */
static bool part_read_header(const struct block *block, uint64_t at, struct part_header *header)
{
	uint8_t bytes[BLOCK_SECTOR];

	if (at >= block->sectors || block_read(block, at, 1, 0) != BLOCK_OK)
		return false;
	memcpy(bytes, block->buffer, sizeof(bytes));
	memcpy(header, bytes, sizeof(*header));
	if (memcmp(header->signature, "EFI PART", 8) != 0 || header->own != at ||
	    header->size < PART_HEADER_LEAST || header->size > sizeof(bytes))
		return false;
	memset(bytes + offsetof(struct part_header, sum), 0, sizeof(header->sum));
	return part_sum(0, bytes, header->size) == header->sum;
}

/* Whether the table's form is one that is read: each sector has a number of whole entries. */
static bool part_has_entries(const struct block *block, const struct part_header *header)
{
	return (header->entry_size == 128 || header->entry_size == 256 ||
	        header->entry_size == 512) &&
	       header->entry_count != 0 && header->entry_count <= PART_ENTRIES_MOST &&
	       header->entries < block->sectors;
}

static bool part_is_called(const struct part_entry *entry, const char *label)
{
	for (uint32_t i = 0; i < PART_LABEL; i++) {
		if (entry->label[i] != (uint8_t)label[i])
			return false;
		if (label[i] == '\0')
			return true;
	}
	return label[PART_LABEL] == '\0';
}

/* How many partitions in a sector have that label; `part` becomes the last of them. Without a
 * label: how many have sectors of `part`, itself included. */
static uint32_t part_look(struct part *part, const uint8_t *bytes, size_t size, uint32_t entry_size,
                          const char *label)
{
	uint32_t found = 0;

	for (size_t at = 0; at < size; at += entry_size) {
		struct part_entry entry;

		memcpy(&entry, bytes + at, sizeof(entry));
		if (entry.first == 0 || entry.last < entry.first)
			continue;
		if (label == NULL)
			found +=
			    entry.first < part->first + part->count && entry.last >= part->first;
		if (label == NULL || !part_is_called(&entry, label))
			continue;
		part->first = entry.first;
		part->count = entry.last - entry.first + 1;
		found++;
	}
	return found;
}

/* Reads a table. False: the table isn't whole. */
static bool part_read_table(struct part *part, const struct block *block, uint64_t at,
                            const char *label, uint32_t *found)
{
	struct part_header header;
	uint32_t left, sum = 0;

	*found = 0;
	if (!part_read_header(block, at, &header) || !part_has_entries(block, &header))
		return false;
	left = header.entry_count * header.entry_size;
	for (uint64_t sector = header.entries; left != 0; sector++) {
		const uint32_t size = left < BLOCK_SECTOR ? left : BLOCK_SECTOR;

		if (block_read(block, sector, 1, 0) != BLOCK_OK)
			return false;
		sum = part_sum(sum, block->buffer, size);
		*found += part_look(part, block->buffer, size, header.entry_size, label);
		left -= size;
	}
	return sum == header.entries_sum;
}

const char *part_label(struct part *part, const struct block *block, const char *label)
{
	uint64_t table = 1;
	uint32_t found;

	if (label[0] == '\0' || strlen(label) > PART_LABEL)
		return "isn't the label of a partition: it has 1 to 36 characters";
	if (!part_read_table(part, block, table, label, &found)) {
		table = block->sectors - 1;
		if (!part_read_table(part, block, table, label, &found))
			return "can't be found: the disk has no GPT that is whole";
	}
	if (found == 0)
		return "can't be found: no partition of the disk has that label";
	if (found > 1)
		return "is the label of several partitions";
	if (part_fits(part, block) != NULL)
		return part_fits(part, block);
	if (!part_read_table(part, block, table, NULL, &found) || found != 1)
		return "overlaps another partition of the disk; make the table anew";
	return NULL;
}
