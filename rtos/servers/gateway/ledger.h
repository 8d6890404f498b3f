/*
 * The gateway's files, and the thread that works on them. The thread writes pending records to the
 * log, and looks whether the rules have changed. Frames never wait for the disk.
 *
 * The head is the next record's number, the last seal, and how many pending records are in the log.
 * It lies in kept memory as one state. A record's place in the file follows from its number. So a
 * thread that begins anew writes the same records to the same places.
 *
 * The thread looks at the log each second. If there is none or an empty one, a new log begins,
 * whose first record tells how many records the former log has. If it isn't the log that was
 * written, nothing passes (pending.h) until somebody has moved it away.
 */
#ifndef GATEWAY_LEDGER_H
#define GATEWAY_LEDGER_H

#include "pending.h"
#include "rules.h"
#include <stddef.h>

struct ledger_head {
	uint64_t next;   /* records that are in the log */
	uint64_t taken;  /* pending records that are in the log */
	uint64_t starts; /* starts of the program */
	uint64_t former; /* records of the log before this one */
	uint8_t seal[GATELOG_SEAL];
};

/* Rules on their way to the thread that passes frames. */
struct ledger_rules {
	struct rules rules;
	uint32_t offered,
	    taken; /* the thread of the files writes `rules` only while both are equal */
};

/* Bytes of kept memory that the ledger needs. */
size_t ledger_area(void);
/* Begins, in kept memory at `area`, with a key of GATELOG_KEY bytes. Not NULL: the error. */
const char *ledger_begin(void *area, const uint8_t *key, struct pending *pending,
                         struct ledger_rules *rules);
uint64_t ledger_starts(void);
/* Whether the thread has looked at the log once. */
bool ledger_has_looked(void);

#endif
