/*
 * See sites.h. The tables have no symbols. The function that reads a table as the kernel starts
 * makes the addresses of its beginning and its end, and each of its entries fits the instructions
 * that the compiler left for it: between two such places lies the table.
 */
#include "facts.h"
#include <stdlib.h>
#include <string.h>

#define SITES_NOP      0xd503201fu
#define SITES_BRANCH   0x14000000u
#define SITES_USED     16u /* places that such a function uses, at most */
#define SITES_JUMP     16u /* bytes of a struct jump_entry: code, target, key */
#define SITES_CALL     8u  /* of a pointer in the table of traced calls, and of the NOPs there */
#define SITES_CALL_OPS 12u
#define SITES_LEAST    8u /* entries of a table */

static uint32_t sites_word(const struct kernel *kernel, uint64_t at)
{
	uint32_t word;

	memcpy(&word, kernel->image + at, sizeof(word));
	return word;
}

/* Whether two instructions lie at a place of the image. */
static bool sites_is_code(const struct kernel *kernel, int64_t place)
{
	return place >= 0 && place % 4 == 0 && place + 2 * 4 <= (int64_t)kernel->size;
}

static bool sites_in_text(const struct kernel *kernel, uint32_t place)
{
	return place >= kernel->text && place < kernel->text_end;
}

/* ---- entries ---- */

/* The first two words say how far it is from each of them to the code and to the target. */
static bool sites_jump(const struct kernel *kernel, uint32_t at, struct watchfacts_jump *jump)
{
	const int64_t code = (int64_t)at + (int32_t)sites_word(kernel, at);
	const int64_t target = (int64_t)at + 4 + (int32_t)sites_word(kernel, at + 4ull);
	uint32_t word;

	if (!sites_is_code(kernel, code) || !sites_is_code(kernel, target))
		return false;
	*jump = (struct watchfacts_jump){
	    (uint32_t)code, SITES_BRANCH | ((uint32_t)((target - code) / 4) & 0x3ffffff)};
	word = sites_word(kernel, jump->place);
	return word == SITES_NOP || word == jump->branch;
}

static bool sites_are_nops(const struct kernel *kernel, uint32_t code)
{
	return sites_is_code(kernel, code) && sites_word(kernel, code) == SITES_NOP &&
	       sites_word(kernel, code + 4ull) == SITES_NOP;
}

/* Its pointer leads to two NOPs. An entry of a function that was left out is 0: then *code is, too.
 */
static bool sites_call(const struct kernel *kernel, uint32_t at, uint32_t *code)
{
	if (kernel_leads(kernel, at, code))
		return sites_are_nops(kernel, *code);
	*code = 0;
	return (sites_word(kernel, at) | sites_word(kernel, at + 4ull)) == 0;
}

/* ---- tables ---- */

struct sites_table {
	uint32_t begin, end;
};

static bool sites_fit(const struct kernel *kernel, struct sites_table table, uint32_t step)
{
	uint32_t code, entries = 0;

	if (table.begin >= table.end || (table.end - table.begin) % step != 0 ||
	    table.end > kernel->size)
		return false;
	for (uint32_t at = table.begin; at < table.end; at += step) {
		struct watchfacts_jump jump;

		if (step == SITES_JUMP ? !sites_jump(kernel, at, &jump)
		                       : !sites_call(kernel, at, &code))
			return false;
		entries += step == SITES_JUMP || code != 0;
	}
	return entries >= SITES_LEAST;
}

/* The table that a function reads. An empty one: the kernel has no such function. */
static bool sites_table(const struct kernel *kernel, const char *function, uint32_t step,
                        struct sites_table *table)
{
	uint32_t used[SITES_USED], count, place;

	*table = (struct sites_table){0};
	if (kernel_functions(kernel, function, &place) == 0)
		return true;
	count = kernel_used(kernel, place, true, used, SITES_USED);
	for (uint32_t i = 0; i < count * count; i++) {
		*table = (struct sites_table){used[i / count], used[i % count]};
		if (sites_fit(kernel, *table, step))
			return true;
	}
	return false;
}

/* Also of struct watchfacts_jump, which begins with its place. */
static int sites_by_place(const void *a, const void *b)
{
	const uint32_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static const char *sites_jumps(struct sites *sites, struct watchfacts *facts,
                               const struct kernel *kernel, struct arena *arena)
{
	struct sites_table table;

	if (!sites_table(kernel, "jump_label_init", SITES_JUMP, &table))
		return "its table of jump labels isn't found";
	sites->jump =
	    arena_array(arena, (table.end - table.begin) / SITES_JUMP + 1, sizeof(*sites->jump));
	for (uint32_t at = table.begin; at < table.end; at += SITES_JUMP) {
		struct watchfacts_jump *jump = &sites->jump[facts->jumps];

		if (sites_jump(kernel, at, jump) && sites_in_text(kernel, jump->place))
			facts->jumps++;
	}
	qsort(sites->jump, facts->jumps, sizeof(*sites->jump), sites_by_place);
	return NULL;
}

/* ---- ftrace ---- */

/* What trace_call may lead to. Tracers of modules are called by ftrace_ops_list_func. */
static const char *const sites_tracers[] = {
    "ftrace_stub",
    "ftrace_ops_list_func",
    "ftrace_ops_assist_func",
    "ftrace_pid_func",
    "ftrace_graph_func",
    "function_trace_call",
    "function_no_repeats_trace_call",
    "function_stack_trace_call",
    "function_stack_no_repeats_trace_call",
    "stack_trace_call",
    "irqsoff_tracer_call",
    "wakeup_tracer_call",
    "function_profile_call",
};

/* The tracers that a word in front of a function may name: none, several, and the kernel's own. */
static const char *const sites_ops[] = {"ftrace_nop_ops", "ftrace_list_ops", "global_ops",
                                        "graph_ops"};

_Static_assert(sizeof(sites_ops) / sizeof(sites_ops[0]) == WATCHFACTS_OPS, "the facts have all");
_Static_assert(sizeof(sites_tracers) / sizeof(sites_tracers[0]) <= WATCHFACTS_TRACERS,
               "the facts have room for all");

static void sites_callers(struct watchfacts *facts, const struct kernel *kernel)
{
	const char *const callers[] = {"ftrace_caller", "ftrace_regs_caller"};

	for (uint32_t i = 0; i < 2; i++)
		if (kernel_functions(kernel, callers[i], &facts->trace_caller[i]) != 1)
			facts->trace_caller[i] = 0;
	if (kernel_functions(kernel, "ftrace_call", &facts->trace_call) != 1)
		facts->trace_call = 0;
	for (uint32_t i = 0; i < sizeof(sites_tracers) / sizeof(sites_tracers[0]); i++)
		if (kernel_functions(kernel, sites_tracers[i], &facts->tracer[facts->tracers]) == 1)
			facts->tracers++;
	for (uint32_t i = 0; i < sizeof(sites_ops) / sizeof(sites_ops[0]); i++)
		if (kernel_variables(kernel, sites_ops[i], &facts->traced_ops[i]) != 1)
			facts->traced_ops[i] = 0;
}

/* How far behind its pointer's place a traced call is. As the kernel starts it changes the first of
 * two NOPs, for good, and the second one is the call. If all entries have two more NOPs, the first
 * two are in front of the function, for the address of its tracer
 * (CONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS). */
static uint32_t sites_behind(const struct kernel *kernel, struct sites_table table)
{
	uint32_t code;

	for (uint32_t at = table.begin; at < table.end; at += SITES_CALL)
		if (sites_call(kernel, at, &code) && code != 0 && !sites_are_nops(kernel, code + 8))
			return 4;
	return SITES_CALL_OPS;
}

static const char *sites_calls(struct sites *sites, struct watchfacts *facts,
                               const struct kernel *kernel, struct arena *arena)
{
	struct sites_table table;
	uint32_t behind, code;

	if (!sites_table(kernel, "ftrace_init", SITES_CALL, &table))
		return "its table of traced functions isn't found";
	behind = sites_behind(kernel, table);
	if (table.begin != table.end && behind == SITES_CALL_OPS)
		facts->traced_word = behind;
	sites->traced =
	    arena_array(arena, (table.end - table.begin) / SITES_CALL + 1, sizeof(*sites->traced));
	for (uint32_t at = table.begin; at < table.end; at += SITES_CALL)
		if (sites_call(kernel, at, &code) && code != 0 &&
		    sites_in_text(kernel, code + behind))
			sites->traced[facts->traced++] = code + behind;
	qsort(sites->traced, facts->traced, sizeof(*sites->traced), sites_by_place);
	sites_callers(facts, kernel);
	return NULL;
}

/* ---- kprobes ---- */

/* The table is all that get_kprobe() uses. */
static const char *sites_probes(struct watchfacts *facts, const struct kernel *kernel)
{
	uint32_t function, table[2];

	if (kernel_functions(kernel, "get_kprobe", &function) == 0)
		return NULL;
	if (kernel_used(kernel, function, true, table, 2) != 1 ||
	    !btf_member(&kernel->btf, "kprobe", "hlist", &facts->probe_link) ||
	    !btf_member(&kernel->btf, "kprobe", "addr", &facts->probe_addr) ||
	    !btf_member(&kernel->btf, "kprobe", "opcode", &facts->probe_opcode))
		return "its table of kprobes isn't found";
	facts->probes = table[0];
	return NULL;
}

/* ---- modules ---- */

/* A list's head leads to itself in the image; it is the only one that this function uses. */
static bool sites_module_list(const struct kernel *kernel, uint32_t *head)
{
	uint32_t function, used[SITES_USED], to, count, found = 0;

	if (kernel_functions(kernel, "lookup_module_symbol_name", &function) != 1)
		return false;
	count = kernel_used(kernel, function, false, used, SITES_USED);
	for (uint32_t i = 0; i < count; i++)
		if (kernel_leads(kernel, used[i], &to) && to == used[i]) {
			*head = used[i];
			found++;
		}
	return found == 1;
}

/* Where a module's text lies: before Linux 6.4 at the beginning of all of its memory. */
static bool sites_module_layout(struct watchfacts *facts, const struct btf *btf)
{
	uint32_t layout, init, base, memory, size;

	if (!btf_member(btf, "module", "core_layout", &layout) ||
	    !btf_member(btf, "module", "init_layout", &init) ||
	    !btf_member(btf, "module_layout", "base", &base) ||
	    !btf_member(btf, "module_layout", "size", &memory) ||
	    !btf_member(btf, "module_layout", "text_size", &size))
		return false;
	facts->module_base = layout + base;
	facts->module_size = layout + memory;
	facts->module_text_size = layout + size;
	facts->module_init_base = init + base;
	facts->module_init_size = init + size;
	return true;
}

/* Since then each kind of memory is apart. */
static bool sites_module_memory(struct watchfacts *facts, const struct btf *btf)
{
	uint32_t all, each, text, init, base, size;

	if (!btf_member(btf, "module", "mem", &all) || !btf_size(btf, "module_memory", &each) ||
	    !btf_constant(btf, "mod_mem_type", "MOD_TEXT", &text) ||
	    !btf_constant(btf, "mod_mem_type", "MOD_INIT_TEXT", &init) ||
	    !btf_member(btf, "module_memory", "base", &base) ||
	    !btf_member(btf, "module_memory", "size", &size))
		return false;
	facts->module_base = all + each * text + base;
	facts->module_size = facts->module_text_size = all + each * text + size;
	facts->module_init_base = all + each * init + base;
	facts->module_init_size = all + each * init + size;
	return true;
}

/* Without all of that the text of modules isn't watched. */
static void sites_modules(struct watchfacts *facts, const struct kernel *kernel)
{
	const struct btf *btf = &kernel->btf;

	if (!btf_member(btf, "module", "list", &facts->module_list) ||
	    !btf_member(btf, "module", "state", &facts->module_state) ||
	    !btf_member(btf, "module", "name", &facts->module_name) ||
	    !btf_member(btf, "module", "jump_entries", &facts->module_jumps) ||
	    !btf_member(btf, "module", "num_jump_entries", &facts->module_jump_count) ||
	    (!sites_module_layout(facts, btf) && !sites_module_memory(facts, btf)))
		return;
	if (!btf_member(btf, "module", "ftrace_callsites", &facts->module_calls) ||
	    !btf_member(btf, "module", "num_ftrace_callsites", &facts->module_call_count))
		facts->module_calls = 0;
	if (!btf_member(btf, "module", "percpu", &facts->module_percpu))
		facts->module_percpu = 0;
	if (!sites_module_list(kernel, &facts->modules))
		facts->modules = 0;
}

const char *sites_find(struct sites *sites, struct watchfacts *facts, const struct kernel *kernel,
                       struct arena *arena)
{
	const char *missing = sites_jumps(sites, facts, kernel, arena);

	if (missing == NULL)
		missing = sites_calls(sites, facts, kernel, arena);
	if (missing == NULL)
		missing = sites_probes(facts, kernel);
	if (missing == NULL)
		sites_modules(facts, kernel);
	return missing;
}
