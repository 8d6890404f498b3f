/*
 * The rules `text` and `constants`: kernel text is as it was when the baseline was taken, or as the
 * kernel itself changes it (sites.h); constants are as they were. The baseline is a copy in the
 * watcher's kept memory, so it outlives the watcher; of the kernel's memory, or of what the facts
 * have.
 */
#ifndef WATCHER_TEXT_H
#define WATCHER_TEXT_H

#include "findings.h"
#include "guest.h"
#include "sites.h"
#include <stddef.h>

#define BASELINE_PAGE 4096u

/* Constants lie behind text. */
enum baseline_region { BASELINE_TEXT, BASELINE_CONSTANTS, BASELINE_REGIONS };

/* The first page of the kept memory; the copy lies behind it. A window still has it after a reset
 * of the machine, when its clock has begun anew. */
struct baseline_head {
	uint64_t magic;        /* only when the copy is whole */
	uint64_t kernel, base; /* where the kernel was, as in struct guest */
	uint64_t sctlr, vbar;  /* of the vCPU that its tables were found by */
	uint64_t taken;        /* when, in µs */
	uint32_t starts;       /* the life of the guest that it was taken in */
	uint32_t size, crc;    /* of the copy */
	uint32_t check;        /* of the words from `kernel` to here */
};

struct baseline {
	struct baseline_head *head;
	uint64_t *copy;
	uint32_t summed, sum;            /* of it, so far */
	uint32_t next[BASELINE_REGIONS]; /* the page that the next look begins with */
	uint32_t steps;                  /* that this look may still take: sites.h */
};

/* Bytes of kept memory that the facts' text and constants take. */
size_t baseline_size(const struct watchfacts *facts);

/* Whether they fit into the kept memory. */
bool baseline_open(struct baseline *baseline, void *kept, size_t size,
                   const struct watchfacts *facts);

/* Whether there is a copy of this life's, of the kernel where it is now. Whether it is intact is
 * known later. */
bool baseline_is_there(struct baseline *baseline, const struct guest *guest, uint32_t starts,
                       uint64_t now);

/* Sums up a further piece of such a copy; nothing is compared until all of it is. False: it isn't
 * what was taken. */
bool baseline_prove(struct baseline *baseline);

/* Whether the kernel is where it was at the baseline. */
bool baseline_is_of(const struct baseline *baseline, const struct guest *guest);

/* There is no copy any more. */
void baseline_drop(struct baseline *baseline);

/* Copies all of it. False: can't tell, as it isn't all in the guest's memory, or has a breakpoint
 * that isn't in the kernel's table. */
bool baseline_take(struct baseline *baseline, const struct guest *guest, uint32_t starts,
                   uint64_t now);

/* The copy of the page at this place in the image. */
const uint64_t *baseline_copy(const struct baseline *baseline, const struct guest *guest,
                              uint32_t place);

/* How many pages each look has to compare, so that `looks` of them compare the whole region. */
uint32_t baseline_share(const struct guest *guest, enum baseline_region region, uint32_t looks);

/* What a look compares. */
struct baseline_part {
	enum baseline_region region;
	uint32_t pages; /* so many of them, and all that a finding is about */
	bool leads;     /* whether the kernel's addresses of them are walked, too */
};

/* False: can't tell. */
bool baseline_look(struct baseline *baseline, const struct guest *guest,
                   const struct baseline_part *part, struct findings *findings);

#endif
