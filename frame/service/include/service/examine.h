/*
 * Examines a partition that ended, or is held: where its vCPU was, by which calls it got there, and
 * the names of these places in its kernel. The loader service does this (examine.c) before anything
 * is laid out anew, at EL0, preemptible, at that partition's cost. Parts: walk.c (the guest's
 * addresses), lib/kallsyms.c (Linux's symbols), examine_remote.c (a core of another
 * architecture).
 *
 * A guest may have made its memory to mislead. So every read is of a word inside the partition's
 * own memory, and every search through it is bounded. The worst result is a partition's wrong
 * report about itself.
 */
#ifndef SERVICE_EXAMINE_H
#define SERVICE_EXAMINE_H

#include <kumiki/report.h>
#include <kumiki/service.h>
#include <lib/kallsyms.h>
#include <stdbool.h>
#include <stddef.h>

/* Writes the examination that the info page asks for. Returns the status for SERVICE_DONE. */
uint64_t examine_run(const struct loader_info *info);

/* ---- text: whole lines, as long as there is room ---- */

void examined_text(struct examined *to, const char *text);
void examined_hex(struct examined *to, uint64_t value);

/* ---- examine_remote.c ---- */

/* True: the vCPU spoke for a core of another architecture, and that core's registers are written.
 */
bool examine_remote(const struct loader_info *info, const struct stop_report *report,
                    struct examined *to);

/* ---- walk.c ---- */

/* A guest's memory as the vCPU of the report saw it. */
struct walk {
	const struct loader_info *info;
	const struct stop_report *report;
};

/* Translates an address of the guest's memory to the loader's. False: it isn't in that memory. */
bool walk_memory(const struct loader_info *info, uint64_t ipa, uint64_t *at);

/* Translates by the guest's own stage 1, then to the loader's address. False: the address is
 * nowhere in the partition's memory. */
bool walk_translate(const struct walk *walk, uint64_t va, uint64_t *at);

/* Whether an address of the loader's is in the partition's memory. */
bool walk_owns(const struct loader_info *info, uint64_t at);

/* Reads the two words at an address that is a multiple of 8. False: they aren't in one page of the
 * partition's memory. */
bool walk_record(const struct walk *walk, uint64_t va, uint64_t record[2]);

/* A return address without the signature that its upper bits may have. */
uint64_t walk_strip(const struct walk *walk, uint64_t va);

#endif
