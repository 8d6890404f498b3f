/*
 * Prevention (docs/prevention.md): from the first program on, the kernel executes only its own text
 * and the text of approved modules, and writes neither these nor its constants. Each page has its
 * rights from here. What they forbid is a fault, which this judges. No system call is in it.
 */
#ifndef WATCHER_PREVENT_H
#define WATCHER_PREVENT_H

#include "approve.h"
#include "prevent_pages.h"
#include "text.h"
#include <lib/rules.h>

#define PREVENT_VCPUS   8u
#define PREVENT_MODULES 256u  /* that a judgement looks at */
#define PREVENT_PAGES   4096u /* likewise: all modules' together */
#define PREVENT_NAME    56u

enum prevent_event {
	PREVENT_SEALED,  /* the kernel executes only what is approved */
	PREVENT_UNKNOWN, /* its kernel isn't the facts', so all is allowed */
	PREVENT_MODULE,  /* an approved module, `name`, begins */
	PREVENT_DIFFERS, /* the module `name`'s text or constants aren't the approved ones, first at
	                    `at` */
	PREVENT_FETCH, /* refused: to execute what isn't approved; a module's, if `name` isn't empty
	                */
	PREVENT_WRITE, /* refused: to write text or a constant */
	PREVENT_PROGRAM, /* refused: a program did either */
	PREVENT_PROBE,   /* refused: to set a breakpoint; the kernel goes on as if it were set */
};

/* What came of a module that isn't to be executed any more. */
enum prevent_disarmed {
	PREVENT_DISARMED,
	PREVENT_LATER, /* a vCPU didn't change all rights in time: the next call goes on */
	PREVENT_NO_MODULE,
};

struct prevent_told {
	enum prevent_event event;
	uint32_t vcpu;
	uint64_t at, pc;
	char name[PREVENT_NAME];
};

/* What outlives the watcher, in the frame's memory: the life that is sealed, and where its kernel
 * is. */
struct prevent_sealed {
	uint64_t starts, kernel;
};

/* How many looks in a row at a vCPU's fault didn't find the code that it is about. */
struct prevent_absent {
	uint64_t changes; /* of the fault */
	uint32_t starts, looks;
};

enum prevent_series { PREVENT_NONE, PREVENT_START_ALL, PREVENT_ALLOW_ALL, PREVENT_SEAL };

struct prevent {
	bool works;                   /* pages have rights */
	bool lets[WATCHFACTS_MAKERS]; /* code that the kernel makes is executed */
	const struct guest *guest;    /* as the last look found it */
	const bool *used;             /* whether that look found its page tables */
	const uint32_t *life;         /* the number of starts at that look */
	const struct baseline *baseline;
	const bool *watching; /* whether that is there */
	struct guest image;   /* for the kernel's place alone */
	struct prevent_sealed sealed;
	uint64_t table;         /* where the table of sites lies, as the frame sees it */
	uint32_t tabled;        /* the life in which the frame has it */
	uint32_t refuses;       /* the life in which the frame refuses by itself */
	struct approve approve; /* its modules */
	struct prevent_pages pages;
	uint64_t page[PREVENT_PAGES]; /* of the module that is judged, one part after the other */
	uint64_t differs;             /* the address of the first word that isn't as approved */
	uint32_t starts;
	uint32_t sealer; /* the vCPU that seals the kernel, or disarms a module, without a fault */
	uint32_t work;   /* pages that this judgement may still look at */
	bool early;      /* a program ran before the kernel said that it is up */
	bool late;       /* a vCPU didn't change rights in time: the next look goes on behind it */
	/* The ranges whose rights change together: which they are, how many are done, and how many
	 * pages are left of the next one; 0: all. What was cut off goes on there. */
	struct {
		enum prevent_series series;
		uint32_t done;
		uint64_t left;
	} cut;
	struct prevent_absent absent[PREVENT_VCPUS];
	uint32_t next; /* the vCPU that comes then */
	uint32_t vcpus;
	/* The fault of a vCPU. False: it is being written, or was answered, or there is none. */
	bool (*fault)(uint32_t vcpu, struct watch_fault *fault);
	void (*answer)(uint32_t vcpu, uint64_t answer);
	/* Takes back an answer that allows a store. False: the store is being carried out. */
	bool (*retract)(uint32_t vcpu);
	/* Has the vCPU change rights of such pages, the last ones first, and waits. How many it
	 * didn't change in time. */
	uint64_t (*allow)(uint32_t vcpu, uint32_t rights, uint64_t page, uint64_t pages);
	/* Whether a mend that was asked for isn't answered yet. */
	bool (*mends)(void);
	void (*keep)(const struct prevent_sealed *sealed);
	/* Gives the frame the table of so many pages of text from there on; 0: it has none. */
	void (*sites)(uint64_t text, uint64_t table, uint64_t pages);
	/* So many pages from there on aren't written by channels, either. */
	void (*fix)(uint64_t from, uint64_t pages);
	/* From now on the kernel's faults without an answer are refused in the end. */
	void (*refuse)(void);
	void (*tell)(const struct prevent_told *told);
};

/* What the watcher's partition has for it. */
struct prevent_given {
	const void *list; /* of modules; NULL: none is approved */
	size_t list_size;
	void *kept; /* memory that outlives the watcher */
	size_t kept_size;
	uint64_t kept_at; /* where it lies, as the frame sees it */
};

/* Bytes that it takes of kept memory. */
size_t prevent_room(const struct prevent *prevent);

/* Begins, if it works here: else it needs nothing. Returns what is wrong, or NULL. */
const char *prevent_begin(struct prevent *prevent, const struct prevent_given *given);

/* Whether a mend may change this place: it is no text or constant of the kernel or a module. */
bool prevent_may_mend(const struct prevent *prevent, uint64_t address);

/* Takes the approval of a module back until the Linux's next start: the one whose memory had that
 * address of the kernel's own as it began. Its text isn't executed any more, nor is another text of
 * its name; its memory stays. Names it if it was executed until now. */
enum prevent_disarmed prevent_disarm(struct prevent *prevent, uint64_t address, const char **name);

/* The memory of that module, by the kernel's own addresses; size 0: there is none. */
struct rules_area prevent_module_of(const struct prevent *prevent, uint64_t address);

/* Judges the faults of all vCPUs, or up to one that waits too long. True: one was answered. */
bool prevent_look(struct prevent *prevent, uint32_t vcpus, uint32_t starts);

#endif
