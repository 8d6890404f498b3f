/*
 * Makes a process from a program of the boot image. It is for init and the supervisor, which have
 * the machine's handle and the image. A function that fails leaves nothing behind.
 */
#ifndef RTOS_SPAWN_H
#define RTOS_SPAWN_H

#include <kumiki/rtos/call.h>
#include <kumiki/rtos/image.h>
#include <stdbool.h>
#include <stdint.h>

/* The segments, the stack and the start page. */
#define SPAWN_PLACED_MAX (RTOS_IMAGE_SEGMENTS_MAX + 2)

struct spawn {
	const struct rtos_image *image;
	const struct rtos_program *program;
	bool strict;   /* RTOS_PROCESS_STRICT */
	bool own_text; /* the process gets copies of text and constants, not the image's pages */
	bool resets;   /* spawn_again() will be called */
	rtos_handle_t process; /* made by spawn_begin() */
	/* The regions in the process's quota, for spawn_again(). */
	rtos_handle_t placed[SPAWN_PLACED_MAX];
	uint32_t placed_count;
	/* The copies of segments that nobody writes. 0: the segment has none. */
	rtos_handle_t text[RTOS_IMAGE_SEGMENTS_MAX];
};

/* Makes the process, without a thread, and lays out its segments and its stack. `pages`: its quota,
 * taken from the caller's pages. `priority_limit`: its highest priority. */
enum rtos_status spawn_begin(struct spawn *spawn, uint64_t pages, uint8_t priority_limit);

/* Makes an ended process as it was after spawn_begin(), except that it keeps its handles and
 * objects. */
enum rtos_status spawn_again(struct spawn *spawn);

/* Maps new pages of the process's quota at `address`. They begin with `size` bytes from `from`. */
enum rtos_status spawn_place(struct spawn *spawn, uint64_t address, const void *from, uint64_t size,
                             uint64_t memory, uint32_t rights);

/* Fills the first `memory` bytes of a region: first with `size` bytes from `from`, then with zeros.
 */
enum rtos_status spawn_fill(rtos_handle_t region, const void *from, uint64_t size, uint64_t memory);

/* Adds `size` bytes of a region to a sum (lib/crc32c.h). `offset` is a page's beginning. False: the
 * bytes can't be read. */
bool spawn_sum(rtos_handle_t region, uint64_t offset, uint64_t size, uint32_t *crc);

/* Maps a whole region of the caller's at `address`. */
enum rtos_status spawn_map(const struct spawn *spawn, rtos_handle_t region, uint64_t address,
                           uint64_t pages, uint32_t rights);

/* Gives the process a copy of the caller's handle, at place *number. If *number is 0, the kernel
 * chooses the place, and *number becomes it. */
enum rtos_status spawn_give(const struct spawn *spawn, rtos_handle_t handle, uint32_t rights,
                            uint64_t badge, uint32_t *number);

/* Makes the first thread. Its x0 is the start page, which is right above its stack. */
enum rtos_status spawn_run(const struct spawn *spawn, uint8_t cpu);

/* Ends the process as far as it was made, and takes back everything. */
void spawn_undo(struct spawn *spawn);

#endif
