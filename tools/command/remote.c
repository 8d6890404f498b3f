/*
 * `kumiki remote`: becomes the program that asks the page of a machine on another host
 * (keeper/remote). It is a program of its own for the libraries that it needs, and reads the
 * options' values itself.
 */
#include <getopt.h>
#include <host/commands.h>
#include <host/keeper.h>
#include <stddef.h>

int kumiki_remote(int argc, char **argv)
{
	static const struct option longs[] = {{"user", required_argument, NULL, 'v'},
	                                      {"password", required_argument, NULL, 'v'},
	                                      {"fingerprint", required_argument, NULL, 'v'},
	                                      {"core", required_argument, NULL, 'v'},
	                                      {"off", no_argument, NULL, 'v'},
	                                      {NULL, 0, NULL, 0}};
	int option;

	while ((option = command_option(argc, argv, "", longs)) != -1)
		if (option != 'v')
			return command_usage("remote");
	if (argc - optind < 2 || argc - optind > 3)
		return command_usage("remote");
	return keeper_become("remote", "kumiki-remote", argv);
}
