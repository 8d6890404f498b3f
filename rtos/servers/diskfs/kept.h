/*
 * Changes that were answered, and aren't on the disk yet: a log in memory that outlives the server.
 * A server that begins makes them once more, from what the disk has: so nothing that a crash left
 * in the cache is believed. A change counts as soon as `used` has passed it, which is a single
 * store. Each change has a number. The root on the disk tells the number of the last change in it.
 *
 * A commit empties the log. The answer of the last call stays: the next server may get that call
 * again, perhaps after other calls that are more urgent. So a server has one place for such an
 * answer, and leaves the places of earlier servers alone.
 */
#ifndef DISKFS_KEPT_H
#define DISKFS_KEPT_H

#include "diskfs.h"

#define KEPT_MAGIC   0x31504b44494d554bULL /* "KUMIDKP1" */
#define KEPT_WORDS   8
#define KEPT_ANSWERS 16u

/* An answer. Identity 0: the place is free. */
struct kept_answer {
	uint64_t identity;
	uint64_t word1, word2;
	uint64_t sum; /* of these three, which are written one by one */
};

/* A change: a call, its answer, and the bytes that came with it. */
struct kept_entry {
	uint32_t size; /* of the whole entry: a multiple of 8 */
	uint32_t crc;  /* of what follows, up to the bytes, which have a sum of their own */
	uint64_t sequence;
	uint64_t identity;
	uint64_t word[KEPT_WORDS];
	uint64_t answer1, answer2;
	uint32_t bytes, bytes_crc;
	/* the bytes follow */
};

struct kept_head {
	uint64_t magic;
	uint64_t identity[2]; /* of the file system */
	uint64_t used;        /* bytes of the log that are used */
	struct kept_answer answer[KEPT_ANSWERS];
};

struct kept {
	struct kept_head *head;
	uint8_t *log;
	uint64_t size;  /* bytes of the log */
	uint32_t place; /* this server's place for an answer */
	bool again;     /* the changes are being made once more */
};

/* Opens kept memory. False: it is too small. */
bool kept_open(struct kept *kept, void *memory, uint64_t size);
/* Begins for a file system with that identity. Returns how many bytes of another file system's
 * changes are lost now. */
uint64_t kept_begin(struct kept *kept, const uint64_t identity[2]);
/* A server begins, and has made the changes of the log. The last call there may come to it at any
 * time, so that call's answer gets a place of its own. */
void kept_inherit(struct kept *kept);

/* Where a change's bytes go before the change is made; NULL: there is no room now. */
uint8_t *kept_bytes(const struct kept *kept, uint32_t count);
/* Adds a change that was made, and whose bytes are there already. */
void kept_add(struct kept *kept, const struct kept_entry *entry);
/* Empties the log after a commit: all changes are on the disk. */
void kept_saved(struct diskfs *fs);

/* The change at *at bytes of the log; *at moves behind it. NULL: there is none, or it is damaged:
 * then *at isn't at the log's end. */
const struct kept_entry *kept_next(const struct kept *kept, uint64_t *at);
static inline const uint8_t *kept_bytes_of(const struct kept_entry *entry)
{
	return (const uint8_t *)(entry + 1);
}

/* Finds the answer that a once-only call had. False: there is none. */
bool kept_find(const struct kept *kept, uint64_t identity, uint64_t *word1, uint64_t *word2);

#endif
