/*
 * Making a process from a program of the boot image: for init and the supervisor, who have the
 * machine and the image. What goes wrong leaves nothing behind.
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
	/* The regions in its quota, for who resets it. */
	rtos_handle_t placed[SPAWN_PLACED_MAX];
	uint32_t placed_count;
};

/* The process, with this quota of the caller's pages and this highest priority; its segments and
 * its stack are laid out. Nobody runs in it yet. */
enum rtos_status spawn_begin(struct spawn *spawn, uint64_t pages, uint8_t priority_limit);

/* An ended one is as after spawn_begin(), but that it has the handles and objects that it had. */
enum rtos_status spawn_again(struct spawn *spawn);

/* Fresh pages in the process's quota at `address`, which begin with these bytes. */
enum rtos_status spawn_place(struct spawn *spawn, uint64_t address, const void *from, uint64_t size,
                             uint64_t memory, uint32_t rights);

/* So many bytes of a region: first these, then zeros. */
enum rtos_status spawn_fill(rtos_handle_t region, const void *from, uint64_t size, uint64_t memory);

/* A region of the caller's, whole, at `address`. */
enum rtos_status spawn_map(const struct spawn *spawn, rtos_handle_t region, uint64_t address,
                           uint64_t pages, uint32_t rights);

/* A copy of a handle of the caller's. `number` is its place, or 0: any, which *number is then. */
enum rtos_status spawn_give(const struct spawn *spawn, rtos_handle_t handle, uint32_t rights,
                            uint64_t badge, uint32_t *number);

/* Its first thread, which is told the page right above its stack. */
enum rtos_status spawn_run(const struct spawn *spawn, uint8_t cpu);

/* Ends what is there of it, and takes everything back. */
void spawn_undo(struct spawn *spawn);

#endif
