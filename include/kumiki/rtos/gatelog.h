/*
 * The log of the security gateway (docs/gateway.md): records of one size, one behind the other, so
 * that a record's number is its place. Each is sealed with a key, over the seal before it and its
 * own bytes. Addresses and ports are of the inside first, then of the outside. Little-endian.
 */
#ifndef KUMIKI_RTOS_GATELOG_H
#define KUMIKI_RTOS_GATELOG_H

#include <stdint.h>

#define GATELOG_MAGIC 0x31474c4bu /* "KLG1" */
#define GATELOG_SEAL  32          /* bytes: HMAC-SHA256 */
#define GATELOG_KEY   32          /* bytes */

enum gatelog_kind {
	GATELOG_BEGIN =
	    1,             /* the gateway's program began; frames[0]: its how manieth start.
	                    * frames[1] not 0: a new log began; so many records has the former one */
	GATELOG_RULES = 2, /* other rules hold from now on: `rule` of them */
	GATELOG_FLOW = 3,  /* what has passed since the last record of this flow */
	GATELOG_CROWD = 4, /* frames that were refused and have no record of their own */
	GATELOG_LOST = 5,  /* frames that came or passed, and were lost */
	GATELOG_KINDS = 6,
};

/* Why a flow passes or is refused. */
enum gatelog_reason {
	GATELOG_ALLOWED = 0,   /* by line `rule` */
	GATELOG_DENIED = 1,    /* by line `rule`; 0: no line fits */
	GATELOG_NO_BEGIN = 2,  /* TCP that doesn't begin with SYN */
	GATELOG_FRAGMENT = 3,  /* a part of an IP packet */
	GATELOG_MALFORMED = 4, /* its lengths can't be, or it has a source route */
	GATELOG_REASONS = 5,
};

struct gatelog_record {
	uint32_t magic;
	uint8_t kind;     /* enum gatelog_kind */
	uint8_t reason;   /* enum gatelog_reason */
	uint8_t outward;  /* 1: the inside began */
	uint8_t protocol; /* IP's, with `type` 0x0800 */
	uint64_t number;  /* from 0 on */
	uint64_t from;    /* nanoseconds since 1970, UTC; before 1980: since the machine's start */
	uint64_t until;
	uint8_t address[2][4];
	uint16_t port[2]; /* of ICMP's echoes both are the identifier */
	uint16_t type;    /* of Ethernet */
	uint16_t rule;
	uint8_t card[2][6]; /* MAC addresses: of the side that began, of the other one if known */
	uint8_t reserved[4];
	uint64_t frames[2], bytes[2]; /* from the inside, from the outside */
	uint8_t seal[GATELOG_SEAL];
};
_Static_assert(sizeof(struct gatelog_record) == 128, "there is nothing between");

#endif
