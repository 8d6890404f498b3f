/* What the template server decides: pure, so that it is tested on the host, too. */
#ifndef TEMPLATES_SERVER_COUNTERS_H
#define TEMPLATES_SERVER_COUNTERS_H

#include <kumiki/rtos/call.h>
#include <rtos/journal.h>
#include <templates/server/proto.h>

/* Raised whenever the layout of struct counters changes, or what it means. */
#define COUNTERS_VERSION 1

/* All that the server knows, and keeps. All zeros: it begins. */
struct counters {
	uint64_t value[COUNTERS];
	struct journal journal;
};

/* Carries out a call: its words become the answer's. True: something changed, which has to be kept
 * before the answer is given. */
bool counters_serve(struct counters *counters, uint64_t identity, uint64_t word[RTOS_WORDS]);

#endif
