/*
 * See rules.h. 'rules add SIZE' is for `kumiki rules add`: so many bytes of a rule follow in
 * base64, in pieces, each after the shell has said that it goes on. Programs know our lines by
 * "rules: ".
 */
#include "rules.h"
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
	    [RULES_FULL] = "the watcher has as many rules as it can keep; remove one first"};
	char why[RTOS_WORDS * sizeof(uint64_t)] = "";

	if (word[0] == RULES_OK) {
		rules_say(name, done, "");
	} else if (word[0] == RULES_REFUSED) {
		memcpy(why, &word[1], (RTOS_WORDS - 1) * sizeof(uint64_t));
		rules_say("error: ", why, "");
	} else {
		rules_say("error: ", word[0] <= RULES_FULL ? wrong[word[0]] : "?", "");
	}
}

static uint64_t rules_number(const char *text)
{
	uint64_t number = 0;

	for (; *text >= '0' && *text <= '9' && number <= RULE_SIZE_MAX; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	return *text == '\0' ? number : 0;
}

static void rules_add(const struct line *line)
{
	const uint64_t size = rules_number(line->word[2]);
	uint64_t word[RTOS_WORDS] = {RULES_BEGIN, size};
	struct rules_coming coming = {.count = 0};

	if (!rules_ask(word))
		return;
	if (word[0] != RULES_OK) {
		rules_say("error: no rule has that size; use 'kumiki rules add'", "", "");
		return;
	}
	for (uint64_t at = 0; at < size; at += RULES_PIECE)
		if (!rules_piece(&coming, at))
			return;
	word[0] = RULES_ADD;
	if (rules_ask(word))
		rules_answer(word, "it", " is added");
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
	text_add(&text, ": every ");
	text_number(&text, word[5] & UINT32_MAX);
	text_add(&text, " ms, seen ");
	text_number(&text, word[5] >> 32 & 0xff);
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

void rules_command(const struct line *line)
{
	static const struct {
		const char *name;
		uint32_t words;
		void (*run)(const struct line *line);
	} verbs[] = {{"list", 2, rules_list}, {"remove", 3, rules_remove}, {"add", 3, rules_add}};

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
