/* `kumiki console`: attaches to the consoles of a running system. See docs/console.md. */
#include <console/session.h>
#include <getopt.h>
#include <host/commands.h>

static struct session console_session;

int kumiki_console(int argc, char **argv)
{
	static const struct option longs[] = {{"partition", required_argument, NULL, 'p'},
	                                      {"raw", no_argument, NULL, 'r'},
	                                      {"log", required_argument, NULL, 'l'},
	                                      {"command", required_argument, NULL, 'c'},
	                                      {"look", no_argument, NULL, 'k'},
	                                      {NULL, 0, NULL, 0}};
	static const char *lines[COMMAND_LINES_MAX];
	struct session_options options = {0};
	size_t count = 0;
	int option;

	while ((option = command_option(argc, argv, "", longs)) != -1) {
		if (option == 'p')
			options.partition = optarg;
		else if (option == 'r')
			options.raw = true;
		else if (option == 'k')
			options.look = true;
		else if (option == 'l')
			options.log = optarg;
		else if (option == 'c' && count < COMMAND_LINES_MAX)
			lines[count++] = optarg;
		else
			return command_usage("console");
	}
	if (optind != argc - 1)
		return command_usage("console");
	if (options.raw && !options.partition)
		return command_misused("console", "--raw is for one console; name its partition: "
		                                  "--partition NAME");
	if (count && (options.partition || options.log))
		return command_misused("console", "--command shows its answer alone; leave "
		                                  "--partition and --log out");
	if (count) {
		struct command_way way = {"console", stdout, stderr, COMMAND_SILENCE_MS};

		return command_run(argv[optind], lines, count, &way);
	}
	return session_run(&console_session, argv[optind], &options);
}
