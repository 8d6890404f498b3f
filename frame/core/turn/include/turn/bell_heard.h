/* Messages about doorbells, as a core takes them. */
#ifndef TURN_BELL_HEARD_H
#define TURN_BELL_HEARD_H

#include <frame/types.h>

struct partition;

/* Has the partition, of this core, hear the doorbell if it is its own. 0: finds the partition. */
void doorbell_heard(struct partition *partition, uint32_t subject);

#endif
