/* See queue.h. */
#include "queue.h"
#include <proto/block.h>

#define QUEUE_CHAIN 3 /* descriptors of a request: header, contents, status */

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
_Static_assert(MEDIUM_REQUESTS *QUEUE_CHAIN <= QUEUE_SIZE, "each request has its own");

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

	*queue = (struct queue){.shared = memory, .physical = physical};
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

	while (number < MEDIUM_REQUESTS && (queue->open >> number & 1) != 0)
		number++;
	return number;
}

static void queue_describe(const struct queue *queue, uint32_t index, const volatile void *at,
                           uint32_t length, uint32_t flags)
{
	volatile struct queue_descriptor *descriptor = &queue->shared->descriptors[index];

	descriptor->address = queue_address(queue, at);
	descriptor->length = length;
	descriptor->flags = (uint16_t)flags;
	descriptor->next = (uint16_t)(index + 1);
}

/* All descriptors are written anew each time: the device could have changed them. */
static uint32_t queue_chain(const struct queue *queue, uint32_t number, enum queue_type type,
                            uint32_t bytes)
{
	volatile struct queue_request *request = &queue->shared->requests[number];
	const uint32_t first = number * QUEUE_CHAIN;
	uint32_t next = first;

	queue_describe(queue, next++, &request->header, sizeof(request->header), QUEUE_NEXT);
	if (bytes != 0)
		queue_describe(queue, next++, queue_buffer(queue, number), bytes,
		               type == QUEUE_READ ? QUEUE_NEXT | QUEUE_DEVICE : QUEUE_NEXT);
	queue_describe(queue, next, &request->status, sizeof(request->status), QUEUE_DEVICE);
	return first;
}

void queue_give(struct queue *queue, uint32_t number, enum queue_type type, uint64_t sector,
                uint32_t bytes)
{
	volatile struct queue_memory *shared = queue->shared;
	volatile struct queue_request *request = &shared->requests[number];

	request->header.type = type;
	request->header.reserved = 0;
	request->header.sector = sector;
	request->status = QUEUE_STATUS_NONE;
	shared->available[queue->offered % QUEUE_SIZE] =
	    (uint16_t)queue_chain(queue, number, type, bytes);
	queue->length[number] = (type == QUEUE_READ ? bytes : 0) + sizeof(request->status);
	queue->open |= 1u << number;
	queue_barrier(); /* the request is whole before the device may look for it */
	shared->available_index = ++queue->offered;
	queue_barrier(); /* the index is there before the device is told */
}

enum medium_answer queue_take(struct queue *queue, uint32_t *number)
{
	const volatile struct queue_memory *shared = queue->shared;
	const volatile struct queue_used_entry *entry = &shared->used[queue->taken % QUEUE_SIZE];
	uint32_t first, length;

	if (shared->used_index == queue->taken)
		return MEDIUM_NOTHING;
	queue_barrier(); /* entry and contents are read only after the index */
	first = entry->first;
	length = entry->length;
	*number = first / QUEUE_CHAIN;
	if (first % QUEUE_CHAIN != 0 || *number >= MEDIUM_REQUESTS ||
	    (queue->open >> *number & 1) == 0)
		return MEDIUM_BROKEN;
	queue->taken++;
	queue->open &= ~(1u << *number);
	/* With fewer bytes the buffer would keep older bytes, perhaps another program's. */
	return shared->requests[*number].status == 0 && length >= queue->length[*number]
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

/* As many requests are open as were given and not taken back. */
bool queue_is_sound(const struct queue *queue, const void *memory, uint64_t size)
{
	return (const void *)queue->shared == memory && queue->bytes != 0 &&
	       queue->bytes % BLOCK_SECTOR == 0 && queue->bytes <= MEDIUM_BYTES &&
	       (uint64_t)queue->bytes * MEDIUM_REQUESTS + QUEUE_HEAD <= size &&
	       queue->open >> MEDIUM_REQUESTS == 0 &&
	       (uint16_t)(queue->offered - queue->taken) == queue_count_open(queue);
}
