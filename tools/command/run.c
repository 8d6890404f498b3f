/*
 * `kumiki run`: packs a system and becomes QEMU with it. It leaves nothing behind: without -o, the
 * packed image is a file without a name. With --link or --page, a hub beside QEMU has the UART.
 */
#include <console/session.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <host/commands.h>
#include <host/files.h>
#include <host/hub.h>
#include <host/keeper.h>
#include <host/pack.h>
#include <host/show.h>
#include <run/machine.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_IMAGE_MAX ((size_t)4 << 30)
#define RUN_PATIENCE  "6" /* the machine has just been started, and may be large */

struct run_arguments {
	struct model_options options;
	const char *file, *frame, *out;
	bool print, packed;
	struct hub_door
	    doors[HUB_DOORS_MAX]; /* the hub's, with --link; the last one is the page's */
	size_t door_count;
	bool page;
	struct machine_options machine;
};

static struct session run_session;

enum { RUN_FRAME = 256, RUN_PRINT, RUN_ICOUNT, RUN_THREADS, RUN_LINK, RUN_PAGE, RUN_NO_PACK };

static const struct option run_options[] = {{"frame", required_argument, NULL, RUN_FRAME},
                                            {"print", no_argument, NULL, RUN_PRINT},
                                            {"icount", no_argument, NULL, RUN_ICOUNT},
                                            {"smp-threads", no_argument, NULL, RUN_THREADS},
                                            {"link", required_argument, NULL, RUN_LINK},
                                            {"page", no_argument, NULL, RUN_PAGE},
                                            {"no-pack", required_argument, NULL, RUN_NO_PACK},
                                            {NULL, 0, NULL, 0}};

/* Counted cores take turns, but cores with threads don't. So the two options exclude each other. */
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

/* Takes a --link. What its socket's clients may do stands after the colon. */
static bool run_link(struct run_arguments *arguments)
{
	const char *fault = "at most eight sockets; leave some --link out";

	if (arguments->door_count < HUB_DOORS)
		fault = hub_door_of(&arguments->doors[arguments->door_count++], optarg);
	if (fault)
		fprintf(stderr, "kumiki run: --link: %s\n", fault);
	return fault == NULL;
}

static bool run_option(struct run_arguments *arguments, const char **folders, int option)
{
	switch (option) {
	case 'I':
		folders[arguments->options.include_dir_count++] =
		    command_folder("kumiki run", optarg);
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
		return run_link(arguments);
	case RUN_PAGE:
		arguments->page = true;
		return true;
	case RUN_NO_PACK:
		arguments->packed = true;
		arguments->out = optarg;
		return true;
	default:
		return false;
	}
}

/* How many of the words are for this command: the words after "--" are for QEMU. */
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
	while ((option = command_option(own, argv, "I:o:", run_options)) != -1)
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

/* Packs into a file that has a name only until it is open. QEMU finds the file as /dev/fd/N. */
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

/* Checks the image of --no-pack, as QEMU would start any file without a complaint. */
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

/* The image that a printed command names. Nothing is packed for this. */
static const char *run_printed(const struct run_arguments *arguments, const struct model *model,
                               struct arena *arena)
{
	const char *path =
	    arguments->out ? arguments->out : arena_format(arena, "%s.img", model->name);

	if (!pack_is_written(model, &arguments->options, arguments->frame, path, stderr))
		fprintf(stderr,
		        "kumiki run: --print packs nothing, and '%s' isn't this system's image; "
		        "before you start the command, make it: kumiki pack %s -o %s\n",
		        path, arguments->file, path);
	return path;
}

static const char *run_image(const struct run_arguments *arguments, const struct model *model,
                             struct arena *arena)
{
	if (arguments->packed)
		return run_packed(arguments->out, arena);
	if (arguments->print)
		return run_printed(arguments, model, arena);
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
	if (arguments->door_count)
		fprintf(stderr,
		        "attach: kumiki console %s; top, trace, gdb and scripts, too, at once\n",
		        arguments->doors[0].path);
	fflush(NULL);
	execvp(command[0], command);
	fprintf(stderr, "kumiki run: cannot start '%s': %s; install Debian's qemu-system-arm\n",
	        command[0], strerror(errno));
}

/* ---- the hub, and the page ---- */

/* Makes the socket for the page. Only this user may use it. */
static bool run_page_door(struct run_arguments *arguments, struct arena *arena)
{
	struct hub_door *door = &arguments->doors[arguments->door_count];
	const char *folder = getenv("XDG_RUNTIME_DIR");
	mode_t mask;
	bool opened;

	if (!folder || !*folder || access(folder, W_OK | X_OK) != 0)
		folder = getenv("TMPDIR");
	*door = (struct hub_door){.rights = LINK_LOOK | LINK_TYPE | LINK_ORDER, .listener = -1};
	door->path = arena_format(arena, "%s/kumiki-%ld.link", folder && *folder ? folder : "/tmp",
	                          (long)getpid());
	mask = umask(S_IXUSR | S_IRWXG | S_IRWXO);
	opened = hub_open(door, "run", "XDG_RUNTIME_DIR= or TMPDIR=, where --page has its socket",
	                  stderr);
	umask(mask);
	arguments->door_count += opened;
	return opened;
}

static bool run_doors(struct run_arguments *arguments, struct arena *arena)
{
	if (!hub_open_all(arguments->doors, arguments->door_count, "run", "--link", stderr))
		return false;
	if (!arguments->page || run_page_door(arguments, arena))
		return true;
	for (size_t i = 0; i < arguments->door_count; i++)
		hub_close(&arguments->doors[i]);
	return false;
}

/* Gives QEMU's UART to a hub, and makes the clients' sockets. The hub ends when this process ends,
 * whether that is QEMU or not. A printed command line is for a person without a hub, so there QEMU
 * has the socket. */
static bool run_hub(struct run_arguments *arguments, struct arena *arena)
{
	struct machine_options *machine = &arguments->machine;

	if (arguments->door_count == 0 && (!arguments->page || arguments->print))
		return true;
	machine->socket = arguments->doors[0].path;
	machine->console = arguments->print ? MACHINE_SOCKET : MACHINE_FILE;
	if (arguments->print)
		return true;
	if (!run_doors(arguments, arena))
		return false;
	machine->file = hub_beside(arguments->doors, arguments->door_count, "run", stderr);
	return machine->file >= 0;
}

/* Starts QEMU as a process of its own, without this terminal. It ends with this process. */
static pid_t run_apart(char *const *command, const struct run_arguments *arguments)
{
	const pid_t process = fork();
	const int nothing = open("/dev/null", O_RDONLY);

	if (process == 0) {
		(void)setpgid(0, 0);
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)dup2(nothing, STDIN_FILENO);
		run_start(command, arguments);
		_exit(EXIT_FAILURE);
	}
	close(nothing);
	close(arguments->machine.file);
	if (process < 0)
		fprintf(stderr, "kumiki run: cannot start QEMU: %s\n", strerror(errno));
	return process;
}

/* With a page, the terminal is a client of the hub like others: the console. When the person leaves
 * it, the machine ends. */
static int run_attached(char *const *command, const struct run_arguments *arguments)
{
	static const struct session_options options;
	const pid_t process = run_apart(command, arguments);
	int status;

	if (process < 0)
		return EXIT_FAILURE;
	(void)setenv("KUMIKI_PATIENCE", RUN_PATIENCE, 0);
	fputs("Ctrl-] ? lists the consoles, Ctrl-] 1..8 chooses one; Ctrl-] q ends the machine\n",
	      stderr);
	status =
	    session_run(&run_session, arguments->doors[arguments->door_count - 1].path, &options);
	(void)kill(process, SIGTERM);
	(void)kill(process, SIGCONT); /* a stopped one doesn't end before */
	(void)waitpid(process, NULL, 0);
	return status;
}

/* Returns only if QEMU wasn't started. */
static int run_model(struct run_arguments *arguments, const struct model *model,
                     struct arena *arena)
{
	char **command;

	const bool person = arguments->machine.console == MACHINE_TERMINAL;

	if (!run_hub(arguments, arena))
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
	/* The page's address is printed when nothing but QEMU itself can fail any more. */
	if (arguments->page &&
	    !keeper_beside("run", arguments->doors[arguments->door_count - 1].path))
		return EXIT_FAILURE;
	if (arguments->page && person)
		return run_attached(command, arguments);
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
	arguments.options.wants_frame = arguments.frame == NULL && !arguments.packed;
	struct model *model = model_load(arguments.file, &arguments.options, stderr);
	if (model) {
		status = run_model(&arguments, model, &arena);
		model_free(model);
	}
	arena_free(&arena);
	return status;
}
