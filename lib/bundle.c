/*
 * Verifying a bundle: everything that must hold before a word of it is believed. The host command
 * runs these checks on its packed bundle. The frame runs them at each start, perhaps with caches
 * and MMU still off. So this code keeps no state, holds no pointers in constant data (it may run at
 * another address than its link address), and goes through the tables a bounded number of times.
 *
 * The order matters: a function below may rely on the checks before it in bundle_verify(). Until
 * the CRC is checked, only `available` is believed. After that, the entries are still checked as if
 * an attacker had written them, as a CRC proves no author.
 */
#include "bundle_check.h"
#include <lib/crc32c.h>

/* ---- header and tables as such ---- */

static enum bundle_fault bundle_check_header(const struct bundle_header *bundle, size_t available)
{
	if (((uintptr_t)bundle & 7) != 0 || available < sizeof(*bundle))
		return BUNDLE_BAD_SIZE;
	if (bundle->magic != BUNDLE_MAGIC)
		return BUNDLE_BAD_MAGIC;
	if (bundle->revision != BUNDLE_REVISION)
		return BUNDLE_BAD_REVISION;
	if (bundle->header_size != sizeof(*bundle) || bundle->tables_size < sizeof(*bundle) ||
	    bundle->tables_size % 8 != 0 || bundle->tables_size > bundle->bundle_size ||
	    bundle->bundle_size % BUNDLE_ALIGN != 0 || bundle->bundle_size > available)
		return BUNDLE_BAD_SIZE;
	return BUNDLE_OK;
}

static enum bundle_fault bundle_check_crc(const struct bundle_header *bundle)
{
	const size_t field = offsetof(struct bundle_header, tables_crc);
	const size_t behind = field + sizeof(bundle->tables_crc);
	const uint8_t *bytes = (const uint8_t *)bundle;
	const uint32_t zero = 0;
	uint32_t crc = crc32c(0, bytes, field);
	crc = crc32c(crc, &zero, sizeof(zero));
	crc = crc32c(crc, bytes + behind, bundle->tables_size - behind);
	return crc == bundle->tables_crc ? BUNDLE_OK : BUNDLE_BAD_CRC;
}

/* The tables of the header, in its order. */
static const struct {
	uint16_t field, entry_size, least, most;
} bundle_shapes[] = {
    {offsetof(struct bundle_header, cores), sizeof(struct bundle_core), 1, BUNDLE_CORES_MAX},
    {offsetof(struct bundle_header, partitions), sizeof(struct bundle_partition), 1,
     BUNDLE_PARTITIONS_MAX},
    {offsetof(struct bundle_header, vcpus), sizeof(struct bundle_vcpu), 1, BUNDLE_VCPUS_MAX},
    {offsetof(struct bundle_header, regions), sizeof(struct bundle_region), 1, BUNDLE_REGIONS_MAX},
    {offsetof(struct bundle_header, interrupts), sizeof(struct bundle_interrupt), 0,
     BUNDLE_INTERRUPTS_MAX},
    {offsetof(struct bundle_header, loads), sizeof(struct bundle_load), 0, BUNDLE_LOADS_MAX},
    {offsetof(struct bundle_header, parts), sizeof(struct bundle_part), 0, BUNDLE_PARTS_MAX},
    {offsetof(struct bundle_header, windows), sizeof(struct bundle_window), 0, BUNDLE_WINDOWS_MAX},
    {offsetof(struct bundle_header, doorbells), sizeof(struct bundle_doorbell), 0,
     BUNDLE_DOORBELLS_MAX},
    {offsetof(struct bundle_header, functions), sizeof(struct bundle_function), 0,
     BUNDLE_FUNCTIONS_MAX},
    {offsetof(struct bundle_header, channels), sizeof(struct bundle_channel), 0,
     BUNDLE_CHANNELS_MAX},
    {offsetof(struct bundle_header, ends), sizeof(struct bundle_end), 0, BUNDLE_ENDS_MAX},
};
#define BUNDLE_TABLES (sizeof(bundle_shapes) / sizeof(bundle_shapes[0]))

static struct bundle_span bundle_table_span(const struct bundle_header *bundle, size_t table)
{
	const struct bundle_table *entry =
	    (const void *)((const uint8_t *)bundle + bundle_shapes[table].field);
	uint64_t size = (uint64_t)entry->count * bundle_shapes[table].entry_size;
	return (struct bundle_span){entry->offset, size};
}

/* Refuses two tables in the same bytes, as these bytes would have two meanings. The fault's index
 * is the table's place in the header. */
static struct bundle_verdict bundle_check_tables(const struct bundle_header *bundle)
{
	const struct bundle_span room = {sizeof(*bundle), bundle->tables_size - sizeof(*bundle)};
	for (size_t i = 0; i < BUNDLE_TABLES; i++) {
		struct bundle_span span = bundle_table_span(bundle, i);
		uint64_t count = span.size / bundle_shapes[i].entry_size;
		if (count < bundle_shapes[i].least || count > bundle_shapes[i].most ||
		    span.base % 8 != 0 || !bundle_span_inside(span, room))
			return bundle_bad(BUNDLE_BAD_TABLE, (uint32_t)i);
		for (size_t j = 0; j < i; j++)
			if (bundle_span_overlaps(span, bundle_table_span(bundle, j)))
				return bundle_bad(BUNDLE_BAD_TABLE, (uint32_t)i);
	}
	return bundle_good();
}

/* ---- all of it ---- */

struct bundle_verdict bundle_verify(const void *bundle, size_t available)
{
	const struct bundle_header *header = bundle;
	enum bundle_fault fault = bundle_check_header(header, available);
	if (fault == BUNDLE_OK)
		fault = bundle_check_crc(header);
	if (fault != BUNDLE_OK)
		return bundle_bad(fault, 0);
	struct bundle_verdict verdict = bundle_check_tables(header);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_machine(header);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_partitions(header);
	return verdict;
}
