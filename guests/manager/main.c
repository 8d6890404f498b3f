/* SPDX-License-Identifier: MIT-0 */
/*
 * A manager: it observes the partitions that its description lets it manage, and prints their
 * changes. A limited number of times, it restarts a partition that stopped by a failure, and prints
 * the cause from the black box. It sleeps until Kumiki tells it of a change. It keeps no state:
 * after its own restart it looks at everything anew.
 */
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/tree.h>
#include <kumiki/blackbox.h>
#include <kumiki/hypercall.h>
#include <kumiki/life.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MANAGER_MOST  8u
#define MANAGER_NAME  32u
#define MANAGER_TRIES 20u /* the most starts of a broken partition */

struct managed {
	bool known;
	uint64_t state, reason, starts;
	uint32_t tries;
	uint32_t crashes, misses; /* the counts in its black box that are printed */
};

static struct tree_node manager_node; /* its node in the device tree */
static struct managed manager_seen[MANAGER_MOST];
static volatile uint32_t manager_changes;

static void manager_on_change(uint32_t intid)
{
	(void)intid;
	manager_changes++;
}

static const char *manager_state(uint64_t state)
{
	static const char *const names[LIFE_STATES] = {[LIFE_STOPPED] = "stopped",
	                                               [LIFE_WAITING] = "waiting",
	                                               [LIFE_LOADING] = "loading",
	                                               [LIFE_RUNNING] = "running",
	                                               [LIFE_SUSPENDING] = "stopping for a while",
	                                               [LIFE_SUSPENDED] = "suspended",
	                                               [LIFE_HOLDING] = "being held",
	                                               [LIFE_HELD] = "held",
	                                               [LIFE_STOPPING] = "stopping"};

	return state < LIFE_STATES && names[state] != NULL ? names[state] : "in a state of its own";
}

static const char *manager_name(uint32_t partition)
{
	static char name[MANAGER_NAME + 1];

	for (uint64_t offset = 0; offset < MANAGER_NAME; offset += 8) {
		uint64_t part = psci_call4(KUMIKI_CALL_NAME_OF, partition, offset, 0).x[0];

		memcpy(name + offset, &part, 8);
	}
	return name;
}

/* True if it stopped by a failure. */
static bool manager_broke(const struct managed *now)
{
	return now->state == LIFE_STOPPED &&
	       (now->reason == STOP_FAULT || now->reason == STOP_WATCHDOG ||
	        now->reason == STOP_PANIC || now->reason == STOP_DMA || now->reason == STOP_CRASH ||
	        now->reason == STOP_KEPT || now->reason == STOP_FRAME);
}

static void manager_start(uint32_t partition, uint32_t *tries)
{
	if (*tries == MANAGER_TRIES) {
		printf("manager: %s broke again: leaving it alone\n", manager_name(partition));
		return;
	}
	*tries += 1;
	printf("manager: %s broke: starting it again\n", manager_name(partition));
	if (psci_call4(KUMIKI_CALL_COMMAND, partition, LIFE_START, 0).x[0] != 0)
		printf("manager: that was refused\n");
}

/* The black box, if this partition can read it and something was written; else NULL. */
static const struct blackbox *manager_box(const char *name)
{
	const struct blackbox *box = NULL;
	const char *each;

	for (uint32_t i = 0; (each = tree_string(manager_node, "kumiki,manages", i)) != NULL; i++)
		if (strcmp(each, name) == 0)
			box = (const struct blackbox *)tree_number(manager_node, "reg", 4 * i);
	return box != NULL && __atomic_load_n(&box->magic, __ATOMIC_ACQUIRE) == BLACKBOX_MAGIC &&
	               box->revision == BLACKBOX_REVISION
	           ? box
	           : NULL;
}

/* Prints the first line of the last crash's report. The report comes a little later than the change
 * of state, so perhaps only the next change prints it. */
static void manager_tell_crash(uint32_t partition, uint32_t *told)
{
	const struct blackbox *box = manager_box(manager_name(partition));
	uint32_t crashes = box != NULL ? __atomic_load_n(&box->crashes, __ATOMIC_ACQUIRE) : 0;
	int length = 0;

	if (box == NULL || crashes == *told)
		return;
	while (length < 100 && box->words[length] >= ' ')
		length++;
	printf("manager: crash %u: %.*s\n", (unsigned int)crashes, length, box->words);
	*told = crashes;
}

/* Prints new misses. With `kumiki,on-miss = "tell"` each miss is a change; the box has it a little
 * later. */
static void manager_tell_misses(uint32_t partition, uint32_t *told)
{
	const struct blackbox *box = manager_box(manager_name(partition));
	uint32_t misses = box != NULL ? __atomic_load_n(&box->misses.next, __ATOMIC_ACQUIRE) : 0;

	if (box == NULL || misses == *told)
		return;
	printf("manager: %s missed %u deadlines\n", manager_name(partition), (unsigned int)misses);
	*told = misses;
}

static void manager_look(uint32_t partition)
{
	const struct psci_result found = psci_call4(KUMIKI_CALL_STATE, partition, 0, 0);
	struct managed *seen = &manager_seen[partition];
	const bool same = seen->known && seen->state == found.x[0] && seen->starts == found.x[2];
	struct managed now = *seen;

	now.known = true;
	now.state = found.x[0];
	now.reason = found.x[1];
	now.starts = found.x[2];
	manager_tell_crash(partition, &now.crashes);
	manager_tell_misses(partition, &now.misses);
	*seen = now;
	if (same)
		return;
	printf("manager: %s is %s, start %lu\n", manager_name(partition), manager_state(now.state),
	       (unsigned long)now.starts);
	if (manager_broke(&now))
		manager_start(partition, &seen->tries);
}

void guest_main(void *device_tree)
{
	const struct psci_result all = psci_call4(KUMIKI_CALL_PARTITIONS, 0, 0, 0);
	uint32_t intid;

	manager_node = tree_compatible(device_tree, "kumiki,manager-1.0", 0);
	intid = tree_interrupt(manager_node, 0);
	if (intid == 0) {
		printf("manager: nobody to manage; write kumiki,manages = \"NAME\"; for it\n");
		return;
	}
	gic_enable(intid, manager_on_change);
	cpu_unmask_interrupts();
	for (;;) {
		const uint32_t changes = manager_changes;

		for (uint32_t i = 0; i < MANAGER_MOST; i++)
			if ((all.x[1] >> i & 1) != 0)
				manager_look(i);
		cpu_sleep_until(&manager_changes, changes + 1);
		cpu_unmask_interrupts();
	}
}
