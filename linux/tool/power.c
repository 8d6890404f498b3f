/* `kumikictl power`: the policy by which cores go off and come on. */
#include "kumikictl.h"
#include <lib/powerwords.h>

int tool_power(struct tool *tool)
{
	uint32_t policy = KUMIKI_POWER_ASK;
	int held;

	if (tool->argument_count != 0) {
		policy = power_policy_named(tool->arguments[0]);
		if (policy == POWER_POLICIES)
			return tool_say(
			    tool, tool->arguments[0],
			    " is no policy; there are: performance, balanced, powersave, "
			    "isolate");
	}
	held = kumiki_power(&tool->kumiki, policy);
	if (held < 0)
		return tool_fail(tool);
	fprintf(tool->out, "%s%s\n", policy == KUMIKI_POWER_ASK ? "" : "until now ",
	        power_policy_name((uint32_t)held));
	return TOOL_DONE;
}
