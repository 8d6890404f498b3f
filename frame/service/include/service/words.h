/*
 * Text that is put together in the caller's buffer, and that the service says, answers or keeps.
 * Text without room is left out, and sets `full`.
 */
#ifndef SERVICE_WORDS_H
#define SERVICE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct words {
	char *text;
	uint32_t size, limit;
	uint32_t line; /* where the last line begins */
	bool full;
};

static inline struct words words_in(char *text, uint32_t limit)
{
	return (struct words){.text = text, .limit = limit};
}

void words_put(struct words *words, char c);
void words_text(struct words *words, const char *text);

/* Puts up to three texts, for sentences; NULL is none. */
void words_say(struct words *words, const char *first, const char *second, const char *third);

/* Puts a name of a table, which ends with a NUL or with the table's field. */
void words_name(struct words *words, const char *name, size_t size);

void words_decimal(struct words *words, uint64_t value);

/* Puts a text, and a number behind it. */
void words_hex(struct words *words, const char *before, uint64_t value);

/* Puts a counter's ticks as seconds with three decimals. */
void words_seconds(struct words *words, uint64_t ticks, uint64_t hz);

/* Puts bytes in the largest unit that divides them. */
void words_bytes(struct words *words, uint64_t bytes);

/* Puts spaces up to a column of the line, at least one. */
void words_column(struct words *words, uint32_t column);

#endif
