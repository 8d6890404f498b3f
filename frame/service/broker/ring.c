/* Virtqueues in a guest's memory; see broker/ring.h. */
#include <broker/device.h>
#include <broker/ring.h>
#include <kumiki/watch.h>
#include <lib/copy.h>
#include <lib/index.h>
#include <lib/inetsum.h>

#define DESCRIPTOR_NEXT     1u
#define DESCRIPTOR_WRITE    2u
#define DESCRIPTOR_INDIRECT 4u
#define NO_INTERRUPT        1u /* a flag of the driver */
#define NO_NOTICE           1u /* a flag of the device */
#define INDIRECT_MOST       CHAIN_PIECES
#define PAGE                4096u

void *ring_view(const struct broker *broker, uint32_t place, uint64_t ipa, uint64_t size,
                uint64_t align)
{
	const struct broker_info *info = broker->info;

	if (ipa % align != 0)
		return NULL;
	for (uint32_t i = 0; i < info->ranges; i++) {
		const struct broker_range *range = &info->range[i];
		uint64_t offset = ipa - range->ipa;

		if (range->place == place && offset < range->size && size <= range->size - offset)
			return (void *)(uintptr_t)(range->at + index_within(offset, range->size));
	}
	return NULL;
}

/* What a guarded partition may not write itself isn't written for it, either. */
static bool is_fixed(const struct broker *broker, uint32_t place, uint64_t ipa, uint64_t size)
{
	const uint64_t *fixed = (const uint64_t *)(uintptr_t)broker->info->fixed[place];
	uint64_t now, from;

	if (fixed == NULL)
		return false;
	now = __atomic_load_n(fixed, __ATOMIC_SEQ_CST);
	from = (now >> WATCH_ALLOW_PAGE & WATCH_ALLOW_MASK) * PAGE;
	return ipa < from + (now >> WATCH_ALLOW_PAGES) * PAGE && ipa + size > from;
}

static void *written_view(const struct broker *broker, uint32_t place, uint64_t ipa, uint64_t size,
                          uint64_t align)
{
	void *at = ring_view(broker, place, ipa, size, align);

	return at == NULL || is_fixed(broker, place, ipa, size) ? NULL : at;
}

bool ring_open(const struct broker *broker, uint32_t place, enum channel_queue_number number,
               struct ring *ring)
{
	const struct channel_end *end = &broker->memory->end[place];
	const struct channel_queue *queue = &end->queue[number];
	uint64_t size = queue->size;

	if (queue->ready == 0 || size == 0 || size > CHANNEL_QUEUE_MOST || (size & (size - 1)) != 0)
		return false;
	ring->place = place;
	ring->size = (uint32_t)size;
	ring->events = (end->features & DEVICE_RING_EVENTS) != 0;
	ring->descriptors =
	    ring_view(broker, place, queue->descriptors, size * sizeof(struct ring_descriptor), 16);
	ring->driver = ring_view(broker, place, queue->driver, 6 + size * sizeof(uint16_t), 2);
	ring->device =
	    written_view(broker, place, queue->device, 6 + size * sizeof(struct ring_used), 4);
	return ring->descriptors != NULL && ring->driver != NULL && ring->device != NULL;
}

/* ---- chains ---- */

/* A guest's table of descriptors: the ring's own one, or an indirect one. */
struct table {
	const uint8_t *at;
	uint32_t size;
	bool indirect;
};

/* Copies a descriptor: the guest may write to the original meanwhile. */
static struct ring_descriptor read_descriptor(const struct table *table, uint32_t number)
{
	struct ring_descriptor now;

	copy_bytes(&now, table->at + number * sizeof(now), sizeof(now));
	return now;
}

/* False: the piece isn't in the end's memory, or in what nobody may write; the chain has too many
 * pieces, or a piece that the device reads comes after a piece that it writes. */
static bool add_piece(const struct broker *broker, uint32_t place, struct chain *chain,
                      const struct ring_descriptor *descriptor)
{
	uint32_t count = chain->readable + chain->writable;
	bool write = (descriptor->flags & DESCRIPTOR_WRITE) != 0;
	void *at = write ? written_view(broker, place, descriptor->address, descriptor->length, 1)
	                 : ring_view(broker, place, descriptor->address, descriptor->length, 1);

	if (at == NULL || count == CHAIN_PIECES || (!write && chain->writable != 0))
		return false;
	chain->piece[count] = (struct chain_piece){at, descriptor->length};
	if (write) {
		chain->writable++;
		chain->write_size += descriptor->length;
	} else {
		chain->readable++;
		chain->read_size += descriptor->length;
	}
	return true;
}

/* Goes on in the table that the descriptor names. In the ring's own table, such a descriptor is the
 * last one of its chain (virtio 1.2, 2.7.5.3). */
static bool enter(const struct broker *broker, uint32_t place, struct table *table,
                  const struct ring_descriptor *from)
{
	if (table->indirect || (from->flags & DESCRIPTOR_NEXT) != 0 ||
	    from->length % sizeof(struct ring_descriptor) != 0)
		return false;
	table->at = ring_view(broker, place, from->address, from->length, 1);
	table->size = from->length / sizeof(struct ring_descriptor);
	table->indirect = true;
	return table->at != NULL && table->size <= INDIRECT_MOST;
}

/* A chain that goes round ends by having too many pieces. */
bool ring_chain(const struct broker *broker, const struct ring *ring, uint32_t id,
                struct chain *chain)
{
	struct table table = {(const uint8_t *)ring->descriptors, ring->size, false};
	struct ring_descriptor now;
	uint32_t at = id;

	chain->id = id;
	chain->readable = chain->writable = 0;
	chain->read_size = chain->write_size = 0;
	do {
		if (at >= table.size)
			return false;
		now = read_descriptor(&table, (uint32_t)index_within(at, table.size));
		at = now.next;
		if ((now.flags & DESCRIPTOR_INDIRECT) != 0) {
			if (!enter(broker, ring->place, &table, &now))
				return false;
			at = 0;
		} else if (!add_piece(broker, ring->place, chain, &now)) {
			return false;
		}
	} while ((now.flags & (DESCRIPTOR_NEXT | DESCRIPTOR_INDIRECT)) != 0);
	return true;
}

enum ring_status ring_take(const struct broker *broker, const struct ring *ring, uint16_t next,
                           struct chain *chain)
{
	uint16_t index = __atomic_load_n(&ring->driver->index, __ATOMIC_ACQUIRE);
	uint16_t there = (uint16_t)(index - next);
	uint32_t id;

	if (there == 0)
		return RING_EMPTY;
	if (there > ring->size)
		return RING_BAD;
	id = __atomic_load_n(&ring->driver->entry[next % ring->size], __ATOMIC_RELAXED);
	return ring_chain(broker, ring, id, chain) ? RING_OK : RING_BAD;
}

bool ring_is_empty(const struct ring *ring, uint16_t next)
{
	return __atomic_load_n(&ring->driver->index, __ATOMIC_ACQUIRE) == next;
}

/* ---- entries that are given back ---- */

void ring_give(const struct ring *ring, uint16_t at, uint32_t id, uint32_t length)
{
	volatile struct ring_used *entry = &ring->device->entry[at % ring->size];

	entry->id = id;
	entry->length = length;
}

/* Whether the index has passed the event on its way from `from` to `index` (virtio 1.2, 2.7.10). */
static bool is_over(uint16_t event, uint16_t from, uint16_t index)
{
	return (uint16_t)(index - event - 1) < (uint16_t)(index - from);
}

bool ring_publish(const struct ring *ring, uint16_t from, uint16_t index)
{
	__atomic_store_n(&ring->device->index, index, __ATOMIC_RELEASE);
	/* The driver says what it wants, and then looks at the index once more. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (ring->events)
		return is_over(__atomic_load_n(&ring->driver->entry[ring->size], __ATOMIC_RELAXED),
		               from, index);
	return (__atomic_load_n(&ring->driver->flags, __ATOMIC_RELAXED) & NO_INTERRUPT) == 0;
}

/* `avail_event` follows the device's entries. It has 16 bits, so an entry's type doesn't fit. */
void ring_want_notice(const struct ring *ring, uint16_t next, bool wanted)
{
	uint16_t *event = (uint16_t *)(void *)&ring->device->entry[ring->size];

	if (ring->events)
		__atomic_store_n(event, wanted ? next : (uint16_t)(next - 1), __ATOMIC_RELAXED);
	else
		__atomic_store_n(&ring->device->flags, wanted ? 0 : NO_NOTICE, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* ---- copies ---- */

/* Skips whole pieces. Afterwards `skip` lies within the first piece. */
static void pass_skipped(struct chain_range *range)
{
	while (range->skip >= range->piece->size) {
		range->skip -= range->piece->size;
		range->piece++;
	}
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void ring_copy(struct chain_range to, struct chain_range from, uint64_t size)
{
	while (size != 0) {
		uint64_t now;

		pass_skipped(&to);
		pass_skipped(&from);
		now = least(size, least(to.piece->size - to.skip, from.piece->size - from.skip));
		copy_bytes(to.piece->at + to.skip, from.piece->at + from.skip, now);
		to.skip += now;
		from.skip += now;
		size -= now;
	}
}

/* If a piece begins within a word, its bytes are added the other way round. */
uint16_t ring_sum(struct chain_range from, uint64_t size)
{
	uint64_t sum = 0;
	bool odd = false;

	while (size != 0) {
		uint64_t now;
		uint16_t part;

		pass_skipped(&from);
		now = least(size, from.piece->size - from.skip);
		part = inetsum_fold(inetsum_wide(from.piece->at + from.skip, now));
		sum += odd ? __builtin_bswap16(part) : part;
		odd ^= (now & 1) != 0;
		from.skip += now;
		size -= now;
	}
	return inetsum_fold(sum);
}
