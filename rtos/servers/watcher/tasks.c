/*
 * See tasks.h. The list goes through task_struct.tasks, beginning at init_task. The PID tree is a
 * radix tree (struct idr) of struct pid; a pid that has a thread group leads to its leader.
 */
#include "tasks.h"
#include <lib/string.h>

#define TASKS_POINTER  8u
#define TASKS_SLOTS    64u
#define TASKS_INTERNAL 2u /* in the low bits of an entry: it leads to a node, or is no pointer */
#define TASKS_TAGS     3u
#define TASKS_LOWEST   4096u
#define TASKS_NAME     16u

/* ---- sets ---- */

static bool tasks_add(struct tasks_set *set, uint64_t task)
{
	if (set->count == TASKS_MAX)
		return false;
	set->task[set->count++] = task;
	return true;
}

/* Lets a task sink until none of its two children in the heap has a higher address. */
static void tasks_sink(uint64_t *task, uint32_t at, uint32_t count)
{
	const uint64_t moved = task[at];

	for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
		child += child + 1 < count && task[child + 1] > task[child];
		if (task[child] <= moved)
			break;
		task[at] = task[child];
		at = child;
	}
	task[at] = moved;
}

/* By a heap: the guest chooses the order, and no order takes much longer than another. */
static void tasks_sort(struct tasks_set *set)
{
	for (uint32_t i = set->count / 2; i > 0; i--)
		tasks_sink(set->task, i - 1, set->count);
	for (uint32_t i = set->count; i > 1; i--) {
		const uint64_t largest = set->task[0];

		set->task[0] = set->task[i - 1];
		set->task[i - 1] = largest;
		tasks_sink(set->task, 0, i - 1);
	}
}

static bool tasks_has(const struct tasks_set *set, uint64_t task)
{
	uint32_t low = 0, high = set->count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (set->task[middle] < task)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->count && set->task[low] == task;
}

/* ---- the list ---- */

static void tasks_note(const struct guest *guest, struct findings *findings, enum finding_kind kind,
                       uint64_t task)
{
	const struct watchfacts *facts = guest->facts;
	struct finding found = {.kind = kind, .where = task};
	uint32_t pid = 0;

	if (!guest_half(guest, task + facts->task_pid, &pid) ||
	    !guest_text(guest, task + facts->task_comm, found.name, TASKS_NAME))
		memcpy(found.name, "?", 2);
	found.value = pid;
	findings_note(findings, &found);
}

/* A walk goes in a circle if it comes back to its mark. The mark moves on after twice as many steps
 * each time, so it gets into each circle. */
struct tasks_walk {
	uint64_t at, mark; /* links of tasks */
	uint32_t steps, left;
};

/* False: the walk has gone in a circle, or there are too many tasks. */
static bool tasks_step(struct tasks *tasks, const struct guest *guest, struct tasks_walk *walk,
                       uint64_t next)
{
	walk->at = next;
	if (walk->at == walk->mark)
		return false;
	if (walk->left-- == 0) {
		walk->mark = walk->at;
		walk->left = walk->steps *= 2;
	}
	return tasks_add(&tasks->listed, next - guest->facts->task_tasks);
}

/* Whether one of its neighbours leads back to it. */
static bool tasks_is_link(const struct guest *guest, uint64_t at)
{
	uint64_t next, before, back;

	return (guest_word(guest, at, &next) && guest_word(guest, next + TASKS_POINTER, &back) &&
	        back == at) ||
	       (guest_word(guest, at + TASKS_POINTER, &before) &&
	        guest_word(guest, before, &back) && back == at);
}

/* False: not each task leads to one that leads back, up to the first task. */
static bool tasks_walk_on(struct tasks *tasks, const struct guest *guest, uint64_t head,
                          struct findings *findings)
{
	const uint32_t link = guest->facts->task_tasks;
	struct tasks_walk walk = {.at = head, .steps = 1};
	uint64_t next, back;
	bool whole = true;

	do {
		if (!guest_word(guest, walk.at, &next) ||
		    !guest_word(guest, next + TASKS_POINTER, &back) ||
		    (back != walk.at && !tasks_is_link(guest, next))) {
			tasks_note(guest, findings, FINDING_END, walk.at - link);
			return false;
		}
		if (back != walk.at) {
			tasks_note(guest, findings, FINDING_LIST, next - link);
			whole = false;
		}
		if (next == head)
			return whole;
	} while (tasks_step(tasks, guest, &walk, next));
	return false;
}

/* Against the list's direction: finds the tasks behind a place from which nothing leads on. */
static void tasks_walk_back(struct tasks *tasks, const struct guest *guest, uint64_t head)
{
	struct tasks_walk walk = {.at = head, .steps = 1};
	uint64_t before;

	do {
		if (!guest_word(guest, walk.at + TASKS_POINTER, &before) || before == head)
			return;
	} while (tasks_step(tasks, guest, &walk, before));
}

/* A list that is broken at one place has all its tasks on one of the two ways. False: there are too
 * many. */
static bool tasks_walk_list(struct tasks *tasks, const struct guest *guest,
                            struct findings *findings)
{
	const struct watchfacts *facts = guest->facts;
	const uint64_t head = guest_address(guest, facts->init_task) + facts->task_tasks;

	if (!tasks_walk_on(tasks, guest, head, findings))
		tasks_walk_back(tasks, guest, head);
	return tasks->listed.count < TASKS_MAX;
}

/* ---- the tree ---- */

static bool tasks_is_node(uint64_t entry)
{
	return (entry & TASKS_TAGS) == TASKS_INTERNAL && entry > TASKS_LOWEST;
}

/* A pid without a thread group is a thread's, or of a process that is ending. */
static bool tasks_take_pid(struct tasks *tasks, const struct guest *guest, uint64_t pid)
{
	const struct watchfacts *facts = guest->facts;
	uint64_t link;

	if ((pid & TASKS_TAGS) != 0 || pid < TASKS_LOWEST)
		return true; /* no pid: its number is taken, and that is all */
	if (!guest_word(guest, pid + facts->pid_tasks, &link))
		return false;
	return link == 0 || tasks_add(&tasks->in_tree, link - facts->task_link);
}

/* The nodes on the way down, and in each of them the slot that is next. */
struct tasks_way {
	uint64_t node[TASKS_DEPTH];
	uint32_t slot[TASKS_DEPTH];
	uint32_t depth;
};

static bool tasks_enter(struct tasks *tasks, struct tasks_way *way, uint64_t entry)
{
	if (way->depth == TASKS_DEPTH || tasks->nodes == TASKS_NODES)
		return false;
	tasks->nodes++;
	way->node[way->depth] = entry & ~(uint64_t)TASKS_TAGS;
	way->slot[way->depth++] = 0;
	return true;
}

static bool tasks_take(struct tasks *tasks, const struct guest *guest, struct tasks_way *way,
                       uint64_t entry)
{
	return tasks_is_node(entry) ? tasks_enter(tasks, way, entry)
	                            : tasks_take_pid(tasks, guest, entry);
}

static bool tasks_walk_tree(struct tasks *tasks, const struct guest *guest)
{
	const struct watchfacts *facts = guest->facts;
	const uint64_t root = guest_address(guest, facts->init_pid_ns) + facts->namespace_idr +
	                      facts->idr_rt + facts->root_head;
	struct tasks_way way = {.depth = 0};
	uint64_t entry;

	if (!guest_word(guest, root, &entry) || !tasks_take(tasks, guest, &way, entry))
		return false;
	while (way.depth != 0) {
		const uint32_t slot = way.slot[way.depth - 1]++;
		const uint64_t slots = way.node[way.depth - 1] + facts->node_slots;

		if (slot == TASKS_SLOTS) {
			way.depth--;
			continue;
		}
		if (!guest_word(guest, slots + slot * TASKS_POINTER, &entry) ||
		    !tasks_take(tasks, guest, &way, entry))
			return false;
	}
	return true;
}

/* ---- both ---- */

/* Most often both have the same processes in the same order. */
static bool tasks_are_same(const struct tasks *tasks)
{
	const uint32_t count = tasks->listed.count;
	uint32_t i = 0;

	while (i < count && i < tasks->in_tree.count &&
	       tasks->listed.task[i] == tasks->in_tree.task[i])
		i++;
	return i == count && i == tasks->in_tree.count;
}

static void tasks_compare(struct tasks *tasks, const struct guest *guest, struct findings *findings)
{
	tasks_sort(&tasks->listed);
	tasks_sort(&tasks->in_tree);
	for (uint32_t i = 0; i < tasks->in_tree.count; i++)
		if (!tasks_has(&tasks->listed, tasks->in_tree.task[i]))
			tasks_note(guest, findings, FINDING_NOT_LISTED, tasks->in_tree.task[i]);
	for (uint32_t i = 0; i < tasks->listed.count; i++)
		if (!tasks_has(&tasks->in_tree, tasks->listed.task[i]))
			tasks_note(guest, findings, FINDING_NOT_IN_TREE, tasks->listed.task[i]);
}

bool tasks_look(struct tasks *tasks, const struct guest *guest, struct findings *findings)
{
	tasks->listed.count = tasks->in_tree.count = tasks->nodes = 0;
	findings_round(findings, guest->now);
	findings_begin(findings);
	if (!tasks_walk_list(tasks, guest, findings) || !tasks_walk_tree(tasks, guest)) {
		findings_undo(findings);
		return false;
	}
	if (!tasks_are_same(tasks))
		tasks_compare(tasks, guest, findings);
	findings_end(findings);
	return true;
}
