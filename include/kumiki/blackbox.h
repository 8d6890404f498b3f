/* SPDX-License-Identifier: MIT-0 */
/*
 * The black box of a partition: its console, its life and its last crash, for reading afterwards.
 * The frame takes the memory at start; no guest can write it. The console service fills it. Only
 * the partitions that manage this partition map it, for reading. The box outlives restarts of the
 * partition and of the service.
 *
 * The service writes an entry first and its count after that, so only the entry behind the last
 * counted entry may be half written. Times are the physical counter's.
 */
#ifndef KUMIKI_BLACKBOX_H
#define KUMIKI_BLACKBOX_H

#include <kumiki/bundle.h>
#include <kumiki/miss.h>
#include <kumiki/report.h>
#include <kumiki/trace.h>

#define BLACKBOX_MAGIC    0x584f424b43414c42ULL /* "BLACKBOX" */
#define BLACKBOX_REVISION 4

#define BLACKBOX_CONSOLE_SIZE 65536u /* powers of two */
#define BLACKBOX_EVENTS       64u
#define BLACKBOX_TRACE_EVENTS 256u
#define BLACKBOX_WORDS_SIZE   4096u
#define BLACKBOX_FORMER_SIZE  8184u

struct blackbox {
	uint64_t magic; /* 0: nothing was written yet */
	uint32_t revision;
	uint32_t size; /* sizeof(struct blackbox) */
	char name[BUNDLE_NAME_SIZE];

	/* Its console: all characters so far; the slot is the number modulo the size. The low half
	 * is the console ring's own index (out_head). */
	uint64_t printed;
	uint64_t unread; /* of these: lost before the service read them */

	/* Its life: all events so far; the slot is the number modulo the size. */
	uint32_t events;
	uint32_t events_lost; /* overwritten before the service read them */
	uint32_t events_seen; /* of the frame's log (struct life_log.next) */

	/* Its last crash: an error that could not be given back, its watchdog, its kernel's panic,
	 * a damaged image. */
	uint32_t crashes;         /* ever */
	uint32_t report_sequence; /* of the last report that the service saw, crash or not */
	uint32_t words_size;      /* 0 while the report changes */
	uint64_t report_time;     /* when it was seen */
	struct stop_report report;
	char words[BLACKBOX_WORDS_SIZE]; /* the report as the console showed it */

	/* The last events of its cores before its last end; the newest stand last. */
	uint64_t trace_time;
	uint32_t trace_count[BUNDLE_CORES_MAX]; /* 0 for other partitions' cores */
	struct trace_event trace[BUNDLE_CORES_MAX][BLACKBOX_TRACE_EVENTS];

	struct life_event event[BLACKBOX_EVENTS];
	struct miss_log
	    misses; /* missed deadlines; an entry whose number isn't its place's is lost */
	uint8_t console[BLACKBOX_CONSOLE_SIZE];

	/* Of the box before the machine's last reset: the end of its console, and behind that the
	 * words of its last crash. The machine's start fills this, and the rest begins anew. */
	uint32_t former_size, former_words;
	char former[BLACKBOX_FORMER_SIZE];
};

_Static_assert(sizeof(struct blackbox) <= BUNDLE_BLACKBOX_MEMORY, "bundle_frame_memory() has it");
_Static_assert(sizeof(struct blackbox) > BUNDLE_BLACKBOX_MEMORY - BUNDLE_ALIGN,
               "and not a page more");

#endif
