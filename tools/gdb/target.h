/*
 * The partition as the translator sees it: something that carries out the requests of
 * kumiki/debug.h. tools/gdb/session.c makes a target from the link; tests make one from memory.
 */
#ifndef GDB_TARGET_H
#define GDB_TARGET_H

#include <kumiki/debug.h>
#include <stdbool.h>
#include <stddef.h>

#define TARGET_VCPUS_MAX 8u

struct target_data {
	size_t size;
	uint8_t bytes[DEBUG_DATA_SIZE] __attribute__((aligned(8)));
};

struct target {
	struct debug_target about; /* the answer to DEBUG_ATTACH */
	/* `data` goes with the request, and gets the answer. False: the request wasn't carried out.
	 */
	bool (*request)(struct target *target, const struct debug_request *request,
	                struct target_data *data);
};

#endif
