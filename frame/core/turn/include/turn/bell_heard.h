/* Messages about doorbells, as a core takes them. */
#ifndef TURN_BELL_HEARD_H
#define TURN_BELL_HEARD_H

#include <frame/types.h>

struct partition;

/* Has a partition of this core hear the doorbell, if that is one of its own. 0: the core has
 * several partitions, and this finds the right one. Also takes word for ends. */
void doorbell_heard(struct partition *partition, uint32_t subject);

#endif
