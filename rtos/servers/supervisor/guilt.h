/*
 * Decides who pays for a server's crash (docs/proof/rtos-guilt.md). The calls that the server's
 * threads served at the end are suspects. The kernel sets a call aside that has ended as many
 * processes as its port allows. Then the call's sender is guilty, and the server's restart limit
 * doesn't count the call's crashes. The guilt is a part of the server's record, so it outlives the
 * supervisor. Pure.
 */
#ifndef SUPERVISOR_GUILT_H
#define SUPERVISOR_GUILT_H

#include "policy.h"
#include <stdbool.h>
#include <stdint.h>

#define GUILT_CALLS     4u /* calls that are looked at after one crash */
#define GUILT_SUSPECTS  4u
#define GUILT_SENDERS   4u
#define GUILT_FIRST_MS  10000u /* length of the first refusal; each further one is twice as long */
#define GUILT_DOUBLINGS 6u

/* A call that ended the server's process (RTOS_BLAMED). */
struct guilt_call {
	uint64_t identity;
	uint64_t word;  /* its word 0 */
	uint32_t badge; /* its sender's badge */
	uint8_t port;   /* the port's number in the manifest */
	uint8_t blame;  /* processes that it ended, this one included */
	uint8_t limit;  /* at so many processes the kernel sets the call aside */
};

struct guilt_suspect {
	uint64_t identity; /* 0: the place is free */
	uint64_t at;       /* when its last crash was */
	uint32_t crashes;
	uint32_t reserved;
};

struct guilt_sender {
	uint64_t word;  /* word 0 of its last call that was set aside */
	uint64_t at;    /* when that was */
	uint64_t until; /* calls of that kind are refused until then */
	uint32_t badge; /* 0: the place is free */
	uint8_t port;
	uint8_t times; /* refusals in a row */
	uint8_t reserved[2];
};

struct guilt {
	struct guilt_suspect suspects[GUILT_SUSPECTS];
	struct guilt_sender senders[GUILT_SENDERS];
	uint64_t since; /* when the first of these calls was set aside */
	uint32_t count; /* calls that were set aside since then */
	uint32_t reserved;
};

/*
 * The server crashed, and these calls are to blame. Returns what the crash means for the server.
 * *crashes: the most crashes that one of these calls caused before. `most` and `window` are the
 * server's restart limit.
 */
enum policy_cause guilt_crashed(struct guilt *guilt, const struct guilt_call *calls, uint32_t count,
                                uint32_t most, uint64_t window, uint64_t now, uint32_t *crashes);

/* The sender at this place, if its calls are refused now, until sender->until; NULL: they aren't.
 */
const struct guilt_sender *guilt_refused(const struct guilt *guilt, uint32_t place, uint64_t now);

#endif
