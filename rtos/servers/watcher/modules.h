/*
 * The rule `modules`: the text of each loaded module is as it was when the watcher saw the module
 * first, or as the kernel itself changes it: jump labels and traced calls, as the module's own
 * tables say, and kprobes. Each page has two sums: as it is, and with all such sites as NOPs. Sums
 * are by keys that the guest can only guess.
 */
#ifndef WATCHER_MODULES_H
#define WATCHER_MODULES_H

#include "approve.h"
#include "findings.h"
#include "guest.h"

#define MODULES_MOST   256u
#define MODULES_PAGES  4096u      /* of text, of all modules */
#define MODULES_SITES  65536u     /* of a module */
#define MODULES_WORDS  1024u      /* instructions of a page */
#define MODULES_KEPT   (4u << 20) /* bytes of copies of pages; those that have no room have none */
#define MODULES_COPIES (MODULES_KEPT / sizeof(uint32_t) / MODULES_WORDS)

struct modules_text {
	uint64_t module; /* the address of its struct module */
	uint64_t base;   /* of its text */
	uint32_t pages;
	uint32_t first;  /* index of its first page among the sums */
	uint32_t known;  /* so many of its first pages have their sums */
	uint32_t absent; /* looks in a row that didn't find it */
	bool listed;     /* the present look found it */
};

struct modules {
	struct modules_text entry[MODULES_MOST]; /* their sums stand in the same order */
	uint32_t count;
	uint64_t plain[MODULES_PAGES], masked[MODULES_PAGES];
	uint16_t copied[MODULES_PAGES];  /* 1 + the number of its copy; 0: it has none */
	uint32_t (*copy)[MODULES_WORDS]; /* NULL: no page is copied */
	bool copies[MODULES_COPIES];     /* in use */
	uint32_t right[MODULES_WORDS];   /* of modules_right() */
	uint32_t found[MODULES_WORDS];   /* in the page, before any of it was judged */
	uint32_t pages;                  /* sums in use */
	uint32_t next;                   /* the sum that the next look begins with */
	uint32_t work, steps, learn; /* left of the look: sites, steps (sites.h), pages to learn */
	uint32_t changes;            /* how often the list had one more, or one less */
	const struct approve *allowed; /* these modules may be loaded; NULL: all */
	bool behind;                   /* the look left something that it has to learn */
	uint64_t key[MODULES_WORDS];   /* of each instruction of a page */
};

/* All keys follow from one number. `kept` are MODULES_KEPT bytes, or NULL: no page is copied. */
void modules_open(struct modules *modules, uint64_t secret, void *kept);

/* Forgets all modules: the guest is another one. */
void modules_forget(struct modules *modules);

/* Whether a known module has this address among its text. */
bool modules_have(const struct modules *modules, uint64_t address);

/* What the page of text at this address ought to be, as the kernel itself may have it. NULL: the
 * watcher has no copy of it, or can't tell. */
const uint32_t *modules_right(struct modules *modules, const struct guest *guest, uint64_t page);

/* Takes the sums of new modules, and compares so many pages, and those of findings. False: can't
 * tell, or not of all. */
bool modules_look(struct modules *modules, const struct guest *guest, uint32_t pages,
                  struct findings *findings);

#endif
