/* What outlives the server: which sockets there are, and to which starts of their programs they
 * belong. */
#ifndef NET_RECORD_H
#define NET_RECORD_H

#include "table.h"

/* Facts about all servers so far, with which the next server begins. */
struct record_facts {
	uint32_t address, mask, router; /* found by DHCP the last time */
	uint32_t names;
	uint64_t starts; /* starts of the server */
	uint64_t ended;  /* connections that its restarts ended */
	uint32_t program_starts[TABLE_PROGRAMS];
	uint32_t reserved;
};
extern struct record_facts record_facts;

/* Opens kept memory, and makes the sockets again. Not NULL: the error. */
const char *record_begin(void);
/* Writes the table and the facts, which have changed. */
void record_write(void);

/* Whether kept memory has what was last written. */
bool record_is_sound(void);

#endif
