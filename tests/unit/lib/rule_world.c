/* See rule_world.h. */
#include "rule_world.h"
#include <lib/crc32c.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

uint8_t *memory;
static struct loader_range range;
struct guestwalk walk;
const struct rules_kernel kernel = {
    .walk = &walk, .base = BASE, .text = BASE + 0x1000, .text_end = BASE + 0x2000};
struct rules_memory objects;
uint32_t notes, last_reads;
char last[RULES_TEXT];
uint64_t last_where, last_still;
struct rules_lack last_lack;

static void note(void *to, const struct rules_found *found)
{
	(void)to;
	notes++;
	last_where = found->where;
	last_still = found->still;
	last_lack = found->lack;
	last_reads = found->reads;
	assert_true(strlen(found->text) < sizeof(last));
	memcpy(last, found->text, strlen(found->text) + 1);
}

const struct rules_ear ear = {note, NULL};

void set_up(void)
{
	memory = aligned_alloc(4096, SIZE);
	memset(memory, 0, SIZE);
	range = (struct loader_range){(uintptr_t)memory, SIZE, BASE};
	walk = (struct guestwalk){.range = &range, .ranges = 1};
	notes = 0;
	last[0] = '\0';
}

void tear_down(void)
{
	free(memory);
}

void store(uint32_t place, uint64_t value)
{
	memcpy(memory + place, &value, sizeof(value));
}

void seal(struct made *made)
{
	made->head.crc = crc32c(0, (const uint8_t *)made + HEAD, made->head.size - HEAD);
}

struct made make(const struct parts *parts)
{
	struct made made = {.head = {.magic = RULE_MAGIC,
	                             .revision = RULE_REVISION,
	                             .kernel = KERNEL,
	                             .name = "name",
	                             .every = RULE_EVERY,
	                             .seen = 1,
	                             .views = (uint16_t)parts->views,
	                             .steps = (uint16_t)parts->steps,
	                             .object = (uint16_t)parts->object,
	                             .say = (uint16_t)parts->say,
	                             .words = (uint16_t)parts->words,
	                             .text = sizeof(parts->text),
	                             .mends = (uint16_t)parts->mends,
	                             .tasks = (uint16_t)parts->tasks,
	                             .still = (uint8_t)parts->still}};
	uint8_t *to = (uint8_t *)made.rest;
	const size_t views = parts->views * sizeof(parts->view[0]);
	const size_t steps = parts->steps * sizeof(parts->step[0]);
	const size_t words = parts->words * sizeof(parts->word[0]);

	memcpy(to, parts->view, views);
	memcpy(to + views, parts->step, steps);
	memcpy(to + views + steps, parts->word, words);
	memcpy(to + views + steps + words, parts->text, sizeof(parts->text));
	made.head.size =
	    (uint32_t)(sizeof(made.head) + views + steps + words + sizeof(parts->text) + 7) / 8 * 8;
	seal(&made);
	return made;
}

void step(struct parts *parts, enum rule_operation operation, uint32_t size, uint32_t value)
{
	parts->step[parts->steps++] = (struct rule_step){
	    .operation = (uint8_t)operation, .size = (uint8_t)size, .value = value};
}

struct parts begin(struct rule_view view, uint32_t place)
{
	struct parts parts = {.views = 1, .text = "finding "};

	parts.view[0] = view;
	parts.view[0].steps = 1;
	step(&parts, RULE_PLACE, 0, place);
	parts.object = 1;
	return parts;
}

void words(struct parts *parts, enum rule_operation operation)
{
	parts->say = parts->steps;
	step(parts, RULE_TEXT, 0, 0);
	step(parts, RULE_OBJECT, 0, 0);
	step(parts, operation, 16, 0);
}

bool look(const struct parts *parts)
{
	struct made made = make(parts);

	notes = 0;
	assert_null(rule_check(&made, made.head.size, KERNEL));
	return rules_look(&made.head, &kernel, &objects, &ear);
}
