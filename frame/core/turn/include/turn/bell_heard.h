/* Messages about doorbells, as a core takes them. */
#ifndef TURN_BELL_HEARD_H
#define TURN_BELL_HEARD_H

#include <frame/types.h>

struct partition;

/* Has the partition, of this core, hear the doorbell if that is its own. Without a partition (0),
 * finds it. */
void doorbell_heard(struct partition *partition, uint32_t subject);

#endif
