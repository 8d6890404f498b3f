/*
 * The console ring: characters between one writer in the frame (the emulated PL011 of a partition)
 * and the console service. Each side masks the other's index, and trusts no more of it. Indices
 * count characters for ever; the slot is the index modulo the size.
 */
#ifndef KUMIKI_CONSOLE_H
#define KUMIKI_CONSOLE_H

#include <kumiki/bundle.h>
#include <kumiki/debug.h>
#include <kumiki/life.h>
#include <kumiki/mend.h>
#include <kumiki/miss.h>
#include <kumiki/report.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_OUT_SIZE 8192u /* powers of two */
#define CONSOLE_IN_SIZE  512u

struct console_ring {
	/* Every partition has this ring, with a console or without. */
	struct stop_report report;
	struct life_log life;

	/* Written by the frame. */
	uint32_t out_head; /* next character goes here */
	uint32_t out_lost; /* characters lost because the ring was full, since the start */
	uint32_t in_tail;  /* next character to read */
	uint32_t reserved0[13];

	/* Written by the service. */
	uint32_t out_tail;
	uint32_t in_head;
	uint32_t want_space; /* the writer waits for room; the frame sets it, the service clears it
	                        when it notifies */
	uint32_t framed;     /* of the service's own ring: the host speaks frames on the link */
	uint32_t reserved1[12];

	/*
	 * The service sets it when it has read everything, looks at out_head once more, and sleeps.
	 * A writer that finds it set clears it and wakes the service.
	 */
	uint32_t asleep;
	uint32_t reserved2[15];

	uint8_t out[CONSOLE_OUT_SIZE];
	uint8_t in[CONSOLE_IN_SIZE];

	struct miss_log misses; /* written by the frame */
	struct mend_log mends;

	/* It has a page of its own: the partition's loader maps only this page. */
	struct examined examined __attribute__((aligned(4096)));
	struct debug_box debug;
	struct mend_registers registers[BUNDLE_PARTITION_VCPUS_MAX];
};
_Static_assert(sizeof(struct console_ring) <= BUNDLE_CONSOLE_MEMORY,
               "bundle_frame_memory() has it");
_Static_assert(sizeof(struct console_ring) - offsetof(struct console_ring, examined) == 4096,
               "the loader's page is one");
_Static_assert(offsetof(struct console_ring, report) == 0, "its loader maps the first page, too");

#endif
