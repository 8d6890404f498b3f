/*
 * `kumiki-keeper`: the page for a machine that runs (docs/page.md). One thread, one poll() over the
 * door's file and the back end's. `kumiki page` and `kumiki run --page` start it.
 */
#include <getopt.h>
#include <keeper/door.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define MAIN_TURN_MS 250  /* at most, for things that only time brings */
#define MAIN_LAST_MS 1000 /* so long clients can read that the machine is gone */
#define MAIN_USAGE   2

struct main_keeper {
	struct back *back;
	struct events events;
	struct picture picture;
	struct door door;
};

static struct main_keeper main_keeper;
static volatile sig_atomic_t main_ended;

static void main_signal(int number)
{
	(void)number;
	main_ended = 1;
}

static void main_signals(void)
{
	struct sigaction action = {.sa_handler = main_signal};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int64_t main_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void main_wait(const struct main_keeper *keeper, bool machine)
{
	struct pollfd files[1 + BACK_FILES];
	const int wanted = door_wait(&keeper->door);
	int wait = wanted >= 0 && wanted < MAIN_TURN_MS ? wanted : MAIN_TURN_MS;
	nfds_t count = 1;

	files[0] = (struct pollfd){.fd = door_file(&keeper->door), .events = POLLIN};
	if (machine)
		count += back_files(keeper->back, files + 1);
	if (machine && back_is_busy(keeper->back))
		wait = 0;
	(void)poll(files, count, wait);
}

/* Serves until the machine is gone, or the program is asked to end. Then clients get the time to
 * read why. */
static void main_serve(struct main_keeper *keeper)
{
	int64_t last = 0, now = main_now();

	while (!main_ended && (last == 0 || now < last)) {
		if (last == 0 && !back_turn(keeper->back, now)) {
			last = now + MAIN_LAST_MS;
			door_over(&keeper->door, back_why(keeper->back));
		}
		if (last == 0)
			picture_turn(&keeper->picture, now);
		door_turn(&keeper->door, now);
		main_wait(keeper, last == 0);
		now = main_now();
	}
}

/* A machine that was seen, and goes off, is no failure. */
static int main_run(struct main_keeper *keeper, const char *link, uint16_t port)
{
	const struct back_listener listener = {&keeper->picture, picture_news, picture_printed};
	bool seen;

	keeper->back = back_open(link, &listener, stderr);
	if (keeper->back == NULL)
		return EXIT_FAILURE;
	events_start(&keeper->events);
	picture_start(&keeper->picture, keeper->back, &keeper->events, main_now());
	if (!door_open(&keeper->door, port, &keeper->picture, main_now(), stderr))
		return EXIT_FAILURE;
	main_signals();
	printf("page: http://127.0.0.1:%u/#%s\n", keeper->door.port, keeper->door.key);
	fflush(stdout);
	main_serve(keeper);
	seen = main_ended || keeper->picture.list != NULL;
	if (!seen)
		fprintf(stderr, "kumiki-keeper: %s\n", back_why(keeper->back));
	door_end(&keeper->door);
	back_close(keeper->back);
	door_close(&keeper->door);
	picture_free(&keeper->picture);
	events_free(&keeper->events);
	return seen ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int main_usage(void)
{
	fputs("usage: kumiki-keeper [--port PORT] LINK\n'kumiki help page' says more\n", stderr);
	return MAIN_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"port", required_argument, NULL, 'p'},
	                                      {NULL, 0, NULL, 0}};
	char *end = NULL;
	long port = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option != 'p')
			return main_usage();
		port = strtol(optarg, &end, 10);
		if (*optarg == '\0' || *end != '\0' || port < 0 || port > UINT16_MAX) {
			fputs("kumiki-keeper: --port is from 0 to 65535; 0 is a free one\n",
			      stderr);
			return MAIN_USAGE;
		}
	}
	if (optind != argc - 1)
		return main_usage();
	return main_run(&main_keeper, argv[optind], (uint16_t)port);
}
