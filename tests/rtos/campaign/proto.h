/*
 * The fault campaign (README.md): the calls of the worker's port, the counts that its clients
 * write, and what the saboteur tells the host at its breakpoint.
 */
#ifndef TESTS_RTOS_CAMPAIGN_PROTO_H
#define TESTS_RTOS_CAMPAIGN_PROTO_H

#include <kumiki/rtos/call.h>
#include <lib/crc32c.h>

/*
 * Word 0 is the operation, word 1 the client's number of this call, word 2 the client's own number.
 * Words 3 to 5 are anything, and word 7 is the client's sum of all these. The answer has the same
 * words 0 to 5 and 7. The lower half of its word 6 says how often this client asked for WORK_NEXT,
 * and which life of the worker's state this is; the upper half is the sum of that and of word 7.
 * WORK_ECHO is repeatable, WORK_NEXT once only.
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

/* In the window of each client; only that client writes it. */
struct work_progress {
	uint64_t answers;
	uint64_t errors; /* another status than RTOS_OK, or an answer that doesn't fit its sum */
	uint64_t wrong;  /* an answer that fits its sum, and isn't the right one */
	uint64_t round;  /* after so many answers it has checked all of its data at the server */
	/* Of a client of the system as it ships (user.c): */
	uint64_t lost;    /* synced data that is lost */
	uint64_t trouble; /* the first error: USER_TROUBLE(…) */
	uint64_t hurry;   /* the saboteur sets it: the client makes no pauses */
	uint64_t synced[16];
};

/* Which service, and its status. */
#define USER_TROUBLE(service, status) ((uint64_t)(service) << 32 | (uint32_t)(status))
enum user_service {
	USER_FILES = 1,
	USER_DISK,
	USER_BOOT,
	USER_CLOCK,
	USER_LOG,
	USER_CONSOLE,
};
#define USER_IS_WRONG 1000 /* in place of a status */

/* x0 of the saboteur's RTOS_YIELD. The host answers in x0 and x1. */
enum campaign_stop {
	CAMPAIGN_BEGINS = 1, /* answer: the seed, how many faults */
	/* The fault comes now; answer: enum campaign_answer, and which of the programs that the
	 * saboteur manages it is put into, in the manifest's order from 0 on. */
	CAMPAIGN_FAULT = 2,
	/* x1 to x7: lost, wrong, errors, restarts, ticks until it was over; synced data that is
	 * lost, and the first trouble */
	CAMPAIGN_RESULT = 3,
	CAMPAIGN_ENDS =
	    4, /* x1, x2: pages and handles that the supervisor has less than at first */
};

enum campaign_answer {
	CAMPAIGN_IS_IN = 0,
	CAMPAIGN_KILL = 1,  /* the saboteur restarts the worker itself */
	CAMPAIGN_AGAIN = 2, /* there is no worker now: ask again a little later */
	CAMPAIGN_SOON = 3,  /* the saboteur restarts the worker, and stops again meanwhile */
};

#endif
