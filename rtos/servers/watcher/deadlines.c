/* See deadlines.h. */
#include "deadlines.h"

void deadlines_begin(struct deadlines *deadlines, uint64_t misses)
{
	*deadlines = (struct deadlines){.misses = misses};
}

void deadlines_look(struct deadlines *deadlines, uint64_t misses, struct findings *findings)
{
	if (misses != deadlines->misses) {
		if (deadlines->left == 0)
			deadlines->before = deadlines->misses;
		deadlines->misses = misses;
		deadlines->left = DEADLINES_QUIET;
	}
	findings_begin(findings);
	if (deadlines->left != 0) {
		deadlines->left--;
		findings_note(findings, &(struct finding){.kind = FINDING_DEADLINES,
		                                          .value = misses - deadlines->before});
	}
	findings_end(findings);
}
