/*
 * Making a process from a program of the boot image: for init and the supervisor, which have the
 * machine and the image. A failure leaves nothing behind.
 */
#ifndef RTOS_SPAWN_H
#define RTOS_SPAWN_H

#include <kumiki/rtos/call.h>
#include <kumiki/rtos/image.h>
#include <stdbool.h>
#include <stdint.h>

/* Segments, stack, start page. */
#define SPAWN_PLACED_MAX (RTOS_IMAGE_SEGMENTS_MAX + 2)

struct spawn {
	const struct rtos_image *image;
	const struct rtos_program *program;
	bool strict;           /* RTOS_PROCESS_STRICT */
	bool own_text;         /* text and constants are copied, not mapped from the image */
	bool resets;           /* spawn_again() will be called */
	rtos_handle_t process; /* made by spawn_begin() */
	/* The regions in its quota, for resetting it. */
	rtos_handle_t placed[SPAWN_PLACED_MAX];
	uint32_t placed_count;
	/* The copies of segments that nobody writes; 0: that segment has none. */
	rtos_handle_t text[RTOS_IMAGE_SEGMENTS_MAX];
};

/* Makes the process, with this quota of the caller's pages and this highest priority, and lays out
 * its segments and its stack. It has no thread yet. */
enum rtos_status spawn_begin(struct spawn *spawn, uint64_t pages, uint8_t priority_limit);

/* Makes an ended process again like one after spawn_begin(), except that it keeps its handles and
 * objects. */
enum rtos_status spawn_again(struct spawn *spawn);

/* Maps fresh pages of the process's quota at `address`, which begin with these bytes. */
enum rtos_status spawn_place(struct spawn *spawn, uint64_t address, const void *from, uint64_t size,
                             uint64_t memory, uint32_t rights);

/* Fills the first `memory` bytes of a region: first these bytes, then zeros. */
enum rtos_status spawn_fill(rtos_handle_t region, const void *from, uint64_t size, uint64_t memory);

/* Goes on with the sum (lib/crc32c.h) of a region over these bytes, from a page's beginning. False:
 * they can't be read. */
bool spawn_sum(rtos_handle_t region, uint64_t offset, uint64_t size, uint32_t *crc);

/* Maps a whole region of the caller's at `address`. */
enum rtos_status spawn_map(const struct spawn *spawn, rtos_handle_t region, uint64_t address,
                           uint64_t pages, uint32_t rights);

/* Gives a copy of the caller's handle, at place *number, or at any place (0), which *number
 * becomes.
 */
enum rtos_status spawn_give(const struct spawn *spawn, rtos_handle_t handle, uint32_t rights,
                            uint64_t badge, uint32_t *number);

/* Makes the first thread, whose x0 is the start page right above its stack. */
enum rtos_status spawn_run(const struct spawn *spawn, uint8_t cpu);

/* Ends the process as far as it was made, and takes everything back. */
void spawn_undo(struct spawn *spawn);

#endif
