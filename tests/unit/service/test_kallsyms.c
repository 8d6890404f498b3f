/*
 * Linux's symbols, found in Debian's own images. Each one is compared with a list that symbols.py
 * found another way. Also images that have none, are cut, or are damaged.
 */
#include "symbols.h"

#include <service/examine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static uint8_t *image;
static size_t image_size;

static void free_image(void)
{
	free(image);
}

const struct unit_fixture unit_all = {NULL, free_image};

/* Loads the image into memory of its exact size, so that the sanitizer sees a read behind it. */
static void load(const char *path)
{
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	image_size = (size_t)ftell(file);
	rewind(file);
	free(image);
	image = malloc(image_size);
	assert_non_null(image);
	assert_int_equal(fread(image, 1, image_size, file), image_size);
	(void)fclose(file);
}

static void expect(const struct kallsyms *tables, uint64_t offset, uint32_t begin, const char *name)
{
	struct kallsyms_symbol symbol;

	assert_true(kallsyms_name(tables, offset, &symbol));
	assert_int_equal(symbol.offset, begin);
	/* A cut name has all characters for which there is room. */
	assert_int_equal(strlen(symbol.name), strlen(name) < sizeof(symbol.name) - 2
	                                          ? strlen(name)
	                                          : sizeof(symbol.name) - 2);
	assert_memory_equal(symbol.name, name, strlen(symbol.name));
}

/*
 * Checks that a symbol's first and last byte have the name of the first symbol that begins there.
 */
static void expect_all(const char *kernel)
{
	char name[SYMBOLS_NAME_SIZE], next_name[SYMBOLS_NAME_SIZE];
	uint32_t offset, next, count = 0;
	struct kallsyms tables;
	struct kallsyms_symbol symbol;
	FILE *file = symbols_open(kernel);

	assert_true(kallsyms_find(&tables, image, image_size));
	assert_true(symbols_next(file, &offset, name));
	while (symbols_next(file, &next, next_name)) {
		count++;
		if (next == offset)
			continue;
		expect(&tables, offset, offset, name);
		expect(&tables, next - 1, offset, name);
		offset = next;
		memcpy(name, next_name, sizeof(name));
	}
	assert_int_equal(count + 1, tables.count);
	assert_false(kallsyms_name(&tables, offset, &symbol)); /* the last symbol has no end */
	assert_false(kallsyms_name(&tables, ~0ULL, &symbol));
	assert_ptr_equal(tables.base, (const uint8_t *)tables.names - 16);
	(void)fclose(file);
}

TEST(test_place_of_a_name)
{
	struct kallsyms tables;
	struct kallsyms_symbol symbol;
	uint32_t offset;

	load("build/debian/linux/Image");
	assert_true(kallsyms_find(&tables, image, image_size));
	assert_int_equal(kallsyms_places(&tables, "vectors", &offset), 1);
	assert_true(kallsyms_name(&tables, offset, &symbol));
	assert_string_equal(symbol.name, "vectors");
	assert_int_equal(kallsyms_places(&tables, "no_such_symbol", &offset), 0);
	assert_int_equal(kallsyms_places(&tables, "", &offset), 0);
}

TEST(test_each_symbol)
{
	load("build/debian/linux/Image");
	expect_all("linux");
}

TEST(test_each_symbol_of_another_kernel)
{
	load("build/debian/linux-rt/Image");
	expect_all("linux-rt");
}

TEST(test_images_without)
{
	struct kallsyms tables;

	load("build/debian/busybox");
	assert_false(kallsyms_find(&tables, image, image_size));
	memset(image, 0, image_size);
	assert_false(kallsyms_find(&tables, image, image_size));
	for (size_t i = 0; i + 1 < image_size; i += 2) /* the whole image looks like an index */
		image[i] = (uint8_t)i, image[i + 1] = (uint8_t)(i >> 8);
	assert_false(kallsyms_find(&tables, image, image_size));
	for (size_t size = 0; size < 64; size++)
		assert_false(kallsyms_find(&tables, image, size));
}

/* The tables of the real image alone, moved to memory of their own. */
static struct kallsyms cut_tables(void)
{
	struct kallsyms tables;
	const uint8_t *end;
	uint8_t *cut;
	size_t begin;

	load("build/debian/linux/Image");
	assert_true(kallsyms_find(&tables, image, image_size));
	begin = (size_t)((const uint8_t *)tables.offsets - image);
	end = (const uint8_t *)(tables.index + 256);
	image_size = (size_t)(end - image) - begin;
	cut = malloc(image_size);
	assert_non_null(cut);
	memcpy(cut, image + begin, image_size);
	free(image);
	image = cut;
	assert_true(kallsyms_find(&tables, image, image_size));
	assert_ptr_equal(tables.offsets, image);
	return tables;
}

/* As kernels since 6.4 have them: offsets and base behind the index. */
TEST(test_tables_in_todays_order)
{
	struct kallsyms tables = cut_tables(), moved;
	const size_t offsets = (size_t)((const uint8_t *)(tables.base + 1) - image);
	const size_t count = tables.count;
	uint8_t *today = malloc(image_size);

	assert_non_null(today);
	memcpy(today, image + offsets, image_size - offsets);
	memcpy(today + image_size - offsets, image, offsets);
	assert_true(kallsyms_find(&moved, today, image_size));
	assert_int_equal(moved.count, count);
	assert_ptr_equal(moved.offsets, today + image_size - offsets);
	assert_ptr_equal(moved.base + 1, today + image_size);
	for (size_t cut = 8; cut < offsets; cut = cut * 2)
		assert_false(kallsyms_find(&moved, today, image_size - cut));
	free(today);
}

/* For all missing tables, no bytes beside them are taken for them. */
TEST(test_cut_images)
{
	struct kallsyms tables = cut_tables();
	size_t names = (size_t)(tables.names - image);

	for (size_t cut = 8; cut < image_size; cut = cut * 2)
		assert_false(kallsyms_find(&tables, image, image_size - cut));
	for (size_t cut = 8; cut < names; cut = cut * 2)
		assert_false(kallsyms_find(&tables, image + cut, image_size - cut));
}

/*
 * Tables with a few damaged bytes are usable or not. Nothing outside is read, and names stay short.
 *
 * Shows: hostile.last-words.
 */
TEST(test_damaged_images)
{
	struct kallsyms tables = cut_tables();
	uint8_t *pristine = malloc(image_size);
	uint32_t seed = 1;

	assert_non_null(pristine);
	memcpy(pristine, image, image_size);
	for (int round = 0; round < 400; round++) {
		struct kallsyms_symbol symbol;

		memcpy(image, pristine, image_size);
		for (int i = 0; i < 1 << round % 14; i++) {
			seed = seed * 1664525 + 1013904223;
			image[(seed >> 4) % image_size] = (uint8_t)(seed >> 24);
		}
		if (!kallsyms_find(&tables, image, image_size))
			continue;
		for (uint64_t offset = 0; offset < 0x1700000; offset += 0x4321)
			if (kallsyms_name(&tables, offset, &symbol))
				assert_true(strlen(symbol.name) < sizeof(symbol.name));
	}
	free(pristine);
}
