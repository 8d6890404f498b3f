/* The network's addresses, from the manifest's arguments. Pure. */
#ifndef NET_SETTINGS_H
#define NET_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct settings {
	bool automatic;                        /* the addresses come by DHCP */
	uint32_t address, mask, router, names; /* 0x0a00020f is 10.0.2.15; 0: none */
};

/* Reads arguments, one string behind the other: "address 10.0.2.15/24" or "address automatic",
 * "router 10.0.2.2", "names 10.0.2.3". Without arguments all is automatic. Not NULL: the first
 * wrong one. */
const char *settings_read(struct settings *settings, const char *arguments, uint32_t count);

/* Reads a whole address, up to the string's end or to `end`. Returns where it ended; NULL: this is
 * none. */
const char *settings_address(const char *text, char end, uint32_t *address);

#endif
