/*
 * The fault campaign (docs/rtos/campaign.md): the worker's port, what its clients tell of their
 * work, and what the saboteur says to the host at its breakpoint.
 */
#ifndef TESTS_RTOS_CAMPAIGN_PROTO_H
#define TESTS_RTOS_CAMPAIGN_PROTO_H

#include <kumiki/rtos/call.h>
#include <lib/crc32c.h>

/*
 * Word 0 is what, words 1 to 5 anything, 7 the sum of those before it. The answer has words 1 to 5
 * as they came, in 6 how often this client asked for WORK_NEXT, in 7 the sum. WORK_ECHO is
 * repeatable, WORK_NEXT once only.
 */
enum work_operation { WORK_ECHO = 1, WORK_NEXT = 2 };

#define WORK_PAYLOAD 5

static inline uint64_t work_sum(const uint64_t word[RTOS_WORDS])
{
	return crc32c(0, word, (RTOS_WORDS - 1) * sizeof(word[0]));
}

/* In the window of each client, written by it alone. */
struct work_progress {
	uint64_t answers;
	uint64_t errors; /* another status than RTOS_OK */
	uint64_t wrong;  /* RTOS_OK, and not the right answer */
};

/* x0 of the saboteur's RTOS_YIELD. The host answers in x0 and x1. */
enum campaign_stop {
	CAMPAIGN_BEGINS = 1, /* answer: the seed, how many faults */
	CAMPAIGN_FAULT = 2,  /* it is put in now; answer: enum campaign_answer */
	CAMPAIGN_RESULT = 3, /* x1 to x5: lost, wrong, errors, restarts, ticks until it was over */
	CAMPAIGN_ENDS =
	    4, /* x1, x2: pages and handles that the supervisor has less than at first */
};

enum campaign_answer {
	CAMPAIGN_IS_IN = 0,
	CAMPAIGN_KILL = 1,  /* the saboteur does it: it restarts the worker */
	CAMPAIGN_AGAIN = 2, /* there is no worker now: a little later */
};

#endif
