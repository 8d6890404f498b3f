/* How long a disk's user waits for the provider, if the description limits it. */
#ifndef BROKER_PATIENCE_H
#define BROKER_PATIENCE_H

#include <broker/broker.h>

/* When a request that begins now will have waited long enough; 0: never. */
uint64_t patience_end(const struct broker *broker);

/* Answers requests that have waited long enough with an error. The broker has its own queue, and
 * the end is there. */
void patience_turn(struct broker *broker);

/* Has the broker look again when the next request has waited long enough. */
void patience_rest(struct broker *broker);

/* The driver waits for the size of the disk, as no provider has come yet. Has the broker look again
 * when the driver has waited long enough. False: it has. */
bool patience_wait_for_size(struct broker *broker);

#endif
