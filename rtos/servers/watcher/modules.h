/*
 * The rule `modules`: the text of each loaded module is as it was when the watcher saw the module
 * first, or as the kernel itself changes it: jump labels and traced calls, as the module's own
 * tables say, and kprobes. Each page has two sums: as it is, and with all such sites as NOPs. Sums
 * are by keys that the guest can only guess.
 */
#ifndef WATCHER_MODULES_H
#define WATCHER_MODULES_H

#include "findings.h"
#include "guest.h"

#define MODULES_MOST  256u
#define MODULES_PAGES 4096u  /* of text, of all modules */
#define MODULES_SITES 65536u /* of a module */
#define MODULES_WORDS 1024u  /* instructions of a page */

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
	uint32_t pages;              /* sums in use */
	uint32_t next;               /* the sum that the next look begins with */
	uint32_t work, steps, learn; /* left of the look: sites, steps (sites.h), pages to learn */
	bool behind;                 /* the look left something that it has to learn */
	uint64_t key[MODULES_WORDS]; /* of each instruction of a page */
};

/* All keys follow from one number. */
void modules_open(struct modules *modules, uint64_t secret);

/* Forgets all modules: the guest is another one. */
void modules_forget(struct modules *modules);

/* Whether a known module has this address among its text. */
bool modules_have(const struct modules *modules, uint64_t address);

/* Takes the sums of new modules, and compares so many pages, and those of findings. False: can't
 * tell, or not of all. */
bool modules_look(struct modules *modules, const struct guest *guest, uint32_t pages,
                  struct findings *findings);

#endif
