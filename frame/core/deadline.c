/* Deadlines; see frame/deadline.h. */
#include <frame/deadline.h>

#define MILLION 1000000u

AT_START void deadline_init(struct deadline *deadline, uint32_t within, uint32_t period,
                            uint64_t hz)
{
	deadline->within = within * hz / MILLION;
	deadline->period = period * hz / MILLION;
	deadline->at = DEADLINE_NEVER;
}

void deadline_wakes(struct deadline *deadline, uint64_t now)
{
	deadline->began = now;
	deadline->at = now + deadline->within;
}

void deadline_rests(struct deadline *deadline)
{
	deadline->at = DEADLINE_NEVER;
}

bool deadline_missed(struct deadline *deadline, uint64_t now)
{
	if (now < deadline->at)
		return false;
	if (deadline->period == 0) {
		deadline->at = DEADLINE_NEVER;
	} else {
		deadline->began += deadline->period;
		deadline->at = deadline->began + deadline->within;
	}
	return true;
}
