/*
 * The tables of Linux's own symbols inside its image (CONFIG_KALLSYMS). They are found by their
 * shape, and nothing in them is taken on trust: every search is bounded.
 */
#ifndef LIB_KALLSYMS_H
#define LIB_KALLSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The tables in a Linux image, all inside it. */
struct kallsyms {
	const uint32_t *offsets; /* of each symbol, from the base; rising */
	const uint64_t *base;    /* the word that holds the base once the kernel runs */
	uint32_t count;
	const uint8_t *names, *names_end; /* of each symbol: length, tokens */
	const uint32_t *markers;          /* where in `names` each 256th symbol is */
	const char *tokens;
	const uint16_t *index; /* where in `tokens` each token is; `tokens` ends at it */
};

struct kallsyms_symbol {
	uint32_t offset;
	char name[64]; /* printable; cut if it is longer */
};

/* `image` is a multiple of 8. False: no tables were found within the allowed work. */
bool kallsyms_find(struct kallsyms *tables, const uint8_t *image, size_t size);

/* The symbol at or before an offset from the base; the first of several at the same place. */
bool kallsyms_name(const struct kallsyms *tables, uint64_t offset, struct kallsyms_symbol *symbol);

/* How many symbols have this name, and where the first of them is, from the base. */
uint32_t kallsyms_places(const struct kallsyms *tables, const char *name, uint32_t *offset);

#endif
