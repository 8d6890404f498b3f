/* See queue.h. */
#include "queue.h"
#include <proto/block.h>

enum queue_flag {
	QUEUE_NEXT = 1,   /* a further descriptor belongs to the request */
	QUEUE_DEVICE = 2, /* the device writes there */
};

#define QUEUE_STATUS_NONE 0xff /* no device's status */

struct queue_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

struct queue_used_entry {
	uint32_t first; /* descriptor of the request */
	uint32_t length;
};

struct queue_header {
	uint32_t type, reserved;
	uint64_t sector;
};

struct queue_request {
	struct queue_header header;
	uint8_t status;
	uint8_t padding[15];
};

/* The layout that the standard gives, with its alignments. */
struct queue_memory {
	struct queue_descriptor descriptors[QUEUE_SIZE];
	uint16_t available_flags, available_index;
	uint16_t available[QUEUE_SIZE];
	uint16_t available_event, padding[5];
	uint16_t used_flags, used_index;
	struct queue_used_entry used[QUEUE_SIZE];
	uint16_t used_event, more_padding[5];
	struct queue_request requests[MEDIUM_REQUESTS];
};
_Static_assert(sizeof(struct queue_memory) <= QUEUE_HEAD, "the buffers begin there");
_Static_assert(__builtin_offsetof(struct queue_memory, available_flags) % 2 == 0,
               "virtio 1.1, 2.6");
_Static_assert(__builtin_offsetof(struct queue_memory, used_flags) % 4 == 0, "virtio 1.1, 2.6");
_Static_assert((MEDIUM_REQUESTS - 1) * 3 + QUEUE_CHAIN <= QUEUE_SIZE,
               "all requests can be open, if they have buffers");

static uint64_t queue_address(const struct queue *queue, const volatile void *at)
{
	return queue->physical +
	       (uint64_t)((const volatile uint8_t *)at - (const volatile uint8_t *)queue->shared);
}

uint64_t queue_descriptors(const struct queue *queue)
{
	return queue_address(queue, queue->shared->descriptors);
}

uint64_t queue_available(const struct queue *queue)
{
	return queue_address(queue, &queue->shared->available_flags);
}

uint64_t queue_used(const struct queue *queue)
{
	return queue_address(queue, &queue->shared->used_flags);
}

uint8_t *queue_buffer(const struct queue *queue, uint32_t number)
{
	return (uint8_t *)queue->shared + QUEUE_HEAD + (uint64_t)number * queue->bytes;
}

bool queue_begin(struct queue *queue, void *memory, uint64_t physical, uint64_t size)
{
	volatile struct queue_memory *shared = memory;
	const uint64_t buffers = size < QUEUE_HEAD ? 0 : (size - QUEUE_HEAD) / MEDIUM_REQUESTS;

	*queue = (struct queue){.shared = memory, .physical = physical, .left = QUEUE_SIZE};
	queue->bytes =
	    buffers < MEDIUM_BYTES ? (uint32_t)buffers / BLOCK_SECTOR * BLOCK_SECTOR : MEDIUM_BYTES;
	if (queue->bytes == 0)
		return false;
	shared->available_flags = 0;
	shared->available_index = 0;
	shared->used_index = 0;
	return true;
}

uint32_t queue_free(const struct queue *queue)
{
	uint32_t number = 0;

	if (queue->left < QUEUE_CHAIN)
		return MEDIUM_REQUESTS;
	while (number < MEDIUM_REQUESTS && (queue->open >> number & 1) != 0)
		number++;
	return number;
}

/* ---- a request's descriptors ---- */

/* The lowest descriptor that is free, so the next one that a request takes. */
static uint32_t queue_lowest(const struct queue *queue)
{
	return queue->left == 0 ? 0 : (uint32_t)__builtin_ctzll(~queue->busy);
}

/* Takes a descriptor, and writes it anew: the device could have changed it. */
static void queue_describe(struct queue *queue, struct queue_chain *chain, uint64_t address,
                           uint32_t length, uint32_t flags)
{
	const uint32_t index = queue_lowest(queue);
	volatile struct queue_descriptor *descriptor = &queue->shared->descriptors[index];

	queue->busy |= 1ULL << index;
	queue->left--;
	chain->has |= 1ULL << index;
	chain->count++;
	descriptor->address = address;
	descriptor->length = length;
	descriptor->flags = (uint16_t)flags;
	descriptor->next = (uint16_t)queue_lowest(queue);
}

/* The request's pages, or its buffer, unless it has no contents. */
static void queue_describe_contents(struct queue *queue, uint32_t number,
                                    const struct medium_request *request)
{
	const uint32_t flags =
	    request->type == MEDIUM_READ ? QUEUE_NEXT | QUEUE_DEVICE : QUEUE_NEXT;

	for (uint32_t i = 0; i < request->page_count; i++)
		queue_describe(queue, &queue->chain[number], request->page[i], BLOCK_PAGE, flags);
	if (request->page_count == 0 && request->sectors != 0)
		queue_describe(queue, &queue->chain[number],
		               queue_address(queue, queue_buffer(queue, number)),
		               request->sectors * BLOCK_SECTOR, flags);
}

static void queue_chain(struct queue *queue, uint32_t number, const struct medium_request *request)
{
	volatile struct queue_request *shared = &queue->shared->requests[number];
	struct queue_chain *chain = &queue->chain[number];

	*chain = (struct queue_chain){
	    .first = queue_lowest(queue),
	    .length = sizeof(shared->status) +
	              (request->type == MEDIUM_READ ? request->sectors * BLOCK_SECTOR : 0)};
	queue_describe(queue, chain, queue_address(queue, &shared->header), sizeof(shared->header),
	               QUEUE_NEXT);
	queue_describe_contents(queue, number, request);
	queue_describe(queue, chain, queue_address(queue, &shared->status), sizeof(shared->status),
	               QUEUE_DEVICE);
}

static void queue_release(struct queue *queue, uint32_t number)
{
	queue->open &= ~(1u << number);
	queue->busy &= ~queue->chain[number].has;
	queue->left += queue->chain[number].count;
}

/* ---- giving and taking ---- */

void queue_give(struct queue *queue, uint32_t number, const struct medium_request *request)
{
	static const enum queue_type types[] = {
	    [MEDIUM_READ] = QUEUE_READ, [MEDIUM_WRITE] = QUEUE_WRITE, [MEDIUM_FLUSH] = QUEUE_FLUSH};
	volatile struct queue_memory *shared = queue->shared;
	volatile struct queue_request *its = &shared->requests[number];

	its->header.type = types[request->type];
	its->header.reserved = 0;
	its->header.sector = request->sector;
	its->status = QUEUE_STATUS_NONE;
	queue_chain(queue, number, request);
	shared->available[queue->offered % QUEUE_SIZE] = (uint16_t)queue->chain[number].first;
	queue->open |= 1u << number;
	queue_barrier(); /* the request is whole before the device may look for it */
	shared->available_index = ++queue->offered;
	queue_barrier(); /* the index is there before the device is told */
}

/* The open request that begins with this descriptor; MEDIUM_REQUESTS: there is none. */
static uint32_t queue_which(const struct queue *queue, uint32_t first)
{
	for (uint32_t i = 0; i < MEDIUM_REQUESTS; i++)
		if ((queue->open >> i & 1) != 0 && queue->chain[i].first == first)
			return i;
	return MEDIUM_REQUESTS;
}

enum medium_answer queue_take(struct queue *queue, uint32_t *number)
{
	const volatile struct queue_memory *shared = queue->shared;
	const volatile struct queue_used_entry *entry = &shared->used[queue->taken % QUEUE_SIZE];
	uint32_t length;

	if (shared->used_index == queue->taken)
		return MEDIUM_NOTHING;
	queue_barrier(); /* entry and contents are read only after the index */
	*number = queue_which(queue, entry->first);
	length = entry->length;
	if (*number == MEDIUM_REQUESTS)
		return MEDIUM_BROKEN;
	queue->taken++;
	queue_release(queue, *number);
	/* With fewer bytes the buffer would keep older bytes, perhaps another program's. */
	return shared->requests[*number].status == 0 && length >= queue->chain[*number].length
	           ? MEDIUM_DONE
	           : MEDIUM_FAILED;
}

static uint32_t queue_count_open(const struct queue *queue)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < MEDIUM_REQUESTS; i++)
		count += queue->open >> i & 1;
	return count;
}

/* Each descriptor is free, or has one open request. */
static bool queue_chains_sound(const struct queue *queue)
{
	uint64_t busy = 0;
	uint32_t left = QUEUE_SIZE;

	for (uint32_t i = 0; i < MEDIUM_REQUESTS; i++) {
		const struct queue_chain *chain = &queue->chain[i];

		if ((queue->open >> i & 1) == 0)
			continue;
		if ((busy & chain->has) != 0 || chain->count > left || chain->first >= QUEUE_SIZE ||
		    (chain->has >> chain->first & 1) == 0)
			return false;
		busy |= chain->has;
		left -= chain->count;
	}
	return busy == queue->busy && left == queue->left;
}

/* As many requests are open as were given and not taken back. */
bool queue_is_sound(const struct queue *queue, const void *memory, uint64_t size)
{
	return (const void *)queue->shared == memory && queue->bytes != 0 &&
	       queue->bytes % BLOCK_SECTOR == 0 && queue->bytes <= MEDIUM_BYTES &&
	       (uint64_t)queue->bytes * MEDIUM_REQUESTS + QUEUE_HEAD <= size &&
	       queue->open >> MEDIUM_REQUESTS == 0 &&
	       (uint16_t)(queue->offered - queue->taken) == queue_count_open(queue) &&
	       queue_chains_sound(queue);
}
