/*
 * `kumiki page`: becomes the keeper, the program that serves the page of a machine. The keeper is a
 * program of its own, as it has an HTTP library. See docs/page.md.
 */
#include <getopt.h>
#include <host/commands.h>
#include <host/keeper.h>
#include <stddef.h>

int kumiki_page(int argc, char **argv)
{
	static const struct option longs[] = {{"port", required_argument, NULL, 'p'},
	                                      {NULL, 0, NULL, 0}};
	const char *port = "0";
	int option;

	while ((option = command_option(argc, argv, "", longs)) != -1) {
		if (option != 'p')
			return command_usage("page");
		port = optarg;
	}
	if (optind != argc - 1)
		return command_usage("page");
	return keeper_become("page", port, argv[optind]);
}
