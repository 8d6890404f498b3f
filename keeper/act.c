/* Acts in JSON: see act.h. */
#include <keeper/act.h>
#include <keeper/picture.h>
#include <string.h>

/* False: the field isn't as it has to be. */
static bool act_field(struct back_question *question, const char *key, const json_t *value)
{
	const char *text = json_string_value(value);

	if (strcmp(key, "act") == 0 && text != NULL)
		question->what = back_act(text);
	else if (strcmp(key, "system") == 0 && text != NULL &&
	         strlen(text) < sizeof(question->system))
		memcpy(question->system, text, strlen(text) + 1);
	else if (strcmp(key, "core") == 0 && json_is_integer(value) &&
	         json_integer_value(value) >= 0 && json_integer_value(value) < BUNDLE_CORES_MAX)
		question->core = (unsigned int)json_integer_value(value);
	else if (strcmp(key, "off") == 0 && json_is_boolean(value))
		question->off = json_is_true(value);
	else
		return false;
	return true;
}

bool act_read(struct back_question *question, json_t *act)
{
	void *at = json_object_iter(act);
	bool good = json_is_object(act);

	*question = (struct back_question){.what = BACK_LIST};
	for (; good && at != NULL; at = json_object_iter_next(act, at))
		good = act_field(question, json_object_iter_key(at), json_object_iter_value(at));
	return good && question->what != BACK_LIST &&
	       (!question->off || question->what == BACK_STOP) &&
	       (json_object_get(act, "core") != NULL) == (question->what == BACK_GIVE);
}

void act_tell(struct events *events, const json_t *act, const char *who, bool done,
              const char *words)
{
	json_t *event = act != NULL ? json_copy((json_t *)(uintptr_t)act) : NULL;
	json_t *said = json_loads(words != NULL ? words : "{}", 0, NULL);

	if (*who != '\0')
		(void)json_object_set_new(event, "who", json_string(who));
	if (event != NULL && json_object_update(event, said) == 0 &&
	    json_object_set_new(event, "done", json_boolean(done)) == 0)
		events_add(events, "act", json_dumps(event, PICTURE_WRITE));
	json_decref(event);
	json_decref(said);
}
