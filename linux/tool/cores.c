/* `kumikictl cores`, `give` and `keep`: cores that go from one partition to another. */
#include "kumikictl.h"
#include <inttypes.h>
#include <string.h>

#define CORES_TIME_MS 30000 /* for a request without waiting */

static void cores_name(const struct tool *tool, uint32_t partition)
{
	char name[KUMIKI_NAME_SIZE + 1];

	kumiki_name(&tool->kumiki, partition, name);
	fputs(name, tool->out);
}

static bool cores_moves(const struct kumiki *kumiki, uint32_t core)
{
	const uint32_t holder = HOLD_HOLDER(kumiki_core(kumiki, core));

	return holder < kumiki->partition_count || holder == HOLD_NOBODY;
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
	bool any = false;

	for (uint32_t core = 0; core < KUMIKI_CPUS_MAX; core++) {
		if (!cores_moves(&tool->kumiki, core))
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

/* The result of request `number`; -1: none yet. */
static int cores_outcome(struct tool *tool, uint32_t core, uint32_t to, int number)
{
	const uint64_t record = kumiki_core(&tool->kumiki, core);

	if (HOLD_HOLDER(record) == to)
		return TOOL_DONE;
	if (HOLD_NUMBER(record) == (uint32_t)number)
		return -1;
	return cores_kept(tool, core,
	                  HOLD_WANTED(record) == HOLD_HOLDER(record)
	                      ? ": it refuses, or it was asked to"
	                      : " for now: somebody else has asked for it");
}

/* Withdraws the own request, so that it can't succeed later. A newer request of another program
 * stays. */
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
	return cores_kept(tool, core, ": it didn't give it up in time");
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
	return result;
}

/* The core in the first argument, if it moves. */
static bool cores_find(struct tool *tool, uint32_t *core)
{
	if (tool_number(tool->arguments[0], core) && *core < KUMIKI_CPUS_MAX &&
	    cores_moves(&tool->kumiki, *core))
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
	return kumiki_hold(kumiki, core, HOLD_HOLDER(kumiki_core(kumiki, core)), 0) >= 0
	           ? TOOL_DONE
	           : tool_fail(tool);
}
