/* The acts' words, as people and programs write them: see back.h. */
#include <keeper/back.h>
#include <stdlib.h>
#include <string.h>

static const char *const back_words[] = {
    [BACK_START] = "start",   [BACK_STOP] = "stop",       [BACK_SUSPEND] = "suspend",
    [BACK_RESUME] = "resume", [BACK_RESTART] = "restart", [BACK_GIVE] = "give",
};

const char *back_word(enum back_what act)
{
	return back_words[act];
}

enum back_what back_act(const char *word)
{
	for (unsigned int i = BACK_ACTS; i < BACK_WHATS; i++)
		if (strcmp(back_words[i], word) == 0)
			return (enum back_what)i;
	return BACK_LIST;
}

const char *back_wrong(const char *act, const char *system, const char *core, bool off)
{
	const enum back_what what = back_act(act);
	char *end = NULL;

	if (what == BACK_LIST)
		return "an act is start, stop, suspend, resume, restart or give";
	if ((what == BACK_GIVE) != (core != NULL))
		return "give needs --core N, and nothing else has it";
	if (core != NULL && (*core < '0' || *core > '9' ||
	                     strtoul(core, &end, 10) >= BUNDLE_CORES_MAX || *end != '\0'))
		return "--core is a core's number";
	if (system == NULL && what != BACK_GIVE)
		return "which system? its name stands behind the act";
	return off && what != BACK_STOP ? "--off is of stop alone" : NULL;
}
