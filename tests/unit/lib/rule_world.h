/*
 * A guest of one small memory, and rules by hand that look at it. The tests of lib/rules.c use it.
 */
#ifndef UNIT_LIB_RULE_WORLD_H
#define UNIT_LIB_RULE_WORLD_H

#include <lib/rules.h>

#define BASE   0x40000000ULL /* the guest's address of its memory; its MMU is off */
#define SIZE   0x4000u
#define KERNEL 7u /* its number */

/* Bytes of a rule that its sum leaves out. */
#define HEAD (offsetof(struct rule, crc) + sizeof(uint32_t))

extern uint8_t *memory;
extern struct guestwalk walk;
extern const struct rules_kernel kernel;
extern struct rules_memory objects;

/* `ear` counts a look's findings, and keeps the last one. */
extern const struct rules_ear ear;
extern uint32_t notes, last_reads;
extern char last[RULES_TEXT];
extern uint64_t last_where, last_still;
extern struct rules_lack last_lack;

/* A fixture: a guest whose memory is all zero; and its end. */
void set_up(void);
void tear_down(void);

void store(uint32_t place, uint64_t value);

/* A rule as it is given to rules_look(). */
struct made {
	struct rule head;
	uint64_t rest[(RULE_SIZE_MAX - sizeof(struct rule)) / sizeof(uint64_t)];
};

/* The parts of a rule; `views`, `steps` and `words` are the numbers of these. */
struct parts {
	struct rule_view view[RULE_VIEWS];
	struct rule_step step[64];
	uint32_t word[64];
	char text[64];
	uint32_t views, object, say, steps, words, mends, tasks, still;
};

/* Makes a rule of its parts, with the right sum. seal() makes the sum right again. */
struct made make(const struct parts *parts);
void seal(struct made *made);

void step(struct parts *parts, enum rule_operation operation, uint32_t size, uint32_t value);

/* A view that begins at a place; then steps of objects and words follow. */
struct parts begin(struct rule_view view, uint32_t place);
void words(struct parts *parts, enum rule_operation operation);

/* Checks that the parts are a rule, and looks by it. Returns the result of rules_look(). */
bool look(const struct parts *parts);

#endif
