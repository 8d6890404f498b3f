/* See virtq.h. */
#include <virtio/virtq.h>

enum virtq_flag {
	VIRTQ_DEVICE = 2,  /* flag of a descriptor: the device writes there */
	VIRTQ_SILENCE = 1, /* flag of either side's ring: this side needn't be told */
};

struct virtq_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

struct virtq_used_entry {
	uint32_t first; /* descriptor */
	uint32_t length;
};

/* The layout and the alignments that the standard gives. */
struct virtq_memory {
	struct virtq_descriptor descriptors[VIRTQ_SIZE];
	uint16_t available_flags, available_index;
	uint16_t available[VIRTQ_SIZE];
	uint16_t available_event, padding;
	uint16_t used_flags, used_index;
	struct virtq_used_entry used[VIRTQ_SIZE];
	uint16_t used_event, more_padding;
};
_Static_assert(sizeof(struct virtq_memory) <= VIRTQ_BYTES, "it has so much memory");
_Static_assert(__builtin_offsetof(struct virtq_memory, available_flags) % 2 == 0,
               "virtio 1.1, 2.6");
_Static_assert(__builtin_offsetof(struct virtq_memory, used_flags) % 4 == 0, "virtio 1.1, 2.6");

uint16_t virtq_used_before(const void *memory)
{
	return ((const volatile struct virtq_memory *)memory)->used_index;
}

void virtq_begin(struct virtq *queue, void *memory, uint64_t physical)
{
	volatile struct virtq_memory *shared = memory;

	*queue = (struct virtq){.shared = memory, .physical = physical};
	shared->available_flags = 0;
	shared->available_index = 0;
	shared->used_flags = 0;
	shared->used_index = 0;
}

struct device_queue virtq_places(const struct virtq *queue, uint16_t number)
{
	const uint64_t at = queue->physical;

	return (struct device_queue){
	    .number = number,
	    .size = VIRTQ_SIZE,
	    .descriptors = at + __builtin_offsetof(struct virtq_memory, descriptors),
	    .available = at + __builtin_offsetof(struct virtq_memory, available_flags),
	    .used = at + __builtin_offsetof(struct virtq_memory, used_flags)};
}

/* Writes the whole descriptor each time, as the device could have changed it. */
void virtq_give(struct virtq *queue, uint32_t buffer, uint64_t physical, uint32_t length,
                bool fills)
{
	volatile struct virtq_memory *shared = queue->shared;
	volatile struct virtq_descriptor *descriptor = &shared->descriptors[buffer];

	descriptor->address = physical;
	descriptor->length = length;
	descriptor->flags = fills ? VIRTQ_DEVICE : 0;
	descriptor->next = 0;
	shared->available[queue->offered % VIRTQ_SIZE] = (uint16_t)buffer;
	queue->open[buffer / 64] |= 1ULL << buffer % 64;
	queue->offered++;
}

bool virtq_publish(struct virtq *queue)
{
	volatile struct virtq_memory *shared = queue->shared;

	device_barrier(); /* the buffers are whole before the device may look for them */
	shared->available_index = queue->offered;
	device_barrier(); /* the index is there before the device's flags are read */
	return (shared->used_flags & VIRTQ_SILENCE) == 0;
}

enum virtq_answer virtq_take(struct virtq *queue, uint32_t *buffer, uint32_t *length)
{
	const volatile struct virtq_memory *shared = queue->shared;
	const volatile struct virtq_used_entry *entry = &shared->used[queue->taken % VIRTQ_SIZE];
	uint32_t number;

	if (shared->used_index == queue->taken)
		return VIRTQ_NOTHING;
	device_barrier(); /* the entry and the contents are read only after the index */
	number = entry->first;
	*length = entry->length;
	if (number >= VIRTQ_SIZE || (queue->open[number / 64] >> number % 64 & 1) == 0)
		return VIRTQ_BROKEN;
	queue->taken++;
	queue->open[number / 64] &= ~(1ULL << number % 64);
	*buffer = number;
	return VIRTQ_DONE;
}

static uint32_t virtq_count_open(const struct virtq *queue)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < VIRTQ_SIZE / 64; i++)
		for (uint64_t open = queue->open[i]; open != 0; open &= open - 1)
			count++;
	return count;
}

bool virtq_is_sound(const struct virtq *queue, const void *memory, uint64_t physical)
{
	return (const void *)queue->shared == memory && queue->physical == physical &&
	       (uint16_t)(queue->offered - queue->taken) == virtq_count_open(queue);
}

void virtq_interrupts(struct virtq *queue, bool wanted)
{
	volatile struct virtq_memory *shared = queue->shared;

	shared->available_flags = wanted ? 0 : VIRTQ_SILENCE;
	device_barrier(); /* before the caller looks once more */
}
