/*
 * `kumiki page`: becomes the keeper, the program that serves the page of a machine. The keeper is a
 * program of its own, as it has an HTTP library; it reads the options' values itself. See
 * docs/page.md.
 */
#include <getopt.h>
#include <host/commands.h>
#include <host/keeper.h>
#include <stddef.h>

int kumiki_page(int argc, char **argv)
{
	static const struct option longs[] = {{"port", required_argument, NULL, 'v'},
	                                      {"users", required_argument, NULL, 'v'},
	                                      {"at", required_argument, NULL, 'v'},
	                                      {"tls", required_argument, NULL, 'v'},
	                                      {"certificate", required_argument, NULL, 'v'},
	                                      {"key", required_argument, NULL, 'v'},
	                                      {"clients", required_argument, NULL, 'v'},
	                                      {"log", required_argument, NULL, 'v'},
	                                      {"mqtt", required_argument, NULL, 'v'},
	                                      {"mqtt-node", required_argument, NULL, 'v'},
	                                      {"mqtt-ca", required_argument, NULL, 'v'},
	                                      {"mqtt-login", required_argument, NULL, 'v'},
	                                      {"mqtt-commands", required_argument, NULL, 'v'},
	                                      {NULL, 0, NULL, 0}};
	int option;

	while ((option = command_option(argc, argv, "", longs)) != -1)
		if (option != 'v')
			return command_usage("page");
	if (optind != argc - 1)
		return command_usage("page");
	return keeper_become("page", "kumiki-keeper", argv);
}
