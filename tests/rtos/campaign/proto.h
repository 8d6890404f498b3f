/*
 * The fault campaign (README.md): the worker's port, what its clients tell of their
 * work, and what the saboteur says to the host at its breakpoint.
 */
#ifndef TESTS_RTOS_CAMPAIGN_PROTO_H
#define TESTS_RTOS_CAMPAIGN_PROTO_H

#include <kumiki/rtos/call.h>
#include <lib/crc32c.h>

/*
 * Word 0 is what, word 1 the client's number of this call, word 2 the client's own, 3 to 5
 * anything, 7 the sum of all these, which the client made. The answer has words 0 to 5 and 7 as
 * they came; in the lower half of 6 how often this client asked for WORK_NEXT, and which life of
 * the worker's state that is, and in the upper half the sum of that and of word 7. WORK_ECHO is
 * repeatable, WORK_NEXT once only.
 */
enum work_operation { WORK_ECHO = 1, WORK_NEXT = 2 };

#define WORK_PAYLOAD 5

static inline uint64_t work_sum(const uint64_t word[RTOS_WORDS])
{
	return crc32c(0, word, (WORK_PAYLOAD + 1) * sizeof(word[0]));
}

#define WORK_COUNT(word6) ((uint32_t)(word6)&0xffffff)
#define WORK_LIFE(word6)  ((uint32_t)(word6) >> 24)

static inline uint64_t work_count(uint32_t count, uint64_t sum)
{
	return (uint64_t)crc32c((uint32_t)sum, &count, sizeof(count)) << 32 | count;
}

/* In the window of each client, written by it alone. */
struct work_progress {
	uint64_t answers;
	uint64_t errors; /* another status than RTOS_OK, or an answer that doesn't fit its sum */
	uint64_t wrong;  /* an answer that fits its sum, and isn't the right one */
	uint64_t round;  /* in so many answers it has looked at all that it keeps at the server */
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
	CAMPAIGN_SOON = 3,  /* it restarts the worker, and stops again while that goes on */
};

#endif
