/*
 * Mending what was found (docs/watching.md). A mend is a list of changes of the guest's memory and
 * registers, which the frame makes while all of the guest stands still: all of them, or none. Each
 * change says what it expects to find, so a guest that ran on since the look isn't harmed. What is
 * mended is confirmed by the next look.
 */
#ifndef WATCHER_MEND_H
#define WATCHER_MEND_H

#include "findings.h"
#include "guest.h"
#include "modules.h"
#include "text.h"

#define MEND_KIND 0xffu /* of an answer: enum watch_mended */

#define MEND_FAILS 3u  /* of a finding: then it is given up */
#define MEND_WAITS 30u /* looks that wait for a lock, or for the frame */

#define MEND_HOOKS 500000u /* µs for mends of other rules, until a module is disarmed */

#define MEND_ASK_SEALED 0xffu /* the frame isn't asked, as prevention guards the place */

struct mend {
	struct watch_change change[WATCH_CHANGES];
	uint32_t count;
};

/* What came of a mend. */
enum mend_result {
	MEND_DONE,
	MEND_LOCKED, /* the kernel holds a lock; or the frame has no time: it is tried again */
	MEND_BUSY,
	MEND_CHANGED, /* the guest's memory isn't as it was at the look */
	MEND_BACK,    /* it was mended, and the next look had it again */
	MEND_REFUSED,
	MEND_SEALED,  /* prevention lets no mend change it */
	MEND_KERNEL,  /* a kernel thread, which would spin with a signal */
	MEND_RIGHTS,  /* nothing says which rights it had */
	MEND_HOOKED,  /* something leads there, which nothing undoes */
	MEND_MODULE,  /* it is in the memory of no module that was approved */
	MEND_UNKNOWN, /* the watcher knows no mend, or can't read what it needs for it */
};

struct mender {
	/* Has the frame make the changes; returns what WATCH_MEND reads then, or MEND_ASK_SEALED.
	 */
	uint32_t (*ask)(const struct mend *mend);
	/* Has the module not be executed whose memory has this address of the kernel's own:
	 * MEND_DONE, MEND_BUSY (again at the next look), or MEND_MODULE. */
	enum mend_result (*disarm)(uint64_t address);
	/* Its whole memory; size 0: there is no such module. */
	struct rules_area (*area)(uint64_t address);
	/* A finding is given up; MEND_DONE: its task gets a fatal signal. */
	void (*tell)(const struct finding *finding, enum mend_result why);
};

/* Mends the findings of a rule that were told and that the present look has. */
void mend_text(const struct mender *mender, const struct guest *guest,
               const struct baseline *baseline, struct findings *findings);
void mend_modules(const struct mender *mender, const struct guest *guest, struct modules *modules,
                  struct findings *findings);
void mend_ruled(const struct mender *mender, const struct guest *guest, struct findings *findings);
void mend_mappings(const struct mender *mender, const struct guest *guest,
                   const struct modules *modules, struct findings *findings);
void mend_tasks(const struct mender *mender, const struct guest *guest, struct findings *findings);
void mend_vectors(const struct mender *mender, struct findings *findings);

/* Whether the finding is about a task, which can be killed. */
bool mend_has_task(const struct finding *finding);

/* Gives tasks of findings a fatal signal, if that is their step of the ladder. */
void mend_kill(const struct mender *mender, const struct guest *guest, struct findings *findings);

/* Disarms modules in whose memory findings are, if that is their step of the ladder. */
void mend_disarm(const struct mender *mender, struct findings *findings, uint64_t now);

#endif
