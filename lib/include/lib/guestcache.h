/*
 * Pages of a guest's kernel that a look has translated already: a walk of the guest's tables takes
 * some 150 instructions, and a look reads most pages many times. The guest may change its tables,
 * so its owner forgets all before each look.
 */
#ifndef LIB_GUESTCACHE_H
#define LIB_GUESTCACHE_H

#include <lib/guestwalk.h>
#include <stddef.h>

#define GUESTCACHE_PAGES  512u
#define GUESTCACHE_PAGE   4096u
#define GUESTCACHE_TABLES 64u
#define GUESTCACHE_TABLE  (2u << 20) /* bytes that a table of the last level maps */

struct guestcache_entry {
	uint64_t last; /* the last address of the page, or of what the table maps; 0: it is free */
	uint64_t at;   /* where the reader sees the page, or the table */
};

struct guestcache {
	struct guestcache_entry page[GUESTCACHE_PAGES], table[GUESTCACHE_TABLES];
};

void guestcache_forget(struct guestcache *cache);

/* Finds the page of an address for its entry. False: the address leads nowhere. */
bool guestcache_fill(struct guestcache *cache, const struct guestwalk *walk, uint64_t va,
                     struct guestcache_entry *entry);

/* As guestwalk_translate(), for a walk whose registers stay as they are until all is forgotten.
 * NULL: there is no cache. */
static inline bool guestcache_translate(struct guestcache *cache, const struct guestwalk *walk,
                                        uint64_t va, uint64_t *at)
{
	const uint64_t last = va | (GUESTCACHE_PAGE - 1);
	struct guestcache_entry *entry;

	if (cache == NULL)
		return guestwalk_translate(walk, va, at);
	entry = &cache->page[va / GUESTCACHE_PAGE % GUESTCACHE_PAGES];
	if (entry->last != last && !guestcache_fill(cache, walk, va, entry))
		return false;
	*at = entry->at + va % GUESTCACHE_PAGE;
	return true;
}

#endif
