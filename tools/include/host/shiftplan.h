/* Says in words how a description's cores move without a command, for check, show and draw. */
#ifndef HOST_SHIFTPLAN_H
#define HOST_SHIFTPLAN_H

#include <kumiki/bundle.h>

/* The partitions in their order. `moving` has a bit for each that gives or gets cores. */
struct shiftplan {
	const char *name[BUNDLE_PARTITIONS_MAX];
	uint32_t partitions, moving;
};

/* Words like "by load; 22:00 core 2 to worker, 06:30 core 2 to nobody (UTC); never below linux 2,
 * worker 1". "": cores move only by command. */
#define SHIFTPLAN_SIZE 1024
const char *shiftplan_words(char words[SHIFTPLAN_SIZE], const struct shiftplan *plan,
                            const struct bundle_shift *shift);

#endif
