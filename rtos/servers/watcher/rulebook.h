/*
 * The rules that come from files (docs/rules.md): kept in memory that outlives the watcher, looked
 * at as often as each says, added and removed while it runs. No system call is in it.
 */
#ifndef WATCHER_RULEBOOK_H
#define WATCHER_RULEBOOK_H

#include "findings.h"
#include "guest.h"
#include "still.h"
#include <lib/rules.h>
#include <proto/rules.h>

#define RULEBOOK_KEPT (4096u + RULE_MOST * RULE_SIZE_MAX) /* bytes of kept memory */
#define RULEBOOK_OWN  64u /* bytes of its first page that are its own */
/* Looks in a row that can't tell, and the ms that they take at least, until that is told. */
#define RULEBOOK_PATIENCE    30u
#define RULEBOOK_PATIENCE_MS 3000u
#define RULEBOOK_SLOW        100u /* ms: what looks so seldom isn't looked at again in between */

enum rulebook_event {
	RULEBOOK_CANT,
	RULEBOOK_CAN,
	RULEBOOK_CROWDED, /* it found more than it has room for */
	RULEBOOK_REFUSED, /* one of the boot image, or one that was kept, is none */
	RULEBOOK_FULL,    /* one of the boot image has no place any more */
	RULEBOOK_EVENTS,
};

struct rulebook_entry {
	struct rule *rule; /* in kept memory */
	bool used;
	struct findings findings;
	uint32_t cant; /* ms in a row */
	bool crowded;  /* was told */
	bool awake;    /* by an event: until a look finds nothing */
	uint32_t turn; /* of a rule that says `still`: the finding that the next look asks about */
};

struct rulebook {
	uint64_t *magic; /* of the kept memory: the rules in it count */
	uint32_t kernel; /* the number of the kernel that is watched */
	struct rulebook_entry entry[RULE_MOST];
	uint32_t looks;
	struct rules_memory memory;
	const struct guest *guest; /* as the last look found it; NULL: it can't be looked at */
	struct findings trial;     /* of RULES_TRY */
	uint64_t coming[RULE_SIZE_MAX / sizeof(uint64_t)]; /* the rule that comes in parts */
	uint32_t coming_size, coming_have;
	struct rules_area condemned[RULES_AREAS]; /* memory of modules that are disarmed */
	still_ask_t *ask;
	void (*tell_finding)(const struct finding *finding, bool gone);
	void (*tell)(enum rulebook_event event, const char *rule); /* its name */
};

/* The kept memory has RULEBOOK_KEPT bytes. If no rules are kept, those of the boot image's file
 * count, one behind the other. */
bool rulebook_open(struct rulebook *book, void *kept, const struct watchfacts *facts,
                   const void *file, size_t size);

/* Rules that look on such an event do so at the next look. */
void rulebook_event(struct rulebook *book, enum rule_event event);

/* Looks by each rule that is due. `used`: the kernel's page tables are found. */
void rulebook_look(struct rulebook *book, const struct guest *guest, bool used);

/* Whether a rule found something that isn't sure yet; and looks by such rules alone. */
bool rulebook_is_open(const struct rulebook *book);
void rulebook_again(struct rulebook *book, const struct guest *guest);

/* The guest doesn't run: nothing is tried until it is looked at again. */
void rulebook_pause(struct rulebook *book);

/* Whether the book stands at `kept`, and has each rule there that is whole, and no other. */
bool rulebook_is_sound(const struct rulebook *book, const void *kept);

/* From now on nothing may lead into this memory. */
void rulebook_condemn(struct rulebook *book, struct rules_area area);

/* The guest is another one: forgets all findings. */
void rulebook_forget(struct rulebook *book);

/* How many findings of a rule count, and whether it can't tell. */
uint32_t rulebook_count(const struct rulebook_entry *entry, bool *lost);

/* Carries out a call of proto/rules.h. */
void rulebook_serve(struct rulebook *book, uint64_t word[8]);

#endif
