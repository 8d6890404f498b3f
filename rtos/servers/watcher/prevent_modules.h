/*
 * The modules of the guarded Linux: where they are, as its own list and its page tables say, and
 * whether their text and constants are the approved ones. All of it is bounded: by `work` of struct
 * prevent, by PREVENT_MODULES, or by the pages of its memory.
 */
#ifndef WATCHER_PREVENT_MODULES_H
#define WATCHER_PREVENT_MODULES_H

#include "prevent.h"

/* A module's text, and that of its start. */
struct prevent_module {
	uint64_t module, base[WATCHMODULES_PARTS];
	uint32_t size[WATCHMODULES_PARTS];
	uint32_t memory; /* bytes from its text's beginning on, its data included */
	const struct watchmodules_module *approved; /* of its name */
};

/* Which of the collected pages a part has: code from `code` on, then constants up to `end`. */
struct prevent_span {
	uint32_t code, constants, end;
};

/* The module whose text the fault is about: at this virtual address, if it fetches, else in this
 * page, which may also have its constants. False: there is none. */
bool prevent_find(struct prevent *prevent, const struct watch_fault *fault, bool fetches,
                  struct prevent_module *module);

/* Whether the kernel's list has a module whose part begins there. */
bool prevent_is_listed(const struct prevent *prevent, uint32_t part, uint64_t base);

/* The approved module of that module's name; NULL: there is none, or it is disarmed. */
const struct watchmodules_module *prevent_approved(const struct prevent *prevent, uint64_t module);

/* All pages of its text and constants become the pages of struct prevent, in their order; those of
 * its start may be gone. False: they aren't all there, or not as many as the approved one has. */
bool prevent_collect(struct prevent *prevent, const struct prevent_module *module, uint32_t *pages);

struct prevent_span prevent_span(const struct prevent_module *module, uint32_t part);

/* Whether the collected pages have the approved contents; where not, `differs` says. */
bool prevent_compare(struct prevent *prevent, const struct prevent_module *module);

/* The collected pages are constants now, or code: then the module has begun. */
void prevent_note_constants(struct prevent *prevent, const struct prevent_module *module);
void prevent_note(struct prevent *prevent, const struct prevent_module *module);

/* Whether a store is into a page that is code, for a jump label there, or for a traced call. */
bool prevent_may_store(struct prevent *prevent, const struct watch_fault *fault);

#endif
