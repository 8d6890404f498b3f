/* `kumiki rtos`: checks a manifest of the RTOS, packs a system from it, shows a packed system, or
 * makes a core file of a crash that the RTOS's shell printed. */
#include <getopt.h>
#include <host/commands.h>
#include <host/output.h>
#include <host/rtos.h>
#include <lib/rtosfile.h>
#include <rtos/core.h>
#include <stdlib.h>
#include <string.h>

#define RTOS_KERNEL      "kernel.img"
#define RTOS_FOLDERS_MAX 32
#define RTOS_FILE_MAX    ((size_t)1 << 30)

struct rtos_arguments {
	struct model_options options;
	const char *folders[RTOS_FOLDERS_MAX];
	const char *kernel, *out;
};

/* Reads the words after the verb. False: they can't be understood. */
static bool rtos_arguments(struct rtos_arguments *arguments, int argc, char **argv)
{
	static const struct option longs[] = {{"kernel", required_argument, NULL, 'k'},
	                                      {NULL, 0, NULL, 0}};
	int option;

	arguments->options.include_dirs = arguments->folders;
	while ((option = command_option(argc, argv, "I:o:", longs)) != -1) {
		if (option == 'k')
			arguments->kernel = optarg;
		else if (option == 'o')
			arguments->out = optarg;
		else if (option == 'I' && arguments->options.include_dir_count < RTOS_FOLDERS_MAX)
			arguments->folders[arguments->options.include_dir_count++] =
			    command_folder(argv[0], optarg);
		else
			return false;
	}
	return optind < argc;
}

static bool rtos_check_one(const char *path, const struct model_options *options)
{
	struct rtos_system *system = rtos_load(path, options, stderr);
	struct rtos_bytes image = {NULL, 0};
	const bool good = system &&
	                  rtos_image_make(system, (struct rtos_content){NULL, 0}, &image, stderr) &&
	                  rtos_report(image.bytes, stdout);

	free(image.bytes);
	rtos_free(system);
	return good;
}

static int rtos_check(struct rtos_arguments *arguments, int argc, char **argv)
{
	bool good = true;

	if (arguments->kernel || arguments->out)
		return command_misused("rtos", "--kernel and -o are for 'pack'");
	for (int i = optind; i < argc; i++)
		good &= rtos_check_one(argv[i], &arguments->options);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool rtos_read(const char *path, struct arena *arena, struct rtos_bytes *bytes,
                      const char *remedy)
{
	char *data = NULL;
	int error = file_access_system.read(NULL, arena, path, RTOS_FILE_MAX, &data, &bytes->size);

	bytes->bytes = data;
	if (error)
		fprintf(stderr, "%s: error: can't be read: %s; %s\n", path, strerror(error),
		        remedy);
	return !error;
}

/* The kernel that was named, or the one in the folders where a manifest's files are looked for. */
static const char *rtos_kernel(const struct rtos_arguments *arguments, struct arena *arena)
{
	const struct file_search search = file_search_make(
	    arena, NULL, arguments->options.include_dirs, arguments->options.include_dir_count);
	const char *found;
	int error = 0;

	if (arguments->kernel)
		return arguments->kernel;
	found = file_search_find(&search, arena, "./", RTOS_KERNEL, &error);
	return found ? found : RTOS_KERNEL;
}

static bool rtos_pack_one(const struct rtos_arguments *arguments, const char *path,
                          struct arena *arena)
{
	const char *from = rtos_kernel(arguments, arena);
	struct rtos_bytes kernel = {NULL, 0}, file = {NULL, 0};
	struct rtos_system *system = rtos_load(path, &arguments->options, stderr);
	const bool good =
	    system && rtos_read(from, arena, &kernel, "name the kernel's image: --kernel KERNEL") &&
	    rtos_pack_make(system, &kernel, from, &file, stderr) &&
	    output_write(arguments->out, file.bytes, file.size, stderr);

	free(file.bytes);
	rtos_free(system);
	return good;
}

static int rtos_pack(struct rtos_arguments *arguments, int argc, char **argv)
{
	struct arena arena = {0};
	bool good;

	if (optind != argc - 1)
		return command_misused("rtos", "a system is packed from one manifest");
	if (!arguments->out)
		return command_misused("rtos", "where to? name the file: -o OUT");
	good = rtos_pack_one(arguments, argv[optind], &arena);
	arena_free(&arena);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool rtos_show_one(const char *path, struct arena *arena)
{
	struct rtos_bytes file = {NULL, 0};
	const struct rtos_image *image;
	const char *why;

	if (!rtos_read(path, arena, &file, "give it the image that 'kumiki rtos pack' wrote"))
		return false;
	if (rtosfile_find(file.bytes, file.size, &image, &why))
		return rtos_report_file(&file, image, stdout);
	fprintf(stderr, "%s: error: %s\n", path, why);
	return false;
}

static int rtos_show(struct rtos_arguments *arguments, int argc, char **argv)
{
	struct arena arena = {0};
	bool good;

	if (optind != argc - 1 || arguments->kernel || arguments->out ||
	    arguments->options.include_dir_count)
		return command_misused("rtos", "'show' takes a packed image and nothing else");
	good = rtos_show_one(argv[optind], &arena);
	arena_free(&arena);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool rtos_core_one(const char *path, const char *out, struct arena *arena)
{
	struct rtos_bytes log = {NULL, 0}, core;
	struct rtos_crash *crash;
	const char *why;
	bool good;

	if (!rtos_read(path, arena, &log,
	               "give it the lines that the shell's command 'core' "
	               "printed"))
		return false;
	crash = core_find(log.bytes, &why);
	if (!crash) {
		fprintf(stderr, "%s: error: it %s\n", path, why);
		return false;
	}
	core = core_make(crash);
	good = core.bytes && output_write(out, core.bytes, core.size, stderr);
	free(core.bytes);
	free(crash);
	return good;
}

static int rtos_core(struct rtos_arguments *arguments, int argc, char **argv)
{
	struct arena arena = {0};
	bool good;

	if (optind != argc - 1 || !arguments->out || arguments->kernel ||
	    arguments->options.include_dir_count)
		return command_misused("rtos", "'core' takes one log, and writes to -o OUT");
	good = rtos_core_one(argv[optind], arguments->out, &arena);
	arena_free(&arena);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int kumiki_rtos(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct rtos_arguments *arguments, int argc, char **argv);
	} verbs[] = {
	    {"check", rtos_check}, {"pack", rtos_pack}, {"show", rtos_show}, {"core", rtos_core}};
	struct rtos_arguments arguments = {.kernel = NULL};
	char whole[sizeof("kumiki rtos check")];

	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name)) {
			(void)snprintf(whole, sizeof(whole), "kumiki rtos %s", argv[1]);
			argv[1] = whole;
			return rtos_arguments(&arguments, argc - 1, argv + 1)
			           ? verbs[i].run(&arguments, argc - 1, argv + 1)
			           : command_usage("rtos");
		}
	return argc > 1 && argv[1][0] != '-'
	           ? command_unknown("rtos", argv[1])
	           : command_misused("rtos", "say first what to do: check, pack, show or core");
}
