/*
 * What the watcher knows of each page of the guarded Linux: whether it is a module's code or
 * constants, and which page of which module it was when that was compared. It lies in the watcher's
 * kept memory, so a restarted watcher goes on with it.
 */
#ifndef WATCHER_PREVENT_PAGES_H
#define WATCHER_PREVENT_PAGES_H

#include "guest.h"
#include <kumiki/watchmodules.h>

#define PREVENT_PAGE 4096u

/* Where a module's memory was, by the kernel's own addresses, as it began. */
struct prevent_area {
	uint64_t base;
	uint32_t size;     /* bytes; 0: it hasn't begun in this life */
	uint32_t disarmed; /* 1: its approval is taken back */
};

/* The first words of the kept memory; behind them is one for each page. */
struct prevent_pages_head {
	uint64_t magic;
	uint32_t starts; /* the life that the words are of */
	uint32_t lost;   /* 1: when they began, it was sealed. So there may be code that no word has
	                  */
	struct prevent_area area[WATCHMODULES_MOST]; /* by the module's number in the list */
};

struct prevent_pages {
	const struct guestwalk *walk; /* the Linux's memory */
	struct prevent_pages_head *head;
	uint64_t *word;
};

enum prevent_page {
	PREVENT_PAGE_NOWHERE, /* not in the Linux's memory, as far as the watcher sees it */
	PREVENT_PAGE_OTHER,
	PREVENT_PAGE_CHANGES,  /* it may be code: its rights are being changed */
	PREVENT_PAGE_CODE,     /* a module's */
	PREVENT_PAGE_CONSTANT, /* likewise */
	PREVENT_PAGE_MADE,     /* code that the kernel itself made */
};

/* A page of a module. */
struct prevent_code {
	enum prevent_page state; /* CODE, or CONSTANT */
	uint32_t module, part;   /* its number in the list; enum watchmodules_part */
	uint64_t address;        /* the kernel's own */
	uint32_t offset;         /* in the part */
};

/* Bytes of kept memory for the pages of what is watched. */
size_t prevent_pages_room(const struct guestwalk *walk);

/* Begins. False: the kept memory hasn't a word for each page. */
bool prevent_pages_open(struct prevent_pages *pages, void *kept, size_t size,
                        const struct guestwalk *walk);

/* Whether the words are of this life. */
bool prevent_pages_are_of(const struct prevent_pages *pages, uint32_t starts);

/* Another life begins: no page is code. `sealed`: some are, and it isn't known which. */
void prevent_pages_forget(struct prevent_pages *pages, uint32_t starts, bool sealed);

enum prevent_page prevent_pages_state(const struct prevent_pages *pages, uint64_t address);

/* Whether the page is a module's code or constants, and which. */
bool prevent_pages_code(const struct prevent_pages *pages, uint64_t address,
                        struct prevent_code *code);

/* A page of the module's code or constants, from the one on that `next` counts; then `next` is
 * behind it. False: there is none. */
bool prevent_pages_next(const struct prevent_pages *pages, uint32_t module, size_t *next,
                        uint64_t *address, struct prevent_code *code);

/* The page's rights are about to change from those of code, or to them; they have: it is this one
 * of a module, or (NULL) nobody's. */
void prevent_pages_change(struct prevent_pages *pages, uint64_t address);
void prevent_pages_note(struct prevent_pages *pages, uint64_t address,
                        const struct prevent_code *code);

/* The same: it is code that the kernel made, which has this address of the kernel's own; and which
 * address that is, of a page that has such code. */
void prevent_pages_make(struct prevent_pages *pages, uint64_t address, uint64_t made);
uint64_t prevent_pages_made(const struct prevent_pages *pages, uint64_t address);

#endif
