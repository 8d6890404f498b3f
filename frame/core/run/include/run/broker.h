/*
 * When a broker runs, and when it begins anew. A broker begins anew whenever an end of its channel
 * has left since it last began: what it had in hand may be about memory that isn't to be touched
 * any more. It goes on by what the channel's memory says. All of this is on the broker's core.
 */
#ifndef RUN_BROKER_H
#define RUN_BROKER_H

#include <state/end.h>

/* The core goes from `old` to `next`, at least one of which is a broker. */
void broker_pass(struct context *old, struct context *next);

/* Has a broker that is at work begin anew, if an end of its channel has left since it last began.
 */
void broker_look(struct broker *broker);

/* Begins anew: it failed, or it must forget what it had in hand. */
void broker_begin(struct broker *broker);

/* Its partition begins a new life: a request that it had taken is none any more. */
void broker_forget(struct broker *broker);

/* There is work for it. */
void broker_wake(struct broker *broker);

/* Wakes the partition's brokers that wanted to look again by now. */
void broker_due(struct partition *partition);

/* The calls SERVICE_REST, which waits for work, SERVICE_CHANGED and SERVICE_ANSWER. False: a part
 * of the call is done, and it is to be made again with what is left. */
bool broker_rest(struct broker *broker);
bool broker_changed(struct broker *broker);
void broker_answer(struct broker *broker, uint64_t value);

#endif
