/*
 * When a broker runs, and when it begins anew. If an end of its channel has left since a broker
 * last began, the broker begins anew: its unfinished work may be about memory that it mustn't touch
 * any more. The channel's memory tells it where to go on. All of this runs on the broker's core.
 */
#ifndef RUN_BROKER_H
#define RUN_BROKER_H

#include <state/partition.h>

/* The vCPU whose budget pays for the broker, if it has one and is on the broker's core. */
static inline struct vcpu *broker_payer(const struct broker *broker)
{
	return &broker->partition->vcpus[0];
}

/* The core goes from `old` to `next`. At least one of the two is a broker. */
void broker_pass(struct context *old, struct context *next);

/* Has the broker begin anew if it is at work, and an end of its channel has left since it last
 * began. */
void broker_look(struct broker *broker);

/* Has the broker begin anew: it failed, or it must forget its unfinished work. */
void broker_begin(struct broker *broker);

/* The broker's partition begins a new life. The broker begins anew, unless it is off. The caller
 * has withdrawn the request that the broker may have taken. */
void broker_forget(struct broker *broker);

/* The broker has failed: broker_due() takes the next step then (run/service_anew.h). */
void broker_go_on_at(struct broker *broker, uint64_t at);

/* There is work for the broker. If its budget is nearly used up, it waits for the next period. */
void broker_wake(struct broker *broker);

/* The budget of the running broker is used up. The broker goes on in the next period. */
void broker_stop(struct broker *broker);

/* Wakes the partition's brokers that wanted to look again by now, or waited for their budget; and
 * goes on with those that have failed. */
void broker_due(struct partition *partition);

/* The calls SERVICE_REST, which waits for work, SERVICE_CHANGED and SERVICE_ANSWER. The first two
 * return false if only a part of the call is done: the broker is to make the call again, for the
 * rest. */
bool broker_rest(struct broker *broker);
bool broker_changed(struct broker *broker);
void broker_answer(struct broker *broker, uint64_t value);

#endif
