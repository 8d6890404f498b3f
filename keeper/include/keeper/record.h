/*
 * The record: it feeds the picture's series from the machine's documents, and writes what programs
 * and Prometheus read of them.
 */
#ifndef KEEPER_RECORD_H
#define KEEPER_RECORD_H

#include <keeper/picture.h>

/* The places of values in points of vCPUs, cores and systems. */
enum { RECORD_RAN, RECORD_STOLEN, RECORD_SWITCHES, RECORD_MOVES, RECORD_MISSES, RECORD_EXHAUSTED };
enum { RECORD_SERVICES, RECORD_IDLE, RECORD_OFF };
enum { RECORD_STARTS };

/* A kind of values, such as the time that a vCPU ran. */
struct record_what {
	const char *word;
	enum series_kind kind;
	uint32_t value; /* of a point; RECORD_WAITING: what is left of its time */
	bool time;      /* it is told as a share of the time; false: as a count */
};
#define RECORD_WAITING SERIES_VALUES

struct record_ask {
	const char *system; /* "": `number` is a core's */
	bool one;           /* of a system, the vCPU `number` alone */
	uint32_t number;    /* of the vCPU, or core */
	const struct record_what *what;
	enum series_level level;
	bool whole;              /* from the oldest point on */
	int64_t from_ms, now_ms; /* since 1970 */
};

/* Whose row it is. False: the name is none, or a core has one. */
bool record_of(struct series_of *of, enum series_kind kind, const char *system, uint64_t number);

/* Documents that have just come. */
void record_list(struct picture *picture, const json_t *list);
void record_accounts(struct picture *picture, const json_t *accounts);

/* Systems have series of vCPUs and of their own. NULL: there is no such word for them. */
const struct record_what *record_what(bool core, const char *word);

/* The words that record_what() knows, as the end of a sentence. */
const char *record_words(bool core);

/* Whether there are series of what is asked for. */
bool record_has(const struct picture *picture, const struct record_ask *ask);

/* Whether a core's idle time is asked for, where the one vCPU of the core hides it. */
bool record_is_hidden(const struct picture *picture, const struct record_ask *ask);

/* The document `series`, from malloc(); NULL: no memory. */
char *record_text(const struct picture *picture, const struct record_ask *ask);

/* ---- metrics.c ---- */

/* The picture in Prometheus's text format, from malloc(); NULL: no memory. */
char *metrics_text(const struct picture *picture);

#endif
