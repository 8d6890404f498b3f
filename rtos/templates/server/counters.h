/* The template server's decisions: pure, so that they are tested on the host, too. */
#ifndef TEMPLATES_SERVER_COUNTERS_H
#define TEMPLATES_SERVER_COUNTERS_H

#include <kumiki/rtos/call.h>
#include <rtos/journal.h>
#include <templates/server/proto.h>

/* Raised whenever the layout or the meaning of struct counters changes. */
#define COUNTERS_VERSION 1

/* The server's whole state, which it keeps. All zeros: it begins. */
struct counters {
	uint64_t value[COUNTERS];
	struct journal journal;
};

/* Carries out a call: its words become the answer's. True: the state changed, and has to be kept
 * before the answer is given. */
bool counters_serve(struct counters *counters, uint64_t identity, uint64_t word[RTOS_WORDS]);

#endif
