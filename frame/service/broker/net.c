/*
 * An Ethernet switch; see broker/net.h. The broker of a sender does all the work: it copies a frame
 * from the sender's buffers into a receiver's. The frame is delivered once channel_delivery is
 * open: from then on the owner of the receiver's queue gives the buffers back. docs/channels.md
 * shows why a broker may be killed at any instruction here.
 */
#include <broker/device.h>
#include <broker/net.h>
#include <broker/ring.h>

#define NET_BATCH  64 /* frames in a turn: then the receivers get their interrupt */
#define NET_HEADER 12 /* struct virtio_net_hdr_v1 */
#define NET_MAC    BUNDLE_MAC_SIZE
#define NET_SHORT  14    /* no frame is shorter */
#define NET_LONG   65550 /* nor longer: an Ethernet header and what IP can have */
#define NET_MERGED 10    /* in the header: the number of buffers */

/* A frame that is being sent. */
struct frame {
	struct chain chain;
	uint64_t size;            /* without the header before it */
	uint8_t start[NET_SHORT]; /* a copy of its beginning: receiver's address, sender's */
};

enum net_result { NET_DONE, NET_BUSY };

/* ---- who gets a frame ---- */

static uint64_t *station_of(struct broker *broker, uint64_t address)
{
	uint64_t hash = address ^ address >> 23 ^ address >> 40;

	return &broker->memory->station[hash % CHANNEL_STATIONS];
}

/* The end with this generated address. info->ends: none. */
static uint32_t find_given(const struct broker *broker, uint64_t address)
{
	uint32_t place = 0;

	while (place < broker->info->ends && broker->given[place] != address)
		place++;
	return place;
}

/* No end can take the generated address of another one. */
static void learn(struct broker *broker, uint64_t address)
{
	uint64_t known = address | (uint64_t)(broker->info->place + 1) << 48;

	if ((address & 1) == 0 && find_given(broker, address) == broker->info->ends)
		__atomic_store_n(station_of(broker, address), known, __ATOMIC_RELAXED);
}

/* The ends that a frame is for, a bit each: one, or all others. */
static uint32_t receivers(struct broker *broker, const struct frame *frame)
{
	uint64_t address = net_address(frame->start), known;
	uint32_t all = (1u << broker->info->ends) - 1, one = find_given(broker, address);

	if (one == broker->info->ends) {
		known = __atomic_load_n(station_of(broker, address), __ATOMIC_RELAXED);
		if ((known & ((1ULL << 48) - 1)) == address && known >> 48 != 0)
			one = (uint32_t)(known >> 48) - 1;
	}
	if ((address & 1) == 0 && one < broker->info->ends)
		all = 1u << one;
	return all & ~(1u << broker->info->place);
}

/* ---- a receiver's queue ---- */

/* Carries out a delivery: the caller has the queue, and the end is there. */
static void carry_out(struct broker *broker, uint32_t to)
{
	struct channel_end *end = &broker->memory->end[to];
	struct channel_queue *queue = &end->queue[CHANNEL_RECEIVE];
	struct channel_delivery *delivery = &end->delivery;
	uint16_t used = delivery->used, count = delivery->count;
	struct ring ring;

	if (ring_open(broker, to, CHANNEL_RECEIVE, &ring)) {
		for (uint16_t i = 0; i < count && i < CHANNEL_BUFFERS_MOST; i++)
			ring_give(&ring, (uint16_t)(used + i), delivery->buffer[i].id,
			          delivery->buffer[i].length);
		if (ring_publish(&ring, used, (uint16_t)(used + count)))
			broker->interrupts |= 1u << to;
		queue->used = (uint16_t)(used + count);
		queue->next = (uint16_t)(delivery->next + count);
	}
	__atomic_store_n(&delivery->open, 0, __ATOMIC_RELEASE);
}

/* Carries out a delivery that an earlier run of a broker had opened, if there is one. */
static void settle(struct broker *broker, uint32_t to)
{
	if (broker->memory->end[to].delivery.open == 0)
		return;
	broker_count(&broker->memory->end[to], CHANNEL_REPLAYED);
	carry_out(broker, to);
}

/* Buffers of a receiver for one frame. */
struct buffers {
	uint32_t count;  /* of chains */
	uint32_t pieces; /* of all of them */
	uint64_t size;
	struct chain_piece piece[2 * CHAIN_PIECES];
};

/* Adds the next chain. CHANNEL_RECEIVED, or why the frame is dropped. A receiver may have buffers
 * as small as it likes, so too many of them are no fault of it. */
static enum channel_counter add_chain(struct broker *broker, const struct ring *ring,
                                      struct channel_end *end, struct buffers *buffers)
{
	static struct chain chain; /* large, and used here alone */
	uint16_t next = (uint16_t)(end->queue[CHANNEL_RECEIVE].next + buffers->count);
	enum ring_status status = ring_take(broker, ring, next, &chain);

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

/* Finds buffers for so many bytes. Else the reason why the frame is dropped. */
static enum channel_counter find_buffers(struct broker *broker, const struct ring *ring,
                                         struct channel_end *end, uint64_t size,
                                         struct buffers *buffers)
{
	bool merges = (end->features & DEVICE_NET_MERGES) != 0;

	do {
		enum channel_counter status = add_chain(broker, ring, end, buffers);

		if (status != CHANNEL_RECEIVED)
			return status;
	} while (buffers->size < size && merges);
	return buffers->size < size ? CHANNEL_TOO_LONG : CHANNEL_RECEIVED;
}

/* The header before the frame: no offload (all other fields are 0), and the number of buffers. */
static void write_header(const struct buffers *buffers)
{
	uint8_t header[NET_HEADER] = {0};
	const struct chain_piece from = {header, NET_HEADER};

	header[NET_MERGED] = (uint8_t)buffers->count;
	ring_copy((struct chain_range){buffers->piece, 0}, (struct chain_range){&from, 0},
	          NET_HEADER);
}

/* Writes the delivery's record, `open` excepted. All buffers but the last one are full. */
static void fill_delivery(const struct broker *broker, struct channel_end *end,
                          const struct buffers *buffers, uint64_t size)
{
	struct channel_delivery *delivery = &end->delivery;

	for (uint32_t i = 0; i < buffers->count; i++) {
		uint64_t here = delivery->buffer[i].length;

		here = here < size ? here : size;
		delivery->buffer[i].length = (uint32_t)here;
		size -= here;
	}
	delivery->from = (uint16_t)broker->info->place;
	delivery->count = (uint16_t)buffers->count;
	delivery->used = end->queue[CHANNEL_RECEIVE].used;
	delivery->next = end->queue[CHANNEL_RECEIVE].next;
	delivery->number = broker->own->sending.number;
}

/* The broker has the queue. Returns CHANNEL_RECEIVED, or why the frame is dropped. */
static enum channel_counter fill(struct broker *broker, uint32_t to, const struct frame *frame)
{
	struct channel_end *end = &broker->memory->end[to];
	uint64_t size = NET_HEADER + frame->size;
	static struct buffers buffers; /* large */
	enum channel_counter why;
	struct ring ring;

	if (!broker_is_there(broker, to) || !ring_open(broker, to, CHANNEL_RECEIVE, &ring))
		return CHANNEL_AWAY;
	settle(broker, to);
	buffers.count = buffers.pieces = 0;
	buffers.size = 0;
	why = find_buffers(broker, &ring, end, size, &buffers);
	if (why == CHANNEL_BAD)
		device_break(broker, to);
	if (why != CHANNEL_RECEIVED)
		return why;
	write_header(&buffers);
	ring_copy((struct chain_range){buffers.piece, NET_HEADER},
	          (struct chain_range){frame->chain.piece, NET_HEADER}, frame->size);
	fill_delivery(broker, end, &buffers, size);
	__atomic_store_n(&end->delivery.open, 1, __ATOMIC_RELEASE);
	return CHANNEL_RECEIVED;
}

/* Brings the frame to one receiver, or drops it there. NET_BUSY: another broker has the queue. */
static enum net_result deliver(struct broker *broker, uint32_t to, const struct frame *frame)
{
	struct channel_end *end = &broker->memory->end[to];
	enum channel_counter result = CHANNEL_AWAY;

	if (broker_is_there(broker, to)) {
		if (!broker_lock(broker, to))
			return NET_BUSY;
		result = fill(broker, to, frame);
		broker->own->sending.done |= 1u << to;
		if (result == CHANNEL_RECEIVED)
			carry_out(broker, to);
		broker_unlock(broker, to);
	}
	broker->own->sending.done |= 1u << to;
	if (result != CHANNEL_BAD) /* which device_break() has counted */
		broker_count(end, result);
	return NET_DONE;
}

/* ---- the sender's queue ---- */

/* Gives the frame back to its driver, then closes the record. After a crash it is done again. */
static void close_frame(struct broker *broker, const struct ring *ring)
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
	sending->number++;
	__atomic_store_n(&sending->close, 0, __ATOMIC_RELEASE);
}

/* All receivers have the frame, or it was dropped: from here on it is given back to its driver. */
static void send_over(struct broker *broker, const struct ring *ring, uint32_t id)
{
	struct channel_sending *sending = &broker->own->sending;

	sending->id = id;
	sending->used = broker->own->queue[CHANNEL_SEND].used;
	sending->next = broker->own->queue[CHANNEL_SEND].next;
	__atomic_store_n(&sending->close, 1, __ATOMIC_RELEASE);
	close_frame(broker, ring);
}

/* False: it is no frame. */
static bool read_start(struct frame *frame)
{
	const struct chain_piece to = {frame->start, NET_SHORT};

	if (frame->chain.writable != 0 || frame->chain.read_size < NET_HEADER + NET_SHORT ||
	    frame->chain.read_size > NET_HEADER + NET_LONG)
		return false;
	frame->size = frame->chain.read_size - NET_HEADER;
	ring_copy((struct chain_range){&to, 0},
	          (struct chain_range){frame->chain.piece, NET_HEADER}, NET_SHORT);
	return true;
}

/* A receiver whose queue another broker has doesn't keep the frame from the others. */
static enum net_result send(struct broker *broker, struct frame *frame)
{
	enum net_result result = NET_DONE;
	uint32_t to;

	if (!read_start(frame)) {
		broker_count(broker->own, CHANNEL_SHORT);
		return NET_DONE;
	}
	learn(broker, net_address(frame->start + NET_MAC));
	to = receivers(broker, frame) & ~broker->own->sending.done;
	for (; to != 0; to &= to - 1)
		if (deliver(broker, (uint32_t)__builtin_ctz(to), frame) == NET_BUSY)
			result = NET_BUSY;
	if (result == NET_DONE)
		broker_count(broker->own, CHANNEL_SENT);
	return result;
}

/* Reads the driver's next chain. If there is none, asks the driver for a notice of the next one,
 * and looks again: that one may have come before the driver saw the wish. */
static enum ring_status take(const struct broker *broker, const struct ring *ring,
                             struct chain *chain)
{
	uint16_t next = broker->own->queue[CHANNEL_SEND].next;
	enum ring_status status = ring_take(broker, ring, next, chain);

	if (status != RING_EMPTY)
		return status;
	ring_want_notice(ring, next, true);
	return ring_take(broker, ring, next, chain);
}

/* False: nothing more can be done in this turn. */
static bool send_one(struct broker *broker, const struct ring *ring)
{
	static struct frame frame; /* large */
	enum ring_status status = take(broker, ring, &frame.chain);

	if (status == RING_BAD)
		device_break(broker, broker->info->place);
	if (status != RING_OK || send(broker, &frame) == NET_BUSY)
		return false;
	send_over(broker, ring, frame.chain.id);
	return true;
}

void net_turn(struct broker *broker)
{
	uint32_t place = broker->info->place;
	struct ring ring;

	if (!broker_is_there(broker, place) || !ring_open(broker, place, CHANNEL_SEND, &ring))
		return;
	if (broker->own->sending.close != 0)
		close_frame(broker, &ring);
	for (uint32_t i = 0; i < NET_BATCH; i++)
		if (!send_one(broker, &ring))
			return;
	broker->looks |= 1u << place;
}

/* A delivery into the own buffers that nobody's run will carry out: its sender left it, as this end
 * wasn't there then. */
static void settle_own(struct broker *broker)
{
	const uint32_t me = broker->info->place;

	if (broker->own->delivery.open == 0 || !broker_is_there(broker, me) ||
	    !broker_lock(broker, me))
		return;
	settle(broker, me);
	broker_unlock(broker, me);
}

/* Gives back each receive queue that this broker still owns from an earlier run. If that run had
 * opened a delivery, the receiver has the frame, so `done` says so. The delivery is carried out
 * here if the receiver is there; else the next owner of the queue does that. Interrupts and looks
 * that the earlier run owed are forgotten, so all ends get them. */
void net_recover(struct broker *broker)
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
			broker->own->sending.done |= 1u << i;
		if (broker_is_there(broker, i))
			settle(broker, i);
		broker_unlock(broker, i);
	}
	settle_own(broker);
}
