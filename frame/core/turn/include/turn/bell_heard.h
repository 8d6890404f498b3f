/* A doorbell's message has come. */
#ifndef TURN_BELL_HEARD_H
#define TURN_BELL_HEARD_H

#include <frame/types.h>

struct partition;

/* One was rung; if it is for that partition of this core. 0: which one it is for is to be found. */
void doorbell_heard(struct partition *partition, uint32_t subject);

#endif
