/* `kumikictl list`, `show` and `watch`: the states of partitions. */
#include "documents.h"
#include "kumikictl.h"
#include <inttypes.h>
#include <lib/lifewords.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The width of the column of names. */
static int partitions_width(const struct kumiki *kumiki)
{
	char name[KUMIKI_NAME_SIZE + 1];
	size_t width = sizeof("name") - 1;

	for (uint32_t i = 0; i < kumiki->partition_count; i++) {
		kumiki_name(kumiki, i, name);
		if (strlen(name) > width)
			width = strlen(name);
	}
	return (int)width;
}

static int partitions_line(struct tool *tool, uint32_t partition, int width)
{
	struct kumiki *kumiki = &tool->kumiki;
	char name[KUMIKI_NAME_SIZE + 1];
	struct life_status status;

	kumiki_name(kumiki, partition, name);
	if (!document_shows(kumiki, partition)) {
		fprintf(tool->out, "%-*s  -\n", width, name);
		return TOOL_DONE;
	}
	if (kumiki_state(kumiki, partition, &status) != 0)
		return tool_fail(tool);
	fprintf(tool->out, "%-*s  %-10s  %-6" PRIu32 "  %s%s\n", width, name,
	        life_state_name(status.state), status.starts,
	        life_end_name(status.state, status.reason),
	        partition == kumiki->index ? " (this one)" : "");
	return TOOL_DONE;
}

int tool_list(struct tool *tool)
{
	const int width = partitions_width(&tool->kumiki);
	struct json json = tool_json(tool);
	int result = TOOL_DONE;

	if (tool->json)
		return tool_told(tool, document_list(&json, &tool->kumiki));
	fprintf(tool->out, "%-*s  state       starts  last end\n", width, "name");
	for (uint32_t i = 0; i < tool->kumiki.partition_count && result == TOOL_DONE; i++)
		result = partitions_line(tool, i, width);
	return result;
}

/* ---- show ---- */

static void partitions_box(struct tool *tool, const struct kumiki_blackbox *copy)
{
	const struct blackbox *box = &copy->box;

	fprintf(tool->out, "  console: %" PRIu64 " characters ever\n", box->printed);
	if (box->crashes == 0) {
		fputs("  crashes: none\n", tool->out);
		return;
	}
	fprintf(tool->out, "  crashes: %" PRIu32 ", the last one at ", box->crashes);
	tool_seconds(tool->out, box->report_time);
	fprintf(tool->out, ": %s (`kumikictl log` has the report)\n",
	        life_reason_name(box->report.reason));
}

/* If `copy` is NULL, this partition doesn't manage the other one. */
static void partitions_one(struct tool *tool, const struct life_status *status,
                           const struct kumiki_blackbox *copy)
{
	fprintf(tool->out,
	        "%s: %s\n  starts: %" PRIu32 "; restarts that nobody commanded, lately: %" PRIu32
	        "\n  last end: %s\n",
	        tool->arguments[0], life_state_name(status->state), status->starts, status->failed,
	        life_end_name(status->state, status->reason));
	if (copy != NULL)
		partitions_box(tool, copy);
}

int tool_show(struct tool *tool)
{
	const int partition = tool_partition(tool);
	struct json json = tool_json(tool);
	struct kumiki_blackbox *copy;
	struct life_status status;
	int result = TOOL_DONE;

	if (partition < 0)
		return TOOL_FAILED;
	if (tool->json)
		return tool_told(tool,
		                 document_partition(&json, &tool->kumiki, (uint32_t)partition));
	if (kumiki_state(&tool->kumiki, (uint32_t)partition, &status) != 0)
		return tool_fail(tool);
	if (!kumiki_manages(&tool->kumiki, (uint32_t)partition)) {
		partitions_one(tool, &status, NULL);
		return TOOL_DONE;
	}
	copy = malloc(sizeof(*copy));
	if (copy == NULL)
		return tool_say(tool, "", "no memory for a copy of its black box");
	if (kumiki_blackbox(&tool->kumiki, (uint32_t)partition, copy) == 0)
		partitions_one(tool, &status, copy);
	else
		result = tool_fail(tool);
	free(copy);
	return result;
}

/* ---- watch ---- */

/* If a partition started and ended between two looks, the count of starts shows it. */
static void partitions_say(struct tool *tool, uint32_t partition, const struct life_status *status)
{
	char name[KUMIKI_NAME_SIZE + 1];
	struct timespec now;

	kumiki_name(&tool->kumiki, partition, name);
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	fprintf(tool->out, "[%5ld.%06ld] %s: %s, start %" PRIu32 "; last end: %s\n",
	        (long)now.tv_sec, now.tv_nsec / 1000, name, life_state_name(status->state),
	        status->starts, life_end_name(status->state, status->reason));
	fflush(tool->out);
}

static int partitions_look(struct tool *tool, struct life_status seen[KUMIKI_PARTITIONS_MAX])
{
	for (uint32_t i = 0; i < tool->kumiki.partition_count; i++) {
		struct life_status status;

		if (!kumiki_manages(&tool->kumiki, i))
			continue;
		if (kumiki_state(&tool->kumiki, i, &status) != 0)
			return tool_fail(tool);
		if (status.state == seen[i].state && status.starts == seen[i].starts)
			continue;
		seen[i] = status;
		partitions_say(tool, i, &status);
	}
	return TOOL_DONE;
}

int tool_watch(struct tool *tool)
{
	struct kumiki *kumiki = &tool->kumiki;
	struct life_status seen[KUMIKI_PARTITIONS_MAX];
	uint32_t came;
	int result;

	if (kumiki->managed == 0 || kumiki->changed == 0)
		return tool_say(
		    tool, "",
		    "this partition manages none: write `kumiki,manages = \"NAME\";` in "
		    "its node of the system description");
	memset(seen, 0xff, sizeof(seen)); /* no state yet, so each one is printed once */
	while ((result = partitions_look(tool, seen)) == TOOL_DONE && !ferror(tool->out))
		if (kumiki_wait(kumiki, kumiki->changed, KUMIKI_FOR_EVER, &came) < 0)
			return tool_fail(tool);
	return result;
}
