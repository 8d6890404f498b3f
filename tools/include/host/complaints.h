/*
 * The mistakes of a system description, each with its place. They are collected, so that one run
 * finds every mistake, and told in the order of the source: to a program's ear as they are, or to
 * people in lines:
 *
 * 	file:line:column: error: what is wrong with which word; what to do
 */
#ifndef HOST_COMPLAINTS_H
#define HOST_COMPLAINTS_H

#include <host/arena.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A file of the description, as it was opened. */
struct dts_file {
	const char *name;   /* its name in messages */
	const char *folder; /* with the closing slash; "" for the current one */
	unsigned order;     /* 0 is the description itself, then in the order of their inclusion */
};

struct dts_place {
	const struct dts_file *file; /* NULL: the description as a whole */
	uint32_t line, column;       /* from 1; a column is a byte */
};

struct complaint {
	struct complaint *next;
	struct dts_place place;
	const char *about; /* without a place: a partition, a file; NULL: the description */
	bool warning;
	const char *text;
};

struct complaints {
	struct arena *arena;
	struct complaint *first, *last;
	size_t errors, warnings;
	size_t untold; /* not kept, beyond COMPLAINTS_MAX */
};

#define COMPLAINTS_MAX 200

/* The same words for the same place are kept once. */
void complain(struct complaints *complaints, struct dts_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void complain_warning(struct complaints *complaints, struct dts_place place, const char *format,
                      ...) __attribute__((format(printf, 3, 4)));
/* A mistake without a place, of something that has a name. Always false. */
bool complain_about(struct complaints *complaints, const char *about, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Hears the complaints one after the other. They last until it returns. */
struct complaints_ear {
	void (*hear)(void *context, const struct complaint *complaint);
	void *context;
};

/* All complaints, sorted by file, line and column; without an ear in lines on `out`. */
void complaints_tell(const struct complaints *complaints, const struct complaints_ear *ear,
                     FILE *out);
void complaints_print(const struct complaints *complaints, FILE *out);

#endif
