/*
 * A broker: the part of a channel's end outside of EL2 (docs/inside/brokers.md). A broker answers
 * its guest's accesses to the virtio device's registers, and carries what the guest sends into the
 * buffers of the other ends. All that must outlive the broker is in the channel's memory.
 */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include <kumiki/channel.h>
#include <stdbool.h>
#include <stddef.h>

struct kind;

struct broker {
	const struct broker_info *info;
	const struct kind *kind; /* of the channel's kind */
	const struct channel_told *told;
	struct channel_memory *memory;
	struct channel_end *own;
	/* For the next SERVICE_REST: ends whose guests get an interrupt; ends whose brokers look.
	 */
	uint64_t interrupts, looks;
	uint64_t again;     /* for it, too: when this broker looks again; SERVICE_FOREVER */
	uint64_t until;     /* from then on it takes no queue in this turn; SERVICE_FOREVER */
	uint8_t carried[4]; /* for it, too: TRACE_CARRY's counts of this turn */
	uint64_t given[BUNDLE_CHANNEL_ENDS_MAX]; /* MAC addresses, as net_address() has them */
	uint32_t unheard; /* chains given back since the guest last got a buffer: console.c */
	bool swept;       /* requests that an earlier run left unanswered are answered: disk.c */
	bool asked;       /* the guest waits for an answer to `what` */
	uint64_t what, value;
};

/* ---- main.c ---- */

/* Begins, and goes on where the channel's memory says. */
void broker_start(struct broker *broker, const struct broker_info *info);

/* Has a turn: does what there is to do for the queues, and answers the guest's access if it waits.
 */
void broker_turn(struct broker *broker);

/* Whether an end of the channel (not its broker) is there: its partition runs, and its device has a
 * driver since this life began. */
bool broker_is_there(const struct broker *broker, uint32_t place);

/* broker_lock() tries to take an end's receive queue. False: another broker has the queue, and will
 * have this one woken; or this broker's budget is nearly used up, and the frame wakes it in the
 * next period. Nobody waits in here. broker_unlock() gives the queue back. */
bool broker_lock(struct broker *broker, uint32_t place);
void broker_unlock(struct broker *broker, uint32_t place);

/* Counts for the operator, and for the trace of this turn. */
static inline void broker_count(struct broker *broker, struct channel_end *end,
                                enum channel_counter counter, uint64_t count)
{
	uint8_t *carried = &broker->carried[counter < CHANNEL_AWAY ? counter : CHANNEL_AWAY];

	*carried = count + *carried < UINT8_MAX ? (uint8_t)(count + *carried) : UINT8_MAX;
	__atomic_fetch_add(&end->counters[counter], count, __ATOMIC_RELAXED);
}

/* The broker has its next turn at that time at the latest. */
static inline void broker_look_again(struct broker *broker, uint64_t at)
{
	broker->again = at < broker->again ? at : broker->again;
}

/* ---- call.c ---- */

/* SERVICE_REST, SERVICE_ANSWER, SERVICE_CHANGED, SERVICE_TELL. */
struct broker_word {
	uint64_t work, what, value, until;
};
struct broker_word broker_rest(uint64_t interrupts, uint64_t looks, uint64_t again,
                               uint32_t carried);
void broker_answer(uint64_t value);
void broker_tell_changed(uint64_t places);
void broker_tell_operator(void); /* the console looks at the channels */

/* Takes the work that SERVICE_REST has returned. Brokers that found this one's end away look once
 * more when it has joined. (main.c) */
void broker_hear(struct broker *broker, const struct broker_word *word);

/* The physical counter. */
uint64_t broker_now(void);

#endif
