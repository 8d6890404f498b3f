/* /api/series: what is asked for. See api.h and record.h. */
#include <keeper/api.h>
#include <keeper/record.h>
#include <string.h>
#include <time.h>

#define API_FROM_MAX 100000000000u /* seconds since 1970: by then it is the year 5138 */

static const char *api_value(const struct request *request, const char *key)
{
	return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, key);
}

/* Whose series. False: the request doesn't say it. */
static bool api_whose(const struct request *request, struct record_ask *ask)
{
	const char *system = api_value(request, "system"), *core = api_value(request, "core");
	const char *vcpu = api_value(request, "vcpu");
	uint64_t number = 0;

	if ((system == NULL) == (core == NULL) || (core != NULL && vcpu != NULL) ||
	    (system != NULL && *system == '\0') ||
	    !api_number(core, 0, BUNDLE_CORES_MAX - 1, &number) ||
	    !api_number(vcpu, 0, BUNDLE_VCPUS_MAX - 1, &number))
		return false;
	ask->system = system != NULL ? system : "";
	ask->one = vcpu != NULL || core != NULL;
	ask->number = (uint32_t)number;
	return true;
}

static bool api_what(const struct request *request, struct record_ask *ask)
{
	const char *word = api_value(request, "what");

	ask->what = word != NULL ? record_what(*ask->system == '\0', word) : NULL;
	return ask->what != NULL && (ask->what->kind != SERIES_SYSTEM || !ask->one);
}

static bool api_step(const struct request *request, struct record_ask *ask)
{
	uint64_t step = 1;

	if (!api_number(api_value(request, "step"), 1, 3600, &step))
		return false;
	for (unsigned int i = 0; i < SERIES_LEVELS; i++) {
		ask->level = (enum series_level)i;
		if ((uint64_t)series_step_ms(ask->level) == step * 1000)
			return true;
	}
	return false;
}

static bool api_from(const struct request *request, struct record_ask *ask)
{
	const char *text = api_value(request, "from");
	uint64_t from = 0;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	ask->now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	ask->whole = text == NULL;
	if (!api_number(text, 0, API_FROM_MAX, &from))
		return false;
	ask->from_ms = (int64_t)from * 1000;
	return true;
}

/* Why there is no such series; NULL: there is. Times and counts come from accounts, which some back
 * ends never tell. */
static const char *api_no_series(const struct request *request, const struct record_ask *ask)
{
	const char *untold = back_untold(request->door->back);

	if (ask->what->kind != SERIES_SYSTEM && untold != NULL)
		return untold;
	return record_has(request->door->picture, ask) ? NULL : "there is no such series";
}

enum MHD_Result api_series(struct request *request)
{
	struct record_ask ask;
	char sentence[128];
	const char *why;

	if (!api_whose(request, &ask))
		return door_refuse(request, MHD_HTTP_BAD_REQUEST,
		                   "name system=NAME, which vcpu=NUMBER may follow, or "
		                   "core=NUMBER");
	if (!api_what(request, &ask)) {
		snprintf(sentence, sizeof(sentence), "what is %s; starts has no vcpu",
		         record_words(*ask.system == '\0'));
		return door_refuse(request, MHD_HTTP_BAD_REQUEST, sentence);
	}
	if (!api_step(request, &ask))
		return door_refuse(request, MHD_HTTP_BAD_REQUEST, "step is 1, 60 or 3600 seconds");
	if (!api_from(request, &ask))
		return door_refuse(request, MHD_HTTP_BAD_REQUEST,
		                   "from is in whole seconds since 1970");
	why = api_no_series(request, &ask);
	if (why != NULL)
		return door_refuse(request, MHD_HTTP_NOT_FOUND, why);
	if (record_is_hidden(request->door->picture, &ask))
		return door_refuse(request, MHD_HTTP_CONFLICT,
		                   "the core's one vCPU counts as running while it waits");
	return door_answer(request, MHD_HTTP_OK, record_text(request->door->picture, &ask));
}

enum MHD_Result api_metrics(struct request *request)
{
	char *text = metrics_text(request->door->picture);

	if (text == NULL)
		return MHD_NO;
	return door_send(request, MHD_HTTP_OK,
	                 MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE),
	                 "text/plain; version=0.0.4; charset=utf-8");
}
