/*
 * The page that the operator's shell and the warden share. Each side writes its own half, and
 * trusts nothing in the other half: the other side may have crashed in the middle. The events
 * SERVICE_EVENT_ASKED and SERVICE_EVENT_SAID (service.h) tell a side to look.
 */
#ifndef KUMIKI_WARDEN_H
#define KUMIKI_WARDEN_H

#include <stdint.h>

enum warden_request {
	WARDEN_POWER = 0, /* which cores are on; `number`: the new policy, or POWER_POLICIES */
	WARDEN_CORES = 1, /* the cores' holders; `number`: enum warden_hand */
	WARDEN_GIVE = 2,  /* `core` is to go to `partition` within `number` seconds */
};

/* Whether cores move between partitions by themselves. */
enum warden_hand { WARDEN_AS_IT_IS = 0, WARDEN_BY_HAND = 1, WARDEN_BY_ITSELF = 2 };

#define WARDEN_TEXT_SIZE 1000u /* an answer: the shell passes it on at once */
#define WARDEN_SAID_SIZE 2048u /* a power of two */

struct warden_box {
	/* Written by the shell. A request is whole while both numbers are the same. */
	uint32_t begun; /* number of the request being written, or of the last request; 0: none */
	uint32_t what, core, partition, number;
	uint32_t asked;     /* the same number, written last */
	uint32_t said_tail; /* characters taken from `said` */
	uint32_t reserved0[9];

	/* Written by the warden. The answer is whole when `answered` is the request's number. */
	uint32_t heard;     /* number of the request that it carries out, or of the last one */
	uint32_t answered;  /* written last */
	uint32_t failed;    /* the request failed */
	uint32_t size;      /* of `text` */
	uint32_t said_head; /* all characters written to `said`; the slot is the number modulo the
	                       size */
	uint32_t by_hand;   /* 1: no core moves by itself; kept for its next life */
	uint32_t reserved1[10];
	char text[WARDEN_TEXT_SIZE];
	char said[WARDEN_SAID_SIZE]; /* whole lines that no request asked for */
};
_Static_assert(sizeof(struct warden_box) <= 4096, "it is one page");

#endif
