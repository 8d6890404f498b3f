/* Receive queues; see broker/receive.h. docs/inside/brokers.md shows why a broker may be killed at
 * any instruction here. */
#include <broker/device.h>
#include <broker/kind.h>
#include <broker/receive.h>

struct receive_buffers receive_buffers;

/* Gives the delivery's buffers back to their driver. */
static void give_back(struct broker *broker, const struct ring *ring)
{
	struct channel_end *end = &broker->memory->end[ring->place];
	struct channel_queue *queue = &end->queue[CHANNEL_RECEIVE];
	const struct channel_delivery *delivery = &end->delivery;
	uint16_t used = delivery->used, count = delivery->count;

	for (uint16_t i = 0; i < count && i < CHANNEL_BUFFERS_MOST; i++)
		ring_give(ring, (uint16_t)(used + i), delivery->buffer[i].id,
		          delivery->buffer[i].length);
	if (ring_publish(ring, used, (uint16_t)(used + count)))
		broker->interrupts |= 1u << ring->place;
	queue->used = (uint16_t)(used + count);
	queue->next = (uint16_t)(delivery->next + count);
}

static void close_delivery(struct broker *broker, uint32_t to)
{
	if (broker->kind->given != NULL)
		broker->kind->given(broker, to);
	__atomic_store_n(&broker->memory->end[to].delivery.open, 0, __ATOMIC_RELEASE);
}

void receive_settle(struct broker *broker, uint32_t to)
{
	struct ring ring;

	if (broker->memory->end[to].delivery.open == 0)
		return;
	broker_count(broker, &broker->memory->end[to], CHANNEL_REPLAYED, 1);
	if (ring_open(broker, to, CHANNEL_RECEIVE, &ring))
		give_back(broker, &ring);
	close_delivery(broker, to);
}

/* ---- buffers ---- */

bool receive_open(struct broker *broker, uint32_t to, struct ring *ring)
{
	const struct channel_end *end = &broker->memory->end[to];

	if (!ring_open(broker, to, CHANNEL_RECEIVE, ring))
		return false;
	receive_settle(broker, to);
	if (__atomic_load_n(&end->starved, __ATOMIC_SEQ_CST) == 0)
		ring_want_notice(ring, end->queue[CHANNEL_RECEIVE].next, false);
	return true;
}

/* There is no chain at `next`. A waiting receiver wants a notice of this one: the driver has made
 * those before it available already. */
static enum ring_status ask_for(struct broker *broker, const struct ring *ring,
                                struct channel_end *end, uint16_t next, struct chain *chain)
{
	__atomic_store_n(&end->queue[CHANNEL_RECEIVE].seen, next, __ATOMIC_RELAXED);
	if (__atomic_load_n(&end->starved, __ATOMIC_SEQ_CST) == 0)
		return RING_EMPTY;
	return ring_take_or_ask(broker, ring, next, chain);
}

/* Adds the next chain to the buffers. CHANNEL_RECEIVED, or what is wrong. A receiver may have
 * buffers of any size, so it isn't at fault if too many of them are needed. */
static enum channel_counter add_chain(struct broker *broker, const struct ring *ring,
                                      struct channel_end *end)
{
	struct receive_buffers *buffers = &receive_buffers;
	static struct chain chain; /* large, and only used here */
	uint16_t next = (uint16_t)(end->queue[CHANNEL_RECEIVE].next + buffers->count);
	enum ring_status status = ring_take(broker, ring, next, &chain);

	if (status == RING_EMPTY)
		status = ask_for(broker, ring, end, next, &chain);
	if (status != RING_OK)
		return status == RING_EMPTY ? CHANNEL_NO_BUFFER : CHANNEL_BAD;
	if (chain.readable != 0)
		return CHANNEL_BAD;
	if (buffers->count == CHANNEL_BUFFERS_MOST ||
	    buffers->pieces + chain.writable > 2 * CHAIN_PIECES)
		return CHANNEL_TOO_LONG;
	for (uint32_t i = 0; i < chain.writable; i++)
		buffers->piece[buffers->pieces++] = chain.piece[i];
	end->delivery.buffer[buffers->count].id = chain.id;
	end->delivery.buffer[buffers->count++].length = (uint32_t)chain.write_size;
	buffers->size += chain.write_size;
	return CHANNEL_RECEIVED;
}

enum channel_counter receive_find(struct broker *broker, const struct ring *ring, uint64_t size,
                                  bool several)
{
	struct channel_end *end = &broker->memory->end[ring->place];
	struct receive_buffers *buffers = &receive_buffers;

	buffers->count = buffers->pieces = 0;
	buffers->size = 0;
	do {
		enum channel_counter status = add_chain(broker, ring, end);

		if (status != CHANNEL_RECEIVED)
			return status;
	} while (buffers->size < size && several);
	return buffers->size < size ? CHANNEL_TOO_LONG : CHANNEL_RECEIVED;
}

/* ---- deliveries ---- */

/* Writes the delivery's record, except `open`. All buffers except the last are full. */
static void fill_delivery(const struct broker *broker, struct channel_end *end, uint64_t size)
{
	const uint32_t count = receive_buffers.count;
	struct channel_delivery *delivery = &end->delivery;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t here = delivery->buffer[i].length;

		here = here < size ? here : size;
		delivery->buffer[i].length = (uint32_t)here;
		size -= here;
	}
	delivery->from = (uint16_t)broker->info->place;
	delivery->count = (uint16_t)count;
	delivery->used = end->queue[CHANNEL_RECEIVE].used;
	delivery->next = end->queue[CHANNEL_RECEIVE].next;
	delivery->number = broker->own->sending.number;
}

/* Brings the sender's record up to date with the delivery. After a crash receive_recover() does it
 * again. */
static void note_delivery(struct broker *broker, uint32_t to)
{
	struct channel_sending *sending = &broker->own->sending;

	sending->taken = broker->memory->end[to].delivery.taken;
	if ((sending->taken & CHANNEL_MORE) == 0)
		sending->done |= 1u << to;
	if (broker->kind->noted != NULL)
		broker->kind->noted(broker, to);
}

void receive_deliver(struct broker *broker, const struct ring *ring, uint64_t size, uint64_t taken)
{
	struct channel_end *end = &broker->memory->end[ring->place];

	fill_delivery(broker, end, size);
	end->delivery.taken = taken;
	__atomic_store_n(&end->delivery.open, 1, __ATOMIC_RELEASE);
	note_delivery(broker, ring->place);
	give_back(broker, ring);
	close_delivery(broker, ring->place);
}

void receive_give(struct broker *broker, const struct ring *ring, uint32_t id, uint32_t length,
                  uint64_t taken)
{
	struct channel_delivery *delivery = &broker->memory->end[ring->place].delivery;

	receive_buffers.count = 1;
	delivery->buffer[0].id = id;
	delivery->buffer[0].length = length;
	receive_deliver(broker, ring, length, taken);
}

/* Carries out an open delivery to this broker's own end. Its sender left it open, because this end
 * wasn't there then. */
static void settle_own(struct broker *broker)
{
	const uint32_t me = broker->info->place;

	if (broker->own->delivery.open == 0 || !broker_is_there(broker, me) ||
	    !broker_lock(broker, me))
		return;
	receive_settle(broker, me);
	broker_unlock(broker, me);
}

/* A delivery that the earlier run had opened counts. It is carried out here if the receiver is
 * there, otherwise by the next owner of the queue. Nobody knows any more to which ends the earlier
 * run owed an interrupt or a look. So all ends get an interrupt, and all others a look. */
void receive_recover(struct broker *broker)
{
	const uint32_t me = broker->info->place;

	for (uint32_t i = 0; i < broker->info->ends; i++) {
		struct channel_end *end = &broker->memory->end[i];
		const struct channel_delivery *delivery = &end->delivery;

		broker->interrupts |= 1u << i;
		broker->looks |= (1u << i) & ~(1u << me);
		if (__atomic_load_n(&end->owner, __ATOMIC_SEQ_CST) != me + 1)
			continue;
		if (delivery->open != 0 && delivery->from == me &&
		    delivery->number == broker->own->sending.number)
			note_delivery(broker, i);
		if (broker_is_there(broker, i))
			receive_settle(broker, i);
		broker_unlock(broker, i);
	}
	settle_own(broker);
}

/* A waiting broker notes so before it looks for buffers, and then up to where it saw some. This
 * broker asks the driver for a notice of more before it looks at the ring once more. */
void receive_feed(struct broker *broker)
{
	struct channel_end *own = broker->own;
	struct ring ring;
	uint16_t seen;

	if (__atomic_load_n(&own->starved, __ATOMIC_SEQ_CST) == 0 ||
	    !broker_is_there(broker, broker->info->place) ||
	    !ring_open(broker, broker->info->place, CHANNEL_RECEIVE, &ring))
		return;
	seen = __atomic_load_n(&own->queue[CHANNEL_RECEIVE].seen, __ATOMIC_RELAXED);
	ring_want_notice(&ring, seen, true);
	if (!ring_is_empty(&ring, seen))
		broker->looks |= __atomic_exchange_n(&own->starved, 0, __ATOMIC_SEQ_CST);
}
