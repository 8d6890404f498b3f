/*
 * The partition as the translator sees it: something that carries out the requests of
 * kumiki/debug.h. tools/gdb/session.c makes one of the link; tests make one of memory.
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
	struct debug_target about; /* DEBUG_ATTACH's answer */
	/* `data` goes with the request, and then has the answer. False: it wasn't done. */
	bool (*request)(struct target *target, const struct debug_request *request,
	                struct target_data *data);
};

#endif
