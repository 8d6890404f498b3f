/*
 * Where the kernel changes its own text as it runs, and to what, as the facts say: jump labels,
 * traced calls, and breakpoints that stand in the kernel's own table (kprobes). Such a change is no
 * finding.
 */
#ifndef WATCHER_SITES_H
#define WATCHER_SITES_H

#include "guest.h"
#include <stddef.h>

#define SITES_NOP   0xd503201fu
#define SITES_BREAK 0xd4200080u /* the BRK of a kprobe */
#define SITES_STEPS 65536u      /* through the table of breakpoints, in a look */

/* Whether the facts are whole in a file of this size. */
bool sites_open(const struct watchfacts *facts, size_t size);

/* What a word of 64 bits at a place of text ought to be, which was `copy` at the baseline: `now`,
 * if the kernel may have it so. Each half that is foreign there is the copy's instead. */
uint64_t sites_right(const struct guest *guest, uint32_t place, uint64_t copy, uint64_t now,
                     uint32_t *steps);

/* Whether a word that newer kernels have in front of a traced function names one of the kernel's
 * own tracers. */
bool sites_is_ops(const struct guest *guest, uint64_t word);

/* Whether the kernel itself may put this instruction at the place, but for a breakpoint. */
bool sites_may(const struct watchfacts *facts, uint32_t place, uint32_t word);

/* Fills in a table for the frame: a word for each word of text from this place on, which is zero
 * where the kernel changes nothing, and otherwise what it may put there instead of a NOP. */
void sites_fill(const struct watchfacts *facts, uint32_t from, uint32_t *table, size_t size);

/* Where a B or BL at this address goes on; 0: it is another instruction. */
uint64_t sites_target(uint64_t address, uint32_t word);

/* Whether a half of the word is a breakpoint; and whether that is in text. */
bool sites_has_break(uint64_t word);
bool sites_breaks(const struct guest *guest, uint32_t place, uint64_t word);

/* What the kernel's table of breakpoints has for an address: the instruction that stood there. No
 * such breakpoint: the BRK itself. */
uint32_t sites_probed_at(const struct guest *guest, uint64_t address, uint32_t *steps);

/* The word without breakpoints of the kernel's own. */
uint64_t sites_plain(const struct guest *guest, uint32_t place, uint64_t word, uint32_t *steps);

#endif
