/*
 * Fuzzer of the whole path from a description to the model: parser, checks, placement, a guest's
 * own device tree. The input is the description up to its first NUL byte; what stands behind it is
 * the content of every file that the description names as image, initrd or tree. No file of the
 * machine is opened but the board's, once.
 *
 * Seeds are the descriptions of tests/descriptions, beside those of the corpus.
 */
#include <errno.h>
#include <host/model.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_BOARD     "frame/board/qemu-virt/qemu-virt.dtsi"
#define FUZZ_BOARD_MAX (1u << 20)
#define FUZZ_ARGUMENTS 3

static char *fuzz_board;
static size_t fuzz_board_size;
static FILE *fuzz_null;

struct fuzz_input {
	const char *text, *file;
	size_t text_size, file_size;
};

static bool fuzz_ends_with(const char *path, const char *end)
{
	size_t length = strlen(path), tail = strlen(end);

	return length >= tail && !strcmp(path + length - tail, end);
}

/* What a path holds: the description, the board, the attached file, or nothing. */
static int fuzz_content(const struct fuzz_input *input, const char *path, const char **data,
                        size_t *size)
{
	*data = input->file;
	*size = input->file_size;
	if (!strcmp(path, "fuzz.dts")) {
		*data = input->text;
		*size = input->text_size;
	} else if (fuzz_ends_with(path, "qemu-virt.dtsi")) {
		*data = fuzz_board;
		*size = fuzz_board_size;
	} else if (strstr(path, "none")) {
		return ENOENT;
	}
	return 0;
}

static int fuzz_read(void *context, struct arena *arena, const char *path, size_t limit,
                     char **data, size_t *size)
{
	const char *content;
	int error = fuzz_content(context, path, &content, size);

	if (error)
		return error;
	if (*size > limit)
		return EFBIG;
	*data = arena_copy(arena, content, *size);
	return 0;
}

static int fuzz_peek(void *context, const char *path, void *head, size_t head_size, uint64_t *size)
{
	const char *content;
	size_t length;
	int error = fuzz_content(context, path, &content, &length);

	if (error)
		return error;
	memset(head, 0, head_size);
	memcpy(head, content, length < head_size ? length : head_size);
	*size = length;
	return 0;
}

static void fuzz_read_board(void)
{
	FILE *file = fopen(FUZZ_BOARD, "rbe");

	fuzz_board = calloc(1, FUZZ_BOARD_MAX);
	if (!file || !fuzz_board) {
		fputs("run the fuzzer from the top of the checkout: " FUZZ_BOARD " is missing\n",
		      stderr);
		exit(1);
	}
	fuzz_board_size = fread(fuzz_board, 1, FUZZ_BOARD_MAX, file);
	(void)fclose(file);
}

/* Seeds from the tests, and the language's words: only where folders are given, so that a single
 * input can be run alone. */
static void fuzz_add_seeds(int *argc, char ***argv)
{
	static char *const more[FUZZ_ARGUMENTS] = {"-dict=tests/fuzz/description.dict",
	                                           "tests/descriptions/good",
	                                           "tests/descriptions/bad"};
	char **list = calloc((size_t)*argc + FUZZ_ARGUMENTS + 1, sizeof(*list));
	struct stat status;
	bool folders = false;

	if (!list)
		exit(1);
	for (int i = 0; i < *argc; i++) {
		list[i] = (*argv)[i];
		folders |= i > 0 && !stat(list[i], &status) && S_ISDIR(status.st_mode);
	}
	if (!folders) {
		free(list);
		return;
	}
	memcpy(list + *argc, more, sizeof(more));
	*argc += FUZZ_ARGUMENTS;
	*argv = list;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	unsetenv("KUMIKI_PATH");
	fuzz_read_board();
	fuzz_null = fopen("/dev/null", "we");
	if (!fuzz_null)
		exit(1);
	fuzz_add_seeds(argc, argv);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *end = size ? memchr(data, 0, size) : NULL;
	size_t text_size = end ? (size_t)(end - (const char *)data) : size;
	struct fuzz_input input = {(const char *)data, end ? end + 1 : "", text_size,
	                           end ? size - text_size - 1 : 0};
	struct file_access access = {&input, fuzz_read, fuzz_peek};
	struct model_options options = {.access = &access};

	model_free(model_load("fuzz.dts", &options, fuzz_null));
	return 0;
}
