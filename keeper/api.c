/*
 * What each address gives, and what an act must look like: see door.h and page/openapi.json.
 * Documents of the machine are passed on as they are.
 */
#include <keeper/act.h>
#include <keeper/api.h>
#include <keeper/files.h>
#include <keeper/login.h>
#include <stdlib.h>
#include <string.h>

#define API_LINES     60u
#define API_LINES_MAX 200u
#define API_SYSTEMS   "/api/systems/"
#define API_LOG       "/log"

struct api_file {
	const char *url, *type, *bytes, *end;
};

static const struct api_file api_pages[] = {
    {"/", "text/html; charset=utf-8", files_page_html, files_page_html_end},
    {"/page.css", "text/css; charset=utf-8", files_page_css, files_page_css_end},
    {"/page.js", "text/javascript; charset=utf-8", files_page_js, files_page_js_end},
    {"/plots.js", "text/javascript; charset=utf-8", files_plots_js, files_plots_js_end},
    {"/icon.svg", "image/svg+xml", files_icon_svg, files_icon_svg_end},
};

static const struct api_file api_files[] = {
    {"/api/openapi.json", "application/json", files_openapi_json, files_openapi_json_end},
    {"/api/kumiki.schema.json", "application/schema+json", files_schema_json,
     files_schema_json_end},
};

static const struct api_file *api_find(const struct api_file *files, size_t count, const char *url)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(files[i].url, url) == 0)
			return &files[i];
	return NULL;
}

/* Whether the method reads. */
static bool api_reads(const char *method)
{
	return strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
	       strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

/* `methods`, with commas between. */
enum MHD_Result api_only(struct request *request, const char *methods)
{
	char sentence[64];

	snprintf(request->allowed, sizeof(request->allowed), "%s", methods);
	snprintf(sentence, sizeof(sentence), "this address takes %s alone", methods);
	return door_refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, sentence);
}

bool api_page(struct request *request, const char *method, enum MHD_Result *result)
{
	const struct api_file *file =
	    api_find(api_pages, sizeof(api_pages) / sizeof(api_pages[0]), request->url);

	if (file == NULL)
		return false;
	*result = api_reads(method) ? door_file_answer(request, file->type, file->bytes,
	                                               (size_t)(file->end - file->bytes))
	                            : api_only(request, MHD_HTTP_METHOD_GET);
	return true;
}

/* ---- what waits for the machine ---- */

char *api_words(const char *key, const char *words)
{
	size_t size = strlen(words);
	json_t *object;
	char *text;

	while (size > 0 && words[size - 1] == '\n')
		size--;
	object = json_pack("{s:o}", key, json_stringn(words, size));
	text = json_dumps(object, PICTURE_WRITE);
	json_decref(object);
	return text;
}

static unsigned int api_status(const struct request *request, enum back_result result)
{
	if (result == BACK_DONE)
		return MHD_HTTP_OK;
	if (result == BACK_SILENCE)
		return MHD_HTTP_GATEWAY_TIMEOUT;
	return request->act != BACK_LIST && !back_may_act(request->door->back) ? MHD_HTTP_FORBIDDEN
	                                                                       : MHD_HTTP_CONFLICT;
}

/* Whether the machine's answer is a document. */
static bool api_is_document(const struct back_answer *answer)
{
	json_t *document = json_loadb(answer->text, answer->size, PICTURE_READ, NULL);
	const bool is = json_is_object(document);

	json_decref(document);
	return is;
}

static void api_documented(void *to, const struct back_answer *answer)
{
	struct request *request = to;

	request->status = api_status(request, answer->result);
	if (answer->result != BACK_DONE) {
		request->text = api_words("error", answer->text);
	} else if (api_is_document(answer)) {
		request->text = strndup(answer->text, answer->size);
	} else {
		request->status = MHD_HTTP_BAD_GATEWAY;
		request->text = api_words("error", "the machine's answer makes no sense");
	}
	door_resume(request);
}

/* For the log: one line, as the machine said it. */
static void api_log(const struct request *request, const json_t *event, bool done,
                    const char *words)
{
	const json_t *core = json_object_get(event, "core");
	char number[16] = "";

	if (core != NULL)
		snprintf(number, sizeof(number), " %lld to", (long long)json_integer_value(core));
	login_log(request, "%s%s %s: %s: %s", picture_string(event, "act"), number,
	          core != NULL && json_object_get(event, "system") == NULL
	              ? "nobody"
	              : picture_string(event, "system"),
	          done ? "done" : "failed", words);
}

/* The act is an event, too, with what came of it. */
static void api_acted(void *to, const struct back_answer *answer)
{
	struct request *request = to;
	const bool done = answer->result == BACK_DONE;
	json_t *act = json_loads(request->body, 0, NULL);

	request->status = api_status(request, answer->result);
	request->text = api_words(done ? "words" : "error", answer->text);
	api_log(request, act, done, answer->text);
	act_tell(request->door->events, act, request->user, done, request->text);
	json_decref(act);
	door_resume(request);
}

static enum MHD_Result api_ask(struct request *request, const struct back_question *question,
                               back_answered *answered)
{
	if (!back_ask(request->door->back, question, answered, request))
		return door_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
		                   "too many questions wait for the machine; ask again");
	return door_suspend(request);
}

/* ---- acts ---- */

/* Parameters may follow, such as "; charset=utf-8". */
bool api_is_json(const struct request *request)
{
	static const char json[] = "application/json";
	const char *type = door_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
	const size_t size = sizeof(json) - 1;

	return type != NULL && strncasecmp(type, json, size) == 0 &&
	       strchr("; \t", type[size]) != NULL;
}

enum MHD_Result api_act(struct request *request)
{
	struct back_question question;
	json_t *act;
	bool good;

	if (!api_is_json(request))
		return door_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
		                   "an act is sent as application/json");
	act = json_loadb(request->body, request->size, JSON_REJECT_DUPLICATES, NULL);
	good = act_read(&question, act);
	json_decref(act);
	if (!good)
		return door_refuse(request, MHD_HTTP_BAD_REQUEST,
		                   "write it so: {\"act\": \"restart\", \"system\": NAME}");
	if (request->role < rights_of_act(&question))
		return rights_refuse(request, rights_of_act(&question));
	if (!picture_has(request->door->picture, question.system) &&
	    (question.what != BACK_GIVE || question.system[0] != '\0'))
		return door_refuse(request, MHD_HTTP_NOT_FOUND, "there is no such system");
	request->act = question.what;
	return api_ask(request, &question, api_acted);
}

/* ---- documents ---- */

bool api_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	unsigned long long value;
	char *end = NULL;

	if (text == NULL)
		return true;
	value = strtoull(text, &end, 10);
	*number = value;
	return *text >= '0' && *text <= '9' && *end == '\0' && value >= least && value <= most;
}

/* /api/systems/NAME and /api/systems/NAME/log */
enum MHD_Result api_system(struct request *request)
{
	const char *name = request->url + strlen(API_SYSTEMS), *rest = strchrnul(name, '/');
	struct back_question question = {.what = *rest != '\0' ? BACK_LOG : BACK_SHOW};
	uint64_t lines = API_LINES;

	if ((size_t)(rest - name) < sizeof(question.system))
		memcpy(question.system, name, (size_t)(rest - name));
	if (!picture_has(request->door->picture, question.system))
		return door_refuse(request, MHD_HTTP_NOT_FOUND, "there is no such system");
	if (*rest != '\0' && strcmp(rest, API_LOG) != 0)
		return door_refuse(request, MHD_HTTP_NOT_FOUND, "nothing is at this address");
	if (!api_number(
	        MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, "lines"), 1,
	        API_LINES_MAX, &lines))
		return door_refuse(request, MHD_HTTP_BAD_REQUEST, "lines is from 1 to 200");
	question.lines = (unsigned int)lines;
	return api_ask(request, &question, api_documented);
}

enum MHD_Result api_file(struct request *request)
{
	const struct api_file *file =
	    api_find(api_files, sizeof(api_files) / sizeof(api_files[0]), request->url);

	return door_file_answer(request, file->type, file->bytes,
	                        (size_t)(file->end - file->bytes));
}

enum MHD_Result api_state(struct request *request)
{
	const char *state = picture_text(request->door->picture);

	return door_answer(request, MHD_HTTP_OK, state != NULL ? strdup(state) : NULL);
}
