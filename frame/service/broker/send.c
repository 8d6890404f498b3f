/* A broker's send queue; see broker/send.h. docs/inside/brokers.md shows why a broker may be killed
 * at any instruction here. */
#include <broker/device.h>
#include <broker/kind.h>
#include <broker/rate.h>
#include <broker/send.h>

#define SEND_BATCH 64 /* chains in a turn; after it the receivers get their interrupt */

/* Gives the chain back to its driver, then closes the record. After a crash this is done again. */
static void close_chain(struct broker *broker, const struct ring *ring)
{
	struct channel_sending *sending = &broker->own->sending;
	struct channel_queue *queue = &broker->own->queue[CHANNEL_SEND];
	uint16_t used = sending->used;

	ring_give(ring, used, sending->id, 0);
	if (ring_publish(ring, used, (uint16_t)(used + 1)))
		broker->interrupts |= 1u << broker->info->place;
	queue->used = (uint16_t)(used + 1);
	queue->next = (uint16_t)(sending->next + 1);
	sending->done = 0;
	sending->charged = 0;
	sending->taken = 0;
	sending->number++;
	__atomic_store_n(&sending->close, 0, __ATOMIC_RELEASE);
}

/* Gives the chain back to its driver: all receivers have it, or it was dropped. */
static void send_over(struct broker *broker, const struct ring *ring, uint32_t id)
{
	struct channel_sending *sending = &broker->own->sending;

	sending->id = id;
	sending->used = broker->own->queue[CHANNEL_SEND].used;
	sending->next = broker->own->queue[CHANNEL_SEND].next;
	__atomic_store_n(&sending->close, 1, __ATOMIC_RELEASE);
	close_chain(broker, ring);
}

/* Sends the next chain. False: nothing more can be done in this turn. */
static bool send_one(struct broker *broker, const struct ring *ring)
{
	static struct chain chain; /* large, so not on the stack */
	enum ring_status status =
	    ring_take_or_ask(broker, ring, broker->own->queue[CHANNEL_SEND].next, &chain);

	if (status == RING_BAD)
		device_break(broker, broker->info->place);
	if (status != RING_OK || !rate_admit(broker) ||
	    broker->kind->carry(broker, &chain) == KIND_LATER)
		return false;
	send_over(broker, ring, chain.id);
	return true;
}

void send_turn(struct broker *broker)
{
	uint32_t place = broker->info->place;
	struct ring ring;

	if (!broker_is_there(broker, place) || !ring_open(broker, place, CHANNEL_SEND, &ring))
		return;
	if (broker->own->sending.close != 0)
		close_chain(broker, &ring);
	for (uint32_t i = 0; i < SEND_BATCH; i++)
		if (!send_one(broker, &ring))
			return;
	broker->looks |= 1u << place;
}
