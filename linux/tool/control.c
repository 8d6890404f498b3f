/* `kumikictl start`, `stop`, `restart`, `suspend`, `resume`: says why the command doesn't fit, or
 * sends it and waits for its result. */
#include "kumikictl.h"
#include <inttypes.h>
#include <lib/lifecommand.h>
#include <lib/lifewords.h>

#define CONTROL_SECOND 1000

/* Says how a command for a partition ended, and returns the exit code. */
static int control_end(struct tool *tool, enum life_outcome outcome,
                       const struct life_status *status)
{
	const char *state = life_state_name(status->state);

	if (outcome == LIFE_CAME) {
		fprintf(tool->out, "%s is %s, start %" PRIu32 "\n", tool->arguments[0], state,
		        status->starts);
		return TOOL_DONE;
	}
	fprintf(tool->err,
	        "kumikictl: %s is %s; its last end: %s; `kumikictl log %s` tells what happened\n",
	        tool->arguments[0], state, life_end_name(status->state, status->reason),
	        tool->arguments[0]);
	return TOOL_FAILED;
}

static int control_late(struct tool *tool, const struct life_status *status)
{
	fprintf(tool->err,
	        "kumikictl: %s is still %s after %d s; `kumikictl watch` shows the result\n",
	        tool->arguments[0], life_state_name(status->state), tool->wait_ms / CONTROL_SECOND);
	return TOOL_FAILED;
}

static int control_wait(struct tool *tool, uint32_t partition, enum life_command told,
                        uint32_t starts)
{
	struct kumiki *kumiki = &tool->kumiki;
	const int64_t end = tool_now() + tool->wait_ms;
	struct life_status status;

	for (;;) {
		const int64_t left = end - tool_now();
		enum life_outcome outcome;
		uint32_t came;

		if (kumiki_state(kumiki, partition, &status) != 0)
			return tool_fail(tool);
		outcome = life_outcome(told, starts, &status);
		if (outcome != LIFE_ON_ITS_WAY)
			return control_end(tool, outcome, &status);
		if (left <= 0)
			return control_late(tool, &status);
		if (kumiki_wait(kumiki, kumiki->changed, (int)left, &came) < 0)
			return tool_fail(tool);
	}
}

static int control_tell(struct tool *tool, enum life_command told)
{
	struct kumiki *kumiki = &tool->kumiki;
	const int partition = tool_partition(tool);
	struct life_status status;
	const char *refusal;
	bool good;

	if (partition < 0)
		return TOOL_FAILED;
	if (kumiki_state(kumiki, (uint32_t)partition, &status) != 0)
		return tool_fail(tool);
	refusal = life_refusal(told, status.state, &good);
	if (refusal != NULL) {
		(void)tool_say(tool, tool->arguments[0], refusal);
		return good ? TOOL_DONE : TOOL_FAILED;
	}
	if (kumiki_command(kumiki, (uint32_t)partition, told) != 0)
		return tool_fail(tool);
	if (tool->wait_ms == 0)
		return TOOL_DONE;
	return control_wait(tool, (uint32_t)partition, told, status.starts);
}

int tool_start(struct tool *tool)
{
	return control_tell(tool, LIFE_START);
}

int tool_stop(struct tool *tool)
{
	return control_tell(tool, LIFE_STOP);
}

int tool_restart(struct tool *tool)
{
	return control_tell(tool, LIFE_RESTART);
}

int tool_suspend(struct tool *tool)
{
	return control_tell(tool, LIFE_SUSPEND);
}

int tool_resume(struct tool *tool)
{
	return control_tell(tool, LIFE_RESUME);
}
