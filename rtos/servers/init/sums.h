/*
 * Checks whether init's own text and constants, and the supervisor's, still equal those of the boot
 * image, a piece at each call.
 */
#ifndef INIT_SUMS_H
#define INIT_SUMS_H

#include <kumiki/rtos/call.h>
#include <kumiki/rtos/image.h>

enum sums_found {
	SUMS_SOUND,
	SUMS_OWN_DAMAGED,
	SUMS_SUPERVISOR_DAMAGED,
};

/* `supervisor` is its number. `text` is the first of the handles of its copies, by segment. */
enum sums_found sums_look(const struct rtos_image *image, uint32_t supervisor, rtos_handle_t text);
/* The supervisor has new copies. */
void sums_begin(void);

#endif
