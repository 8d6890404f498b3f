/*
 * `kumiki top`: shows again and again how the cores of a running system are used. The system makes
 * the table by its own `top` command, and this command shows it on the screen.
 */
#include <console/session.h>
#include <getopt.h>
#include <host/commands.h>
#include <stdlib.h>
#include <unistd.h>

#define TOP_SECONDS_MAX 30 /* the most that the system takes */

int kumiki_top(int argc, char **argv)
{
	static const struct option longs[] = {{"once", no_argument, NULL, 'o'},
	                                      {"seconds", required_argument, NULL, 's'},
	                                      {"json", no_argument, NULL, 'j'},
	                                      {NULL, 0, NULL, 0}};
	struct command_way way = {"top", stdout, stderr, COMMAND_SILENCE_MS};
	char line[32], *end = NULL;
	bool once = false, json = false;
	long seconds = 1;
	int option;

	while ((option = command_option(argc, argv, "", longs)) != -1) {
		if (option == 'o')
			once = true;
		else if (option == 'j')
			json = true;
		else if (option == 's')
			seconds = strtol(optarg, &end, 10);
		else
			return command_usage("top");
	}
	if (optind != argc - 1)
		return command_usage("top");
	if ((end && *end) || seconds < 1 || seconds > TOP_SECONDS_MAX)
		return command_misused("top", "--seconds is a whole number from 1 to 30");
	snprintf(line, sizeof(line), "top %ld%s", seconds, json ? " --json" : "");
	if (once)
		return command_run(argv[optind], (const char *const[]){line}, 1, &way);
	return command_watch(argv[optind], line, !json && isatty(STDOUT_FILENO) != 0, &way);
}
