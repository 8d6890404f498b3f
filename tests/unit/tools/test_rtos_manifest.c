/*
 * Manifests of the RTOS: each case of the tables in tests/manifests/bad is refused with exactly its
 * words; each tests/manifests/good/NAME.dts comes to what its NAME.expected says, and is packed so
 * that it is found again, and every damage with it. Runs from the top of the checkout.
 *
 * Shows: rtos.manifest, channel.disk-twice.
 */
#include "bad_cases.h"

#include <glob.h>
#include <host/rtos.h>
#include <kumiki/rtos/call.h>
#include <lib/rtosfile.h>
#include <lib/rtosimage.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define MANIFESTS     "tests/manifests"
#define BAD_LEAST     15 /* fewer: they weren't found */
#define KERNEL_OFFSET 8192

static const char *const dirs[] = {"frame/board/qemu-virt"};
static const struct model_options options = {.include_dirs = dirs, .include_dir_count = 1};

static bool bad_manifest(const char *path, const struct model_options *with, FILE *complaints)
{
	struct rtos_system *system = rtos_load(path, with, complaints);

	rtos_free(system);
	return !system;
}

TEST(test_every_bad_manifest)
{
	bad_cases_check(MANIFESTS "/bad/", BAD_LEAST, bad_manifest);
}

/* What a manifest comes to, or its mistakes. */
static char *words_of(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct rtos_system *system = rtos_load(path, &options, out);
	struct rtos_bytes image = {NULL, 0};

	if (system) {
		assert_true(rtos_image_make(system, (struct rtos_content){NULL, 0}, &image, out));
		assert_true(rtos_report(image.bytes, out));
	}
	assert_int_equal(fclose(out), 0);
	free(image.bytes);
	rtos_free(system);
	return text;
}

static void expect_words(const char *path)
{
	struct arena arena = {0};
	char answer[512], *said = words_of(path), *expected = NULL;
	size_t size = 0;

	(void)snprintf(answer, sizeof(answer), "%.*s.expected", (int)strlen(path) - 4, path);
	assert_int_equal(file_access_system.read(NULL, &arena, answer, 1 << 20, &expected, &size),
	                 0);
	assert_string_equal(said, expected);
	free(said);
	arena_free(&arena);
}

TEST(test_every_good_manifest)
{
	glob_t found;

	assert_int_equal(glob(MANIFESTS "/good/*.dts", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		expect_words(found.gl_pathv[i]);
	globfree(&found);
}

/* ---- the packed file ---- */

static struct rtos_bytes make_kernel(void)
{
	static uint8_t bytes[256];
	const struct arm64_image_header image = {.magic = ARM64_IMAGE_MAGIC,
	                                         .image_size = KERNEL_OFFSET};
	const struct rtos_kernel_header header = {.magic = RTOS_KERNEL_MAGIC,
	                                          .image_revision = RTOS_IMAGE_REVISION,
	                                          .call_revision = RTOS_CALL_REVISION,
	                                          .image_offset = KERNEL_OFFSET,
	                                          .copy_size = sizeof(bytes)};

	memset(bytes, 0x5a, sizeof(bytes));
	memcpy(bytes, &image, sizeof(image));
	memcpy(bytes + sizeof(image), &header, sizeof(header));
	return (struct rtos_bytes){bytes, sizeof(bytes)};
}

static struct rtos_bytes pack(void)
{
	struct rtos_system *system = rtos_load(MANIFESTS "/good/everything.dts", &options, stderr);
	const struct rtos_bytes kernel = make_kernel();
	struct rtos_bytes file;

	assert_non_null(system);
	assert_true(rtos_pack_make(system, &kernel, "kernel", &file, stderr));
	rtos_free(system);
	return file;
}

TEST(test_packed_twice_is_the_same)
{
	struct rtos_bytes one = pack(), other = pack();

	assert_int_equal(one.size, other.size);
	assert_memory_equal(one.bytes, other.bytes, one.size);
	free(one.bytes);
	free(other.bytes);
}

TEST(test_what_stands_where)
{
	struct rtos_bytes file = pack();
	const struct rtos_bytes kernel = make_kernel();
	const struct rtos_image *image;
	struct arm64_image_header header;
	const struct rtos_program *programs;
	const char *why;

	assert_true(rtosfile_find(file.bytes, file.size, &image, &why));
	assert_ptr_equal(image, (uint8_t *)file.bytes + KERNEL_OFFSET);
	memcpy(&header, file.bytes, sizeof(header));
	assert_int_equal(header.image_size, file.size);
	assert_memory_equal((uint8_t *)file.bytes + sizeof(header),
	                    (uint8_t *)kernel.bytes + sizeof(header), kernel.size - sizeof(header));
	programs = rtosimage_programs(image);
	assert_string_equal(programs[0].name, "init");
	assert_string_equal(programs[1].name, "overseer");
	assert_string_equal(programs[4].name, "disk");
	assert_int_equal(programs[4].flags, RTOS_THREAD_FP);
	assert_int_equal(programs[4].handle_pages, 2);
	assert_int_equal(programs[4].stack + programs[4].stack_size, RTOS_START_PAGE);
	/* The same file, six times: each part once. The whole of it, for a window. The kernel's
	 * copy. And the manifest. */
	assert_int_equal(image->part_count, 6);
	free(file.bytes);
}

TEST(test_segments_are_the_file_s)
{
	struct rtos_bytes file = pack();
	const struct rtos_image *image;
	const struct rtos_segment *segments;
	const struct rtos_part *parts;
	const char *why;

	assert_true(rtosfile_find(file.bytes, file.size, &image, &why));
	segments = rtosimage_programs(image)[0].segment;
	parts = rtosimage_parts(image);
	assert_int_equal(segments[0].rights, RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE);
	assert_int_equal(segments[1].rights, RTOS_RIGHT_READ);
	assert_int_equal(segments[2].rights, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE);
	assert_int_equal(segments[2].memory, 0x2000);
	assert_int_equal(parts[segments[2].part].size, 4);
	assert_memory_equal((const uint8_t *)image + parts[segments[1].part].offset, "constant", 8);
	assert_memory_equal((const uint8_t *)image + parts[segments[2].part].offset, "data", 4);
	free(file.bytes);
}

/* Each byte that stands for something, changed in turn, is found. */
TEST(test_every_damage_is_found)
{
	struct rtos_bytes file = pack();
	uint8_t *bytes = file.bytes;
	const struct rtos_image *image;
	const struct rtos_part *part;
	FILE *nowhere = fopen("/dev/null", "w");
	const char *why;

	assert_non_null(nowhere);
	assert_true(rtosfile_find(file.bytes, file.size, &image, &why));
	for (size_t i = 0; i < image->tables_size; i++) {
		bytes[KERNEL_OFFSET + i] ^= 0x10;
		assert_false(rtosfile_find(file.bytes, file.size, &image, &why));
		bytes[KERNEL_OFFSET + i] ^= 0x10;
	}
	assert_true(rtosfile_find(file.bytes, file.size, &image, &why));
	for (uint32_t p = 0; p < image->part_count; p++) {
		part = &rtosimage_parts(image)[p];
		for (size_t i = 0; i < part->size; i += 7) {
			bytes[KERNEL_OFFSET + part->offset + i] ^= 0x10;
			assert_false(rtos_report(image, nowhere));
			bytes[KERNEL_OFFSET + part->offset + i] ^= 0x10;
		}
	}
	assert_true(rtos_report(image, nowhere));
	(void)fclose(nowhere);
	free(file.bytes);
}

/* What is said of the whole file, to be freed. */
static char *verdict_of(const struct rtos_bytes *file, bool *good)
{
	const struct rtos_image *image;
	const char *why;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_true(rtosfile_find(file->bytes, file->size, &image, &why));
	*good = rtos_report_file(file, image, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void expect_verdict(const struct rtos_bytes *file, bool want_good, const char *end)
{
	bool good;
	char *text = verdict_of(file, &good);
	const size_t length = strlen(text), tail = strlen(end);

	assert_int_equal(good, want_good);
	assert_true(length >= tail);
	assert_string_equal(text + length - tail, end);
	free(text);
}

/* Likewise of the kernel, up to the boot image; a damage in its header may say that it is none. */
TEST(test_every_damage_of_the_kernel_is_found)
{
	static const char damaged[] = "the kernel is damaged: it isn't as its copy in the image\n"
	                              "verdict: DAMAGED; pack it again\n";
	struct rtos_bytes file = pack();
	uint8_t *bytes = file.bytes;
	const struct rtos_image *image;
	const char *why;

	expect_verdict(&file, true, "\nverdict: intact\n");
	for (size_t i = 0; i < KERNEL_OFFSET; i += i < 300 ? 1 : 7) {
		bytes[i] ^= 0x10;
		if (rtosfile_find(file.bytes, file.size, &image, &why))
			expect_verdict(&file, false, damaged);
		bytes[i] ^= 0x10;
	}
	expect_verdict(&file, true, "\nverdict: intact\n");
	free(file.bytes);
}

/* The kernel is good then: the damage is a part's. */
TEST(test_a_damaged_copy_is_told_as_a_part)
{
	struct rtos_bytes file = pack();
	const struct rtos_image *image;
	const char *why;

	assert_true(rtosfile_find(file.bytes, file.size, &image, &why));
	((uint8_t *)file.bytes)[KERNEL_OFFSET + rtosimage_kernel(image)->offset + 100] ^= 1;
	expect_verdict(&file, false, " is damaged\nverdict: DAMAGED; pack it again\n");
	free(file.bytes);
}

/* ---- kernels that aren't ---- */

static void refuse_kernel(size_t at, uint32_t value, size_t size, const char *expected)
{
	struct rtos_system *system = rtos_load(MANIFESTS "/good/everything.dts", &options, stderr);
	struct rtos_bytes kernel = make_kernel(), file;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (at < kernel.size)
		memcpy((uint8_t *)kernel.bytes + at, &value, sizeof(value));
	kernel.size = size;
	assert_non_null(system);
	assert_false(rtos_pack_make(system, &kernel, "kernel", &file, out));
	assert_null(file.bytes);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
	rtos_free(system);
}

TEST(test_what_is_no_kernel)
{
	const size_t header = sizeof(struct arm64_image_header);

	refuse_kernel(SIZE_MAX, 0, 80, "kernel: error: is too short for a kernel of the RTOS\n");
	refuse_kernel(header, 1, 256, "kernel: error: is no kernel of the RTOS\n");
	refuse_kernel(offsetof(struct arm64_image_header, magic), 1, 256,
	              "kernel: error: is no kernel of the RTOS\n");
	refuse_kernel(
	    header + offsetof(struct rtos_kernel_header, image_revision), 99, 256,
	    "kernel: error: reads boot images of another revision; build kernel and command "
	    "from the same sources\n");
	refuse_kernel(
	    header + offsetof(struct rtos_kernel_header, image_offset), 4097, 256,
	    "kernel: error: says an impossible place for the boot image; is it damaged?\n");
	refuse_kernel(
	    header + offsetof(struct rtos_kernel_header, image_offset), 0, 256,
	    "kernel: error: says an impossible place for the boot image; is it damaged?\n");
}

TEST(test_a_packed_file_is_no_kernel)
{
	struct rtos_system *system = rtos_load(MANIFESTS "/good/everything.dts", &options, stderr);
	struct rtos_bytes packed = pack(), file;
	FILE *nowhere = fopen("/dev/null", "w");

	assert_non_null(nowhere);
	assert_false(rtos_pack_make(system, &packed, "kernel", &file, nowhere));
	(void)fclose(nowhere);
	free(packed.bytes);
	rtos_free(system);
}

TEST(test_a_kernel_alone)
{
	const struct rtos_bytes kernel = make_kernel();
	const struct rtos_image *image;
	const char *why;

	assert_false(rtosfile_find(kernel.bytes, kernel.size, &image, &why));
	assert_string_equal(why, "is a kernel without programs; pack some behind it with 'kumiki "
	                         "rtos pack'");
}
