/*
 * Virtqueues (virtio 1.2, 2.7: split) in a guest's memory. The guest may change any of it at any
 * time, and may say anything. So each descriptor is copied before it is looked at, each address is
 * looked up in the end's memory, and a chain has a limited number of pieces.
 */
#ifndef BROKER_RING_H
#define BROKER_RING_H

#include <broker/broker.h>

struct ring_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

struct ring_driver {
	uint16_t flags, index;
	uint16_t entry[]; /* behind them: up to which used entry no interrupt is wanted */
};

struct ring_used {
	uint32_t id, length;
};

struct ring_device {
	uint16_t flags, index;
	struct ring_used entry[]; /* behind them: up to which available entry no notice is wanted */
};

/* A queue as it may be used now. */
struct ring {
	const struct ring_descriptor *descriptors;
	const struct ring_driver *driver;
	struct ring_device *device;
	uint32_t place, size;
	bool events; /* VIRTIO_F_RING_EVENT_IDX */
};

#define CHAIN_PIECES 64

struct chain_piece {
	uint8_t *at;
	uint32_t size;
};

/* A private copy of a chain: `readable` pieces, then `writable` ones. */
struct chain {
	uint32_t id;
	uint32_t readable, writable;
	uint64_t read_size, write_size;
	struct chain_piece piece[CHAIN_PIECES];
};

enum ring_status { RING_OK, RING_EMPTY, RING_BAD };

/* Where the broker sees a stretch of an end's memory. NULL: the stretch isn't in one piece of that
 * memory, or isn't aligned to `align`. */
void *ring_view(const struct broker *broker, uint32_t place, uint64_t ipa, uint64_t size,
                uint64_t align);

/* False: the queue isn't ready, or isn't in the end's memory. */
bool ring_open(const struct broker *broker, uint32_t place, enum channel_queue_number number,
               struct ring *ring);

/* Reads the chain behind entry `next` of the driver's ring. */
enum ring_status ring_take(const struct broker *broker, const struct ring *ring, uint16_t next,
                           struct chain *chain);

/* Reads the chain that begins with that descriptor. False: it breaks the rules. */
bool ring_chain(const struct broker *broker, const struct ring *ring, uint32_t id,
                struct chain *chain);

bool ring_is_empty(const struct ring *ring, uint16_t next);

/* ring_give() gives back one entry. ring_publish() shows all entries from `from` to below `index`.
 * True: the driver wants an interrupt for them. */
void ring_give(const struct ring *ring, uint16_t at, uint32_t id, uint32_t length);
bool ring_publish(const struct ring *ring, uint16_t from, uint16_t index);

/* Says whether the driver shall notify the device of an entry at `next` or later. */
void ring_want_notice(const struct ring *ring, uint16_t next, bool wanted);

/* Like ring_take(). If there is no chain, it asks the driver for a notice of the next one, and
 * looks again, as a chain may have come before the driver saw the wish. */
static inline enum ring_status ring_take_or_ask(const struct broker *broker,
                                                const struct ring *ring, uint16_t next,
                                                struct chain *chain)
{
	enum ring_status status = ring_take(broker, ring, next, chain);

	if (status != RING_EMPTY)
		return status;
	ring_want_notice(ring, next, true);
	return ring_take(broker, ring, next, chain);
}

/* Copies between two lists of pieces, from `skip` bytes on in each. Both are long enough. */
struct chain_range {
	const struct chain_piece *piece;
	uint64_t skip;
};
void ring_copy(struct chain_range to, struct chain_range from, uint64_t size);
/* The Internet's sum of `size` bytes (lib/inetsum.h). */
uint16_t ring_sum(struct chain_range from, uint64_t size);

#endif
