/*
 * What modules the watched Linux may load, by their contents (kumiki/watchmodules.h): whether text
 * and constants that the kernel's loader has made of a module's file are what it makes of the
 * approved one.
 */
#ifndef WATCHER_APPROVE_H
#define WATCHER_APPROVE_H

#include "guest.h"
#include <kumiki/watchmodules.h>

/* A part of a module in the guest's memory. Nobody writes it meanwhile. */
struct approve_part {
	const struct watchmodules_text *text;
	uint64_t base;        /* the kernel's own address */
	const uint64_t *page; /* where the guest has each page */
};

struct approve {
	const struct watchmodules *file; /* NULL: no module is approved */
	const struct guest *guest;
	uint64_t base[WATCHMODULES_BASES]; /* of the module that is compared */
	/* The core of each approved module, and its variables of each CPU; 0: they aren't there. */
	uint64_t other[WATCHMODULES_MOST], other_cpus[WATCHMODULES_MOST];
	/* Of the part that is compared. */
	struct approve_part part;
	const struct watchmodules_site *plt, *tracers; /* NULL: it has none */
	uint64_t used[WATCHMODULES_ENTRIES / 64]; /* entries of the PLT that branches lead to */
	uint64_t at, seen;                        /* the page that was read last */
	uint32_t differs;                         /* the first place that isn't as it should be */
};

/* Begins. False: the file is damaged, of another revision, or for another kernel. */
bool approve_open(struct approve *approve, const struct watchmodules *file, size_t size,
                  const struct watchfacts *facts);

/* The approved module of this name; NULL: there is none. */
const struct watchmodules_module *approve_find(const struct approve *approve, const char *name);

/* Whole pages of a part, and of its code alone: bytes. */
uint32_t approve_size(const struct watchmodules_text *text);
uint32_t approve_code(const struct watchmodules_text *text);

/* Compares a part. The caller has given `base`, and the cores of other modules. */
bool approve_compare(struct approve *approve, const struct approve_part *part);

/* Whether the kernel may store this instruction at a place of a part that is as approved: at a jump
 * label, or for a traced call. */
bool approve_may(struct approve *approve, const struct approve_part *part, uint32_t place,
                 uint32_t word);

#endif
