/* What a description says of cores that move of their own accord: for check, show and draw. */
#ifndef HOST_SHIFTPLAN_H
#define HOST_SHIFTPLAN_H

#include <kumiki/bundle.h>

/* Partitions in their order; `moving`: those that give or get cores, a bit each. */
struct shiftplan {
	const char *name[BUNDLE_PARTITIONS_MAX];
	uint32_t partitions, moving;
};

/* "by load; 22:00 core 2 to worker, 06:30 core 2 to nobody (UTC); never below linux 2, worker 1";
 * "" if they move by hand alone. */
#define SHIFTPLAN_SIZE 1024
const char *shiftplan_words(char words[SHIFTPLAN_SIZE], const struct shiftplan *plan,
                            const struct bundle_shift *shift);

#endif
