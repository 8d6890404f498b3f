/* What is wrong with the machine now, in sentences: see picture.h. */
#include <keeper/found.h>
#include <kumiki/life.h>
#include <lib/lifewords.h>
#include <string.h>

#define WRONG_MISS_MS 60000 /* a missed deadline is told for so long */

/* Ends that nobody wanted. A system that restarts by its own wish doesn't stay stopped. */
static const uint8_t wrong_ends[] = {STOP_RESET, STOP_FAULT,    STOP_IMAGE, STOP_WATCHDOG,
                                     STOP_PANIC, STOP_DMA,      STOP_CRASH, STOP_DEADLINE,
                                     STOP_KEPT,  STOP_CPUS_OFF, STOP_FRAME};

static bool wrong_end(const char *word)
{
	for (size_t i = 0; i < sizeof(wrong_ends); i++)
		if (strcmp(life_reason_word(wrong_ends[i]), word) == 0)
			return true;
	return false;
}

/* `sentence` may be NULL, if there was no memory for it. */
static void wrong_add(json_t *wrong, const char *system, json_t *sentence)
{
	(void)json_array_append_new(wrong,
	                            json_pack("{s:s*, s:o}", "system", system, "text", sentence));
}

static void wrong_system(json_t *wrong, const json_t *system)
{
	const char *name = picture_string(system, "name"), *state = picture_string(system, "state");
	const char *last = picture_string(system, "last_end"), *words = picture_end_words(last);
	const json_int_t lately = json_integer_value(json_object_get(system, "restarts_lately"));

	if (strcmp(state, "held") == 0)
		wrong_add(wrong, name,
		          json_sprintf("%s is held as it stood: %s", name,
		                       words != NULL ? words : "it crashed"));
	else if (strcmp(state, "unknown") == 0)
		wrong_add(wrong, name, json_sprintf("%s is in no known state", name));
	else if (strcmp(state, "stopped") == 0 && wrong_end(last))
		wrong_add(wrong, name, json_sprintf("%s has stopped: %s", name, words));
	else if (lately > 0 && words != NULL)
		wrong_add(wrong, name,
		          json_sprintf("%s was restarted lately, %lld time%s; last: %s", name,
		                       (long long)lately, lately == 1 ? "" : "s", words));
}

static void wrong_deadlines(json_t *wrong, const struct picture *picture)
{
	const json_t *vcpus = json_object_get(picture->accounts, "vcpus"), *vcpu;
	const char *name;

	for (size_t i = 0; i < json_array_size(vcpus) && i < BUNDLE_VCPUS_MAX; i++) {
		vcpu = json_array_get(vcpus, i);
		name = picture_string(vcpu, "partition");
		if (picture->missed[i] == 0 || picture->now - picture->missed[i] >= WRONG_MISS_MS)
			continue;
		wrong_add(
		    wrong, name,
		    json_sprintf("%s.%lld missed deadlines in the last minute, %lld so far", name,
		                 (long long)json_integer_value(json_object_get(vcpu, "vcpu")),
		                 (long long)json_integer_value(json_object_get(vcpu, "misses"))));
	}
}

json_t *wrong_now(const struct picture *picture)
{
	const json_t *systems = json_object_get(picture->list, "partitions");
	const int64_t silent = picture_silent(picture);
	json_t *wrong = json_array();

	if (silent >= PICTURE_SILENT_MS)
		wrong_add(wrong, NULL,
		          json_sprintf("the machine hasn't answered for %lld seconds",
		                       (long long)(silent / 1000)));
	for (size_t i = 0; i < json_array_size(systems); i++)
		wrong_system(wrong, json_array_get(systems, i));
	wrong_deadlines(wrong, picture);
	found_wrong(picture, wrong);
	return wrong;
}
