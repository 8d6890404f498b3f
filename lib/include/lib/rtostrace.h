/*
 * Events of the RTOS's trace (kumiki/rtos/trace.h), to be shown: their words, and the name of a
 * process's number at each time.
 */
#ifndef LIB_RTOSTRACE_H
#define LIB_RTOSTRACE_H

#include <kumiki/rtos/trace.h>
#include <stdbool.h>

struct rtostrace_words {
	const char *name;  /* "take" */
	const char *small; /* meaning of the number in the middle; NULL: none */
	const char *rest;  /* meaning of the rest; NULL: none */
};

/* "event" for an unknown type. */
const struct rtostrace_words *rtostrace_words(uint8_t type);

/* The word for the number in the middle of an event: "timed out"; NULL: show the number. */
const char *rtostrace_small(const struct trace_event *event);

/* Whether its data is a thread's number, the number in the middle and the rest. */
bool rtostrace_has_thread(uint8_t type);

/* ---- names ---- */

#define RTOSTRACE_PROCESSES 256

struct rtostrace_names {
	uint64_t name[RTOSTRACE_PROCESSES][3]; /* 16 bytes and a NUL; all zeros: not known */
	uint64_t rest;    /* going back: the second half of the name that comes next */
	uint32_t rest_of; /* the process of `rest`; 0: none */
};

/*
 * Names change with each process that takes a number. Begin with the names at the trace's end. All
 * events from the last to the first then give the names at its beginning; all events from the first
 * to the last give the names at any time.
 */
void rtostrace_names_back(struct rtostrace_names *names, const struct trace_event *event);
void rtostrace_names_on(struct rtostrace_names *names, const struct trace_event *event);

/* "": not known. */
const char *rtostrace_name(const struct rtostrace_names *names, uint8_t process);

#endif
