/*
 * For whom a vCPU waits, as far as the accounts tell: the neighbour that ran most on its core, the
 * services of Kumiki there, or its own budget. Pure logic; early.c asks it.
 */
#include <keeper/early.h>
#include <stddef.h>

#define BLAME_PART  0.5f  /* of the time that was waited: less explains nothing */
#define BLAME_LEAST 0.05f /* of a core */

struct early_blame early_blame(const struct early_recent *recent, uint32_t count,
                               const struct early_recent *victim)
{
	struct early_blame blame = {EARLY_NOBODY, NULL};
	float most = BLAME_PART * victim->stolen;

	if (victim->of->kind == SERIES_VCPU && victim->stolen < BLAME_LEAST)
		return blame;
	if (victim->exhausted > 0)
		blame.why = EARLY_BUDGET;
	if (most < BLAME_LEAST)
		most = BLAME_LEAST;
	for (uint32_t i = 0; i < count; i++) {
		if (&recent[i] == victim || recent[i].core != victim->core || recent[i].ran < most)
			continue;
		most = recent[i].ran;
		blame.who = &recent[i];
		blame.why = recent[i].of->kind == SERIES_CORE ? EARLY_SERVICE : EARLY_NEIGHBOUR;
	}
	return blame;
}
