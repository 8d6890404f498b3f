/* `kumikictl cores`, `give` and `keep`: cores that go from one partition to another. */
#include "documents.h"
#include "kumikictl.h"
#include <inttypes.h>
#include <lib/holdwords.h>
#include <string.h>

#define CORES_TIME_MS 30000 /* for a request if this program doesn't wait */
#define CORES_KEPT_MS 10000 /* so long the record shows the wish to keep it */
#define CORES_LOOK_MS 20    /* from one look at a CPU that is on its way to the next */
#define CORES_ONLINE  "/sys/devices/system/cpu/cpu%" PRIu32 "/online"

static void cores_name(const struct tool *tool, uint32_t partition)
{
	char name[KUMIKI_NAME_SIZE + 1];

	kumiki_name(&tool->kumiki, partition, name);
	fputs(name, tool->out);
}

static void cores_line(const struct tool *tool, uint32_t core, uint64_t now)
{
	const struct kumiki *kumiki = &tool->kumiki;
	const uint64_t record = kumiki_core(kumiki, core);

	fprintf(tool->out, "core %" PRIu32 ": ", core);
	cores_name(tool, HOLD_HOLDER(record));
	for (uint32_t i = 0; i < kumiki->cpu_count; i++)
		if (kumiki->cpus[i].core == core)
			fprintf(tool->out, "; CPU %" PRIu32 " here", kumiki->cpus[i].number);
	if (hold_is_asked(record, now)) {
		fputs("; asked for ", tool->out);
		cores_name(tool, HOLD_WANTED(record));
	}
	fputc('\n', tool->out);
}

int tool_cores(struct tool *tool)
{
	const uint64_t now = kumiki_counter();
	struct json json = tool_json(tool);
	bool any = false;

	if (tool->json)
		return tool_told(tool, document_cores(&json, &tool->kumiki));
	for (uint32_t core = 0; core < KUMIKI_CPUS_MAX; core++) {
		if (!document_moves(&tool->kumiki, core))
			continue;
		cores_line(tool, core, now);
		any = true;
	}
	if (!any)
		fputs("no core of this machine moves: kumiki,may-hold says which may\n", tool->out);
	return TOOL_DONE;
}

/* ---- give ---- */

static int cores_kept(const struct tool *tool, uint32_t core, const char *why)
{
	char name[KUMIKI_NAME_SIZE + 1];

	kumiki_name(&tool->kumiki, HOLD_HOLDER(kumiki_core(&tool->kumiki, core)), name);
	fprintf(tool->err, "kumikictl: %s keeps core %" PRIu32 "%s\n", name, core, why);
	return TOOL_FAILED;
}

/* The result of request number `number`; -1: there is none yet. */
static int cores_outcome(struct tool *tool, uint32_t core, uint32_t to, int number)
{
	const uint64_t record = kumiki_core(&tool->kumiki, core);

	if (HOLD_HOLDER(record) == to)
		return TOOL_DONE;
	if (HOLD_NUMBER(record) == (uint32_t)number)
		return -1;
	return cores_kept(tool, core, hold_stays_words(record, kumiki_counter()));
}

/* Withdraws this program's request, so that it can't succeed later. A newer request of another
 * program stays. */
static int cores_late(struct tool *tool, uint32_t core, uint32_t to, int number)
{
	const int withdrawn = kumiki_withdraw(&tool->kumiki, core, number);
	const int outcome = withdrawn > 0 ? -1 : cores_outcome(tool, core, to, number);

	if (outcome >= 0)
		return outcome;
	if (HOLD_HOLDER(kumiki_core(&tool->kumiki, core)) == to)
		return TOOL_DONE;
	if (withdrawn < 0)
		return tool_fail(tool);
	return cores_kept(tool, core, HOLD_LATE_WORDS);
}

/* Whether this Linux has the CPU on. True also if the kernel doesn't say. */
static bool cores_cpu_is_on(const struct kumiki *kumiki, uint32_t cpu)
{
	char path[KUMIKI_PATH_SIZE];
	FILE *file;
	int value;

	(void)snprintf(path, sizeof(path), "%s" CORES_ONLINE, kumiki->device.root, cpu);
	file = fopen(path, "re");
	if (file == NULL)
		return true;
	value = getc(file);
	(void)fclose(file);
	return value != '0';
}

/* Whether this Linux's CPU on the core is on. True also if it has no such CPU. */
static bool cores_works(const struct kumiki *kumiki, uint32_t core)
{
	for (uint32_t i = 0; i < kumiki->cpu_count; i++)
		if (kumiki->cpus[i].core == core)
			return cores_cpu_is_on(kumiki, kumiki->cpus[i].number);
	return true;
}

/* This Linux has the core. The command is done only when the CPU on this core is on. Otherwise the
 * next request could take the core while its CPU is still on its way, and the kernel would complain
 * that the CPU doesn't start. */
static int cores_settle(struct tool *tool, uint32_t core, int64_t end)
{
	uint32_t came;

	while (!cores_works(&tool->kumiki, core)) {
		if (tool_now() >= end) {
			fprintf(tool->out,
			        "core %" PRIu32
			        " is here, and its CPU is still off; see that kumiki-cores runs\n",
			        core);
			return TOOL_DONE;
		}
		if (kumiki_wait(&tool->kumiki, tool->kumiki.changed, CORES_LOOK_MS, &came) < 0)
			return tool_fail(tool);
	}
	return TOOL_DONE;
}

static int cores_wait(struct tool *tool, uint32_t core, uint32_t to, int number)
{
	struct kumiki *kumiki = &tool->kumiki;
	const int64_t end = tool_now() + tool->wait_ms;
	uint32_t came;
	int result;

	while ((result = cores_outcome(tool, core, to, number)) < 0) {
		const int64_t left = end - tool_now();

		if (left <= 0)
			return cores_late(tool, core, to, number);
		if (kumiki_wait(kumiki, kumiki->changed, (int)left, &came) < 0)
			return tool_fail(tool);
	}
	return result == TOOL_DONE && to == kumiki->index ? cores_settle(tool, core, end) : result;
}

/* Finds the core in the first argument. False: that core doesn't move. */
static bool cores_find(struct tool *tool, uint32_t *core)
{
	if (tool_number(tool->arguments[0], core) && *core < KUMIKI_CPUS_MAX &&
	    document_moves(&tool->kumiki, *core))
		return true;
	(void)tool_say(tool, tool->arguments[0],
	               ": no such core moves; `kumikictl cores` lists the cores that do");
	return false;
}

int tool_give(struct tool *tool)
{
	struct kumiki *kumiki = &tool->kumiki;
	const int to = strcmp(tool->arguments[1], HOLD_NOBODYS_NAME) == 0
	                   ? (int)HOLD_NOBODY
	                   : kumiki_partition(kumiki, tool->arguments[1]);
	uint32_t core;
	int number;

	if (to < 0)
		return tool_fail(tool);
	if (!cores_find(tool, &core))
		return TOOL_FAILED;
	if (HOLD_HOLDER(kumiki_core(kumiki, core)) == (uint32_t)to)
		return TOOL_DONE;
	number = kumiki_hold(kumiki, core, (uint32_t)to,
	                     tool->wait_ms != 0 ? tool->wait_ms : CORES_TIME_MS);
	if (number < 0)
		return tool_fail(tool);
	return tool->wait_ms == 0 ? TOOL_DONE : cores_wait(tool, core, (uint32_t)to, number);
}

int tool_keep(struct tool *tool)
{
	struct kumiki *kumiki = &tool->kumiki;
	uint32_t core;

	if (!cores_find(tool, &core))
		return TOOL_FAILED;
	return kumiki_hold(kumiki, core, HOLD_HOLDER(kumiki_core(kumiki, core)), CORES_KEPT_MS) >= 0
	           ? TOOL_DONE
	           : tool_fail(tool);
}
