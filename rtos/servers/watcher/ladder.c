/* See ladder.h. */
#include "ladder.h"
#include <lib/string.h>

#define LADDER_MAGIC  0x31524544444c414cULL /* "LALDDER1" */
#define LADDER_MINUTE 60000000u             /* µs */

const char *const ladder_words[LADDER_ACTS] = {[LADDER_TELL] = "tell",
                                               [LADDER_MEND] = "mend",
                                               [LADDER_KILL] = "kill",
                                               [LADDER_DISARM] = "disarm",
                                               [LADDER_RESTART] = "restart"};

/* ---- a line ---- */

/* Whether `text` goes on with this word; then it leads behind that and the spaces that follow. */
static bool ladder_word(const char **text, const char *word)
{
	const size_t length = string_length(word);
	const char *end = *text + length;

	for (size_t i = 0; i < length; i++)
		if ((*text)[i] != word[i])
			return false;
	if (*end >= 'a' && *end <= 'z')
		return false;
	while (*end == ' ')
		end++;
	*text = end;
	return true;
}

/* 0: there is none from 1 to LADDER_MOST. */
static uint32_t ladder_number(const char **text)
{
	uint32_t number = 0;

	while (**text >= '0' && **text <= '9' && number <= LADDER_MOST)
		number = number * 10 + (uint32_t)(*(*text)++ - '0');
	while (**text == ' ')
		(*text)++;
	return number <= LADDER_MOST ? number : 0;
}

static const char *ladder_limit(const char **text, struct ladder_step *step)
{
	if (**text == ';' || **text == '\0')
		return step->act == LADDER_RESTART
		           ? "a restart needs a limit, such as 'restart 2 in 60 min'"
		           : NULL;
	step->most = ladder_number(text);
	if (step->most == 0 || !ladder_word(text, "in"))
		return "a limit is 'N in M min', N and M from 1 to 1000";
	step->minutes = ladder_number(text);
	if (step->minutes == 0 || !ladder_word(text, "min") || (**text != ';' && **text != '\0'))
		return "a limit is 'N in M min', N and M from 1 to 1000";
	return NULL;
}

static const char *ladder_step(const char **text, struct ladder_step *step)
{
	for (uint32_t act = LADDER_TELL; act < LADDER_ACTS; act++)
		if (ladder_word(text, ladder_words[act])) {
			step->act = act;
			return ladder_limit(text, step);
		}
	return "a step is 'tell', 'mend', 'kill', 'disarm' or 'restart'";
}

const char *ladder_add(struct ladder *ladder, const char *text)
{
	struct ladder_line line = {.rules = NULL};
	const char *wrong = NULL;

	if (string_equal(text, ladder_words[LADDER_MEND]))
		text = "all: mend";
	line.rules = text;
	if (ladder->lines == LADDER_LINES)
		return "it has more than 8 lines";
	while (*text != ':' && *text != '\0')
		text++;
	if (*text == '\0' || text == line.rules)
		return "it is no line of a ladder, such as 'all: mend', and doesn't begin with "
		       "'let'";
	do {
		for (text++; *text == ' ';)
			text++;
		if (line.steps == LADDER_STEPS)
			return "a line has at most 4 steps";
		wrong = ladder_step(&text, &line.step[line.steps++]);
	} while (wrong == NULL && *text == ';');
	if (wrong == NULL)
		ladder->line[ladder->lines++] = line;
	return wrong;
}

bool ladder_has(const struct ladder *ladder, enum ladder_act act)
{
	for (uint32_t i = 0; i < ladder->lines; i++)
		for (uint32_t j = 0; j < ladder->line[i].steps; j++)
			if (ladder->line[i].step[j].act == act)
				return true;
	return false;
}

/* ---- counts ---- */

void ladder_keep(struct ladder *ladder, void *kept)
{
	ladder->kept = kept;
	if (ladder->kept->magic == LADDER_MAGIC)
		return;
	memset(ladder->kept->count, 0, sizeof(ladder->kept->count));
	__atomic_store_n(&ladder->kept->magic, LADDER_MAGIC, __ATOMIC_RELEASE);
}

/* Takes the step once more, if its limit allows that. */
static bool ladder_take(const struct ladder_step *step, struct ladder_count *count, uint64_t now)
{
	if (step->most == 0)
		return true;
	if (count->taken == 0 || now - count->since >= (uint64_t)step->minutes * LADDER_MINUTE)
		*count = (struct ladder_count){.since = now};
	if (count->taken >= step->most)
		return false;
	count->taken++;
	return true;
}

/* ---- findings ---- */

static bool ladder_names(const char *names, const char *rule)
{
	while (*names != ':') {
		const char *at = rule;

		while (*at != '\0' && *names == *at) {
			names++;
			at++;
		}
		if (*at == '\0' && (*names == ' ' || *names == ':'))
			return true;
		while (*names != ' ' && *names != ':')
			names++;
		while (*names == ' ')
			names++;
	}
	return false;
}

/* The line of that rule, or else that of all; LADDER_LINES: there is none. */
static uint32_t ladder_line(const struct ladder *ladder, const char *rule)
{
	uint32_t found = LADDER_LINES;

	for (uint32_t i = 0; i < ladder->lines; i++) {
		if (ladder_names(ladder->line[i].rules, rule))
			return i;
		if (ladder_names(ladder->line[i].rules, "all") && !string_equal(rule, RULE_BLIND))
			found = i;
	}
	return found;
}

enum ladder_act ladder_act(const struct ladder *ladder, const char *rule, struct finding *finding,
                           uint64_t now)
{
	struct finding_mend *mend = &finding->mend;
	const uint32_t number = ladder_line(ladder, rule);
	const struct ladder_line *line = &ladder->line[number];

	if (number == LADDER_LINES)
		return LADDER_NONE;
	if (mend->act != LADDER_NONE && !mend->over)
		return (enum ladder_act)mend->act;
	while (mend->step < line->steps) {
		const uint32_t at = mend->step++;
		const struct ladder_step *step = &line->step[at];

		if (!ladder->may[step->act])
			continue;
		if (ladder_take(step, &ladder->kept->count[number][at], now)) {
			*mend = (struct finding_mend){
			    .step = mend->step, .act = (uint8_t)step->act, .since = now};
			return (enum ladder_act)step->act;
		}
		mend->limited = true;
	}
	mend->act = LADDER_END;
	mend->over = false;
	return LADDER_END;
}
