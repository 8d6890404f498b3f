/*
 * An Ethernet switch. It carries what a guest sends into the buffers of the ends that it is for.
 * The broker of a sender does all the work: it copies a frame from the sender's buffers into a
 * receiver's.
 */
#include <broker/device.h>
#include <broker/kind.h>
#include <broker/net.h>
#include <broker/offload.h>
#include <broker/receive.h>
#include <broker/send.h>
#include <lib/copy.h>

#define NET_HEADER OFFLOAD_HEADER
#define NET_MAC    BUNDLE_MAC_SIZE
#define NET_SHORT  14    /* no frame is shorter */
#define NET_LONG   65550 /* no frame is longer: an Ethernet header and what IP can have */
#define NET_MERGED 10    /* where the header has the number of buffers */
#define NET_BATCH  64    /* frames that a frame becomes in a turn; after it come other senders */

/* A frame that is being sent. */
struct frame {
	const struct chain *chain;
	uint64_t size;              /* without the header in front of it */
	uint8_t start[2 * NET_MAC]; /* a copy of its beginning: receiver's address, sender's */
	struct offload offload;
};

/* ---- who gets a frame ---- */

static uint64_t *station_of(struct broker *broker, uint64_t address)
{
	uint64_t hash = address ^ address >> 23 ^ address >> 40;

	return &broker->memory->station[hash % CHANNEL_STATIONS];
}

/* The end that has this generated address; info->ends: none has. */
static uint32_t find_given(const struct broker *broker, uint64_t address)
{
	uint32_t place = 0;

	while (place < broker->info->ends && broker->given[place] != address)
		place++;
	return place;
}

/* Notes at which end an address is. No end can take another end's generated address. */
static void learn(struct broker *broker, uint64_t address)
{
	uint64_t known = address | (uint64_t)(broker->info->place + 1) << 48;

	if ((address & 1) == 0 && find_given(broker, address) == broker->info->ends)
		__atomic_store_n(station_of(broker, address), known, __ATOMIC_RELAXED);
}

/* The ends that a frame is for, a bit each: one end, or all others. */
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

/* Finds buffers for `size` bytes. The broker has the queue. CHANNEL_RECEIVED, or why the frame is
 * dropped. */
static enum channel_counter find(struct broker *broker, uint32_t to, uint64_t size,
                                 struct ring *ring)
{
	struct channel_end *end = &broker->memory->end[to];
	enum channel_counter why;

	if (!broker_is_there(broker, to) || !ring_open(broker, to, CHANNEL_RECEIVE, ring))
		return CHANNEL_AWAY;
	receive_settle(broker, to);
	why = receive_find(broker, ring, size, (end->features & DEVICE_NET_MERGES) != 0);
	if (why == CHANNEL_BAD)
		device_break(broker, to);
	return why;
}

/* Writes the header in front of a frame. It says what the sender left out, and how many buffers the
 * frame has. */
static void write_header(uint8_t header[NET_HEADER])
{
	const struct chain_piece from = {header, NET_HEADER};

	header[NET_MERGED] = (uint8_t)receive_buffers.count;
	ring_copy((struct chain_range){receive_buffers.piece, 0}, (struct chain_range){&from, 0},
	          NET_HEADER);
}

/* Delivers the frame as it is. */
static enum channel_counter fill(struct broker *broker, uint32_t to, const struct frame *frame)
{
	uint64_t size = NET_HEADER + frame->size;
	uint8_t header[NET_HEADER] = {0};
	struct ring ring;
	enum channel_counter why = find(broker, to, size, &ring);

	if (why != CHANNEL_RECEIVED)
		return why;
	if (frame->offload.needs != 0)
		copy_bytes(header, frame->offload.header, NET_MERGED);
	write_header(header);
	ring_copy((struct chain_range){receive_buffers.piece, NET_HEADER},
	          (struct chain_range){frame->chain->piece, NET_HEADER}, frame->size);
	receive_deliver(broker, &ring, size, 0);
	return CHANNEL_RECEIVED;
}

/* Delivers one of the frames that a frame becomes, for a receiver that can't take it as it is. */
static enum channel_counter fill_part(struct broker *broker, uint32_t to, const struct frame *frame,
                                      uint32_t number, uint32_t count)
{
	uint64_t size = NET_HEADER + offload_size(&frame->offload, frame->size, number);
	uint8_t header[NET_HEADER] = {0};
	struct ring ring;
	enum channel_counter why = find(broker, to, size, &ring);

	if (why != CHANNEL_RECEIVED)
		return why;
	write_header(header);
	offload_write(&frame->offload, frame->chain, frame->size, number,
	              (struct chain_range){receive_buffers.piece, NET_HEADER});
	receive_deliver(broker, &ring, size,
	                number + 1 < count ? CHANNEL_FRAMES(to, number + 1) : 0);
	return CHANNEL_RECEIVED;
}

/* Delivers the next of the frames that a frame becomes, behind those that the receiver has. If one
 * can't be delivered, the rest is dropped. False: there are more, for the next turn. */
static bool fill_parts(struct broker *broker, uint32_t to, const struct frame *frame,
                       enum channel_counter *result)
{
	uint64_t begun = broker->own->sending.taken - CHANNEL_FRAMES(to, 0);
	uint32_t count = offload_frames(&frame->offload, frame->size);
	uint32_t number = begun < count ? (uint32_t)begun : 0;

	for (uint32_t i = 0; i < NET_BATCH; i++, number++) {
		*result = fill_part(broker, to, frame, number, count);
		if (*result != CHANNEL_RECEIVED || number + 1 == count)
			return true;
		broker_count(broker, &broker->memory->end[to], CHANNEL_RECEIVED, 1);
	}
	return false;
}

/* Brings the frame to one receiver, or drops it there. KIND_LATER: another broker has the queue, or
 * the receiver hasn't all of it yet. */
static enum kind_result deliver(struct broker *broker, uint32_t to, const struct frame *frame)
{
	enum channel_counter result = CHANNEL_AWAY;
	bool over = true;

	if (broker_is_there(broker, to)) {
		if (!broker_lock(broker, to))
			return KIND_LATER;
		if (offload_suits(&frame->offload, broker->memory->end[to].features))
			result = fill(broker, to, frame);
		else
			over = fill_parts(broker, to, frame, &result);
		broker_unlock(broker, to);
	}
	if (!over) {
		broker->looks |= 1u << broker->info->place;
		return KIND_LATER;
	}
	broker->own->sending.done |= 1u << to;
	if (result != CHANNEL_BAD) /* which device_break() has counted */
		broker_count(broker, &broker->memory->end[to], result, 1);
	return KIND_DONE;
}

/* ---- a sender's frame ---- */

/* Reads the beginning of a frame. False: this is no frame. */
static bool read_start(const struct broker *broker, struct frame *frame)
{
	const struct chain_piece to = {frame->start, sizeof(frame->start)};
	uint64_t size = frame->chain->read_size;

	if (frame->chain->writable != 0 || size < NET_HEADER + NET_SHORT ||
	    size > NET_HEADER + NET_LONG)
		return false;
	frame->size = size - NET_HEADER;
	ring_copy((struct chain_range){&to, 0},
	          (struct chain_range){frame->chain->piece, NET_HEADER}, sizeof(frame->start));
	return offload_read(&frame->offload, broker->own->features, frame->chain, frame->size);
}

/* The one of these receivers that is next: the one that has some of the frames that the frame
 * becomes, as the ledger counts them for one receiver at a time. */
static uint32_t next_receiver(const struct broker *broker, uint32_t to)
{
	uint64_t taken = broker->own->sending.taken;
	uint32_t begun = (taken & CHANNEL_MORE) != 0 ? to & 1u << (taken >> 32 & 31) : 0;

	return (uint32_t)__builtin_ctz(begun != 0 ? begun : to);
}

/* Carries a frame to all its receivers. If another broker has one receiver's queue, the other
 * receivers still get the frame now. They wait if one has got some of the frames that it becomes.
 */
static enum kind_result carry(struct broker *broker, const struct chain *chain)
{
	enum kind_result result = KIND_DONE;
	struct frame frame;
	uint32_t to, next;

	frame.chain = chain;
	if (!read_start(broker, &frame)) {
		broker_count(broker, broker->own, CHANNEL_SHORT, 1);
		return KIND_DONE;
	}
	learn(broker, net_address(frame.start + NET_MAC));
	to = receivers(broker, &frame) & ~broker->own->sending.done;
	for (; to != 0; to &= ~(1u << next)) {
		next = next_receiver(broker, to);
		if (deliver(broker, next, &frame) == KIND_DONE)
			continue;
		result = KIND_LATER;
		if ((broker->own->sending.taken & CHANNEL_MORE) != 0)
			break;
	}
	if (result == KIND_DONE)
		broker_count(broker, broker->own, CHANNEL_SENT, 1);
	return result;
}

/* ---- the kind ---- */

/* A byte of struct virtio_net_config: the MAC address, then the link, which is up. */
static uint8_t config(const struct broker *broker, uint32_t offset)
{
	if (offset < NET_MAC)
		return broker->info->mac[broker->info->place][offset];
	return offset == NET_MAC;
}

const struct kind kind_network = {
    .features = DEVICE_NET_MAC | DEVICE_NET_MERGES | DEVICE_NET_STATUS | DEVICE_NET_SUMS |
                DEVICE_NET_TAKES_SUMS | DEVICE_NET_TAKES_TCP4 | DEVICE_NET_TAKES_TCP6 |
                DEVICE_NET_TAKES_ECN | DEVICE_NET_TCP4 | DEVICE_NET_TCP6 | DEVICE_NET_ECN,
    .device = 1,
    .queues = 2,
    .config_size = NET_MAC + 2,
    .config = config,
    .turn = send_turn,
    .carry = carry,
};
