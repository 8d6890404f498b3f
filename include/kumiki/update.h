/*
 * The exchange of the frame for another one while the machine runs (docs/update.md): why it is
 * refused, and how the last one went.
 */
#ifndef KUMIKI_UPDATE_H
#define KUMIKI_UPDATE_H

#include <stdint.h>

/* The answer to SERVICE_UPDATE. */
enum update_fault {
	UPDATE_OK = 0,
	UPDATE_NO_SPARE,        /* the description has no key for updates */
	UPDATE_NOT_A_FRAME,     /* wrong magic */
	UPDATE_BOARD,           /* a frame for another board */
	UPDATE_BUNDLE_REVISION, /* it reads bundles of another revision */
	UPDATE_LAYOUT, /* its parts have other places, or one of the two has no fixed ones */
	UPDATE_KEEP,   /* guests' state means something else to it */
	UPDATE_STATE,  /* what stays in memory has another layout */
	UPDATE_SIZE,   /* not as long as a frame's image is */
	UPDATE_BUSY,   /* the machine starts, the frame recovers, or there was an update within
	                  UPDATE_TRIAL_NS */
	UPDATE_CORE,   /* a core is off, or is told to go off */
	UPDATE_MENDED, /* the running frame's text was damaged, and was made anew */
	UPDATE_LOST,   /* its pristine frame is damaged, so it couldn't come back */
	UPDATE_FAULTS
};

/* If the new frame fails within this time, the old one comes back: in its first second, and a hang
 * is noticed up to two seconds later. */
#define UPDATE_TRIAL_NS 3000000000ULL

enum update_outcome {
	UPDATE_NONE = 0, /* there has been no update */
	UPDATE_DONE,
	UPDATE_BACK, /* the new frame failed (struct frame_crash), and the old one is back */
};

#define UPDATE_VERSION_SIZE 32 /* BUNDLE_VERSION_SIZE */

/* The last exchange, among the accounts. `count` is written last. */
struct frame_update {
	uint32_t count;        /* of exchanges, those back included */
	uint32_t outcome;      /* enum update_outcome */
	uint64_t began, ended; /* counter: guests stood in between. Of UPDATE_BACK: the way back */
	char before[UPDATE_VERSION_SIZE], after[UPDATE_VERSION_SIZE]; /* the frames' versions */
};

#endif
