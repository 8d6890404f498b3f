/* `kumiki gdb`: a partition of a running system for gdb. See docs/debugging.md. */
#include <arpa/inet.h>
#include <errno.h>
#include <gdb/session.h>
#include <getopt.h>
#include <host/commands.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct session_gdb gdb_session;

static int gdb_failed(const char *what)
{
	fprintf(stderr, "kumiki gdb: %s: %s\n", what, strerror(errno));
	return -1;
}

/* Listens only for programs on this machine, as there is no authentication. */
static int gdb_listen(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_port = htons(port),
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0)
		return gdb_failed("no socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (const struct sockaddr *)&address, size) != 0 ||
	    listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
		(void)gdb_failed("cannot listen on this port; choose another one, or 0");
		close(listener);
		return -1;
	}
	fprintf(stderr, "kumiki gdb: in gdb: target remote 127.0.0.1:%u\n",
	        ntohs(address.sin_port));
	return listener;
}

static int gdb_accept(int listener)
{
	int on = 1, file = -1;

	if (session_gdb_wait(&gdb_session, listener))
		file = accept(listener, NULL, NULL);
	close(listener);
	if (file >= 0)
		setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return file;
}

static bool gdb_serve_port(uint16_t port)
{
	int file, listener = gdb_listen(port);
	bool good;

	if (listener < 0)
		return false;
	file = gdb_accept(listener);
	if (file < 0)
		return false;
	good = session_gdb_serve(&gdb_session, file, file);
	close(file);
	return good;
}

static bool gdb_port(const char *text, long *port)
{
	char *end;

	*port = strtol(text, &end, 10);
	return *text != 0 && *end == 0 && *port >= 0 && *port <= UINT16_MAX;
}

int kumiki_gdb(int argc, char **argv)
{
	static const struct option longs[] = {{"port", required_argument, NULL, 'p'},
	                                      {NULL, 0, NULL, 0}};
	long port = -1;
	int option;
	bool good;

	while ((option = command_option(argc, argv, "", longs)) != -1)
		if (option != 'p')
			return command_usage("gdb");
		else if (!gdb_port(optarg, &port))
			return command_misused("gdb", "--port wants a number from 0 to 65535");
	if (optind != argc - 2)
		return command_usage("gdb");
	if (port < 0 && isatty(STDIN_FILENO)) {
		fputs(
		    "kumiki gdb: standard input is a terminal, not gdb; give --port 0, or in gdb: "
		    "target remote | kumiki gdb NAME LINK\n",
		    stderr);
		return COMMAND_USAGE;
	}
	signal(SIGPIPE, SIG_IGN); /* gdb may end at any moment */
	/* Ctrl-C in gdb's terminal is for gdb, which sends it on as a byte. */
	if (port < 0)
		signal(SIGINT, SIG_IGN);
	good = session_gdb_open(&gdb_session, argv[optind], argv[optind + 1], stderr) &&
	       (port < 0 ? session_gdb_serve(&gdb_session, STDIN_FILENO, STDOUT_FILENO)
	                 : gdb_serve_port((uint16_t)port));
	session_gdb_close(&gdb_session);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
