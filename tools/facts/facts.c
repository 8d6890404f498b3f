/*
 * See facts.h. Types come from BTF, functions from kallsyms, variables from the table of exported
 * symbols. Addresses in kallsyms count from a base, whose value is in the image only as a
 * relocation.
 */
#include "facts.h"
#include "btf.h"
#include <kumiki/bundle.h>
#include <lib/kallsyms.h>
#include <string.h>

#define FACTS_RELATIVE   0x403u /* R_AARCH64_RELATIVE */
#define FACTS_RELOCATION 24u    /* bytes: place, kind, value */
#define FACTS_BLOCK      (2ull << 20)
#define FACTS_KERNEL     (~0ull << 47)
#define FACTS_BANNER     "Linux version "
#define FACTS_POINTER    8u /* struct hlist_head, and a slot of a node */
#define FACTS_SLOTS      64u

struct facts {
	const uint8_t *image;
	size_t size;
	struct kallsyms symbols;
	struct btf btf;
	struct watchfacts *to;
};

static uint64_t facts_word(const struct facts *facts, size_t at)
{
	uint64_t word;

	memcpy(&word, facts->image + at, sizeof(word));
	return word;
}

/* ---- functions ---- */

/* Reads a relocation: the place of an address, and its value as the kernel is linked. False: no
 * such relocation is at this offset. */
static bool facts_relocation(const struct facts *facts, size_t at, uint64_t *place, uint64_t *value)
{
	*place = facts_word(facts, at);
	*value = facts_word(facts, at + 16);
	return facts_word(facts, at + 8) == FACTS_RELATIVE && *place >= FACTS_KERNEL &&
	       *value >= FACTS_KERNEL;
}

/* The link address of the image's first byte: the multiple of 2 MiB at or below the lowest address
 * that a relocation has. */
static uint64_t facts_linked(const struct facts *facts)
{
	uint64_t lowest = ~0ull, place, value;

	for (size_t i = 0; i + FACTS_RELOCATION <= facts->size; i += sizeof(uint64_t))
		if (facts_relocation(facts, i, &place, &value) && value < lowest)
			lowest = value;
	return lowest / FACTS_BLOCK * FACTS_BLOCK;
}

/* Finds the base of kallsyms: the image's word for it has its value only as a relocation. */
static bool facts_base(struct facts *facts)
{
	const size_t at = (size_t)((const uint8_t *)facts->symbols.base - facts->image);
	const uint64_t linked = facts_linked(facts);
	uint64_t place, value;

	for (size_t i = 0; i + FACTS_RELOCATION <= facts->size; i += sizeof(uint64_t))
		if (facts_relocation(facts, i, &place, &value) && place == linked + at &&
		    value - linked < facts->size) {
			facts->to->base_at = (uint32_t)at;
			facts->to->base_of = (uint32_t)(value - linked);
			return true;
		}
	return false;
}

static bool facts_function(const struct facts *facts, const char *name, uint32_t *place)
{
	if (!kallsyms_place(&facts->symbols, name, place))
		return false;
	*place += facts->to->base_of;
	return *place < facts->to->image_size;
}

static const char *facts_functions(struct facts *facts)
{
	struct watchfacts *to = facts->to;

	if (!kallsyms_find(&facts->symbols, facts->image, facts->size) || !facts_base(facts))
		return "it has no symbols; build it with CONFIG_KALLSYMS";
	if (!facts_function(facts, "_stext", &to->text) ||
	    !facts_function(facts, "_etext", &to->text_end) ||
	    !facts_function(facts, "vectors", &to->vectors) ||
	    !facts_function(facts, "__idmap_text_end", &to->trampoline))
		return "one of '_stext', '_etext', 'vectors', '__idmap_text_end' is missing";
	if (!facts_function(facts, "__bp_harden_el1_vectors", &to->vectors_hardened))
		to->vectors_hardened = 0;
	to->trampoline_end = to->text_end;
	return to->text < to->text_end ? NULL : "its text has no size";
}

/* ---- variables ---- */

/* Finds the entry of a variable by its name. An entry has three words: the distances from each word
 * to the variable, to its name, and to its namespace's name. */
static bool facts_entry(const struct facts *facts, size_t name, uint32_t *place)
{
	for (size_t at = 4; at + 8 <= facts->size; at += 4) {
		int32_t entry[3];
		int64_t variable;

		memcpy(entry, facts->image + at - 4, sizeof(entry));
		variable = (int64_t)at - 4 + entry[0];
		if ((int64_t)at + entry[1] != (int64_t)name || variable <= 0 || variable % 4 != 0 ||
		    variable >= facts->to->image_size)
			continue;
		*place = (uint32_t)variable;
		return true;
	}
	return false;
}

/* Finds a variable. Its name may be at several places of the image; an entry points to only one of
 * these. */
static bool facts_variable(const struct facts *facts, const char *name, uint32_t *place)
{
	const size_t length = strlen(name) + 1;
	const uint8_t *at = facts->image, *end = facts->image + facts->size;

	while ((at = memmem(at, (size_t)(end - at), name, length)) != NULL) {
		if (facts_entry(facts, (size_t)(at - facts->image), place))
			return true;
		at++;
	}
	return false;
}

static const char *facts_variables(struct facts *facts)
{
	struct watchfacts *to = facts->to;

	return facts_variable(facts, "init_task", &to->init_task) &&
	               facts_variable(facts, "init_pid_ns", &to->init_pid_ns) &&
	               facts_variable(facts, "system_state", &to->system_state)
	           ? NULL
	           : "one of 'init_task', 'init_pid_ns', 'system_state' isn't exported";
}

/* ---- types ---- */

static bool facts_tasks(struct facts *facts)
{
	const struct btf *btf = &facts->btf;
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

static bool facts_tree(struct facts *facts)
{
	const struct btf *btf = &facts->btf;
	struct watchfacts *to = facts->to;

	return btf_member(btf, "pid_namespace", "idr", &to->namespace_idr) &&
	       btf_member(btf, "idr", "idr_rt", &to->idr_rt) &&
	       btf_member(btf, "xarray", "xa_head", &to->root_head) &&
	       btf_member(btf, "xa_node", "shift", &to->node_shift) &&
	       btf_member(btf, "xa_node", "slots", &to->node_slots) &&
	       btf_size(btf, "xa_node", &to->node_size) &&
	       to->node_slots + FACTS_SLOTS * FACTS_POINTER <= to->node_size;
}

static const char *facts_types(struct facts *facts, struct arena *arena)
{
	if (!btf_find(&facts->btf, arena, facts->image, facts->size))
		return "it has no BTF; build it with CONFIG_DEBUG_INFO_BTF";
	if (!facts_tasks(facts) || !facts_tree(facts) ||
	    !btf_constant(&facts->btf, "system_states", "SYSTEM_RUNNING", &facts->to->running))
		return "its types of tasks and PIDs aren't as this program knows them";
	return NULL;
}

/* ---- all facts ---- */

static const char *facts_image(struct facts *facts)
{
	struct arm64_image_header header;
	const uint8_t *banner;
	size_t left;

	if (facts->size < sizeof(header) || facts->size > UINT32_MAX)
		return "it is no arm64 Image";
	memcpy(&header, facts->image, sizeof(header));
	banner = memmem(facts->image, facts->size, FACTS_BANNER, sizeof(FACTS_BANNER) - 1);
	if (header.magic != ARM64_IMAGE_MAGIC || header.image_size < facts->size ||
	    header.image_size > UINT32_MAX || banner == NULL)
		return "it is no arm64 Image of a Linux; unpack it if it is compressed";
	left = facts->size - (size_t)(banner - facts->image);
	facts->to->image_size = (uint32_t)header.image_size;
	facts->to->banner_at = (uint32_t)(banner - facts->image);
	memcpy(facts->to->banner, banner,
	       left < WATCHFACTS_BANNER - 1 ? left : WATCHFACTS_BANNER - 1);
	return NULL;
}

const char *facts_find(struct watchfacts *to, struct arena *arena, const uint8_t *image,
                       size_t size)
{
	struct facts facts = {.image = image, .size = size, .to = to};
	const char *missing;

	*to = (struct watchfacts){
	    .magic = WATCHFACTS_MAGIC, .revision = WATCHFACTS_REVISION, .size = sizeof(*to)};
	missing = facts_image(&facts);
	if (missing == NULL)
		missing = facts_functions(&facts);
	if (missing == NULL)
		missing = facts_variables(&facts);
	return missing != NULL ? missing : facts_types(&facts, arena);
}
