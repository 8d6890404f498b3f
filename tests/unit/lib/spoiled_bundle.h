/*
 * Ways to spoil the sample bundle, each with the fault and the entry that bundle_verify() must
 * name; and unusual changes that are allowed. test_bundle.c uses it.
 */
#ifndef TESTS_SPOILED_BUNDLE_H
#define TESTS_SPOILED_BUNDLE_H

#include <lib/bundle.h>
#include <stddef.h>
#include <stdint.h>

enum table {
	NONE,
	HEADER,
	CORES,
	PARTITIONS,
	VCPUS,
	REGIONS,
	INTERRUPTS,
	LOADS,
	PARTS,
	WINDOWS,
	DOORBELLS,
	FUNCTIONS,
	CHANNELS,
	ENDS
};

struct change {
	enum table table;
	uint32_t entry;
	size_t offset, size;
	uint64_t value;
};

#define SPOILER_CHANGES 5

struct spoiler {
	enum bundle_fault fault;
	uint32_t index;
	struct change changes[SPOILER_CHANGES];
};

extern const struct spoiler spoilers[], harmless[];
extern const size_t spoilers_count, harmless_count;

#endif
