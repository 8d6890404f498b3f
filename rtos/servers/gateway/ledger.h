/*
 * The gateway's files, and the thread that works on them: it writes pending records to the log, and
 * looks whether the rules have changed. Frames never wait for the disk.
 *
 * The head, which is the next record's number, the last seal, and how many pending records are in
 * the log, lies in kept memory as one state. A record's place in the file follows from its number.
 * So a thread that begins anew writes the same records to the same places.
 *
 * The log is looked at each second. If there is none or an empty one, a new log begins, whose first
 * record tells how many the former one has. If it isn't the one that was written, nothing passes
 * (pending.h) until it was moved away.
 */
#ifndef GATEWAY_LEDGER_H
#define GATEWAY_LEDGER_H

#include "pending.h"
#include "rules.h"
#include <stddef.h>

struct ledger_head {
	uint64_t next;   /* records that are in the log */
	uint64_t taken;  /* of the pending ones */
	uint64_t starts; /* of the program */
	uint64_t former; /* records of the log before this one */
	uint8_t seal[GATELOG_SEAL];
};

/* Rules on their way to the thread that passes frames. */
struct ledger_rules {
	struct rules rules;
	uint32_t offered,
	    taken; /* the thread of the files writes `rules` only while they are equal */
};

/* Bytes of kept memory that it needs. */
size_t ledger_area(void);
/* Begins, in kept memory, with a key of GATELOG_KEY bytes. Not NULL: the error. */
const char *ledger_begin(void *area, const uint8_t *key, struct pending *pending,
                         struct ledger_rules *rules);
uint64_t ledger_starts(void);
/* At the log, once at least. */
bool ledger_has_looked(void);

#endif
