/* See queue.h. */
#include "queue.h"

enum queue_flag {
	QUEUE_DEVICE = 2,  /* of a descriptor: the device writes there */
	QUEUE_SILENCE = 1, /* of either side's ring: it needn't be told */
};

struct queue_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

struct queue_used_entry {
	uint32_t first; /* descriptor */
	uint32_t length;
};

/* The layout that the standard gives, with its alignments. */
struct queue_memory {
	struct queue_descriptor descriptors[QUEUE_SIZE];
	uint16_t available_flags, available_index;
	uint16_t available[QUEUE_SIZE];
	uint16_t available_event, padding;
	uint16_t used_flags, used_index;
	struct queue_used_entry used[QUEUE_SIZE];
	uint16_t used_event, more_padding;
};
_Static_assert(sizeof(struct queue_memory) <= QUEUE_BYTES, "it has so much memory");
_Static_assert(__builtin_offsetof(struct queue_memory, available_flags) % 2 == 0,
               "virtio 1.1, 2.6");
_Static_assert(__builtin_offsetof(struct queue_memory, used_flags) % 4 == 0, "virtio 1.1, 2.6");

uint16_t queue_used_before(const void *memory)
{
	return ((const volatile struct queue_memory *)memory)->used_index;
}

void queue_begin(struct queue *queue, void *memory, uint64_t physical)
{
	volatile struct queue_memory *shared = memory;

	*queue = (struct queue){.shared = memory, .physical = physical};
	shared->available_flags = 0;
	shared->available_index = 0;
	shared->used_flags = 0;
	shared->used_index = 0;
}

struct device_queue queue_places(const struct queue *queue, uint16_t number)
{
	const uint64_t at = queue->physical;

	return (struct device_queue){
	    .number = number,
	    .size = QUEUE_SIZE,
	    .descriptors = at + __builtin_offsetof(struct queue_memory, descriptors),
	    .available = at + __builtin_offsetof(struct queue_memory, available_flags),
	    .used = at + __builtin_offsetof(struct queue_memory, used_flags)};
}

/* A descriptor is written anew each time: the device could have changed it. */
void queue_give(struct queue *queue, uint32_t buffer, uint64_t physical, uint32_t length,
                bool fills)
{
	volatile struct queue_memory *shared = queue->shared;
	volatile struct queue_descriptor *descriptor = &shared->descriptors[buffer];

	descriptor->address = physical;
	descriptor->length = length;
	descriptor->flags = fills ? QUEUE_DEVICE : 0;
	descriptor->next = 0;
	shared->available[queue->offered % QUEUE_SIZE] = (uint16_t)buffer;
	queue->open[buffer / 64] |= 1ULL << buffer % 64;
	queue->offered++;
}

bool queue_publish(struct queue *queue)
{
	volatile struct queue_memory *shared = queue->shared;

	device_barrier(); /* the buffers are whole before the device may look for them */
	shared->available_index = queue->offered;
	device_barrier(); /* the index is there before the device's wish is looked at */
	return (shared->used_flags & QUEUE_SILENCE) == 0;
}

enum queue_answer queue_take(struct queue *queue, uint32_t *buffer, uint32_t *length)
{
	const volatile struct queue_memory *shared = queue->shared;
	const volatile struct queue_used_entry *entry = &shared->used[queue->taken % QUEUE_SIZE];
	uint32_t number;

	if (shared->used_index == queue->taken)
		return QUEUE_NOTHING;
	device_barrier(); /* entry and contents are read only after the index */
	number = entry->first;
	*length = entry->length;
	if (number >= QUEUE_SIZE || (queue->open[number / 64] >> number % 64 & 1) == 0)
		return QUEUE_BROKEN;
	queue->taken++;
	queue->open[number / 64] &= ~(1ULL << number % 64);
	*buffer = number;
	return QUEUE_DONE;
}

void queue_interrupts(struct queue *queue, bool wanted)
{
	volatile struct queue_memory *shared = queue->shared;

	shared->available_flags = wanted ? 0 : QUEUE_SILENCE;
	device_barrier(); /* before the caller looks once more */
}
