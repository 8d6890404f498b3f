/*
 * See commands.h. 'rules add SIZE' and 'rules try SIZE' are for `kumiki rules add` and `test`: so
 * many bytes of a rule follow in base64, in pieces, each after the shell has said that it goes on.
 * Programs know our lines by "rules: ".
 */
#include "commands.h"
#include <kumiki/rule.h>
#include <lib/string.h>
#include <proto/console.h>
#include <proto/rules.h>
#include <rtos/console.h>
#include <rtos/sys.h>

#define RULES_PIECE      (2 * RULES_PART_SIZE) /* bytes between two words of ours */
#define RULES_PATIENCE   10000u                /* ms */
#define RULES_CHARACTERS 4u                    /* of base64 for three bytes */
#define RULES_BYTES      3u
#define RULES_CANCEL     0x03 /* Ctrl-C */
#define RULES_ALARMS     32u  /* the last ones; a watcher keeps no more */

static void rules_say(const char *first, const char *second, const char *third)
{
	struct text text = {.length = 0};

	text_add(&text, "rules: ");
	text_add(&text, first);
	text_add(&text, second);
	text_add(&text, third);
	text_add(&text, "\n");
	(void)console_print(&text);
}

/* Asks the watcher. False: it doesn't answer, which was said. */
static bool rules_ask(uint64_t word[RTOS_WORDS])
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_USE, "rules", 0)->handle;

	if (sys_call_anew(port, word, 0) == RTOS_OK)
		return true;
	rules_say("error: the watcher doesn't answer", "", "");
	return false;
}

/* ---- add ---- */

/* A character's six bits; 64: it is none of base64. */
static uint32_t rules_bits(char character)
{
	const char *digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;

	while (digits[bits] != '\0' && digits[bits] != character)
		bits++;
	return bits;
}

/* A rule that comes: base64 without '=', as its size is a multiple of three with the zeros behind
 * it. */
struct rules_coming {
	char typed[CONSOLE_TEXT];
	size_t count, next; /* characters in `typed` */
	bool cancelled;     /* by Ctrl-C */
};

/* The next character. False: none came in time, or it was Ctrl-C. */
static bool rules_character(struct rules_coming *coming, char *character)
{
	if (coming->next == coming->count) {
		coming->next = 0;
		if (console_read_until(coming->typed, &coming->count,
		                       sys_now() + sys_ticks(RULES_PATIENCE)) != RTOS_OK ||
		    coming->count == 0) {
			coming->count = 0;
			return false;
		}
	}
	*character = coming->typed[coming->next++];
	coming->cancelled = *character == RULES_CANCEL;
	return !coming->cancelled;
}

static bool rules_three(struct rules_coming *coming, uint8_t byte[RULES_BYTES])
{
	uint32_t bits = 0;
	char character;

	for (uint32_t i = 0; i < RULES_CHARACTERS; i++) {
		if (!rules_character(coming, &character) || rules_bits(character) == 64)
			return false;
		bits = bits << 6 | rules_bits(character);
	}
	byte[0] = (uint8_t)(bits >> 16);
	byte[1] = (uint8_t)(bits >> 8);
	byte[2] = (uint8_t)bits;
	return true;
}

static void rules_broken(const struct rules_coming *coming)
{
	if (coming->cancelled)
		(void)console_write("^C\n", 3);
	else
		rules_say("error: a character isn't base64, or none came for 10 s; add the rule "
		          "again",
		          "", "");
}

/* False: it is over, and why was said. */
static bool rules_piece(struct rules_coming *coming, uint64_t at)
{
	uint8_t byte[RULES_PIECE];
	struct text text = {.length = 0};

	text_number(&text, at);
	text.bytes[text.length] = '\0';
	rules_say("go on at ", text.bytes, "");
	for (uint32_t i = 0; i < RULES_PIECE; i += RULES_BYTES)
		if (!rules_three(coming, &byte[i])) {
			rules_broken(coming);
			return false;
		}
	for (uint32_t i = 0; i < RULES_PIECE; i += RULES_PART_SIZE) {
		uint64_t word[RTOS_WORDS] = {RULES_PART, at + i};

		memcpy(&word[2], &byte[i], RULES_PART_SIZE);
		if (!rules_ask(word))
			return false;
	}
	return true;
}

static void rules_answer(uint64_t word[RTOS_WORDS], const char *name, const char *done)
{
	static const char *const wrong[] = {
	    [RULES_BAD] = "what was asked is no rule",
	    [RULES_NO_RULE] = "there is no such rule; 'rules list' lists them",
	    [RULES_FULL] = "the watcher has as many rules as it can keep; remove one first",
	    [RULES_NO_GUEST] = "nothing is watched now; the watcher has said why"};
	char why[RTOS_WORDS * sizeof(uint64_t)] = "";

	if (word[0] == RULES_OK) {
		rules_say(name, done, "");
	} else if (word[0] == RULES_REFUSED) {
		memcpy(why, &word[1], (RTOS_WORDS - 1) * sizeof(uint64_t));
		rules_say("error: ", why, "");
	} else {
		rules_say("error: ", word[0] <= RULES_NO_GUEST ? wrong[word[0]] : "?", "");
	}
}

static uint64_t rules_number(const char *text)
{
	uint64_t number = 0;

	for (; *text >= '0' && *text <= '9' && number <= RULE_SIZE_MAX; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	return *text == '\0' ? number : 0;
}

/* False: the rule hasn't come whole, and why was said. */
static bool rules_come(const struct line *line)
{
	const uint64_t size = rules_number(line->word[2]);
	uint64_t word[RTOS_WORDS] = {RULES_BEGIN, size};
	struct rules_coming coming = {.count = 0};

	if (!rules_ask(word))
		return false;
	if (word[0] != RULES_OK) {
		rules_say("error: no rule has that size; use 'kumiki rules add'", "", "");
		return false;
	}
	for (uint64_t at = 0; at < size; at += RULES_PIECE)
		if (!rules_piece(&coming, at))
			return false;
	return true;
}

static void rules_add(const struct line *line)
{
	uint64_t word[RTOS_WORDS] = {RULES_ADD};

	if (rules_come(line) && rules_ask(word))
		rules_answer(word, "it", " is added");
}

/* Says one finding of a trial. False: the watcher doesn't have it, or doesn't answer. */
static bool rules_found(uint64_t number)
{
	char words[2 * RULES_PART_SIZE + 1] = "";

	for (uint64_t half = 0; half < 2; half++) {
		uint64_t word[RTOS_WORDS] = {RULES_FOUND, number, half * RULES_PART_SIZE};

		if (!rules_ask(word) || word[0] != RULES_OK)
			return false;
		memcpy(words + half * RULES_PART_SIZE, &word[1], RULES_PART_SIZE);
	}
	rules_say("it finds: ", words, "");
	return true;
}

static void rules_try(const struct line *line)
{
	static const char *const ends[] = {"that is all", "there is more", "it can't tell"};
	uint64_t word[RTOS_WORDS] = {RULES_TRY};

	if (!rules_come(line) || !rules_ask(word))
		return;
	if (word[0] != RULES_OK) {
		rules_answer(word, "", "");
		return;
	}
	for (uint64_t i = 0; i < word[1]; i++)
		if (!rules_found(i))
			return;
	rules_say(ends[word[2] < 3 ? word[2] : 2], "", "");
}

/* ---- remove and list ---- */

static void rules_remove(const struct line *line)
{
	const size_t length = string_length(line->word[2]);
	uint64_t word[RTOS_WORDS] = {RULES_REMOVE};

	memcpy(&word[1], line->word[2], length < RULE_NAME ? length : RULE_NAME);
	if (rules_ask(word))
		rules_answer(word, line->word[2], " is removed");
}

/* When it looks, and when a finding counts. */
static void rules_time(struct text *text, uint64_t times)
{
	static const char *const events[RULE_EVENTS] = {[RULE_ON_START] = "on start, ",
	                                                [RULE_ON_MODULE] = "on module, ",
	                                                [RULE_ON_REFUSAL] = "on refusal, ",
	                                                [RULE_ON_DEADLINE] = "on deadline, "};

	if ((times & UINT32_MAX) != 0) {
		text_add(text, "every ");
		text_number(text, times & UINT32_MAX);
		text_add(text, " ms, ");
	}
	for (uint32_t i = 0; i < RULE_EVENTS; i++)
		text_add(text, (times >> (48 + i) & 1) != 0 ? events[i] : "");
	if (times >> 56 != 0) {
		text_add(text, "still");
		return;
	}
	text_add(text, "seen ");
	text_number(text, times >> 32 & 0xff);
}

static void rules_show(const uint64_t word[RTOS_WORDS])
{
	static const char *const severities[] = {
	    [RULE_LOW] = "low", [RULE_MEDIUM] = "medium", [RULE_HIGH] = "high"};
	const uint64_t severity = word[5] >> 40 & 0xff;
	struct text text = {.length = 0};
	char name[RULE_NAME + 1] = "";

	memcpy(name, &word[1], RULE_NAME);
	text_add(&text, "rules: ");
	text_add(&text, name);
	text_add(&text, ": ");
	rules_time(&text, word[5]);
	text_add(&text, ", ");
	text_add(&text, severity < RULE_SEVERITIES ? severities[severity] : "?");
	text_add(&text, ", findings ");
	text_number(&text, word[6]);
	text_add(&text, word[7] != 0 ? ", can't tell\n" : "\n");
	(void)console_print(&text);
}

static void rules_list(const struct line *line)
{
	(void)line;
	for (uint64_t i = 0; i < RULE_MOST; i++) {
		uint64_t word[RTOS_WORDS] = {RULES_ENTRY, i};

		if (!rules_ask(word))
			return;
		if (word[0] == RULES_OK)
			rules_show(word);
	}
	rules_say("that is all", "", "");
}

/* ---- alarms ---- */

/* False: it isn't there. */
static bool rules_alarm(uint64_t number)
{
	struct text text = {.length = 0};
	char words[2 * RULES_PART_SIZE + 1] = "";
	uint64_t when = 0;

	for (uint64_t half = 0; half < 2; half++) {
		uint64_t word[RTOS_WORDS] = {RULES_ALARM, number, half * RULES_PART_SIZE};

		if (!rules_ask(word) || word[0] != RULES_OK)
			return false;
		when = word[1];
		memcpy(words + half * RULES_PART_SIZE, &word[2], RULES_PART_SIZE);
	}
	text_add(&text, "alarms: at ");
	text_number(&text, when);
	text_add(&text, " us: ");
	text_add(&text, words);
	text_add(&text, "\n");
	return console_print(&text) == RTOS_OK;
}

void rules_alarms(const struct line *line)
{
	uint64_t word[RTOS_WORDS] = {RULES_ALARM, ~0ULL}, number;

	(void)line;
	if (sys_given(RTOS_GIVEN_USE, "rules", 0) == NULL || !rules_ask(word)) {
		rules_say("error: there is no watcher that answers", "", "");
		return;
	}
	number = word[1] > RULES_ALARMS ? word[1] - RULES_ALARMS : 0;
	while (number < word[1] && rules_alarm(number))
		number++;
	(void)console_write("alarms: that is all\n", 20);
}

void rules_command(const struct line *line)
{
	static const struct {
		const char *name;
		uint32_t words;
		void (*run)(const struct line *line);
	} verbs[] = {{"list", 2, rules_list},
	             {"remove", 3, rules_remove},
	             {"add", 3, rules_add},
	             {"try", 3, rules_try}};

	if (sys_given(RTOS_GIVEN_USE, "rules", 0) == NULL) {
		rules_say("error: the manifest gives the shell no watcher", "", "");
		return;
	}
	for (uint32_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (line->words == verbs[i].words && string_equal(line->word[1], verbs[i].name)) {
			verbs[i].run(line);
			return;
		}
	rules_say("error: write 'rules list' or 'rules remove NAME'", "", "");
}
