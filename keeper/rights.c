/*
 * Who may what: the one table of routes and acts, each with the least role that may use it; see
 * door.h.
 */
#include <keeper/api.h>
#include <keeper/login.h>
#include <stdio.h>
#include <string.h>

#define RIGHTS_ACT     "act" /* in the place of a method */
#define RIGHTS_OFF     "stop off"
#define RIGHTS_SESSION "/api/session"
#define RIGHTS_METHODS sizeof(((struct request *)NULL)->allowed)

/* Nothing is answered that isn't here. A stop that takes the machine off is beyond the page: nobody
 * can start the machine there again. */
static const struct right rights_table[] = {
    {MHD_HTTP_METHOD_POST, RIGHTS_SESSION, ROLE_NONE, login_in},
    {MHD_HTTP_METHOD_GET, RIGHTS_SESSION, ROLE_SEE, login_tell},
    {MHD_HTTP_METHOD_DELETE, RIGHTS_SESSION, ROLE_SEE, login_out},
    {MHD_HTTP_METHOD_GET, "/api/state", ROLE_SEE, api_state},
    {MHD_HTTP_METHOD_GET, "/api/events", ROLE_SEE, stream_open},
    {MHD_HTTP_METHOD_GET, "/api/systems/", ROLE_SEE, api_system},
    {MHD_HTTP_METHOD_GET, "/api/series", ROLE_SEE, api_series},
    {MHD_HTTP_METHOD_GET, "/metrics", ROLE_SEE, api_metrics},
    {MHD_HTTP_METHOD_GET, "/api/openapi.json", ROLE_SEE, api_file},
    {MHD_HTTP_METHOD_GET, "/api/kumiki.schema.json", ROLE_SEE, api_file},
    {MHD_HTTP_METHOD_POST, "/api/acts", ROLE_OPERATE, api_act},
    {RIGHTS_ACT, "start", ROLE_OPERATE, NULL},
    {RIGHTS_ACT, "stop", ROLE_OPERATE, NULL},
    {RIGHTS_ACT, "suspend", ROLE_OPERATE, NULL},
    {RIGHTS_ACT, "resume", ROLE_OPERATE, NULL},
    {RIGHTS_ACT, "restart", ROLE_OPERATE, NULL},
    {RIGHTS_ACT, "give", ROLE_OPERATE, NULL},
    {RIGHTS_ACT, RIGHTS_OFF, ROLE_CHANGE, NULL},
};

const struct right *rights_row(size_t number)
{
	return number < sizeof(rights_table) / sizeof(rights_table[0]) ? &rights_table[number]
	                                                               : NULL;
}

/* Whether the row is about this address. */
static bool rights_is_at(const struct right *right, const char *url)
{
	const size_t size = strlen(right->url);

	return right->answer != NULL &&
	       (right->url[size - 1] == '/' ? strncmp(url, right->url, size)
	                                    : strcmp(url, right->url)) == 0;
}

/* NULL: there is none. The methods that the address takes are added to `methods`. */
static const struct right *rights_route(const char *url, const char *method,
                                        char methods[RIGHTS_METHODS])
{
	const struct right *right;
	size_t size = 0;

	methods[0] = '\0';
	for (size_t i = 0; (right = rights_row(i)) != NULL; i++) {
		if (!rights_is_at(right, url))
			continue;
		if (strcmp(right->method, method) == 0)
			return right;
		size = strlen(methods);
		snprintf(methods + size, RIGHTS_METHODS - size, "%s%s", size > 0 ? ", " : "",
		         right->method);
	}
	return NULL;
}

bool rights_is_open(const struct request *request, const char *method)
{
	char methods[RIGHTS_METHODS];
	const struct right *right = rights_route(request->url, method, methods);

	return right != NULL && right->least == ROLE_NONE;
}

/* An act that has no row is nobody's. */
static enum role rights_of_word(const char *word)
{
	const struct right *right;

	for (size_t i = 0; (right = rights_row(i)) != NULL; i++)
		if (right->answer == NULL && strcmp(right->url, word) == 0)
			return right->least;
	return ROLE_NOBODY;
}

enum role rights_of_act(const struct back_question *question)
{
	return rights_of_word(question->off ? RIGHTS_OFF : back_word(question->what));
}

json_t *rights_acts(enum role role)
{
	json_t *acts = json_array();

	for (unsigned int i = BACK_ACTS; i < BACK_WHATS; i++)
		if (role >= rights_of_word(back_word((enum back_what)i)))
			(void)json_array_append_new(acts,
			                            json_string(back_word((enum back_what)i)));
	return acts;
}

enum MHD_Result rights_refuse(struct request *request, enum role least)
{
	char sentence[96];

	snprintf(sentence, sizeof(sentence), "this needs the role '%s', and yours is '%s'",
	         role_word(least), role_word(request->role));
	login_log(request, "refused at %s: %s", request->url, sentence);
	return door_refuse(request, MHD_HTTP_FORBIDDEN, sentence);
}

enum MHD_Result rights_answer(struct request *request, const char *method)
{
	char methods[RIGHTS_METHODS];
	const struct right *right = rights_route(request->url, method, methods);

	if (request->door->ending)
		return door_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "the keeper ends");
	if (right == NULL && methods[0] != '\0')
		return api_only(request, methods);
	if (right == NULL)
		return door_refuse(request, MHD_HTTP_NOT_FOUND, "nothing is at this address");
	if (request->role < right->least)
		return rights_refuse(request, right->least);
	return right->answer(request);
}
