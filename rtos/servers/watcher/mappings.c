/* See mappings.h. */
#include "mappings.h"

#define MAPPINGS_REGIME  (63ULL << 16 | 1ULL << 23 | 3ULL << 30) /* of TCR_EL1: T1SZ, EPD1, TG1 */
#define MAPPINGS_LINUX   (16ULL << 16 | 2ULL << 30)              /* 48 bits, pages of 4 KiB */
#define MAPPINGS_UPPER   0xffff000000000000ULL
#define MAPPINGS_ADDRESS 0xfffffffff000ULL
#define MAPPINGS_FIRST   39u /* bits that an entry of the first and the last level leaves */
#define MAPPINGS_LAST    12u
#define MAPPINGS_STRIDE  9u
#define MAPPINGS_ENTRIES 512u
#define ENTRY_VALID      1u
#define ENTRY_TABLE      2u
#define ENTRY_READ_ONLY  (1ULL << 7)
#define ENTRY_DIRTY      (1ULL << 51) /* DBM: the first write makes it writable */
#define ENTRY_GROUP      (1ULL << 52) /* the contiguous bit */
#define ENTRY_NO_CODE    (1ULL << 53) /* PXN */

/* One entry, where its address begins, and the bits that it leaves. */
struct mapping {
	uint64_t entry, place, address; /* `place`: the entry's, guest-physical */
	uint32_t bits;
};

void mappings_forget(struct mappings *mappings)
{
	*mappings = (struct mappings){.next = 0};
}

static bool mappings_are_linux(const struct guest *guest)
{
	return (guest->walk.tcr & MAPPINGS_REGIME) == MAPPINGS_LINUX;
}

static bool mapping_is_table(const struct mapping *mapping)
{
	return mapping->bits > MAPPINGS_LAST && (mapping->entry & ENTRY_VALID) != 0 &&
	       (mapping->entry & ENTRY_TABLE) != 0;
}

static bool mapping_leads_to_text(const struct guest *guest, const struct mapping *mapping)
{
	const uint64_t size = 1ULL << mapping->bits;
	const uint64_t to = mapping->entry & MAPPINGS_ADDRESS & -size;

	return to < guest->kernel + guest->facts->constants_end &&
	       to + size > guest->kernel + guest->facts->text;
}

static bool mapping_is_code(const struct mapping *mapping)
{
	return (mapping->entry & ENTRY_NO_CODE) == 0;
}

static bool mapping_is_read_only(const struct mapping *mapping)
{
	return (mapping->entry & (ENTRY_READ_ONLY | ENTRY_DIRTY)) == ENTRY_READ_ONLY;
}

static bool mapping_is_wrong(const struct guest *guest, const struct mapping *mapping)
{
	return (mapping->entry & ENTRY_VALID) != 0 && !mapping_is_read_only(mapping) &&
	       (mapping_is_code(mapping) || mapping_leads_to_text(guest, mapping));
}

static void mapping_judge(const struct guest *guest, const struct mapping *mapping,
                          struct findings *findings)
{
	const uint64_t to = mapping->entry & MAPPINGS_ADDRESS;

	if (mapping_is_wrong(guest, mapping))
		findings_note(findings, &(struct finding){.kind = FINDING_MAPPING,
		                                          .where = mapping->address,
		                                          .value = to,
		                                          .still = to,
		                                          .elsewhere = !mapping_is_code(mapping)});
}

/* The last entry on the way to an address, and the table that has it, where the watcher sees it.
 * NULL: the entry leads to a table that isn't in the guest's memory. */
static const volatile uint64_t *mappings_find(const struct guest *guest, struct mapping *mapping)
{
	uint64_t table = guest->walk.ttbr1 & MAPPINGS_ADDRESS, at;

	mapping->bits = MAPPINGS_FIRST + MAPPINGS_STRIDE;
	while (guestwalk_memory(&guest->walk, table, &at)) {
		const volatile uint64_t *here = (const volatile uint64_t *)(uintptr_t)at;

		const uint64_t index =
		    (mapping->address >> (mapping->bits - MAPPINGS_STRIDE)) % MAPPINGS_ENTRIES;

		mapping->bits -= MAPPINGS_STRIDE;
		mapping->place = table + index * sizeof(mapping->entry);
		mapping->entry = here[index];
		if (!mapping_is_table(mapping))
			return here;
		table = mapping->entry & MAPPINGS_ADDRESS;
	}
	return NULL;
}

bool mappings_code(const struct guest *guest, uint64_t address, uint64_t *ipa)
{
	struct mapping mapping = {.address = address};

	if (address < MAPPINGS_UPPER || !mappings_are_linux(guest) ||
	    mappings_find(guest, &mapping) == NULL)
		return false;
	*ipa = mapping.entry & MAPPINGS_ADDRESS;
	return (mapping.entry & ENTRY_VALID) != 0 && (mapping.entry & ENTRY_TABLE) != 0 &&
	       mapping_is_code(&mapping) && mapping_is_read_only(&mapping);
}

/* Reads a table from the next address on, up to its end or to an entry that leads to another one.
 */
static void mappings_step(struct mappings *mappings, const struct guest *guest,
                          struct findings *findings)
{
	struct mapping mapping = {.address = mappings->next | MAPPINGS_UPPER};
	const volatile uint64_t *table = mappings_find(guest, &mapping);
	const uint64_t size = 1ULL << mapping.bits;
	uint64_t index = 0;

	if (mappings->next == 0)
		findings_round(findings, guest->now);
	mapping.address &= -size;
	do {
		if (table != NULL)
			mapping_judge(guest, &mapping, findings);
		mapping.address += size;
		index = (mapping.address >> mapping.bits) % MAPPINGS_ENTRIES;
		if (table != NULL)
			mapping.entry = table[index];
	} while (table != NULL && index != 0 && !mapping_is_table(&mapping));
	mappings->next = mapping.address & ~MAPPINGS_UPPER;
	mappings->bad |= table == NULL;
	mappings->tables++;
	if (mappings->next != 0 && mappings->tables < MAPPINGS_MOST)
		return;
	*mappings = (struct mappings){.before = mappings->tables,
	                              .lost = mappings->bad || mappings->next != 0};
	findings->missed |= mappings->lost;
}

/* False: not of all. A finding whose table isn't to be seen any more is still one. */
static bool mappings_again(const struct guest *guest, struct findings *findings)
{
	bool good = true;

	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		const struct finding was = findings->entry[i];
		struct mapping mapping = {.address = was.where};
		bool seen;

		if (!was.used)
			continue;
		seen = mappings_find(guest, &mapping) != NULL;
		if (seen)
			mapping_judge(guest, &mapping, findings);
		else
			findings_note(findings, &was);
		good &= seen;
	}
	return good;
}

bool mappings_has(const struct guest *guest, const struct finding *finding, uint64_t address)
{
	struct mapping mapping = {.address = address};

	return address >= MAPPINGS_UPPER && mappings_are_linux(guest) &&
	       mappings_find(guest, &mapping) != NULL &&
	       (address & -(1ULL << mapping.bits)) == finding->where;
}

/* What an entry has to be. */
static uint64_t mapping_right(const struct mapping *mapping, bool is_text)
{
	return is_text ? (mapping->entry | ENTRY_READ_ONLY) & ~ENTRY_DIRTY
	               : mapping->entry | ENTRY_NO_CODE;
}

/* All entries of a group that is mapped as one have to be alike. `table`: the watcher sees it. */
static uint32_t mappings_group(const volatile uint64_t *table, struct mapping mapping, bool is_text,
                               struct watch_change *change)
{
	const bool group = (mapping.entry & ENTRY_GROUP) != 0;
	const uint32_t entries = group ? MAPPINGS_GROUP : 1;
	const uint64_t index = mapping.place / sizeof(mapping.entry) % MAPPINGS_ENTRIES;
	const uint64_t first = index - index % entries;
	uint32_t count = 0;

	for (uint64_t i = first; i < first + entries; i++) {
		struct mapping its = {.entry = table[i]};

		if (i != index &&
		    (its.entry & (ENTRY_VALID | ENTRY_GROUP)) != (ENTRY_VALID | ENTRY_GROUP))
			continue;
		change[count++] =
		    (struct watch_change){.address = mapping.place + (i - index) * sizeof(i),
		                          .mask = ~0ULL,
		                          .expected = its.entry,
		                          .value = mapping_right(&its, is_text)};
	}
	return count;
}

uint32_t mappings_right(const struct guest *guest, const struct finding *finding, bool is_text,
                        struct watch_change *change)
{
	struct mapping mapping = {.address = finding->where};
	const volatile uint64_t *table;

	if (!mappings_are_linux(guest))
		return 0;
	table = mappings_find(guest, &mapping);
	if (table == NULL)
		return 0;
	if (mapping_is_wrong(guest, &mapping) &&
	    (mapping.entry & MAPPINGS_ADDRESS) == finding->value)
		return mappings_group(table, mapping,
		                      is_text || mapping_leads_to_text(guest, &mapping), change);
	*change = (struct watch_change){.address = mapping.place,
	                                .mask = ~0ULL,
	                                .expected = mapping.entry,
	                                .value = mapping.entry};
	return 1;
}

bool mappings_look(struct mappings *mappings, const struct guest *guest, uint32_t tables,
                   struct findings *findings)
{
	bool good;

	if (!mappings_are_linux(guest))
		return false;
	findings_begin(findings);
	good = mappings_again(guest, findings);
	for (uint32_t i = 0; i < tables; i++)
		mappings_step(mappings, guest, findings);
	findings_end(findings);
	return good && !mappings->bad && !mappings->lost;
}
