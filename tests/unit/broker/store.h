/*
 * A disk channel: place 0 provides the disk, from a medium in memory; the other places use it. See
 * unit/broker/lan.h. The provider must take each record of a session only once; otherwise the test
 * fails.
 */
#ifndef UNIT_BROKER_STORE_H
#define UNIT_BROKER_STORE_H

#include <kumiki/disk.h>
#include <unit/broker/lan.h>

#define STORE_SECTORS  128
#define STORE_REQUESTS 5  /* a user's open requests, with three descriptors each */
#define STORE_LARGEST  80 /* sectors of the largest request */

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
	uint8_t result; /* valid when it isn't open any more */
};

struct store {
	uint8_t medium[STORE_SECTORS * DISK_SECTOR];
	uint32_t session;        /* 0: the provider has none */
	uint64_t last[LAN_ENDS]; /* the number of each user's last record in the session */
	uint32_t served, over;
	struct store_request request[LAN_ENDS][STORE_REQUESTS];
};
extern struct store store;

void store_begin(uint32_t ends, uint32_t flags, uint64_t features);

/* A fixture: begins a disk with one user, which may write; and ends it. */
void store_set_up(void);
void store_tear_down(void);

/* Begins the provider's session and the user's driver. */
void store_drive(void);

/* Lets the provider say DISK_HELLO, and take the answer: `session`. */
void store_hello(uint64_t sectors);

/* The same by hand: the brokers have their turns between these two. */
void store_say_hello(uint64_t sectors);
void store_take_session(void);

/* Lets the provider take up to `most` records that are there: it carries requests out, and puts the
 * answers into its send queue. */
void store_serve(uint32_t most);

/* Takes one record, and answers nothing. False: there is none. */
bool store_take(struct disk_record *record, uint8_t *data);
void store_answer(const struct disk_record *record, const uint8_t *data, uint32_t size);

/* Makes a request of a user in a free slot, and returns the slot. A write's contents depend on the
 * seed; for a request about a range, `seed` is its flags. */
uint32_t store_ask(uint32_t place, enum store_block block, uint32_t sector, uint32_t sectors,
                   uint32_t seed);

/* Takes a user's requests that are over. */
void store_look(uint32_t place);

/* Of a request of the first user that is over. */
uint8_t store_result(uint32_t slot);

/* Lets the brokers and the provider work until no request is open. */
void store_finish(void);

/* Fills a sector as a write with this seed does. */
void store_fill(uint32_t sector, uint32_t seed);

/* True if these sectors of the medium are as a write with this seed left them. */
bool store_has(uint32_t sector, uint32_t sectors, uint32_t seed);

/* True if a read found the data of a write with this seed. */
bool store_found(uint32_t place, uint32_t slot, uint32_t seed);

#endif
