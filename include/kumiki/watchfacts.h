/*
 * What a watcher knows of the kernel that it watches (docs/watching.md). `kumiki facts` writes it
 * on the host from that kernel's own Image; the RTOS's watcher reads it. Places count from the
 * first byte of the Image, offsets from the beginning of their structure, both in bytes.
 */
#ifndef KUMIKI_WATCHFACTS_H
#define KUMIKI_WATCHFACTS_H

#include <stdint.h>

#define WATCHFACTS_MAGIC    0x53544341465f4d4bULL /* "KM_FACTS" */
#define WATCHFACTS_REVISION 2
#define WATCHFACTS_BANNER   160 /* bytes of the kernel's own words about itself, with a NUL */

struct watchfacts {
	uint64_t magic;
	uint32_t revision;
	uint32_t size; /* of this */
	/* "Linux version …", and where the kernel has these words. */
	char banner[WATCHFACTS_BANNER];
	uint32_t banner_at;
	uint32_t image_size; /* bytes that the kernel uses from its beginning on */
	/* A word that the kernel relocates as it starts: then it is the address of base_of. */
	uint32_t base_at, base_of;
	uint32_t text, text_end;
	/* Tables of exception vectors: the kernel's; those with mitigations; and where the ones for
	 * the time at EL0 are (KPTI), between two places. Mitigations 0: none. */
	uint32_t vectors, vectors_hardened, trampoline, trampoline_end;
	uint32_t init_task, init_pid_ns, system_state; /* variables */
	uint32_t running;                              /* the value of system_state from then on */
	/* Structures: offsets of members, in the order of their names. */
	uint32_t idr_rt, namespace_idr;
	uint32_t node_shift, node_slots, node_size;
	uint32_t pid_number; /* of numbers[0].nr */
	uint32_t pid_tasks;  /* of the list of thread groups */
	uint32_t root_head;
	uint32_t task_comm, task_link, task_pid, task_tasks; /* task_link: of pid_links, likewise */
	/* The lock of the task list (a variable; 0: not found), and the half of a word that it has
	 * while nobody holds it. */
	uint32_t tasks_lock, tasks_free;
};

#endif
