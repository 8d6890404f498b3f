/*
 * What cores show each other while the frame is exchanged for another one: docs/update.md. It lies
 * in the memory that all cores share.
 */
#ifndef STATE_UPDATE_H
#define STATE_UPDATE_H

#include <frame/asm.h>
#include <frame/types.h>

enum update_phase {
	UPDATE_QUIET,  /* no exchange is due */
	UPDATE_GOES,   /* cores come to rest in the old frame, for the exchange */
	UPDATE_TRIES,  /* the new frame takes over: if it fails, all turn back */
	UPDATE_CLAIMS, /* it has failed: one core prepares the way back */
	UPDATE_TURNS,  /* cores come to rest in the new frame, for the exchange back */
	UPDATE_RETURNS /* the old frame takes over again */
};

struct update {
	/* The exchange's page (exchange.S) uses the first two. */
	uint32_t arrived;   /* cores that wait there, a bit each */
	uint32_t exchanges; /* number of exchanges until now */
	uint32_t phase;     /* enum update_phase; atomically */
	uint32_t has_spare; /* there is a spare area */
	/* The pristine frame's sum; 0: it was damaged, and isn't used. And that of the frame before
	 * an exchange. */
	uint64_t pristine, before;
};
_Static_assert(offsetof(struct update, arrived) == 0 &&
                   offsetof(struct update, exchanges) == UPDATE_EXCHANGES,
               "exchange.S has them there");

#endif
