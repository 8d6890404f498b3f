/*
 * Examining a partition that ended, or is held: where its vCPU was, by which way it got there, and
 * what its kernel calls these places. The loader service does it (examine.c) before anything is
 * laid out anew, at EL0, preemptible, at that partition's cost. Parts: walk.c (the guest's
 * addresses), kallsyms.c (Linux's symbols).
 *
 * Whatever lies in the guest's memory may be made to mislead: every read of it is of a word inside
 * the partition's own memory, every way through it is bounded, and all that can come of it is a
 * wrong report of the partition about itself.
 */
#ifndef SERVICE_EXAMINE_H
#define SERVICE_EXAMINE_H

#include <kumiki/report.h>
#include <kumiki/service.h>
#include <stdbool.h>
#include <stddef.h>

/* Writes the examination that the info page asks for; returns the status for SERVICE_DONE. */
uint64_t examine_run(const struct loader_info *info);

/* ---- walk.c ---- */

/* A guest's memory as the vCPU of the report saw it. */
struct walk {
	const struct loader_info *info;
	const struct stop_report *report;
};

/* By its own stage 1, and its view of memory: to where the loader sees it. False: nowhere in the
 * partition's memory. */
bool walk_translate(const struct walk *walk, uint64_t va, uint64_t *at);

/* A physical address of the partition's memory, as ranges have it. */
bool walk_owns(const struct loader_info *info, uint64_t at);

/* The two words at an address that is a multiple of 8, in one page. */
bool walk_record(const struct walk *walk, uint64_t va, uint64_t record[2]);

/* A return address without the signature that may stand in its upper bits. */
uint64_t walk_strip(const struct walk *walk, uint64_t va);

/* ---- kallsyms.c ---- */

/* The tables in a Linux image, all inside it. */
struct kallsyms {
	const uint32_t *offsets; /* of each symbol, from the base; they rise */
	const uint64_t *base;    /* the word that holds the base once the kernel runs */
	uint32_t count;
	const uint8_t *names, *names_end; /* of each symbol: length, tokens */
	const uint32_t *markers;          /* where in `names` each 256th is */
	const char *tokens;
	const uint16_t *index; /* where in `tokens` each is; `tokens` ends there */
};

struct kallsyms_symbol {
	uint32_t offset;
	char name[64]; /* printable; cut if it is longer */
};

/* `image` is a multiple of 8. False: there are none, or not after so much work as is allowed. */
bool kallsyms_find(struct kallsyms *tables, const uint8_t *image, size_t size);

/* The symbol at or before an offset from the base, of the first one if several are there. */
bool kallsyms_name(const struct kallsyms *tables, uint64_t offset, struct kallsyms_symbol *symbol);

#endif
