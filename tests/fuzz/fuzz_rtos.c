/*
 * Fuzzer of the RTOS's manifests. The input is a manifest up to its first NUL byte; what stands
 * behind it is every program that it names. No file of the machine is opened but the board's, once.
 * What passes the checks must make a boot image that verifies and can be told; nothing may read
 * outside.
 *
 * Where the first byte is FUZZ_CHANGES, the others are changes to a small good boot image, which is
 * that of the tests of lib/: three bytes each, where (two) and what.
 *
 * Shows: rtos.manifest.
 */
#include <errno.h>
#include <host/rtos.h>
#include <lib/crc32c.h>
#include <lib/rtosimage.h>
#include <stdlib.h>
#include <string.h>
#include <unit/lib/sample_rtosimage.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHANGES   0x01
#define FUZZ_BOARD     "frame/board/qemu-virt/qemu-virt.dtsi"
#define FUZZ_PROGRAM   "tests/manifests/files/program.elf"
#define FUZZ_BOARD_MAX (1u << 20)

static struct rtos_content fuzz_board, fuzz_program;
static FILE *fuzz_null;

struct fuzz_input {
	struct rtos_content text, program;
};

static void fuzz_require(bool condition)
{
	if (!condition)
		abort();
}

static bool fuzz_ends_with(const char *path, const char *end)
{
	const size_t length = strlen(path), tail = strlen(end);

	return length >= tail && !strcmp(path + length - tail, end);
}

static struct rtos_content fuzz_content(const struct fuzz_input *input, const char *path)
{
	if (!strcmp(path, "fuzz.dts"))
		return input->text;
	return fuzz_ends_with(path, "qemu-virt.dtsi") ? fuzz_board : input->program;
}

static int fuzz_read(void *context, struct arena *arena, const char *path, size_t limit,
                     char **data, size_t *size)
{
	const struct rtos_content content = fuzz_content(context, path);

	if (content.size > limit)
		return EFBIG;
	*data = arena_copy(arena, content.bytes, content.size);
	*size = content.size;
	return 0;
}

static int fuzz_peek(void *context, const char *path, void *head, size_t head_size, uint64_t *size)
{
	const struct rtos_content content = fuzz_content(context, path);

	if (strstr(path, "none"))
		return ENOENT;
	memset(head, 0, head_size);
	if (content.size)
		memcpy(head, content.bytes, content.size < head_size ? content.size : head_size);
	*size = content.size;
	return 0;
}

static struct rtos_content fuzz_file(const char *path)
{
	FILE *file = fopen(path, "rbe");
	char *bytes = calloc(1, FUZZ_BOARD_MAX);
	size_t size;

	if (!file || !bytes) {
		fprintf(stderr, "run the fuzzer from the top of the checkout: %s is missing\n",
		        path);
		exit(1);
	}
	size = fread(bytes, 1, FUZZ_BOARD_MAX, file);
	(void)fclose(file);
	return (struct rtos_content){bytes, size};
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_board = fuzz_file(FUZZ_BOARD);
	fuzz_program = fuzz_file(FUZZ_PROGRAM);
	fuzz_null = fopen("/dev/null", "w");
	fuzz_require(fuzz_null != NULL);
	return 0;
}

/* ---- manifests ---- */

static void fuzz_system(const struct rtos_system *system)
{
	struct rtos_bytes image;

	fuzz_require(rtos_image_make(system, (struct rtos_content){NULL, 0}, &image, stderr));
	fuzz_require(rtos_report(image.bytes, fuzz_null));
	free(image.bytes);
}

static void fuzz_manifest(const uint8_t *data, size_t size)
{
	const size_t length = strnlen((const char *)data, size);
	struct fuzz_input input = {{data, length}, fuzz_program};
	const struct file_access access = {&input, fuzz_read, fuzz_peek};
	const struct model_options options = {.access = &access};
	struct rtos_system *system;

	if (size - length > 1)
		input.program = (struct rtos_content){data + length + 1, size - length - 1};
	system = rtos_load("fuzz.dts", &options, fuzz_null);
	if (system)
		fuzz_system(system);
	rtos_free(system);
}

/* ---- boot images ---- */

/* In a copy of exactly that size, so that a read behind it is seen. */
static void fuzz_image(const void *bytes, size_t size)
{
	void *copy = malloc(size + !size);

	fuzz_require(copy != NULL);
	memcpy(copy, bytes, size);
	if (rtosimage_verify(copy, size).fault == RTOSIMAGE_OK)
		(void)rtos_report(copy, fuzz_null);
	free(copy);
}

static void fuzz_changed(const uint8_t *data, size_t size)
{
	struct sample_rtosimage sample;

	sample_rtosimage_make(&sample);
	for (size_t at = 0; at + 3 <= size; at += 3)
		((uint8_t *)&sample)[(data[at] + 256u * data[at + 1]) % sizeof(sample)] =
		    data[at + 2];
	sample_rtosimage_seal(&sample);
	fuzz_image(&sample, sizeof(sample));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == FUZZ_CHANGES)
		fuzz_changed(data + 1, size - 1);
	else
		fuzz_manifest(data, size);
	fuzz_image(data, size);
	return 0;
}
