/*
 * The watched kernel, as its watcher sees it: its memory, its kernel's own page tables, the facts.
 * Nothing that the guest's memory says is followed without a look: every address is translated, and
 * every read is of words inside that memory. A read that leads nowhere is false, never a fault.
 */
#ifndef WATCHER_GUEST_H
#define WATCHER_GUEST_H

#include <kumiki/rtos/manifest.h>
#include <kumiki/watch.h>
#include <kumiki/watchfacts.h>
#include <lib/guestcache.h>
#include <stddef.h>

#define GUEST_RANGES RTOS_WATCHED_PIECES_MAX /* of its memory */

struct guest {
	const struct watchfacts *facts;
	struct guestwalk walk;    /* its registers: as guest_use() found them good */
	struct guestcache *cache; /* of that walk, in one look; NULL: there is none */
	uint64_t kernel;          /* guest-physical address of the kernel's image; 0: not found */
	uint64_t base;            /* the kernel's own address of that place; 0: not known */
	uint64_t sctlr, vbar;     /* of the vCPU that the walk is by */
	void (*beat)(void);       /* is called amid long work; NULL: nobody waits for it */
	uint64_t now;             /* µs of the counter: when this look at it began */
};

/* Long work goes on: whoever watches over the watcher hears of it. */
void guest_beat(const struct guest *guest);

/* Finds the facts' kernel in memory. False: it isn't there. */
bool guest_find(struct guest *guest);

/* Likewise, behind the place of this one: memory may have what another life left. */
bool guest_find_next(struct guest *guest);

/* Finds the kernel's page tables by the registers of a vCPU: the tables that lead from the kernel's
 * own addresses to the place where it was loaded. False: this vCPU can't tell. */
bool guest_use(struct guest *guest, const struct watch_record *record);

/* A look begins: the tables may lead elsewhere by now. guest_use() forgets, too. */
void guest_forget(const struct guest *guest);

/* The kernel's own tables by the registers of a vCPU, after a guest_use() of any vCPU. False: from
 * those registers none are found. */
bool guest_tables(const struct guest *guest, const struct watch_record *record,
                  struct guestwalk *walk);

/* Whether these tables lead from the kernel's own address of a place to that place. */
bool guest_leads(const struct guest *guest, const struct guestwalk *walk, uint32_t place);

/* The same by the tables that guest_use() found, for a place in the guest's memory. */
bool guest_is_mapped(const struct guest *guest, uint32_t place);

/* The kernel's own address of a place in its image. */
uint64_t guest_address(const struct guest *guest, uint32_t place);

/* The guest-physical address behind the kernel's own address. */
bool guest_ipa(const struct guest *guest, uint64_t address, uint64_t *ipa);

/* A word of 64 bits, one of 32 bits, and characters, at the kernel's own address. Characters end
 * with a NUL, and those that can't be printed are '?'. */
bool guest_word(const struct guest *guest, uint64_t address, uint64_t *value);
bool guest_half(const struct guest *guest, uint64_t address, uint32_t *value);
bool guest_text(const struct guest *guest, uint64_t address, char *text, uint32_t size);

/* A page of the image, where the watcher sees it; NULL: it isn't in the guest's memory. */
const uint64_t *guest_page(const struct guest *guest, uint32_t place);

#endif
