/* What outlives the server: which sockets there are, and of which starts of their programs. */
#ifndef NET_RECORD_H
#define NET_RECORD_H

#include "table.h"

/* What is told of all servers so far, and what the next one begins with. */
struct record_facts {
	uint32_t address, mask, router; /* by DHCP, the last time */
	uint32_t names;
	uint64_t starts; /* of the server */
	uint64_t ended;  /* connections that its restarts ended */
	uint32_t program_starts[TABLE_PROGRAMS];
	uint32_t reserved;
};
extern struct record_facts record_facts;

/* Opens kept memory, and makes the sockets anew. Not NULL: the error. */
const char *record_begin(void);
/* The table or the facts have changed. */
void record_write(void);

/* Whether what is kept is what was written last. */
bool record_is_sound(void);

#endif
