/* See facts.h. What the kernel's image tells is in kernel.c; here is what the watcher asks. */
#include "facts.h"
#include "program.h"
#include <inttypes.h>
#include <lib/crc32c.h>
#include <stdio.h>
#include <string.h>

#define FACTS_BANNER           "Linux version "
#define FACTS_POINTER          8u /* struct hlist_head, and a slot of a node */
#define FACTS_SLOTS            64u
#define FACTS_PAGE             4096u
#define FACTS_TRAMPOLINES      (4u * 0x800u)
#define FACTS_TRAMPOLINE_EMPTY 0x400u /* nothing is in the first half of each table */
#define FACTS_TRAMPOLINE_USED  16u

struct facts {
	struct kernel kernel;
	struct watchfacts *to;
};

/* ---- symbols ---- */

/* Constants end in front of the code of the start. Between them are empty pages: the kernel's first
 * page tables. */
static void facts_constants(struct facts *facts)
{
	static const uint8_t empty[FACTS_PAGE];
	const struct kernel *kernel = &facts->kernel;
	uint32_t end;

	facts->to->constants_end = facts->to->text_end;
	if (kernel_functions(kernel, "_sinittext", &end) == 0 || end > kernel->size)
		return;
	end -= end % FACTS_PAGE;
	while (end > facts->to->text_end &&
	       memcmp(kernel->image + end - FACTS_PAGE, empty, FACTS_PAGE) == 0)
		end -= FACTS_PAGE;
	if (end > facts->to->text_end)
		facts->to->constants_end = end;
}

/* Tables of the way into the kernel under KPTI are constants that the kernel maps a second time.
 * Without such a function, or such tables, there is no KPTI. */
static void facts_trampoline(struct facts *facts)
{
	static const uint8_t nobody[FACTS_TRAMPOLINE_EMPTY];
	const struct kernel *kernel = &facts->kernel;
	struct watchfacts *to = facts->to;
	uint32_t function, used[FACTS_TRAMPOLINE_USED], count;

	if (kernel_functions(kernel, "map_entry_trampoline", &function) == 0)
		return;
	count = kernel_used(kernel, function, true, used, FACTS_TRAMPOLINE_USED);
	for (uint32_t i = 0; i < count; i++)
		if (used[i] % FACTS_PAGE == 0 && used[i] + FACTS_PAGE <= kernel->size &&
		    memcmp(kernel->image + used[i], nobody, sizeof(nobody)) == 0 &&
		    memcmp(kernel->image + used[i] + sizeof(nobody), nobody, sizeof(nobody)) != 0) {
			to->trampoline = used[i];
			to->trampoline_end = used[i] + FACTS_TRAMPOLINES;
			return;
		}
}

/* The instruction by which a program's way into the kernel, or out of it, changes the vectors. As
 * no symbol says where this code is, all pages from the first to the last such instruction are its.
 */
#define FACTS_WAY 0xd518c01eu /* msr vbar_el1, x30 */

static void facts_entry(struct facts *facts)
{
	const struct kernel *kernel = &facts->kernel;
	struct watchfacts *to = facts->to;
	uint32_t word;

	to->entry = to->entry_end = to->text_end;
	for (uint32_t at = to->text_end; at + sizeof(word) <= to->constants_end;
	     at += sizeof(word)) {
		memcpy(&word, kernel->image + at, sizeof(word));
		if (word != FACTS_WAY)
			continue;
		if (to->entry_end == to->text_end)
			to->entry = at - at % FACTS_PAGE;
		to->entry_end = at - at % FACTS_PAGE + FACTS_PAGE;
	}
}

static const char *facts_functions(struct facts *facts)
{
	const struct kernel *kernel = &facts->kernel;
	struct watchfacts *to = facts->to;

	to->base_at = kernel->base_at;
	to->base_of = kernel->base_of;
	to->text = kernel->text;
	to->text_end = kernel->text_end;
	if (kernel_functions(kernel, "vectors", &to->vectors) == 0)
		return "'vectors' is missing";
	facts_trampoline(facts);
	if (kernel_functions(kernel, "__bp_harden_el1_vectors", &to->vectors_hardened) == 0)
		to->vectors_hardened = 0;
	facts_constants(facts);
	facts_entry(facts);
	return NULL;
}

static const char *facts_variables(struct facts *facts)
{
	const struct kernel *kernel = &facts->kernel;
	struct watchfacts *to = facts->to;

	return kernel_variables(kernel, "init_task", &to->init_task) != 0 &&
	               kernel_variables(kernel, "init_pid_ns", &to->init_pid_ns) != 0 &&
	               kernel_variables(kernel, "system_state", &to->system_state) != 0
	           ? NULL
	           : "one of 'init_task', 'init_pid_ns', 'system_state' isn't exported";
}

/* ---- locks, which have no symbols ---- */

#define FACTS_USED 64u /* places that such a function uses, at most */

/* The only place that a function uses, if another one uses it, too; 0: there is none. In the image
 * nobody holds such a lock. */
static uint32_t facts_lock(const struct kernel *kernel, const char *alone, const char *among)
{
	uint32_t function, lock[2], used[FACTS_USED], count = 0;

	if (kernel_functions(kernel, alone, &function) == 0 ||
	    kernel_used(kernel, function, false, lock, 2) != 1 || lock[0] % 4 != 0 ||
	    lock[0] + 4 > kernel->size)
		return 0;
	if (kernel_functions(kernel, among, &function) != 0)
		count = kernel_used(kernel, function, false, used, FACTS_USED);
	for (uint32_t i = 0; i < count; i++)
		if (used[i] == lock[0])
			return lock[0];
	return 0;
}

/* The only place that a function uses behind what the file has: there all is 0 at the start. 0:
 * there is none. */
static uint32_t facts_lock_behind(const struct kernel *kernel, const char *alone)
{
	uint32_t function, used[FACTS_USED], count = 0, lock = 0;

	if (kernel_functions(kernel, alone, &function) != 0)
		count = kernel_used(kernel, function, true, used, FACTS_USED);
	for (uint32_t i = 0; i < count; i++) {
		if (used[i] < kernel->size)
			continue;
		if (lock != 0)
			return 0;
		lock = used[i];
	}
	return lock % 4 == 0 ? lock : 0;
}

/* Of a PREEMPT_RT kernel's locks that sleep only that of the task list is known. */
static void facts_locks(struct facts *facts)
{
	const struct kernel *kernel = &facts->kernel;
	struct watchfacts *to = facts->to;
	uint32_t size;

	to->tasks_lock = facts_lock(kernel, "kill_pgrp", "release_task");
	if (to->tasks_lock != 0)
		memcpy(&to->tasks_free, kernel->image + to->tasks_lock, sizeof(to->tasks_free));
	if (btf_size(&kernel->btf, "spinlock", &size) && size == sizeof(uint32_t))
		to->numbers_lock = facts_lock(kernel, "disable_pid_allocation", "alloc_pid");
	to->text_lock = facts_lock_behind(kernel, "__aarch64_insn_write");
}

/* ---- types ---- */

static bool facts_tasks(struct facts *facts)
{
	const struct btf *btf = &facts->kernel.btf;
	struct watchfacts *to = facts->to;
	uint32_t number, group, node;

	if (!btf_member(btf, "task_struct", "comm", &to->task_comm) ||
	    !btf_member(btf, "task_struct", "pid", &to->task_pid) ||
	    !btf_member(btf, "task_struct", "tasks", &to->task_tasks) ||
	    !btf_member(btf, "task_struct", "pid_links", &to->task_link) ||
	    !btf_member(btf, "pid", "tasks", &to->pid_tasks) ||
	    !btf_member(btf, "pid", "numbers", &to->pid_number) ||
	    !btf_member(btf, "upid", "nr", &number) ||
	    !btf_constant(btf, "pid_type", "PIDTYPE_TGID", &group) ||
	    !btf_size(btf, "hlist_node", &node))
		return false;
	to->pid_number += number;
	to->pid_tasks += group * FACTS_POINTER;
	to->task_link += group * node;
	return true;
}

/* The lock of another size is a PREEMPT_RT kernel's, which sleeps. */
static void facts_signals(struct facts *facts)
{
	const struct btf *btf = &facts->kernel.btf;
	struct watchfacts *to = facts->to;
	uint32_t flags, signals, lock;

	if (!btf_member(btf, "task_struct", "thread_info", &to->task_flags) ||
	    !btf_member(btf, "thread_info", "flags", &flags) ||
	    !btf_member(btf, "task_struct", "pending", &to->task_pending) ||
	    !btf_member(btf, "sigpending", "signal", &signals) ||
	    !btf_member(btf, "task_struct", "mm", &to->task_mm) ||
	    !btf_member(btf, "sighand_struct", "siglock", &to->sighand_lock) ||
	    !btf_size(btf, "spinlock", &lock) || lock != sizeof(uint32_t) ||
	    !btf_member(btf, "task_struct", "sighand", &to->task_sighand))
		return;
	to->task_flags += flags;
	to->task_pending += signals;
}

static void facts_rights(struct facts *facts)
{
	const struct btf *btf = &facts->kernel.btf;
	struct watchfacts *to = facts->to;

	if (!btf_member(btf, "cred", "usage", &to->cred_users) ||
	    !btf_member(btf, "cred", "uid", &to->cred_user) ||
	    !btf_member(btf, "mm_struct", "exe_file", &to->memory_file) ||
	    !btf_member(btf, "file", "f_cred", &to->file_cred) ||
	    !btf_member(btf, "task_struct", "mm", &to->task_mm) ||
	    !btf_member(btf, "task_struct", "real_cred", &to->task_real_cred) ||
	    !btf_member(btf, "task_struct", "real_parent", &to->task_parent) ||
	    !btf_member(btf, "task_struct", "cred", &to->task_cred))
		to->task_cred = 0;
}

static bool facts_tree(struct facts *facts)
{
	const struct btf *btf = &facts->kernel.btf;
	struct watchfacts *to = facts->to;

	return btf_member(btf, "pid_namespace", "idr", &to->namespace_idr) &&
	       btf_member(btf, "idr", "idr_rt", &to->idr_rt) &&
	       btf_member(btf, "xarray", "xa_head", &to->root_head) &&
	       btf_member(btf, "xa_node", "shift", &to->node_shift) &&
	       btf_member(btf, "xa_node", "count", &to->node_count) &&
	       btf_member(btf, "xa_node", "tags", &to->node_free) &&
	       btf_member(btf, "xa_node", "slots", &to->node_slots) &&
	       btf_size(btf, "xa_node", &to->node_size) &&
	       to->node_slots + FACTS_SLOTS * FACTS_POINTER <= to->node_size;
}

static const char *facts_types(struct facts *facts)
{
	if (!facts_tasks(facts) || !facts_tree(facts) ||
	    !btf_constant(&facts->kernel.btf, "system_states", "SYSTEM_RUNNING",
	                  &facts->to->running))
		return "its types of tasks and PIDs aren't as this program knows them";
	facts_signals(facts);
	facts_rights(facts);
	return NULL;
}

/* ---- code that the kernel makes ---- */

/* Without all of that no such code is known. */
static void facts_areas(struct facts *facts)
{
	const struct kernel *kernel = &facts->kernel;
	const struct btf *btf = &kernel->btf;
	struct watchfacts *to = facts->to;
	uint32_t function;

	if (btf_member(btf, "rb_node", "rb_left", &to->tree_left) &&
	    btf_member(btf, "rb_node", "rb_right", &to->tree_right) &&
	    btf_member(btf, "vmap_area", "va_start", &to->area_begin) &&
	    btf_member(btf, "vmap_area", "va_end", &to->area_end) &&
	    btf_member(btf, "vmap_area", "rb_node", &to->area_node) &&
	    btf_member(btf, "vmap_area", "vm", &to->area_memory) &&
	    btf_member(btf, "vm_struct", "caller", &to->memory_asker) &&
	    kernel_functions(kernel, "find_vmap_area", &function) == 1)
		to->areas = kernel_read(kernel, function);
}

static void facts_makers(struct facts *facts)
{
	static const char *const makers[] = {
	    [WATCHFACTS_JIT] = "bpf_jit_alloc_exec", [WATCHFACTS_SLOTS] = "__get_insn_slot"};
	const struct kernel *kernel = &facts->kernel;
	struct watchfacts *to = facts->to;

	for (uint32_t i = 0; i < WATCHFACTS_MAKERS; i++)
		if (kernel_functions(kernel, makers[i], &to->maker[i]) == 1)
			to->maker_end[i] = kernel_behind(kernel, to->maker[i]);
		else
			to->maker[i] = 0;
}

/* ---- all facts ---- */

static const char *facts_program_banner(char banner[WATCHFACTS_BANNER], const struct kernel *kernel)
{
	const uint32_t sum = crc32c(0, kernel->image, kernel->size);

	if (kernel->program->anywhere)
		snprintf(banner, WATCHFACTS_BANNER, "program %08" PRIx32, sum);
	else
		snprintf(banner, WATCHFACTS_BANNER, "program %08" PRIx32 " at 0x%" PRIx64, sum,
		         kernel->program->linked + kernel->text);
	return NULL;
}

const char *facts_banner(char banner[WATCHFACTS_BANNER], uint32_t *at, const struct kernel *kernel)
{
	const uint8_t *found;
	size_t left;

	memset(banner, 0, WATCHFACTS_BANNER);
	*at = 0;
	if (kernel->program != NULL)
		return facts_program_banner(banner, kernel);
	found = memmem(kernel->image, kernel->size, FACTS_BANNER, sizeof(FACTS_BANNER) - 1);
	if (found == NULL)
		return "it is no arm64 Image of a Linux; unpack it if it is compressed";
	left = kernel->size - (size_t)(found - kernel->image);
	*at = (uint32_t)(found - kernel->image);
	memcpy(banner, found, left < WATCHFACTS_BANNER - 1 ? left : WATCHFACTS_BANNER - 1);
	return NULL;
}

/* Puts the tables behind the facts. */
static const struct watchfacts *facts_join(const struct watchfacts *facts,
                                           const struct sites *sites, struct arena *arena)
{
	const size_t jumps = facts->jumps * sizeof(*sites->jump);
	const size_t traced = facts->traced * sizeof(*sites->traced);
	uint8_t *all = arena_array(arena, sizeof(*facts) + jumps + traced, 1);
	struct watchfacts *head = (struct watchfacts *)(void *)all;

	*head = *facts;
	head->size = (uint32_t)(sizeof(*facts) + jumps + traced);
	if (jumps != 0)
		memcpy(all + sizeof(*facts), sites->jump, jumps);
	if (traced != 0)
		memcpy(all + sizeof(*facts) + jumps, sites->traced, traced);
	return head;
}

static const char *facts_linux(struct facts *facts, struct sites *sites, struct arena *arena)
{
	const char *missing = facts_functions(facts);

	if (missing == NULL)
		missing = facts_variables(facts);
	if (missing == NULL)
		facts_locks(facts);
	if (missing == NULL)
		missing = facts_types(facts);
	facts_areas(facts);
	facts_makers(facts);
	return missing != NULL ? missing : sites_find(sites, facts->to, &facts->kernel, arena);
}

/* With its text and constants, as the file has them. */
static const struct watchfacts *facts_program(struct facts *facts, struct arena *arena)
{
	const struct kernel *kernel = &facts->kernel;
	const struct program *program = kernel->program;
	const uint32_t size = program->constants_end - kernel->text;
	uint8_t *all = arena_array(arena, sizeof(*facts->to) + size, 1);

	facts->to->kind = WATCHFACTS_PROGRAM;
	facts->to->linked = program->anywhere ? 0 : program->linked;
	facts->to->open = program->open;
	facts->to->text = kernel->text;
	facts->to->text_end = facts->to->entry = facts->to->entry_end = program->text_end;
	facts->to->shared = kernel->text_end - program->text_end;
	facts->to->constants_end = program->constants_end;
	facts->to->size = (uint32_t)sizeof(*facts->to) + size;
	memcpy(all, facts->to, sizeof(*facts->to));
	memcpy(all + sizeof(*facts->to), kernel->image + kernel->text, size);
	return (const struct watchfacts *)(const void *)all;
}

const char *facts_find(const struct watchfacts **to, struct arena *arena, const uint8_t *image,
                       size_t size)
{
	struct watchfacts found = {.magic = WATCHFACTS_MAGIC, .revision = WATCHFACTS_REVISION};
	struct facts facts = {.to = &found};
	struct sites sites = {0};
	const char *missing = kernel_open(&facts.kernel, arena, image, size);

	found.image_size = facts.kernel.image_size;
	if (missing == NULL)
		missing = facts_banner(found.banner, &found.banner_at, &facts.kernel);
	if (missing == NULL && facts.kernel.program != NULL) {
		*to = facts_program(&facts, arena);
		return NULL;
	}
	if (missing == NULL)
		missing = facts_linux(&facts, &sites, arena);
	if (missing == NULL)
		*to = facts_join(&found, &sites, arena);
	return missing;
}
