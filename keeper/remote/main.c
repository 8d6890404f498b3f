/* The words of `kumiki remote`, and what it prints: see remote.h. */
#include "remote.h"
#include <getopt.h>
#include <host/tame.h>
#include <keeper/back.h>
#include <keeper/users.h>
#include <stdlib.h>
#include <string.h>

#define MAIN_USAGE    2
#define MAIN_PASSWORD "KUMIKI_PASSWORD"
#define MAIN_GOOD     200

struct main_words {
	const char *user, *password, *fingerprint, *core, *act, *system;
	char page[REMOTE_HOST_SIZE];
	bool off;
};

static int main_usage(const char *why)
{
	if (why != NULL)
		fprintf(stderr, "kumiki remote: %s\n", why);
	fputs("'kumiki help remote' says more\n", stderr);
	return MAIN_USAGE;
}

/* What another host says doesn't command the terminal. */
static void main_say(FILE *out, const char *text)
{
	tame_print(text, out);
	fputc('\n', out);
}

static const char *main_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* ---- what is asked ---- */

/* Prints what an answer says. */
static int main_answer(const json_t *answer, long status, const char *key)
{
	const bool good = status == MAIN_GOOD;

	if (good) {
		main_say(stdout, main_string(answer, key));
	} else {
		fputs("kumiki remote: ", stderr);
		main_say(stderr, main_string(answer, "error"));
	}
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int main_list(struct call *call)
{
	long status = 0;
	json_t *state = call_send(call, "GET", "/api/state", NULL, &status);
	const json_t *systems = json_object_get(json_object_get(state, "list"), "partitions"), *one;
	char line[512];
	int result = EXIT_FAILURE;

	if (state != NULL && status != MAIN_GOOD)
		(void)main_answer(state, status, "");
	if (status == MAIN_GOOD) {
		printf("%-18s%-12s%-8s%s\n", "name", "state", "starts", "last end");
		result = EXIT_SUCCESS;
	}
	for (size_t i = 0; result == EXIT_SUCCESS && i < json_array_size(systems); i++) {
		one = json_array_get(systems, i);
		snprintf(line, sizeof(line), "%-18s%-12s%-8lld%s", main_string(one, "name"),
		         main_string(one, "state"),
		         (long long)json_integer_value(json_object_get(one, "starts")),
		         main_string(json_object_get(state, "ends"), main_string(one, "name")));
		main_say(stdout, line);
	}
	json_decref(state);
	return result;
}

static int main_act(struct call *call, const struct main_words *words)
{
	json_t *act = json_pack("{s:s}", "act", words->act), *answer;
	long status = 0;
	int result = EXIT_FAILURE;

	if (words->system != NULL)
		(void)json_object_set_new(act, "system", json_string(words->system));
	if (words->core != NULL)
		(void)json_object_set_new(act, "core", json_integer(atoll(words->core)));
	if (words->off)
		(void)json_object_set_new(act, "off", json_true());
	answer = call_send(call, "POST", "/api/acts", act, &status);
	if (answer != NULL)
		result = main_answer(answer, status, "words");
	json_decref(answer);
	return result;
}

/* ---- coming in ---- */

/* The password, from malloc(): from the file's first line, or the environment. NULL: it has
 * complained. */
static char *main_password(const struct main_words *words)
{
	const char *given = getenv(MAIN_PASSWORD);
	size_t size = 0;
	char *text;

	if (words->password == NULL && given == NULL)
		fputs("kumiki remote: whose password? --password FILE, or " MAIN_PASSWORD
		      " in the environment\n",
		      stderr);
	if (words->password == NULL)
		return given != NULL ? strdup(given) : NULL;
	text = users_load(words->password, &size, stderr);
	if (text != NULL)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

static bool main_log_in(struct call *call, const struct main_words *words)
{
	char *password = main_password(words);
	json_t *answer;
	long status = 0;

	if (password == NULL)
		return false;
	answer = call_send(
	    call, "POST", "/api/session",
	    json_pack("{s:s, s:s, s:b}", "user", words->user, "password", password, "bearer", true),
	    &status);
	explicit_bzero(password, strlen(password));
	free(password);
	if (answer != NULL && status != MAIN_GOOD)
		(void)main_answer(answer, status, "");
	snprintf(call->token, sizeof(call->token), "%s",
	         status == MAIN_GOOD ? main_string(answer, "token") : "");
	json_decref(answer);
	return call->token[0] != '\0';
}

static int main_run(const struct main_words *words, const char *mark, bool new)
{
	struct call call;
	long status = 0;
	int result = EXIT_FAILURE;

	if (call_open(&call, words->page, mark) && main_log_in(&call, words) &&
	    (!new || known_add(words->page, mark))) {
		result =
		    strcmp(words->act, "list") == 0 ? main_list(&call) : main_act(&call, words);
		json_decref(call_send(&call, "DELETE", "/api/session", NULL, &status));
	}
	call_close(&call);
	return result;
}

/* A page that isn't known yet needs its fingerprint, once. */
static int main_check(const struct main_words *words)
{
	char known[REMOTE_MARK_SIZE], given[REMOTE_MARK_SIZE];
	const bool old = known_find(words->page, known);

	if (words->fingerprint != NULL && !known_mark(words->fingerprint, given))
		return main_usage("a fingerprint is what the page printed at its start: "
		                  "A8:F7:…, 32 bytes");
	if (!old && words->fingerprint == NULL) {
		fprintf(stderr,
		        "kumiki remote: %s isn't known yet; give its --fingerprint once, as it "
		        "printed it at its start\n",
		        words->page);
		return EXIT_FAILURE;
	}
	return main_run(words, words->fingerprint != NULL ? given : known,
	                words->fingerprint != NULL && (!old || strcmp(known, given) != 0));
}

/* ---- words ---- */

/* What is wrong with the words; NULL: nothing. */
static const char *main_wrong(const struct main_words *words)
{
	const bool lists = strcmp(words->act, "list") == 0;

	if (!lists && back_act(words->act) == BACK_LIST)
		return "from another host there are list, start, stop, suspend, resume, restart "
		       "and give; for all else log in to the machine's host (ssh)";
	if (words->user == NULL)
		return "as whom? --user NAME";
	if (!lists)
		return back_wrong(words->act, words->system, words->core, words->off);
	return words->system != NULL || words->core != NULL || words->off
	           ? "list has no further word"
	           : NULL;
}

/* HOST, HOST:PORT, or an IPv6 address in brackets. */
static bool main_page(struct main_words *words, const char *host)
{
	const char *tail = host[0] == '[' ? strchr(host, ']') : host;
	const bool port = tail != NULL && strchr(tail, ':') != NULL;

	return tail != NULL && host[strcspn(host, "/@?# \t")] == '\0' && *host != '\0' &&
	       snprintf(words->page, sizeof(words->page), "%s%s", host,
	                port ? "" : ":" REMOTE_PORT) < (int)sizeof(words->page);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"user", required_argument, NULL, 'u'},
	                                      {"password", required_argument, NULL, 'p'},
	                                      {"fingerprint", required_argument, NULL, 'f'},
	                                      {"core", required_argument, NULL, 'c'},
	                                      {"off", no_argument, NULL, 'o'},
	                                      {NULL, 0, NULL, 0}};
	struct main_words words = {0};
	const char **const places[] = {&words.user, &words.password, &words.fingerprint,
	                               &words.core};
	int option, which = 0;

	while ((option = getopt_long(argc, argv, "", longs, &which)) != -1) {
		if (option == '?')
			return main_usage(NULL);
		if (option == 'o')
			words.off = true;
		else
			*places[which] = optarg;
	}
	if (argc - optind < 2 || argc - optind > 3)
		return main_usage("which machine, and what shall it do?");
	words.act = argv[optind + 1];
	words.system = argv[optind + 2];
	if (!main_page(&words, argv[optind]))
		return main_usage("a machine is HOST or HOST:PORT");
	return main_wrong(&words) != NULL ? main_usage(main_wrong(&words)) : main_check(&words);
}
