/*
 * The scrubber: a thread that calls the supervisor's own port again and again, with a low priority.
 * At each call the first thread looks at a piece of the memory that nobody writes (patrol.h). So
 * the scrubber needs no lock, and a more urgent caller waits for one piece at most.
 */
#ifndef SUPERVISOR_SCRUB_H
#define SUPERVISOR_SCRUB_H

#include "child.h"

/* The scrubber's badge: programs have the badges from 1 to RTOS_IMAGE_PROGRAMS_MAX. Word 0 of the
 * answer: milliseconds until the next call. */
#define SCRUB_BADGE (RTOS_IMAGE_PROGRAMS_MAX + 1u)

struct scrub_found {
	uint32_t program;             /* whose copy is damaged; 0: nobody's */
	uint32_t from_file;           /* whose text from a file is damaged; 0: nobody's */
	const struct rtos_part *part; /* of the image, damaged, and not told yet; NULL: none */
	uint64_t pause;               /* milliseconds */
};

/* The scrubber's first call comes when nobody else has anything to do. */
enum rtos_status scrub_begin(const struct children *all);
/* Looks at the next piece, and at one of text from files. */
struct scrub_found scrub_step(const struct children *all);

#endif
