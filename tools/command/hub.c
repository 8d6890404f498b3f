/* `kumiki hub`: one link for many clients, with rights for each. See docs/console.md. */
#include <getopt.h>
#include <host/commands.h>
#include <host/hub.h>
#include <host/link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hub_arguments {
	struct hub_door doors[HUB_DOORS];
	size_t count;
};

static int hub_run(struct hub_arguments *arguments, const char *path)
{
	struct link link;
	bool opened;

	if (!link_open(&link, path, stderr))
		return EXIT_FAILURE;
	opened = hub_open_all(arguments->doors, arguments->count, "hub", "--at", stderr);
	if (opened)
		hub_serve(dup(link.input), arguments->doors, arguments->count,
		          "the machine is off, or its line was closed");
	link_close(&link, false);
	return opened ? EXIT_SUCCESS : EXIT_FAILURE;
}

int kumiki_hub(int argc, char **argv)
{
	static const struct option longs[] = {{"at", required_argument, NULL, 'a'},
	                                      {NULL, 0, NULL, 0}};
	struct hub_arguments arguments = {.count = 0};
	const char *fault;
	int option;

	while ((option = command_option(argc, argv, "", longs)) != -1) {
		if (option != 'a')
			return command_usage("hub");
		fault = arguments.count == HUB_DOORS
		            ? "at most eight sockets; leave some --at out"
		            : hub_door_of(&arguments.doors[arguments.count++], optarg);
		if (fault)
			return command_misused("hub", fault);
	}
	if (optind != argc - 1)
		return command_usage("hub");
	if (arguments.count == 0)
		return command_misused("hub", "where to? name a socket: --at PATH");
	if (strcmp(argv[optind], "-") == 0)
		return command_misused("hub", "LINK is a socket or a device here; name it");
	return hub_run(&arguments, argv[optind]);
}
