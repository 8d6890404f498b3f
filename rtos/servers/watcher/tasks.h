/*
 * The rule `tasks`: the task list is whole, and it and the PID tree have the same processes. A
 * rootkit that hides a process takes it out of one of them.
 */
#ifndef WATCHER_TASKS_H
#define WATCHER_TASKS_H

#include "findings.h"
#include "guest.h"

#define TASKS_MAX   4096u
#define TASKS_NODES 1024u /* of the tree */
#define TASKS_DEPTH 8u

struct tasks_set {
	uint64_t task[TASKS_MAX]; /* addresses, sorted in the end */
	uint32_t count;
};

/* A look's memory. */
struct tasks {
	struct tasks_set listed, in_tree;
	uint32_t nodes;
};

/* False: can't tell. Then nothing that was noted counts. */
bool tasks_look(struct tasks *tasks, const struct guest *guest, struct findings *findings);

#endif
