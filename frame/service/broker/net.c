/*
 * An Ethernet switch: what a guest sends, into the buffers of the ends that it is for. The broker
 * of a sender does all the work: it copies a frame from the sender's buffers into a receiver's.
 */
#include <broker/device.h>
#include <broker/kind.h>
#include <broker/net.h>
#include <broker/receive.h>

#define NET_HEADER 12 /* struct virtio_net_hdr_v1 */
#define NET_MAC    BUNDLE_MAC_SIZE
#define NET_SHORT  14    /* no frame is shorter */
#define NET_LONG   65550 /* nor longer: an Ethernet header and what IP can have */
#define NET_MERGED 10    /* in the header: the number of buffers */

/* A frame that is being sent. */
struct frame {
	const struct chain *chain;
	uint64_t size;            /* without the header before it */
	uint8_t start[NET_SHORT]; /* a copy of its beginning: receiver's address, sender's */
};

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

/* The header before the frame: no offload (all other fields are 0), and the number of buffers. */
static void write_header(void)
{
	uint8_t header[NET_HEADER] = {0};
	const struct chain_piece from = {header, NET_HEADER};

	header[NET_MERGED] = (uint8_t)receive_buffers.count;
	ring_copy((struct chain_range){receive_buffers.piece, 0}, (struct chain_range){&from, 0},
	          NET_HEADER);
}

/* The broker has the queue. Returns CHANNEL_RECEIVED, or why the frame is dropped. */
static enum channel_counter fill(struct broker *broker, uint32_t to, const struct frame *frame)
{
	struct channel_end *end = &broker->memory->end[to];
	uint64_t size = NET_HEADER + frame->size;
	enum channel_counter why;
	struct ring ring;

	if (!broker_is_there(broker, to) || !ring_open(broker, to, CHANNEL_RECEIVE, &ring))
		return CHANNEL_AWAY;
	receive_settle(broker, to);
	why = receive_find(broker, &ring, size, (end->features & DEVICE_NET_MERGES) != 0);
	if (why == CHANNEL_BAD)
		device_break(broker, to);
	if (why != CHANNEL_RECEIVED)
		return why;
	write_header();
	ring_copy((struct chain_range){receive_buffers.piece, NET_HEADER},
	          (struct chain_range){frame->chain->piece, NET_HEADER}, frame->size);
	receive_deliver(broker, to, size, 0);
	return CHANNEL_RECEIVED;
}

/* Brings the frame to one receiver, or drops it there. KIND_LATER: another broker has the queue. */
static enum kind_result deliver(struct broker *broker, uint32_t to, const struct frame *frame)
{
	enum channel_counter result = CHANNEL_AWAY;

	if (broker_is_there(broker, to)) {
		if (!broker_lock(broker, to))
			return KIND_LATER;
		result = fill(broker, to, frame);
		broker_unlock(broker, to);
	}
	broker->own->sending.done |= 1u << to;
	if (result != CHANNEL_BAD) /* which device_break() has counted */
		broker_count(&broker->memory->end[to], result, 1);
	return KIND_DONE;
}

/* ---- a sender's frame ---- */

/* False: it is no frame. */
static bool read_start(struct frame *frame)
{
	const struct chain_piece to = {frame->start, NET_SHORT};
	uint64_t size = frame->chain->read_size;

	if (frame->chain->writable != 0 || size < NET_HEADER + NET_SHORT ||
	    size > NET_HEADER + NET_LONG)
		return false;
	frame->size = size - NET_HEADER;
	ring_copy((struct chain_range){&to, 0},
	          (struct chain_range){frame->chain->piece, NET_HEADER}, NET_SHORT);
	return true;
}

/* A receiver whose queue another broker has doesn't keep the frame from the others. */
static enum kind_result carry(struct broker *broker, const struct chain *chain)
{
	enum kind_result result = KIND_DONE;
	struct frame frame = {.chain = chain};
	uint32_t to;

	if (!read_start(&frame)) {
		broker_count(broker->own, CHANNEL_SHORT, 1);
		return KIND_DONE;
	}
	learn(broker, net_address(frame.start + NET_MAC));
	to = receivers(broker, &frame) & ~broker->own->sending.done;
	for (; to != 0; to &= to - 1)
		if (deliver(broker, (uint32_t)__builtin_ctz(to), &frame) == KIND_LATER)
			result = KIND_LATER;
	if (result == KIND_DONE)
		broker_count(broker->own, CHANNEL_SENT, 1);
	return result;
}

/* ---- the kind ---- */

/* Of struct virtio_net_config: the MAC address, then the link, which is up. */
static uint8_t config(const struct broker *broker, uint32_t offset)
{
	if (offset < NET_MAC)
		return broker->info->mac[broker->info->place][offset];
	return offset == NET_MAC;
}

const struct kind kind_network = {
    .features = DEVICE_NET_MAC | DEVICE_NET_MERGES | DEVICE_NET_STATUS,
    .device = 1,
    .config_size = NET_MAC + 2,
    .config = config,
    .carry = carry,
};
