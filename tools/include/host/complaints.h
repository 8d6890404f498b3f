/*
 * The mistakes of a system description, each with its place. They are collected, so that one run
 * finds every mistake. Then they are told in the order of the source: to a program by its "ear",
 * which is a function, or to people in lines:
 *
 *	file:line:column: error: what is wrong with which word; what to do
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
	const char *folder; /* with a slash at its end; "" for the current folder */
	unsigned order;     /* 0: the description itself; included files count from 1 */
};

struct dts_place {
	const struct dts_file *file; /* NULL: the complaint is about the whole description */
	uint32_t line, column;       /* from 1; columns count bytes */
};

struct complaint {
	struct complaint *next;
	struct dts_place place;
	const char *about; /* if it has no place: a partition or a file; NULL: the description */
	bool warning;
	const char *text;
};

struct complaints {
	struct arena *arena;
	struct complaint *first, *last;
	size_t errors, warnings;
	size_t untold; /* complaints beyond COMPLAINTS_MAX, which aren't kept */
};

#define COMPLAINTS_MAX 200

/* Keeps a complaint. The same words for the same place are kept only once. */
void complain(struct complaints *complaints, struct dts_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void complain_warning(struct complaints *complaints, struct dts_place place, const char *format,
                      ...) __attribute__((format(printf, 3, 4)));
/* Complains of something that has a name, but no place. Always returns false. */
bool complain_about(struct complaints *complaints, const char *about, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Warns of the first byte of a file that is no UTF-8. */
void complain_encoding(struct complaints *complaints, const struct dts_file *file, const char *text,
                       size_t size);
/* Names another place in a complaint about this one: "line 7", or "other.dtsi:7". */
const char *complaints_where(const struct complaints *complaints, struct dts_place here,
                             struct dts_place there);

/* Hears one complaint after another. A complaint lasts until the function returns. */
struct complaints_ear {
	void (*hear)(void *context, const struct complaint *complaint);
	void *context;
};

/* complaints_tell() tells all complaints to the ear, sorted by file, line and column. Without an
 * ear, it prints them as lines on `out`, as complaints_print() does. */
void complaints_tell(const struct complaints *complaints, const struct complaints_ear *ear,
                     FILE *out);
void complaints_print(const struct complaints *complaints, FILE *out);

#endif
