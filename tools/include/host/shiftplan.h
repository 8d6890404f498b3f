/* A description's cores that move by themselves, in words, for check, show and draw. */
#ifndef HOST_SHIFTPLAN_H
#define HOST_SHIFTPLAN_H

#include <kumiki/bundle.h>

/* Partitions in their order; `moving`: partitions that give or get cores, a bit each. */
struct shiftplan {
	const char *name[BUNDLE_PARTITIONS_MAX];
	uint32_t partitions, moving;
};

/* "by load; 22:00 core 2 to worker, 06:30 core 2 to nobody (UTC); never below linux 2, worker 1";
 * "" if cores move only by command. */
#define SHIFTPLAN_SIZE 1024
const char *shiftplan_words(char words[SHIFTPLAN_SIZE], const struct shiftplan *plan,
                            const struct bundle_shift *shift);

#endif
