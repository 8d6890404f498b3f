/* Commands to partitions, as their sender sees them: see lib/lifecommand.h. */
#include <lib/lifecommand.h>
#include <stddef.h>

const char *life_refusal(enum life_command told, uint32_t state, bool *good)
{
	*good = true;
	if (told == LIFE_STOP && state == LIFE_STOPPED)
		return " is stopped already";
	if (told == LIFE_SUSPEND && state == LIFE_SUSPENDED)
		return " is suspended already";
	if ((told == LIFE_START || told == LIFE_RESUME) && state == LIFE_RUNNING)
		return " runs already";
	*good = false;
	if (told == LIFE_START && (state == LIFE_HOLDING || state == LIFE_HELD))
		return " is held as it crashed: restart it, or stop it";
	if (told == LIFE_START && state == LIFE_STOPPING)
		return " is still stopping: try again";
	if (told == LIFE_SUSPEND && state != LIFE_RUNNING)
		return " doesn't run: only what runs can be suspended";
	if (told == LIFE_RESUME && state != LIFE_SUSPENDED && state != LIFE_SUSPENDING)
		return " isn't suspended: there is nothing to resume";
	return NULL;
}

/* A start has been carried out when it was counted and isn't under way any more. */
static bool life_started(uint32_t starts, const struct life_status *status)
{
	return status->starts != starts && status->state != LIFE_LOADING;
}

enum life_outcome life_outcome(enum life_command told, uint32_t starts,
                               const struct life_status *status)
{
	const uint32_t state = status->state;

	switch (told) {
	case LIFE_STOP:
		return state == LIFE_STOPPED ? LIFE_CAME : LIFE_ON_ITS_WAY;
	case LIFE_SUSPEND:
		if (state == LIFE_RUNNING || state == LIFE_SUSPENDING)
			return LIFE_ON_ITS_WAY;
		return state == LIFE_SUSPENDED ? LIFE_CAME : LIFE_FAILED;
	case LIFE_RESUME:
		if (state == LIFE_SUSPENDED || state == LIFE_SUSPENDING)
			return LIFE_ON_ITS_WAY;
		return state == LIFE_RUNNING ? LIFE_CAME : LIFE_FAILED;
	default:
		if (life_started(starts, status))
			return state == LIFE_STOPPED ? LIFE_FAILED : LIFE_CAME;
		return told == LIFE_START && state == LIFE_RUNNING ? LIFE_CAME : LIFE_ON_ITS_WAY;
	}
}
