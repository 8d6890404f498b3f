/* The acts' words, as people and programs write them: see back.h. */
#include <keeper/back.h>
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
