/*
 * `kumiki-keeper`: the page for a machine that runs (docs/page.md). One thread, one poll() over the
 * door's file and the back end's. `kumiki page` and `kumiki run --page` start it.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <keeper/fleet.h>
#include <keeper/log.h>
#include <keeper/login.h>
#include <keeper/tls.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAIN_TURN_MS 250  /* at most, for things that only time brings */
#define MAIN_LAST_MS 1000 /* so long clients can read that the machine is gone */
#define MAIN_USAGE   2
#define MAIN_MADE    "page.pem" /* the key and certificate that are made */
#define MAIN_HOST    256

struct main_arguments {
	const char *port, *users, *at, *tls, *certificate, *key, *clients, *log, *link;
	const char *first, *mqtt;
	struct door_place place;
	struct fleet_place fleet;
	char address[DOOR_ADDRESS_SIZE], broker[DOOR_ADDRESS_SIZE];
};

struct main_keeper {
	struct back *back;
	struct events events;
	struct picture picture;
	struct login login;
	struct tls tls;
	struct door door;
	struct log log;
	struct fleet fleet;
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

static int64_t main_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t main_now(void)
{
	return main_clock(CLOCK_MONOTONIC);
}

/* From the time that counts suspends to the local time, which has the rhythm of people. */
static int64_t main_local(void)
{
	const time_t now = time(NULL);
	struct tm local = {0};

	localtime_r(&now, &local);
	return main_clock(CLOCK_REALTIME) + 1000 * (int64_t)local.tm_gmtoff -
	       main_clock(CLOCK_BOOTTIME);
}

static void main_wait(const struct main_keeper *keeper, bool machine)
{
	struct pollfd files[2 + BACK_FILES];
	const int wanted = door_wait(&keeper->door);
	int wait = wanted >= 0 && wanted < MAIN_TURN_MS ? wanted : MAIN_TURN_MS;
	nfds_t count = 1;

	files[0] = (struct pollfd){.fd = door_file(&keeper->door), .events = POLLIN};
	count += mqtt_files(&keeper->fleet.mqtt, files + count);
	if (machine)
		count += back_files(keeper->back, files + count);
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
		keeper->picture.slept = main_clock(CLOCK_BOOTTIME) - main_now();
		keeper->picture.local = main_local();
		if (last == 0 && !back_turn(keeper->back, now)) {
			last = now + MAIN_LAST_MS;
			door_over(&keeper->door, back_why(keeper->back));
		}
		if (last == 0)
			picture_turn(&keeper->picture, now);
		log_turn(&keeper->log, now);
		fleet_turn(&keeper->fleet, now);
		door_turn(&keeper->door, now);
		main_wait(keeper, last == 0);
		now = main_now();
	}
}

/* The key and certificate: the user's own, or those that are made in his folder. */
static bool main_secure(struct main_keeper *keeper, const struct main_arguments *arguments)
{
	const char *slash = strrchr(arguments->users, '/');
	const char *own = arguments->certificate;
	char *made = NULL;
	bool good;

	if (own != NULL)
		return tls_open(&keeper->tls, own, arguments->key != NULL ? arguments->key : own,
		                NULL, stderr);
	if (arguments->tls != NULL
	        ? asprintf(&made, "%s/" MAIN_MADE, arguments->tls) < 0
	        : asprintf(&made, "%.*s" MAIN_MADE,
	                   slash != NULL ? (int)(slash + 1 - arguments->users) : 0,
	                   arguments->users) < 0)
		return false;
	good = tls_open(&keeper->tls, made, made,
	                arguments->place.address != NULL ? arguments->place.address : "127.0.0.1",
	                stderr);
	free(made);
	return good;
}

static void main_print(const struct main_keeper *keeper, const struct door_place *place)
{
	const char *address = place->address != NULL ? place->address : "127.0.0.1";
	const bool six = strchr(address, ':') != NULL;
	char host[MAIN_HOST] = "";

	if (place->login == NULL) {
		printf("page: http://127.0.0.1:%u/#%s\n", keeper->door.port, keeper->door.key);
	} else {
		if (strcmp(address, "0.0.0.0") != 0 && strcmp(address, "::") != 0)
			snprintf(host, sizeof(host), "%s%s%s", six ? "[" : "", address,
			         six ? "]" : "");
		else if (gethostname(host, sizeof(host) - 1) != 0)
			snprintf(host, sizeof(host), "localhost");
		printf("page: https://%s:%u/\ncertificate: SHA-256 %s\n", host, keeper->door.port,
		       keeper->tls.fingerprint);
	}
	fflush(stdout);
}

static void main_close(struct main_keeper *keeper)
{
	door_end(&keeper->door);
	back_close(keeper->back);
	fleet_close(&keeper->fleet);
	door_close(&keeper->door);
	picture_free(&keeper->picture);
	events_free(&keeper->events);
	log_close(&keeper->log);
	if (keeper->door.tls != NULL)
		tls_close(&keeper->tls);
}

/* False: it has complained. */
static bool main_users(struct main_keeper *keeper, struct main_arguments *arguments)
{
	if (arguments->users == NULL)
		return true;
	arguments->place.login = &keeper->login;
	arguments->place.tls = &keeper->tls;
	if (arguments->first != NULL &&
	    !users_first(arguments->users, arguments->first, stdout, stderr))
		return false;
	return login_start(&keeper->login, arguments->users, stderr) &&
	       main_secure(keeper, arguments) &&
	       (arguments->clients == NULL || tls_trust(&keeper->tls, arguments->clients, stderr));
}

/* A machine that was seen, and goes off, is no failure. */
static int main_run(struct main_keeper *keeper, struct main_arguments *arguments)
{
	const struct back_listener listener = {&keeper->picture, picture_news, picture_printed,
	                                       picture_output};
	bool seen;

	log_none(&keeper->log);
	if (!main_users(keeper, arguments) ||
	    (arguments->log != NULL && !log_open(&keeper->log, arguments->log, stderr)))
		return EXIT_FAILURE;
	keeper->back = back_open(arguments->link, &listener, stderr);
	if (keeper->back == NULL)
		return EXIT_FAILURE;
	events_start(&keeper->events);
	keeper->events.log = keeper->login.record = &keeper->log;
	picture_start(&keeper->picture, keeper->back, &keeper->events, main_now());
	if (arguments->mqtt != NULL &&
	    !fleet_open(&keeper->fleet, &arguments->fleet, &keeper->picture, &keeper->log,
	                arguments->log, stderr))
		return EXIT_FAILURE;
	if (!door_open(&keeper->door, &arguments->place, &keeper->picture, main_now(), stderr))
		return EXIT_FAILURE;
	main_signals();
	main_print(keeper, &arguments->place);
	main_serve(keeper);
	seen = main_ended || keeper->picture.list != NULL;
	if (!seen)
		fprintf(stderr, "kumiki-keeper: %s\n", back_why(keeper->back));
	main_close(keeper);
	return seen ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- arguments ---- */

static int main_usage(const char *why)
{
	if (why != NULL)
		fprintf(stderr, "kumiki-keeper: %s\n", why);
	fputs("usage: kumiki-keeper [--port PORT] [--users FILE …] LINK\n'kumiki help page' says "
	      "more\n",
	      stderr);
	return MAIN_USAGE;
}

static bool main_port(uint16_t *port, const char *text)
{
	char *end = NULL;
	const long value = strtol(text, &end, 10);

	*port = (uint16_t)value;
	return *text >= '0' && *text <= '9' && *end == '\0' && value <= UINT16_MAX;
}

/* ADDRESS:PORT, with an IPv6 address in brackets. */
static bool main_at(const char *at, char address[DOOR_ADDRESS_SIZE], uint16_t *port)
{
	const char *colon = strrchr(at, ':');
	const size_t brackets = at[0] == '[' ? 1 : 0;
	struct in6_addr bytes;
	size_t size;

	if (colon == NULL || colon == at || (brackets == 1 && colon[-1] != ']'))
		return false;
	size = (size_t)(colon - at) - 2 * brackets;
	if (size >= DOOR_ADDRESS_SIZE)
		return false;
	memcpy(address, at + brackets, size);
	address[size] = '\0';
	return inet_pton(brackets == 1 ? AF_INET6 : AF_INET, address, &bytes) == 1 &&
	       main_port(port, colon + 1);
}

/* What is wrong with those about a broker; NULL: nothing. */
static const char *main_wrong_mqtt(struct main_arguments *arguments)
{
	struct mqtt_place *place = &arguments->fleet.mqtt;

	if (arguments->mqtt == NULL)
		return place->node != NULL || place->ca != NULL || place->login != NULL ||
		               arguments->fleet.commands != NULL
		           ? "which broker? --mqtt ADDRESS:PORT"
		           : NULL;
	if (!main_at(arguments->mqtt, arguments->broker, &place->port) || place->port == 0)
		return "--mqtt is an address in digits and a port, such as 192.0.2.7:8883: a name "
		       "would have to be looked up, and hold up the keeper";
	place->address = arguments->broker;
	if (place->node == NULL || !users_is_name(place->node))
		return "--mqtt needs --mqtt-node NAME, of up to 32 letters, digits, dots, lines "
		       "and low lines";
	if (arguments->fleet.commands != NULL && arguments->log == NULL)
		return "--mqtt-commands needs --log FOLDER: commands and their numbers are kept "
		       "there";
	return NULL;
}

/* What is wrong with the arguments; NULL: nothing. */
static const char *main_wrong(struct main_arguments *arguments)
{
	const bool more = arguments->at != NULL || arguments->tls != NULL ||
	                  arguments->certificate != NULL || arguments->key != NULL ||
	                  arguments->clients != NULL || arguments->first != NULL;

	if (arguments->port != NULL && !main_port(&arguments->place.port, arguments->port))
		return "--port is from 0 to 65535; 0 is a free one";
	if (arguments->users == NULL && more)
		return "only a page with users (--users FILE) has TLS and is reached from other "
		       "hosts";
	if (arguments->at != NULL && arguments->port != NULL)
		return "--at has the port, too: leave --port out";
	if (arguments->at != NULL &&
	    !main_at(arguments->at, arguments->address, &arguments->place.port))
		return "--at is an address in digits and a port, such as 0.0.0.0:8443 or [::]:8443";
	if (arguments->at != NULL)
		arguments->place.address = arguments->address;
	if (arguments->key != NULL && arguments->certificate == NULL)
		return "--key needs its --certificate";
	if (arguments->tls != NULL && arguments->certificate != NULL)
		return "either --tls, or --certificate and --key";
	return main_wrong_mqtt(arguments);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"port", required_argument, NULL, 'p'},
	                                      {"users", required_argument, NULL, 'u'},
	                                      {"at", required_argument, NULL, 'a'},
	                                      {"tls", required_argument, NULL, 't'},
	                                      {"certificate", required_argument, NULL, 'c'},
	                                      {"key", required_argument, NULL, 'k'},
	                                      {"clients", required_argument, NULL, 'C'},
	                                      {"log", required_argument, NULL, 'l'},
	                                      {"first", required_argument, NULL, 'f'},
	                                      {"mqtt", required_argument, NULL, 'm'},
	                                      {"mqtt-node", required_argument, NULL, 'n'},
	                                      {"mqtt-ca", required_argument, NULL, 'A'},
	                                      {"mqtt-login", required_argument, NULL, 'L'},
	                                      {"mqtt-commands", required_argument, NULL, 'o'},
	                                      {NULL, 0, NULL, 0}};
	static struct main_arguments arguments;
	const char **const places[] = {&arguments.port,
	                               &arguments.users,
	                               &arguments.at,
	                               &arguments.tls,
	                               &arguments.certificate,
	                               &arguments.key,
	                               &arguments.clients,
	                               &arguments.log,
	                               &arguments.first,
	                               &arguments.mqtt,
	                               &arguments.fleet.mqtt.node,
	                               &arguments.fleet.mqtt.ca,
	                               &arguments.fleet.mqtt.login,
	                               &arguments.fleet.commands};
	int option, which = 0;

	while ((option = getopt_long(argc, argv, "", longs, &which)) != -1) {
		if (option == '?')
			return main_usage(NULL);
		*places[which] = optarg;
	}
	if (optind != argc - 1)
		return main_usage(NULL);
	arguments.link = argv[optind];
	if (main_wrong(&arguments) != NULL)
		return main_usage(main_wrong(&arguments));
	return main_run(&main_keeper, &arguments);
}
