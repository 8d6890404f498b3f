/*
 * The rule `mappings`: by the kernel's own page tables no page is writable and executable at EL1,
 * and none is a writable way to kernel text or constants. For a moment the kernel makes such a way
 * itself, at one address, to change its text; so a finding counts only after many looks that have
 * the same page there.
 */
#ifndef WATCHER_MAPPINGS_H
#define WATCHER_MAPPINGS_H

#include "findings.h"
#include "guest.h"

#define MAPPINGS_LOOKS 10u    /* in a row, until a finding counts */
#define MAPPINGS_SHARE 32u    /* tables that the watcher has a look read at most */
#define MAPPINGS_GROUP 16u    /* entries that are mapped as one */
#define MAPPINGS_MOST  65536u /* of all looks until the end is reached */

struct mappings {
	uint64_t next;   /* how far the looks have come in the upper half of addresses */
	uint32_t tables; /* read so far */
	uint32_t before; /* read in all, the last time */
	bool bad, lost;  /* so far, the last time: not all tables were read */
};

/* The guest is another one. */
void mappings_forget(struct mappings *mappings);

/* Whether the finding's entry maps this address. */
bool mappings_has(const struct guest *guest, const struct finding *finding, uint64_t address);

/* The entry that maps a finding's page, or all entries of its group: their guest-physical
 * addresses, their values, and what is right there: text isn't writable, and other pages that are
 * aren't executed. If the guest has changed the entry since it was found, both values are the same.
 * Returns how many entries. 0: what is right isn't known. */
uint32_t mappings_right(const struct guest *guest, const struct finding *finding, bool is_text,
                        struct watch_change *change);

/* Reads so many tables, and again what findings are about. False: can't tell of all. */
bool mappings_look(struct mappings *mappings, const struct guest *guest, uint32_t tables,
                   struct findings *findings);

/* Whether the kernel's own tables have a page of code at an address, which nobody writes there; and
 * which page. */
bool mappings_code(const struct guest *guest, uint64_t address, uint64_t *ipa);

#endif
