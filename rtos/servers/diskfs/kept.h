/*
 * Changes that were answered, and aren't on the disk yet: a log in memory that outlives the server.
 * A server that begins makes them once more, from what the disk has: so nothing that a crash left
 * in the cache is believed. A change counts when `used` does, a single store. Each has a number;
 * the root on the disk says which is the last one in it.
 *
 * A commit empties the log. The answer of the last call stays, as a successor may get the call
 * again, and perhaps after others that are more urgent. So a server has one place for that, and
 * leaves the places of servers before it alone.
 */
#ifndef DISKFS_KEPT_H
#define DISKFS_KEPT_H

#include "diskfs.h"

#define KEPT_MAGIC   0x31504b44494d554bULL /* "KUMIDKP1" */
#define KEPT_WORDS   8
#define KEPT_ANSWERS 16u

/* Identity 0: free. */
struct kept_answer {
	uint64_t identity;
	uint64_t word1, word2;
	uint64_t sum; /* of these three, as they are written one by one */
};

/* A change: a call, its answer, and the bytes that came with it. */
struct kept_entry {
	uint32_t size; /* of all of it: a multiple of 8 */
	uint32_t crc;  /* of what follows up to the bytes; these have their own */
	uint64_t sequence;
	uint64_t identity;
	uint64_t word[KEPT_WORDS];
	uint64_t answer1, answer2;
	uint32_t bytes, bytes_crc;
	/* the bytes */
};

struct kept_head {
	uint64_t magic;
	uint64_t identity[2]; /* of the file system */
	uint64_t used;        /* bytes of the log */
	struct kept_answer answer[KEPT_ANSWERS];
};

struct kept {
	struct kept_head *head;
	uint8_t *log;
	uint64_t size;  /* of the log */
	uint32_t place; /* this server's, for an answer */
	bool again;     /* changes are being made once more */
};

/* What is kept in a memory; false: it is too small. */
bool kept_open(struct kept *kept, void *memory, uint64_t size);
/* For a file system with that identity. Returns the bytes of changes of another one, which are lost
 * now. */
uint64_t kept_begin(struct kept *kept, const uint64_t identity[2]);
/* A server begins, and has made the changes of the log: the last call there may come to it at any
 * time, so its answer gets a place of its own. */
void kept_inherit(struct kept *kept);

/* Where a change's bytes go, before it is made; NULL: there is no room now. */
uint8_t *kept_bytes(const struct kept *kept, uint32_t count);
/* The change was made. Its bytes are there already. */
void kept_add(struct kept *kept, const struct kept_entry *entry);
/* For the commit: all changes are on the disk. */
void kept_saved(struct diskfs *fs);

/* The change behind `at` bytes of the log, which its end takes the place of. NULL: there is none,
 * or it is damaged: then *at isn't at the log's end. */
const struct kept_entry *kept_next(const struct kept *kept, uint64_t *at);
static inline const uint8_t *kept_bytes_of(const struct kept_entry *entry)
{
	return (const uint8_t *)(entry + 1);
}

/* The answer that a once-only call had. */
bool kept_find(const struct kept *kept, uint64_t identity, uint64_t *word1, uint64_t *word2);

#endif
