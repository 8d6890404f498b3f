/*
 * Shows events of the RTOS's trace (kumiki/rtos/trace.h): their words, and the name that belongs to
 * a process's number at each time.
 */
#ifndef LIB_RTOSTRACE_H
#define LIB_RTOSTRACE_H

#include <kumiki/rtos/trace.h>
#include <stdbool.h>

struct rtostrace_words {
	const char *name;  /* the event's name, like "take" */
	const char *small; /* what the number in the middle means; NULL: nothing */
	const char *rest;  /* what the rest means; NULL: nothing */
};

/* The words of a type of events. An unknown type is called "event". */
const struct rtostrace_words *rtostrace_words(uint8_t type);

/* The word for the number in the middle of an event, like "timed out". NULL: show the number. */
const char *rtostrace_small(const struct trace_event *event);

/* Whether the event's data is a thread's number, the number in the middle and the rest. */
bool rtostrace_has_thread(uint8_t type);

/* ---- names ---- */

#define RTOSTRACE_PROCESSES 256

struct rtostrace_names {
	uint64_t name[RTOSTRACE_PROCESSES][3]; /* 16 bytes and a NUL; all zeros: not known */
	uint64_t rest;    /* going back: the second half of a name whose first half comes next */
	uint32_t rest_of; /* the process of `rest`; 0: none */
};

/*
 * A number's name changes with each process that gets the number. Begin with the names at the
 * trace's end. Going through all events from the last to the first gives the names at the trace's
 * beginning. Going from there to the last event gives the names at any time.
 */
void rtostrace_names_back(struct rtostrace_names *names, const struct trace_event *event);
void rtostrace_names_on(struct rtostrace_names *names, const struct trace_event *event);

/* "": the name isn't known. */
const char *rtostrace_name(const struct rtostrace_names *names, uint8_t process);

#endif
