/*
 * Views of a rule: how they lead to their objects. Each address comes from the guest, so each walk
 * ends at the latest when there is no room for another object, or the look's work is used up.
 */
#include "rulesrun.h"

#define VIEWS_POINTER  8u
#define VIEWS_DEPTH    64u /* of a tree */
#define VIEWS_TAGS     3u
#define VIEWS_INTERNAL 2u /* in the low bits of an entry: it leads to a node, or is no pointer */
#define VIEWS_LOWEST   4096u

static bool views_add(struct rules_run *run, uint32_t view, uint64_t object)
{
	struct rules_memory *memory = run->memory;

	if (memory->used == RULES_OBJECTS || memory->count[view] == RULE_OBJECTS ||
	    !rules_spend(run, 1))
		return false;
	memory->object[memory->used++] = object;
	memory->count[view]++;
	return true;
}

static bool views_pointer(struct rules_run *run, uint64_t address, uint64_t *pointer)
{
	return rules_read(run, address, VIEWS_POINTER, pointer);
}

/* ---- one object behind the other ---- */

/* From the pointer at `from` to the address `end`. */
static bool views_links(struct rules_run *run, uint32_t view, uint64_t from, uint64_t end)
{
	const struct rule_view *its = &rule_views(run->rule)[view];
	uint64_t node;

	for (;;) {
		if (!views_pointer(run, from, &node))
			return false;
		if (node == end)
			return true;
		if (!views_add(run, view, node - its->link))
			return false;
		from = node + its->a;
	}
}

/* Goes along a list_head's links by the pointers at offset `to`. A circle that leaves the head out
 * ends the walk: its mark moves on after twice as many steps each time, so it gets into each
 * circle. *whole: the walk came back. False: can't tell. */
static bool views_walk(struct rules_run *run, uint32_t view, uint64_t head, uint32_t to,
                       bool *whole)
{
	const struct rule_view *its = &rule_views(run->rule)[view];
	uint64_t node = head, mark = head;

	for (uint32_t steps = 1, left = 1;; left--) {
		if (!views_pointer(run, node + to, &node))
			return false;
		*whole = node == head;
		if (*whole || node == mark)
			return true;
		if (!views_add(run, view, node - its->link))
			return false;
		if (left == 0) {
			mark = node;
			left = steps *= 2;
		}
	}
}

/* A list that is damaged at one place has all its objects on one of its two ways. */
static bool views_list(struct rules_run *run, uint32_t view, uint64_t head)
{
	const uint32_t next = rule_views(run->rule)[view].a;
	bool whole;

	return views_walk(run, view, head, next, &whole) &&
	       (whole || views_walk(run, view, head, next + VIEWS_POINTER, &whole));
}

static bool views_hash(struct rules_run *run, uint32_t view, uint64_t heads)
{
	const struct rule_view *its = &rule_views(run->rule)[view];

	for (uint32_t i = 0; i < its->count; i++)
		if (!views_links(run, view, heads + (uint64_t)i * VIEWS_POINTER, 0))
			return false;
	return true;
}

static bool views_one_chain(struct rules_run *run, uint32_t view, uint64_t object)
{
	const struct rule_view *its = &rule_views(run->rule)[view];

	while (object != 0)
		if (!views_add(run, view, object) ||
		    !views_pointer(run, object + its->link, &object))
			return false;
	return true;
}

static bool views_chain(struct rules_run *run, uint32_t view, uint64_t object)
{
	const struct rule_view *its = &rule_views(run->rule)[view];

	if (its->count == 0)
		return views_one_chain(run, view, object);
	for (uint32_t i = 0; i < its->count; i++)
		if (!views_pointer(run, rules_first(run, its, i), &object) ||
		    !views_one_chain(run, view, object))
			return false;
	return true;
}

/* ---- one object beside the other ---- */

static bool views_array(struct rules_run *run, uint32_t view, uint64_t start)
{
	const struct rule_view *its = &rule_views(run->rule)[view];
	uint64_t count = its->count;

	if (its->link != 0 &&
	    (!rules_read(run, start + (uint64_t)(int32_t)its->a, its->link, &count) ||
	     (its->count == 1 && !views_pointer(run, start, &start))))
		return false;
	for (uint64_t i = 0; start != 0 && i < count; i++)
		if (!views_add(run, view, start + i * (uint64_t)its->b))
			return false;
	return true;
}

static bool views_table(struct rules_run *run, uint32_t view, uint64_t start)
{
	const struct rule_view *its = &rule_views(run->rule)[view];

	for (uint32_t i = 0; i < its->count; i++)
		if (!views_add(run, view, start + rule_words(run->rule)[its->a + i]))
			return false;
	return true;
}

static bool views_row(struct rules_run *run, uint32_t view, uint64_t object)
{
	const struct rule_view *its = &rule_views(run->rule)[view];
	uint64_t pointer;

	for (; object != 0; object += (uint64_t)its->b) {
		if (!views_pointer(run, object + its->link, &pointer))
			return false;
		if (pointer == 0)
			return true;
		if (!views_add(run, view, object))
			return false;
	}
	return true;
}

/* What the pointers lead to; a null pointer leads to nothing. */
static bool views_pointers(struct rules_run *run, uint32_t view, uint64_t start)
{
	const struct rule_view *its = &rule_views(run->rule)[view];
	uint64_t object;

	for (uint32_t i = 0; i < its->count; i++)
		if (!views_pointer(run, start + rule_words(run->rule)[its->a + i], &object) ||
		    (object != 0 && !views_add(run, view, object)))
			return false;
	return true;
}

static bool views_elements(struct rules_run *run, uint32_t view, uint64_t start)
{
	const struct rule_view *its = &rule_views(run->rule)[view];

	for (uint32_t i = 0; i < its->count; i++)
		if (!views_add(run, view, start + i * (uint64_t)its->b))
			return false;
	return true;
}

static bool views_cpus(struct rules_run *run, uint32_t view, uint64_t start)
{
	const struct rule_view *its = &rule_views(run->rule)[view];
	uint64_t cpus, distance;

	if (!rules_read(run, run->kernel->base + its->link, sizeof(uint32_t), &cpus))
		return false;
	for (uint64_t i = 0; i < cpus; i++)
		if (!views_pointer(run, run->kernel->base + its->a + i * VIEWS_POINTER,
		                   &distance) ||
		    !views_elements(run, view, start + distance))
			return false;
	return true;
}

static bool views_one(struct rules_run *run, uint32_t view, uint64_t start)
{
	return views_add(run, view, start);
}

/* ---- trees ---- */

/* The nodes on the way down, and in each of them the child that is next. */
struct views_way {
	uint64_t node[VIEWS_DEPTH];
	uint32_t child[VIEWS_DEPTH];
	uint32_t depth;
};

static bool views_enter(struct views_way *way, uint64_t node)
{
	if (way->depth == VIEWS_DEPTH)
		return false;
	way->node[way->depth] = node;
	way->child[way->depth++] = 0;
	return true;
}

/* Each node of a tree is in an object. In a radix tree nodes lead to objects, and an entry may be
 * no pointer: its place is taken, and that is all. */
static bool views_take(struct rules_run *run, uint32_t view, struct views_way *way, uint64_t entry)
{
	const struct rule_view *its = &rule_views(run->rule)[view];

	if (its->kind == RULE_TREE)
		return entry == 0 ||
		       (views_add(run, view, entry - its->link) && views_enter(way, entry));
	if ((entry & VIEWS_TAGS) == VIEWS_INTERNAL && entry > VIEWS_LOWEST)
		return views_enter(way, entry & ~(uint64_t)VIEWS_TAGS);
	return (entry & VIEWS_TAGS) != 0 || entry < VIEWS_LOWEST || views_add(run, view, entry);
}

static bool views_tree(struct rules_run *run, uint32_t view, uint64_t root)
{
	const struct rule_view *its = &rule_views(run->rule)[view];
	struct views_way way = {.depth = 0};
	uint64_t entry;

	if (!views_pointer(run, root, &entry) || !views_take(run, view, &way, entry))
		return false;
	while (way.depth != 0) {
		const uint64_t node = way.node[way.depth - 1];
		const uint32_t child = way.child[way.depth - 1]++;

		if (child == its->count)
			way.depth--;
		else if (!views_pointer(run, node + its->a + (uint64_t)(child * (int64_t)its->b),
		                        &entry) ||
		         !views_take(run, view, &way, entry))
			return false;
	}
	return true;
}

bool rules_gather(struct rules_run *run, uint32_t view, uint64_t start)
{
	static bool (*const kinds[])(struct rules_run *, uint32_t,
	                             uint64_t) = {[RULE_ONE] = views_one,
	                                          [RULE_LIST] = views_list,
	                                          [RULE_HASH] = views_hash,
	                                          [RULE_CHAIN] = views_chain,
	                                          [RULE_ARRAY] = views_array,
	                                          [RULE_TABLE] = views_table,
	                                          [RULE_TREE] = views_tree,
	                                          [RULE_RADIX] = views_tree,
	                                          [RULE_POINTERS] = views_pointers,
	                                          [RULE_CPUS] = views_cpus,
	                                          [RULE_ROW] = views_row};

	return kinds[rule_views(run->rule)[view].kind](run, view, start);
}

/* ---- sets ---- */

/* Lets an object sink until each of its two children in the heap has a lower address. */
static bool views_sink(struct rules_run *run, uint64_t *object, uint32_t at, uint32_t count)
{
	const uint64_t moved = object[at];

	for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
		child += child + 1 < count && object[child + 1] > object[child];
		if (!rules_spend(run, 1))
			return false;
		if (object[child] <= moved)
			break;
		object[at] = object[child];
		at = child;
	}
	object[at] = moved;
	return true;
}

/* By a heap: the guest chooses the order, and no order takes much longer than another. */
bool rules_sort(struct rules_run *run, uint32_t view)
{
	uint64_t *object = &run->memory->object[run->memory->first[view]];
	const uint32_t count = run->memory->count[view];

	for (uint32_t i = count / 2; i > 0; i--)
		if (!views_sink(run, object, i - 1, count))
			return false;
	for (uint32_t i = count; i > 1; i--) {
		const uint64_t largest = object[0];

		object[0] = object[i - 1];
		object[i - 1] = largest;
		if (!views_sink(run, object, 0, i - 1))
			return false;
	}
	return true;
}

bool rules_has(const struct rules_run *run, uint32_t view, uint64_t object)
{
	const uint64_t *its = &run->memory->object[run->memory->first[view]];
	uint32_t low = 0, high = run->memory->count[view];

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (its[middle] < object)
			low = middle + 1;
		else
			high = middle;
	}
	return low < run->memory->count[view] && its[low] == object;
}
