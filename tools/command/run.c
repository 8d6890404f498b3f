/*
 * `kumiki run`: packs a system and becomes QEMU with it. Nothing is left behind: the packed image
 * is a file without a name unless -o gives it one.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <host/commands.h>
#include <host/files.h>
#include <host/pack.h>
#include <host/show.h>
#include <run/machine.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define RUN_IMAGE_MAX ((size_t)4 << 30)

struct run_arguments {
	struct model_options options;
	const char *file, *frame, *out;
	bool print, packed;
	struct machine_options machine;
};

enum { RUN_FRAME = 256, RUN_PRINT, RUN_ICOUNT, RUN_THREADS, RUN_LINK, RUN_NO_PACK };

static const struct option run_options[] = {{"frame", required_argument, NULL, RUN_FRAME},
                                            {"print", no_argument, NULL, RUN_PRINT},
                                            {"icount", no_argument, NULL, RUN_ICOUNT},
                                            {"smp-threads", no_argument, NULL, RUN_THREADS},
                                            {"link", required_argument, NULL, RUN_LINK},
                                            {"no-pack", required_argument, NULL, RUN_NO_PACK},
                                            {NULL, 0, NULL, 0}};

/* Counted cores take turns, and threads don't: the two options exclude each other. */
static bool run_timing(struct run_arguments *arguments, enum machine_timing timing)
{
	if (arguments->machine.timing != MACHINE_FREE && arguments->machine.timing != timing) {
		fputs("kumiki run: --icount and --smp-threads exclude each other; leave one out\n",
		      stderr);
		return false;
	}
	arguments->machine.timing = timing;
	return true;
}

/* True if a machine listens there: a connection shows it, and does the machine no harm. */
static bool run_link_is_used(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	bool used;
	int file;

	if (strlen(path) >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, strlen(path) + 1);
	file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (file < 0)
		return false;
	used = connect(file, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
	       errno == EAGAIN;
	close(file);
	return used;
}

/* QEMU's socket replaces any file of that name: a file would be lost, and another machine out of
 * reach. An ended machine's socket may go. */
static bool run_link_is_free(const char *path)
{
	struct stat status;
	const char *what;

	if (lstat(path, &status) != 0)
		return true;
	if (!S_ISSOCK(status.st_mode))
		what = "is there already, and is no socket";
	else if (run_link_is_used(path))
		what = "is the link of a machine that runs";
	else
		return true;
	fprintf(stderr, "kumiki run: '%s' %s; choose another name behind --link\n", path, what);
	return false;
}

static bool run_option(struct run_arguments *arguments, const char **folders, int option)
{
	switch (option) {
	case 'I':
		folders[arguments->options.include_dir_count++] = optarg;
		return true;
	case 'o':
		arguments->out = optarg;
		return true;
	case RUN_FRAME:
		arguments->frame = optarg;
		return true;
	case RUN_PRINT:
		arguments->print = true;
		return true;
	case RUN_ICOUNT:
		return run_timing(arguments, MACHINE_COUNTED);
	case RUN_THREADS:
		return run_timing(arguments, MACHINE_THREADS);
	case RUN_LINK:
		arguments->machine.console = MACHINE_SOCKET;
		arguments->machine.socket = optarg;
		return true;
	case RUN_NO_PACK:
		arguments->packed = true;
		arguments->out = optarg;
		return true;
	default:
		return false;
	}
}

/* How many of the words are ours: words behind "--" are QEMU's. */
static int run_own_words(int argc, char **argv)
{
	int own = 1;

	while (own < argc && strcmp(argv[own], "--") != 0)
		own++;
	return own;
}

static bool run_arguments(struct run_arguments *arguments, const char **folders, int argc,
                          char **argv)
{
	int own = run_own_words(argc, argv), option;

	arguments->options.include_dirs = folders;
	arguments->machine.console = isatty(STDIN_FILENO) ? MACHINE_TERMINAL : MACHINE_STREAM;
	if (own < argc)
		arguments->machine.extra = (const char *const *)argv + own + 1;
	while ((option = getopt_long(own, argv, "I:o:", run_options, NULL)) != -1)
		if (!run_option(arguments, folders, option))
			return false;
	arguments->file = argv[optind];
	return optind == own - 1;
}

static bool run_error(const char *what, const char *path)
{
	fprintf(stderr, "kumiki run: %s '%s': %s\n", what, path, strerror(errno));
	return false;
}

/* Packs into a file that has a name only until it is open; QEMU finds it as /dev/fd/N. */
static const char *run_pack_nameless(const struct run_arguments *arguments,
                                     const struct model *model, struct arena *arena)
{
	const char *top = getenv("TMPDIR");
	char *folder = arena_format(arena, "%s/kumiki-XXXXXX", top ? top : "/tmp");
	const char *path;
	int file = -1;

	if (!mkdtemp(folder)) {
		fprintf(stderr,
		        "kumiki run: cannot make a folder like '%s': %s; give $TMPDIR a folder "
		        "where you may write, or keep the image with -o\n",
		        folder, strerror(errno));
		return NULL;
	}
	path = arena_format(arena, "%s/system.img", folder);
	if (pack_write(model, &arguments->options, arguments->frame, path, stderr)) {
		file = open(path, O_RDONLY);
		if (file < 0)
			run_error("cannot open", path);
		unlink(path);
	}
	rmdir(folder);
	return file < 0 ? NULL : arena_format(arena, "/dev/fd/%d", file);
}

/* Checks the image of --no-pack: QEMU would start any file, without a word. */
static const char *run_packed(const char *path, struct arena *arena)
{
	struct show_image image = {0};
	char *bytes = NULL;
	size_t size = 0;
	int error = file_access_system.read(NULL, arena, path, RUN_IMAGE_MAX, &bytes, &size);

	if (error == 0 && show_open(&image, bytes, size))
		return path;
	fprintf(stderr,
	        "kumiki run: --no-pack %s: %s; give it the image that 'kumiki pack' "
	        "wrote\n",
	        path, error != 0 ? strerror(error) : image.fault);
	return NULL;
}

static const char *run_image(const struct run_arguments *arguments, const struct model *model,
                             struct arena *arena)
{
	if (arguments->packed)
		return run_packed(arguments->out, arena);
	if (arguments->print)
		return arguments->out ? arguments->out : arena_format(arena, "%s.img", model->name);
	if (!arguments->out)
		return run_pack_nameless(arguments, model, arena);
	return pack_write(model, &arguments->options, arguments->frame, arguments->out, stderr)
	           ? arguments->out
	           : NULL;
}

static void run_start(char *const *command, const struct run_arguments *arguments)
{
	if (arguments->machine.console == MACHINE_TERMINAL)
		fputs("Ctrl-] ? lists the consoles, Ctrl-] 1..8 chooses one; "
		      "Ctrl-A x ends the machine\n",
		      stderr);
	fflush(NULL);
	execvp(command[0], command);
	fprintf(stderr, "kumiki run: cannot start '%s': %s; install Debian's qemu-system-arm\n",
	        command[0], strerror(errno));
}

/* Returns only if the machine was not started. */
static int run_model(struct run_arguments *arguments, const struct model *model,
                     struct arena *arena)
{
	char **command;

	if (!arguments->print && arguments->machine.socket &&
	    !run_link_is_free(arguments->machine.socket))
		return EXIT_FAILURE;
	arguments->machine.image = run_image(arguments, model, arena);
	if (!arguments->machine.image)
		return EXIT_FAILURE;
	command = machine_command(model, &arguments->machine, arena, stderr);
	if (!command)
		return EXIT_FAILURE;
	if (arguments->print) {
		machine_print(command, stdout);
		return EXIT_SUCCESS;
	}
	run_start(command, arguments);
	return EXIT_FAILURE;
}

int kumiki_run(int argc, char **argv)
{
	struct run_arguments arguments = {0};
	struct arena arena = {0};
	const char **folders = arena_array(&arena, (size_t)argc, sizeof(*folders));
	int status = EXIT_FAILURE;

	if (!run_arguments(&arguments, folders, argc, argv)) {
		arena_free(&arena);
		return command_usage("run");
	}
	struct model *model = model_load(arguments.file, &arguments.options, stderr);
	if (model) {
		status = run_model(&arguments, model, &arena);
		model_free(model);
	}
	arena_free(&arena);
	return status;
}
