/*
 * A disk on the host: place 0 provides it, from a medium in memory; the others use it. See
 * unit/broker/lan.h. The provider takes each record of a session once, or the test fails.
 */
#ifndef UNIT_BROKER_STORE_H
#define UNIT_BROKER_STORE_H

#include <kumiki/disk.h>
#include <unit/broker/lan.h>

#define STORE_SECTORS  128
#define STORE_REQUESTS 5  /* of a user's at a time: three descriptors each */
#define STORE_LARGEST  80 /* sectors of a request */

enum store_block {
	STORE_READ = 0,
	STORE_WRITE = 1,
	STORE_FLUSH = 4,
	STORE_SERIAL = 8,
	STORE_DISCARD = 11,
	STORE_ZEROES = 13,
};

struct store_request {
	enum store_block block;
	uint32_t sector, sectors, seed;
	bool open;
	uint8_t result; /* once it is over */
};

struct store {
	uint8_t medium[STORE_SECTORS * DISK_SECTOR];
	uint32_t session;        /* 0: the provider has none */
	uint64_t last[LAN_ENDS]; /* of each user, the last record's number in the session */
	uint32_t served, over;
	struct store_request request[LAN_ENDS][STORE_REQUESTS];
};
extern struct store store;

void store_begin(uint32_t ends, uint32_t flags, uint64_t features);

/* For cmocka: a disk with one user, who may write; and the end of that. */
int store_set_up(void **state);
int store_tear_down(void **state);

/* A provider has its session, and the user its driver. */
void store_drive(void);

/* The provider says DISK_HELLO, and takes what comes: `session`. */
void store_hello(uint64_t sectors);

/* The provider takes all records that lie there: it carries requests out, and puts the answers into
 * its send queue. `most`: how many of them. */
void store_serve(uint32_t most);

/* Takes one record, and answers nothing. False: there is none. */
bool store_take(struct disk_record *record, uint8_t *data);
void store_answer(const struct disk_record *record, const uint8_t *data, uint32_t size);

/* A request of a user, in a free slot, which is returned. What is written has the seed in it; of a
 * range `seed` is its flags. */
uint32_t store_ask(uint32_t place, enum store_block block, uint32_t sector, uint32_t sectors,
                   uint32_t seed);

/* Takes what is over. */
void store_look(uint32_t place);

/* Turns and serves until no request is open. */
void store_finish(void);

/* Puts there what a write with that seed would. */
void store_fill(uint32_t sector, uint32_t seed);

/* The sectors of the medium have what a write with that seed put there. */
bool store_has(uint32_t sector, uint32_t sectors, uint32_t seed);

/* What a read found is as the write with this seed put it there. */
bool store_found(uint32_t place, uint32_t slot, uint32_t seed);

#endif
