/*
 * Events of the RTOS's trace (kumiki/rtos/trace.h) for everybody who shows them: their words, and
 * which name a process's number has when.
 */
#ifndef LIB_RTOSTRACE_H
#define LIB_RTOSTRACE_H

#include <kumiki/rtos/trace.h>
#include <stdbool.h>

struct rtostrace_words {
	const char *name;  /* "take" */
	const char *small; /* what the number in the middle is; NULL: nothing */
	const char *rest;  /* and the rest */
};

/* "event" for a type that isn't known here. */
const struct rtostrace_words *rtostrace_words(uint8_t type);

/* What the number in the middle of an event says by itself: "timed out"; NULL: it is a number. */
const char *rtostrace_small(const struct trace_event *event);

/* Whether its data is a thread's number and the two others. */
bool rtostrace_has_thread(uint8_t type);

/* ---- names ---- */

#define RTOSTRACE_PROCESSES 256

struct rtostrace_names {
	uint64_t name[RTOSTRACE_PROCESSES][3]; /* 16 bytes and a NUL; all zeros: it isn't known */
	uint64_t rest;                         /* going back: of the name that comes next */
	uint32_t rest_of;                      /* and whose that is; 0: nobody's */
};

/*
 * Names change with each process that takes a number. Beginning with those at the trace's end, all
 * events are shown from the last one to the first, which gives those at its beginning; then from
 * the first one on, which gives those at any time.
 */
void rtostrace_names_back(struct rtostrace_names *names, const struct trace_event *event);
void rtostrace_names_on(struct rtostrace_names *names, const struct trace_event *event);

/* "": it isn't known. */
const char *rtostrace_name(const struct rtostrace_names *names, uint8_t process);

#endif
