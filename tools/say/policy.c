/* See host/policy.h. `kumiki check`, `show` and `draw` use this file. */
#include <host/policy.h>
#include <inttypes.h>
#include <stdio.h>

static const char *const policy_words[] = {[LIFE_DO_RESTART] = "restart",
                                           [LIFE_DO_STOP] = "stop",
                                           [LIFE_DO_HOLD] = "hold",
                                           [LIFE_DO_OFF] = "power off"};

/* Words about the delay before the second restart; "": there is no delay, or no second restart. */
static const char *policy_delay(char *text, size_t size, const struct bundle_life *life)
{
	text[0] = '\0';
	if (life->limit > 1 && life->delay != 0)
		(void)snprintf(text, size, " (the second after %" PRIu32 " ms)", life->delay);
	return text;
}

const char *policy_text(char *text, const struct bundle_life *life, bool never)
{
	char delay[48];

	if (never)
		(void)snprintf(text, POLICY_SIZE, "%s at a crash; never restarted",
		               policy_words[life->on_crash]);
	else
		(void)snprintf(text, POLICY_SIZE,
		               "%s at a crash; by itself at most %" PRIu32 " restart%s in %" PRIu32
		               " s%s, then %s",
		               policy_words[life->on_crash], life->limit,
		               life->limit == 1 ? "" : "s", life->window / 1000,
		               policy_delay(delay, sizeof(delay), life),
		               policy_words[life->at_limit]);
	return text;
}
