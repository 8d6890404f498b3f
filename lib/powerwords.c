/* See lib/powerwords.h. */
#include <lib/powerwords.h>
#include <stdbool.h>

const char *power_policy_name(uint32_t policy)
{
	switch (policy) {
	case POWER_PERFORMANCE:
		return "performance";
	case POWER_BALANCED:
		return "balanced";
	case POWER_POWERSAVE:
		return "powersave";
	case POWER_ISOLATE:
		return "isolate";
	default:
		return "unknown";
	}
}

static bool power_same(const char *a, const char *b)
{
	while (*a != 0 && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

uint32_t power_policy_named(const char *name)
{
	uint32_t policy = 0;

	while (policy < POWER_POLICIES && !power_same(power_policy_name(policy), name))
		policy++;
	return policy;
}
