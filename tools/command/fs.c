/* `kumiki fs`: makes, checks and fills images of the RTOS's disk file system, and gets files out.
 */
#include <errno.h>
#include <fs/files.h>
#include <fs/image.h>
#include <getopt.h>
#include <host/commands.h>
#include <host/files.h>
#include <host/output.h>
#include <inttypes.h>
#include <servers/diskfs/check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fs_arguments {
	const char *size, *out;
	const char *image;   /* the first word after the verb */
	const char *word[2]; /* the words after that */
};

/* Reads a size like "64M" as bytes. 0: it can't be understood, or no disk can have that size. */
static uint64_t fs_size(const char *text)
{
	char *end;
	uint64_t size;

	errno = 0;
	size = strtoull(text, &end, 10);
	if (errno || end == text || size > UINT32_MAX || (*end && end[1]))
		return 0;
	size <<= *end == 'G' ? 30 : *end == 'M' ? 20 : *end == 'K' ? 10 : 0;
	if (*end && !strchr("GMK", *end))
		return 0;
	return size >= (uint64_t)DISKFS_BLOCKS_MIN * DISKFS_BLOCK &&
	               size <= (uint64_t)DISKFS_BLOCKS_MAX * DISKFS_BLOCK
	           ? size
	           : 0;
}

/* ---- verbs: each gets an image that is open for it ---- */

static int fs_done(struct image *image, bool good)
{
	return image_close(image) && good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Makes the image under another name first. So if it fails, an image that is there already stays as
 * it was. */
static bool fs_make_aside(struct image *image, const struct fs_arguments *arguments, uint64_t size)
{
	struct output output;
	bool good;

	if (!output_begin(&output, arguments->image, stderr))
		return false;
	good = image_make(image, fileno(output.file), arguments->image, size) &&
	       (!arguments->word[0] || files_write_folder(image, arguments->word[0]));
	return output_end(&output, image_close(image) && good, stderr);
}

static int fs_make(struct image *image, const struct fs_arguments *arguments)
{
	const uint64_t size = arguments->size ? fs_size(arguments->size) : 0;
	bool good;
	int old;

	if (size == 0)
		return command_misused("fs", "how large? --size 64M, from 1M to 64G");
	if (!image_claim(arguments->image, &old))
		return EXIT_FAILURE;
	good = fs_make_aside(image, arguments, size);
	if (old >= 0)
		(void)close(old);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void fs_tell(struct check *check, const char *what, uint64_t where)
{
	fprintf(stderr, "%s: error: %s %" PRIu64 "\n", (const char *)check->context, what, where);
}

static int fs_check(struct image *image, const struct fs_arguments *arguments)
{
	struct check check = {.fs = &image->fs, .contents = true, .tell = fs_tell};
	bool good = image_open(image, arguments->image, false);
	void *memory = good ? malloc(check_size(&image->fs)) : NULL;

	check.context = (void *)(uintptr_t)arguments->image;
	if (memory && image->fs.alone)
		printf("%s: one of its two roots isn't whole, by damage or a power cut; the other "
		       "one counts, of commit %" PRIu64 "\n",
		       arguments->image, image->fs.root.generation);
	good = memory && check_all(&check, memory) && !image->fs.lied;
	if (memory)
		printf("%s: %s: %" PRIu64 " files, %" PRIu64 " directories, %" PRIu64
		       " KiB used of %" PRIu64 " KiB; commit %" PRIu64 "\n",
		       arguments->image, good ? "all is well" : "it is damaged", check.files,
		       check.directories, check.blocks * (DISKFS_BLOCK / 1024),
		       (uint64_t)image->fs.root.blocks * (DISKFS_BLOCK / 1024),
		       image->fs.root.generation);
	free(memory);
	return fs_done(image, good);
}

static int fs_list(struct image *image, const struct fs_arguments *arguments)
{
	return fs_done(
	    image, image_open(image, arguments->image, false) &&
	               files_list(image, arguments->word[0] ? arguments->word[0] : "/", stdout));
}

static bool fs_read_into(struct image *image, const struct fs_arguments *arguments)
{
	struct output output;

	return output_begin(&output, arguments->out, stderr) &&
	       output_end(&output, files_read(image, arguments->word[0], output.file), stderr);
}

static bool fs_read_out(struct image *image, const struct fs_arguments *arguments)
{
	if (!files_read(image, arguments->word[0], stdout))
		return false;
	return fflush(stdout) == 0 || image_fail_outside("standard output", strerror(errno));
}

static int fs_read(struct image *image, const struct fs_arguments *arguments)
{
	if (!arguments->word[0])
		return command_misused("fs", "which file? 'kumiki fs list' tells which there are");
	return fs_done(image, image_open(image, arguments->image, false) &&
	                          (arguments->out ? fs_read_into(image, arguments)
	                                          : fs_read_out(image, arguments)));
}

static bool fs_write_from(struct image *image, const struct fs_arguments *arguments)
{
	const char *name = arguments->word[1];
	FILE *from;
	bool good;

	if (!name)
		return files_write(image, arguments->word[0], stdin, "standard input");
	if (file_was_read(name))
		return image_fail_outside(name, "the image can't be put into itself");
	from = fopen(name, "rb");
	if (!from)
		return image_fail_outside(name, strerror(errno));
	good = files_write(image, arguments->word[0], from, name);
	(void)fclose(from);
	return good;
}

static int fs_write(struct image *image, const struct fs_arguments *arguments)
{
	if (!arguments->word[0])
		return command_misused("fs", "which file of the image?");
	return fs_done(image, image_open(image, arguments->image, true) &&
	                          fs_write_from(image, arguments));
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	int (*run)(struct image *image, const struct fs_arguments *arguments);
	int words; /* words after the image, at most */
} fs_verbs[] = {
    {"make", fs_make, 1}, {"check", fs_check, 0}, {"list", fs_list, 1},
    {"read", fs_read, 1}, {"write", fs_write, 2},
};

static bool fs_arguments(struct fs_arguments *arguments, int argc, char **argv)
{
	static const struct option longs[] = {{"size", required_argument, NULL, 's'},
	                                      {NULL, 0, NULL, 0}};
	int option;

	while ((option = command_option(argc, argv, "s:o:", longs)) != -1) {
		if (option == 's')
			arguments->size = optarg;
		else if (option == 'o')
			arguments->out = optarg;
		else
			return false;
	}
	return optind < argc;
}

int kumiki_fs(int argc, char **argv)
{
	static struct image image;
	struct fs_arguments arguments = {.size = NULL};

	if (argc < 2)
		return command_usage("fs");
	image.file = -1;
	for (size_t i = 0; i < sizeof(fs_verbs) / sizeof(fs_verbs[0]); i++) {
		if (strcmp(argv[1], fs_verbs[i].name) != 0)
			continue;
		if (!fs_arguments(&arguments, argc - 1, argv + 1) ||
		    argc - 1 - optind > 1 + fs_verbs[i].words)
			return command_usage("fs");
		arguments.image = argv[1 + optind];
		for (int word = 0; word < 2 && 2 + optind + word < argc; word++)
			arguments.word[word] = argv[2 + optind + word];
		return fs_verbs[i].run(&image, &arguments);
	}
	return command_unknown("fs", argv[1]);
}
