/* What is signed of an image, signatures in both forms, and what an update can't change. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host/update.h>
#include <lib/package.h>
#include <unit.h>

/* ---- signatures ---- */

static void number(uint8_t *der, size_t *size, uint8_t first, size_t length)
{
	der[(*size)++] = 0x02;
	der[(*size)++] = (uint8_t)length;
	der[(*size)++] = first;
	for (size_t i = 1; i < length; i++)
		der[(*size)++] = (uint8_t)i;
}

/* A signature in DER whose numbers begin with these bytes. */
static size_t make(uint8_t der[80], uint8_t r_first, size_t r_length, uint8_t s_first,
                   size_t s_length)
{
	size_t size = 2;

	number(der, &size, r_first, r_length);
	number(der, &size, s_first, s_length);
	der[0] = 0x30;
	der[1] = (uint8_t)(size - 2);
	return size;
}

TEST(signatures_of_all_lengths)
{
	uint8_t der[80], raw[PACKAGE_SIGNATURE], again[PACKAGE_SIGNATURE];
	size_t size;

	/* With the zero that keeps a number from being negative, without it, and short ones. */
	size = make(der, 0, 33, 0x7f, 32);
	der[5] = 0x80;
	assert_null(update_signature_read(raw, der, size));
	assert_int_equal(raw[0], 0x80);
	assert_int_equal(raw[31], 32);
	assert_int_equal(raw[32], 0x7f);
	assert_int_equal(raw[63], 31);
	assert_null(update_signature_read(raw, der, make(der, 0x11, 1, 0x22, 30)));
	assert_int_equal(raw[30], 0);
	assert_int_equal(raw[31], 0x11);
	assert_int_equal(raw[33], 0);
	assert_int_equal(raw[34], 0x22);
	assert_null(update_signature_read(again, raw, sizeof(raw)));
	assert_memory_equal(again, raw, sizeof(raw));
	raw[0] = 0x30; /* as DER begins */
	assert_null(update_signature_read(again, raw, sizeof(raw)));
	assert_memory_equal(again, raw, sizeof(raw));
}

TEST(wrong_signatures)
{
	uint8_t der[120] = {0}, raw[PACKAGE_SIGNATURE];
	size_t size;

	assert_non_null(update_signature_read(raw, der, 0));
	assert_non_null(update_signature_read(raw, der, 72));
	/* Numbers that are too long, or empty; more behind them. */
	assert_non_null(update_signature_read(raw, der, make(der, 1, 33, 1, 32)));
	assert_non_null(update_signature_read(raw, der, make(der, 0, 32, 0, 34)));
	size = make(der, 1, 20, 1, 20);
	assert_null(update_signature_read(raw, der, size));
	assert_non_null(update_signature_read(raw, der, size + 1));
	der[1]++;
	assert_non_null(update_signature_read(raw, der, size + 1));
	/* Cut anywhere, or with a length that lies. */
	size = make(der, 0, 33, 0, 33);
	for (size_t cut = 0; cut < size; cut++)
		if (cut != PACKAGE_SIGNATURE) /* r and s have so many bytes */
			assert_non_null(update_signature_read(raw, der, cut));
	for (unsigned int length = 0; length < 256; length++) {
		(void)make(der, 0, 33, 0, 33);
		der[3] = (uint8_t)length;
		if (length != 33)
			assert_non_null(update_signature_read(raw, der, size));
	}
}

/* ---- what differs ---- */

/* Tables with a partition "one" and a load, as the packer would make them. */
struct tables {
	struct bundle_header header;
	struct bundle_core cores[2];
	struct bundle_partition partitions[2];
	struct bundle_vcpu vcpus[2];
	struct bundle_region regions[2];
	struct bundle_load loads[2];
	struct bundle_part parts[2];
	struct bundle_window windows[1];
};

static void put_name(char *to, const char *name)
{
	memcpy(to, name, strlen(name) + 1);
}

#define TABLE(name, entries)                                                                       \
	tables->header.name = (struct bundle_table)                                                \
	{                                                                                          \
		offsetof(struct tables, name), entries                                             \
	}

static struct tables *begin(void)
{
	struct tables *tables = calloc(1, sizeof(*tables));

	tables->header.tables_size = sizeof(*tables);
	TABLE(cores, 2);
	TABLE(partitions, 2);
	TABLE(vcpus, 2);
	TABLE(regions, 2);
	TABLE(loads, 2);
	TABLE(parts, 2);
	TABLE(windows, 1);
	put_name(tables->header.system, "home");
	for (uint32_t i = 0; i < 2; i++) {
		struct bundle_partition *partition = &tables->partitions[i];

		put_name(partition->name, i == 0 ? "one" : "two");
		partition->vcpus = partition->regions = partition->loads =
		    (struct bundle_range){i, 1};
		tables->loads[i].part = i;
		put_name(tables->parts[i].name, i == 0 ? "first.bin" : "second.bin");
	}
	return tables;
}

/* What is said if the tables are changed so. */
static char *said;
static unsigned int lines;
static struct tables *running, *next;

static void before(void)
{
	running = begin();
	next = begin();
}

static void after(void)
{
	free(running);
	free(next);
	free(said);
	said = NULL;
}

static void compare(void)
{
	size_t size;
	FILE *out;

	free(said);
	out = open_memstream(&said, &size);
	lines = update_compare(&running->header, &next->header, out);
	(void)fclose(out);
}

static void says(const char *line)
{
	compare();
	assert_int_equal(lines, 1);
	assert_string_equal(said, line);
}

/* Sums and places of the frame's own are no difference. */
TEST_WITH(the_frames_own_may_differ, before, after)
{
	compare();
	assert_int_equal(lines, 0);
	next->header.frame_crc = next->header.tables_crc = 7;
	next->header.image_base = next->header.image_size = 0x200000;
	next->header.memory_base = next->header.memory_size = 0x400000;
	compare();
	assert_int_equal(lines, 0);
	assert_string_equal(said, "");
}

TEST_WITH(the_machine_differs, before, after)
{
	next->header.flags = BUNDLE_STAY_ON;
	says("  kumiki,stay-on, kumiki,reset-at-failure or kumiki,update-to-lower\n");
	running->header.flags = BUNDLE_STAY_ON;
	next->header.update_key[63] = 1;
	says("  the key of updates (kumiki,update-key)\n");
	running->header.update_key[63] = 1;
	next->cores[1].affinity = 3;
	says("  the cores\n");
	running->cores[1].affinity = 3;
	next->windows[0].size = 4096;
	says("  windows\n");
	running->windows[0].size = 4096;
	put_name(next->header.system, "work");
	says("  the system: 'home' runs, and the image is of 'work'\n");
}

TEST_WITH(a_partition_differs, before, after)
{
	next->partitions[0].priority = 3;
	says("  one: its priority, policy, rights or emulated devices\n");
	running->partitions[0].priority = 3;
	next->vcpus[1].budget_us = 5;
	says("  two: its CPUs, or what they are promised\n");
	running->vcpus[1].budget_us = 5;
	next->regions[0].size = 4096;
	says("  one: its memory or its devices\n");
	running->regions[0].size = 4096;
	next->parts[1].sha256[0] = 1;
	says("  two: the file 'second.bin' has other bytes\n");
	running->parts[1].sha256[0] = 1;
	next->loads[0].pa = 4096;
	says("  one: the place of 'first.bin'\n");
	running->loads[0].pa = 4096;
	next->partitions[1].loads.count = 0;
	says("  two: how many files it starts with\n");
}

TEST_WITH(the_partitions_are_others, before, after)
{
	put_name(next->partitions[1].name, "three");
	compare();
	assert_int_equal(lines, 2);
	assert_string_equal(said, "  two: the image has no such partition\n"
	                          "  three: the machine has no such partition\n");
	put_name(next->partitions[0].name, "two");
	put_name(next->partitions[1].name, "one");
	says("  the order in which the partitions start\n");
	next->header.partitions.count = 1;
	compare();
	assert_non_null(strstr(said, "  one: the image has no such partition\n"));
}

/* Whatever differs changes the sum that is signed, and the sum differs only then. */
TEST_WITH(no_difference_is_silent, before, after)
{
	uint8_t left[PACKAGE_SUM], right[PACKAGE_SUM];
	uint8_t *byte = (uint8_t *)next;

	package_tables(&running->header, left);
	for (size_t i = sizeof(struct bundle_header); i < sizeof(*next); i++) {
		byte[i] ^= 0x40;
		package_tables(&next->header, right);
		assert_memory_not_equal(left, right, sizeof(left));
		byte[i] ^= 0x40;
	}
	next->loads[0].kaslr_seed = 8;
	says("  where their tables or files lie in the image\n");
}
