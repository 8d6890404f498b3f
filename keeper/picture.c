/* The picture of the machine: see picture.h. */
#include <inttypes.h>
#include <keeper/found.h>
#include <keeper/log.h>
#include <keeper/record.h>
#include <kumiki/life.h>
#include <lib/lifewords.h>
#include <stdlib.h>
#include <string.h>

#define PICTURE_EACH_MS    1000
#define PICTURE_PRINTED_MS 250 /* between two events of output */

const char *picture_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* Compares numbers, and strings; an absent one equals an absent one. */
static bool picture_same(const json_t *one, const json_t *other, const char *key)
{
	const json_t *a = json_object_get(one, key), *b = json_object_get(other, key);

	return (a == NULL && b == NULL) || json_equal(a, b);
}

static json_t *picture_system(const json_t *list, const char *name)
{
	const json_t *systems = json_object_get(list, "partitions");
	json_t *system;

	for (size_t i = 0; i < json_array_size(systems); i++) {
		system = json_array_get(systems, i);
		if (strcmp(picture_string(system, "name"), name) == 0)
			return system;
	}
	return NULL;
}

bool picture_has(const struct picture *picture, const char *name)
{
	return *name != '\0' && picture_system(picture->list, name) != NULL;
}

const char *picture_end_words(const char *word)
{
	for (uint32_t i = STOP_OFF; i <= STOP_FRAME; i++)
		if (strcmp(life_reason_word(i), word) == 0)
			return life_reason_name(i);
	return NULL;
}

/* ---- answers ---- */

/* A document of this kind. NULL: the answer is none. */
static json_t *picture_document(const struct back_answer *answer, const char *kind,
                                const char *rows)
{
	json_t *document = NULL;

	if (answer->result == BACK_DONE)
		document = json_loadb(answer->text, answer->size, PICTURE_READ, NULL);
	if (document != NULL && strcmp(picture_string(document, "document"), kind) == 0 &&
	    json_is_array(json_object_get(document, rows)))
		return document;
	json_decref(document);
	return NULL;
}

static void picture_replace(json_t **old, json_t *document)
{
	json_decref(*old);
	*old = document;
}

/* The event of a system whose life has changed: its row of the list, with time and words. */
static void picture_tell(struct picture *picture, const json_t *list, json_t *system)
{
	const char *words = picture_end_words(picture_string(system, "last_end"));
	json_t *event = json_copy(system);

	if (event == NULL)
		return;
	(void)json_object_set(event, "time_us", json_object_get(list, "time_us"));
	if (words != NULL)
		(void)json_object_set_new(event, "ended", json_string(words));
	events_add(picture->events, "life", json_dumps(event, PICTURE_WRITE));
	json_decref(event);
}

/* True: some life has changed since the list before. The first list tells nothing. */
static bool picture_compare(struct picture *picture, const json_t *list)
{
	const json_t *systems = json_object_get(list, "partitions"), *old;
	bool changed = picture->list == NULL;
	json_t *system;

	for (size_t i = 0; i < json_array_size(systems); i++) {
		system = json_array_get(systems, i);
		old = picture_system(picture->list, picture_string(system, "name"));
		if (old == NULL ||
		    (picture_same(old, system, "state") && picture_same(old, system, "starts") &&
		     picture_same(old, system, "last_end")))
			continue;
		changed = true;
		picture_tell(picture, list, system);
	}
	return changed;
}

static void picture_change(struct picture *picture)
{
	picture->revision++;
	picture->changed = true;
}

static void picture_listed(void *to, const struct back_answer *answer)
{
	struct picture *picture = to;
	json_t *list = picture_document(answer, "list", "partitions");
	bool changed;

	picture->listing = false;
	if (list == NULL)
		return;
	record_list(picture, list);
	changed = picture_compare(picture, list);
	picture_replace(&picture->list, list);
	if (changed)
		picture_change(picture);
}

/* Notes which vCPUs have missed deadlines since the accounts before. The vCPUs of a machine, and
 * their order, are always the same. */
static void picture_misses(struct picture *picture, const json_t *accounts)
{
	const json_t *vcpus = json_object_get(accounts, "vcpus");
	const json_t *before = json_object_get(picture->accounts, "vcpus");
	const json_t *misses, *old;

	for (size_t i = 0; i < json_array_size(vcpus) && i < BUNDLE_VCPUS_MAX; i++) {
		misses = json_object_get(json_array_get(vcpus, i), "misses");
		old = json_object_get(json_array_get(before, i), "misses");
		if (old != NULL && json_integer_value(misses) > json_integer_value(old))
			picture->missed[i] = picture->now;
	}
}

static void picture_accounted(void *to, const struct back_answer *answer)
{
	struct picture *picture = to;
	json_t *accounts = picture_document(answer, "accounts", "vcpus");

	if (accounts == NULL)
		return;
	record_accounts(picture, accounts);
	picture_misses(picture, accounts);
	picture_replace(&picture->accounts, accounts);
}

/* The last answer of a round: each round is a new revision. */
static void picture_cored(void *to, const struct back_answer *answer)
{
	struct picture *picture = to;
	json_t *cores = picture_document(answer, "cores", "cores");

	picture->counting = false;
	if (cores != NULL)
		picture_replace(&picture->cores, cores);
	picture_change(picture);
}

/* ---- questions ---- */

static void picture_ask_list(struct picture *picture)
{
	const struct back_question question = {.what = BACK_LIST};

	picture->again = false;
	picture->listing = back_ask(picture->back, &question, picture_listed, picture);
}

static void picture_ask_rest(struct picture *picture)
{
	const struct back_question accounts = {.what = BACK_ACCOUNTS}, cores = {.what = BACK_CORES};

	(void)back_ask(picture->back, &accounts, picture_accounted, picture);
	picture->counting = back_ask(picture->back, &cores, picture_cored, picture);
}

int64_t picture_silent(const struct picture *picture)
{
	const int64_t heard = back_heard(picture->back);

	return picture->now - (heard > picture->began ? heard : picture->began);
}

static void picture_each_second(struct picture *picture)
{
	picture->next = picture->now + PICTURE_EACH_MS;
	picture->again = true;
	if (!picture->counting)
		picture_ask_rest(picture);
	found_turn(picture);
	if (picture_silent(picture) >= PICTURE_SILENT_MS)
		picture_change(picture); /* it is silent for longer now */
}

static void picture_tell_printed(struct picture *picture)
{
	for (uint32_t i = 0; i < BUNDLE_PARTITIONS_MAX; i++)
		if ((picture->printed >> i & 1) != 0)
			picture->events->printed[i]++;
	picture->printed = 0;
	picture->printed_next = picture->now + PICTURE_PRINTED_MS;
}

void picture_turn(struct picture *picture, int64_t now)
{
	picture->now = now;
	if (now >= picture->next)
		picture_each_second(picture);
	if (picture->again && !picture->listing)
		picture_ask_list(picture);
	if (picture->printed != 0 && now >= picture->printed_next)
		picture_tell_printed(picture);
}

void picture_news(void *to)
{
	struct picture *picture = to;

	picture->again = true;
}

void picture_printed(void *to, uint32_t system)
{
	struct picture *picture = to;

	if (system < BUNDLE_PARTITIONS_MAX)
		picture->printed |= 1u << system;
}

/* For the log. Systems have their names since the first list; before it they have numbers, as lines
 * without a name are Kumiki's. */
void picture_output(void *to, uint32_t system, const void *bytes, size_t size)
{
	const struct picture *picture = to;
	const json_t *systems = json_object_get(picture->list, "partitions");
	char name[BUNDLE_NAME_SIZE] = "";

	if (picture->events->log == NULL)
		return;
	if (system < json_array_size(systems))
		snprintf(name, sizeof(name), "%s",
		         picture_string(json_array_get(systems, system), "name"));
	else if (system != BACK_KUMIKI)
		snprintf(name, sizeof(name), "system %" PRIu32, system + 1);
	log_output(picture->events->log, system, name, bytes, size);
}

/* ---- the state ---- */

static json_t *picture_ends(const struct picture *picture)
{
	const json_t *systems = json_object_get(picture->list, "partitions"), *system;
	json_t *ends = json_object();
	const char *words;

	for (size_t i = 0; i < json_array_size(systems); i++) {
		system = json_array_get(systems, i);
		words = picture_end_words(picture_string(system, "last_end"));
		if (words != NULL)
			(void)json_object_set_new(ends, picture_string(system, "name"),
			                          json_string(words));
	}
	return ends;
}

static json_t *picture_acts(const struct picture *picture)
{
	json_t *acts = json_array();

	for (unsigned int i = BACK_ACTS; back_may_act(picture->back) && i < BACK_WHATS; i++)
		(void)json_array_append_new(acts, json_string(back_word((enum back_what)i)));
	return acts;
}

const char *picture_text(struct picture *picture)
{
	json_t *state;

	if (!picture->changed && picture->text != NULL)
		return picture->text;
	free(picture->text);
	state = json_pack("{s:i, s:s, s:I, s:o, s:s*, s:o, s:o, s:I, s:O*, s:O*, s:O*}", "schema",
	                  1, "document", "state", "revision", (json_int_t)picture->revision, "acts",
	                  picture_acts(picture), "untold", back_untold(picture->back), "ends",
	                  picture_ends(picture), "wrong", wrong_now(picture), "learns_h",
	                  (json_int_t)early_learns(&picture->early), "list", picture->list,
	                  "accounts", picture->accounts, "cores", picture->cores);
	picture->text = state != NULL ? json_dumps(state, PICTURE_WRITE) : NULL;
	picture->changed = false;
	json_decref(state);
	return picture->text;
}

/* ---- beginning and end ---- */

void picture_start(struct picture *picture, struct back *back, struct events *events, int64_t now)
{
	memset(picture, 0, sizeof(*picture));
	picture->back = back;
	picture->events = events;
	picture->now = picture->next = picture->began = now;
	picture->changed = true;
	found_start(picture);
}

void picture_free(struct picture *picture)
{
	json_decref(picture->list);
	json_decref(picture->accounts);
	json_decref(picture->cores);
	series_free(&picture->series);
	found_free(picture);
	free(picture->text);
}
