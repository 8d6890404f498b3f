/* See shown.h. */
#include "shown.h"
#include <lib/string.h>

#define SHOWN_WORD      sizeof(uint64_t)
#define SHOWN_OPEN      (1ULL << 63)
#define SHOWN_OVER      (1ULL << 62)
#define SHOWN_FORGOTTEN "it isn't looked for any more"

/* Part of the copy goes into the window. */
static void shown_copy(const struct shown *shown, const void *part, size_t size)
{
	const size_t first = (size_t)((const char *)part - (const char *)&shown->now) / SHOWN_WORD;

	for (size_t i = 0; i < size / SHOWN_WORD; i++) {
		uint64_t word;

		memcpy(&word, (const char *)part + i * SHOWN_WORD, SHOWN_WORD);
		shown->window[first + i] = word;
	}
}

static void shown_change(struct shown *shown)
{
	shown->now.changes++;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	shown_copy(shown, &shown->now.changes, SHOWN_WORD);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void shown_put(struct shown *shown, const void *part, size_t size)
{
	if (shown->window == NULL)
		return;
	shown_change(shown);
	shown_copy(shown, part, size);
	shown_change(shown);
}

static void shown_words(char *to, size_t size, const char *from)
{
	const size_t length = string_length(from);

	memset(to, 0, size);
	memcpy(to, from, length < size ? length : size - 1);
}

/* ---- rows ---- */

static struct alarms_row *shown_of(struct shown *shown, const void *key)
{
	for (uint32_t i = 0; i < ALARMS_ROWS; i++)
		if (shown->key[i] == key)
			return &shown->now.row[i];
	return NULL;
}

/* What is over is worth less than what is there still, and what is earlier less than both; the
 * older less than the newer. */
static uint64_t shown_worth(const struct alarms_row *row)
{
	if (row->since == 0 || row->earlier != 0)
		return row->since & (SHOWN_OVER - 1);
	return row->until == 0 ? row->since | SHOWN_OPEN : row->until | SHOWN_OVER;
}

/* The row that is worth least: a free one, if there is one. */
static uint32_t shown_least(const struct shown *shown)
{
	const struct alarms_row *row = shown->now.row;
	uint32_t least = 0;

	for (uint32_t i = 1; i < ALARMS_ROWS; i++)
		if (shown_worth(&row[i]) < shown_worth(&row[least]))
			least = i;
	return least;
}

static void shown_add(struct shown *shown, uint64_t now, uint64_t until, const void *key,
                      const char *words)
{
	const uint32_t index = shown_least(shown);
	struct alarms_row *row = &shown->now.row[index];

	*row = (struct alarms_row){.since = now, .until = until};
	shown_words(row->found, sizeof(row->found), words);
	shown->key[index] = key;
	shown_put(shown, row, sizeof(*row));
}

static void shown_say(struct shown *shown, struct alarms_row *row, uint64_t until,
                      const char *words)
{
	if (row == NULL)
		return;
	row->until = until;
	shown_words(row->done, sizeof(row->done), words);
	if (until != 0)
		shown->key[row - shown->now.row] = NULL;
	shown_put(shown, row, sizeof(*row));
}

void shown_found(struct shown *shown, uint64_t now, const void *key, const char *words)
{
	shown_gone(shown, now, key, SHOWN_FORGOTTEN); /* an earlier finding of this key */
	shown_add(shown, now, 0, key, words);
}

void shown_note(struct shown *shown, uint64_t now, const char *words)
{
	shown_add(shown, now, now, NULL, words);
}

void shown_done(struct shown *shown, const void *key, const char *words)
{
	shown_say(shown, shown_of(shown, key), 0, words);
}

void shown_gone(struct shown *shown, uint64_t now, const void *key, const char *words)
{
	shown_say(shown, shown_of(shown, key), now, words);
}

void shown_forget(struct shown *shown, uint64_t now, bool (*is_told)(const void *key))
{
	for (uint32_t i = 0; i < ALARMS_ROWS; i++)
		if (shown->key[i] != NULL && !is_told(shown->key[i]))
			shown_gone(shown, now, shown->key[i], SHOWN_FORGOTTEN);
}

/* ---- the start ---- */

/* What a former watcher left. Memory outlives a reset of the machine, and the counter may not. */
static void shown_clean(struct alarms_window *window, uint64_t now, bool goes_on)
{
	if (!goes_on || window->looked > now)
		window->looked = 0;
	for (uint32_t i = 0; i < ALARMS_ROWS; i++) {
		struct alarms_row *row = &window->row[i];

		row->earlier = row->since != 0 && (!goes_on || row->earlier != 0);
		if (row->earlier == 0 && (row->since > now || row->until > now))
			memset(row, 0, sizeof(*row));
		row->found[ALARMS_WORDS - 1] = row->done[ALARMS_WORDS - 1] = 0;
	}
}

bool shown_open(struct shown *shown, void *window, size_t size, const char *watched, uint64_t now,
                bool goes_on)
{
	struct alarms_window *to = &shown->now;

	if (size < sizeof(*to))
		return false;
	shown->window = window;
	for (size_t i = 0; i < sizeof(*to) / SHOWN_WORD; i++) {
		const uint64_t word = shown->window[i];

		memcpy((char *)to + i * SHOWN_WORD, &word, SHOWN_WORD);
	}
	if (to->magic != ALARMS_MAGIC || to->revision != ALARMS_REVISION)
		memset(to, 0, sizeof(*to));
	to->magic = ALARMS_MAGIC;
	to->revision = ALARMS_REVISION;
	to->changes &= ~1ULL;
	shown_words(to->watched, sizeof(to->watched), watched);
	memset(to->rule, 0, sizeof(to->rule));
	shown_clean(to, now, goes_on);
	shown_put(shown, to, sizeof(*to));
	for (uint32_t i = 0; i < ALARMS_ROWS; i++)
		if (to->row[i].since != 0 && to->row[i].until == 0 && to->row[i].earlier == 0)
			shown_say(shown, &to->row[i], now, "the watcher was started anew");
	return true;
}

/* ---- looks ---- */

void shown_look(struct shown *shown, uint64_t now)
{
	shown->now.looked = now;
	if (shown->window != NULL)
		shown_copy(shown, &shown->now.looked, SHOWN_WORD);
}

void shown_rule(struct shown *shown, uint32_t index, const struct alarms_rule *rule)
{
	struct alarms_rule *row = &shown->now.rule[index];

	if (memcmp(row, rule, sizeof(*row)) == 0)
		return;
	*row = *rule;
	shown_put(shown, row, sizeof(*row));
}
