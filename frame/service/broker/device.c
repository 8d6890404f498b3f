/*
 * The registers of an end's device; see broker/device.h. While a receive queue is ready, other
 * brokers write to it. So this broker takes the queue before it resets the device.
 */
#include <broker/device.h>
#include <broker/kind.h>

/* Features of the rings, which all kinds offer. */
#define FEATURES (DEVICE_INDIRECT | DEVICE_RING_EVENTS | DEVICE_VERSION_1)

#define MAGIC      0x74726976u /* "virt" */
#define VERSION    2
#define VENDOR     0x694d754bu /* "KuMi" */
#define CONFIG     0x100       /* the configuration of the kind */
#define NOT_SHARED 0xffffffffu /* the length of a shared memory region that isn't there */

enum device_register {
	REGISTER_MAGIC = 0x000,
	REGISTER_VERSION = 0x004,
	REGISTER_DEVICE = 0x008,
	REGISTER_VENDOR = 0x00c,
	REGISTER_OFFERED = 0x010,
	REGISTER_OFFERED_WORD = 0x014,
	REGISTER_ACCEPTED = 0x020,
	REGISTER_ACCEPTED_WORD = 0x024,
	REGISTER_QUEUE = 0x030,
	REGISTER_SIZE_MOST = 0x034,
	REGISTER_SIZE = 0x038,
	REGISTER_READY = 0x044,
	REGISTER_STATUS = 0x070,
	REGISTER_DESCRIPTORS = 0x080,
	REGISTER_DRIVER = 0x090,
	REGISTER_DEVICE_RING = 0x0a0,
	REGISTER_SHARED = 0x0b0, /* lengths and places of shared memory: up to 0x0bf */
	REGISTER_GENERATION = 0x0fc,
};

/* ---- reset ---- */

static void reset_kind(struct broker *broker)
{
	if (broker->kind->reset != NULL)
		broker->kind->reset(broker);
}

/* Forgets an open delivery. What it was for is over nevertheless: nobody will say so again. */
static void forget_delivery(struct broker *broker)
{
	struct channel_delivery *delivery = &broker->own->delivery;

	if (delivery->open != 0 && broker->kind->given != NULL)
		broker->kind->given(broker, broker->info->place);
	delivery->open = 0;
}

bool device_reset(struct broker *broker, uint32_t life)
{
	struct channel_end *own = broker->own;
	uint64_t number = own->sending.number + 1;

	if (!broker_lock(broker, broker->info->place))
		return false;
	own->status = 0;
	own->offered_word = own->accepted_word = own->queue_selected = 0;
	own->features = 0;
	forget_delivery(broker);
	for (uint32_t i = 0; i < CHANNEL_QUEUES; i++)
		own->queue[i] = (struct channel_queue){0};
	/* The number is new, so an open delivery of the frame that was being sent isn't taken for
	 * the next frame's. */
	own->sending = (struct channel_sending){.number = number};
	reset_kind(broker);
	own->life = life;
	broker_unlock(broker, broker->info->place);
	return true;
}

void device_break(struct broker *broker, uint32_t place)
{
	struct channel_end *end = &broker->memory->end[place];

	broker_count(broker, end, CHANNEL_BAD, 1);
	__atomic_fetch_or(&end->status, DEVICE_NEEDS_RESET, __ATOMIC_SEQ_CST);
	broker_tell_changed(1u << place);
}

/* ---- queues ---- */

static struct channel_queue *selected(const struct broker *broker)
{
	struct channel_end *own = broker->own;

	return own->queue_selected < broker->kind->queues ? &own->queue[own->queue_selected] : NULL;
}

/* Forgets what an earlier queue of that number had in hand. */
static void forget_queue(struct broker *broker)
{
	struct channel_end *own = broker->own;

	if (own->queue_selected == CHANNEL_RECEIVE)
		forget_delivery(broker);
	if (own->queue_selected == CHANNEL_SEND)
		own->sending = (struct channel_sending){.number = own->sending.number + 1};
	reset_kind(broker);
}

/* Looks at a queue that is ready now. */
static void begin_queue(struct broker *broker, struct channel_queue *queue)
{
	const uint32_t me = broker->info->place, number = broker->own->queue_selected;
	struct ring ring;

	if (!ring_open(broker, me, (enum channel_queue_number)number, &ring)) {
		queue->ready = 0;
		device_break(broker, me);
	} else if (number == CHANNEL_RECEIVE && !broker->kind->requests) {
		ring_want_notice(&ring, 0, false);
	}
}

/* If this broker is killed, its next run finds the queue not ready: then all of this is done again,
 * at the latest when the queue is to be ready. */
static bool set_ready(struct broker *broker, struct channel_queue *queue, uint32_t ready)
{
	if (queue->ready == ready)
		return true;
	if (!broker_lock(broker, broker->info->place))
		return false;
	__atomic_store_n(&queue->ready, 0, __ATOMIC_SEQ_CST);
	queue->next = queue->used = queue->seen = 0;
	forget_queue(broker);
	__atomic_store_n(&queue->ready, ready, __ATOMIC_SEQ_CST);
	if (ready != 0)
		begin_queue(broker, queue);
	broker_unlock(broker, broker->info->place);
	return true;
}

static uint64_t half_set(uint64_t whole, uint32_t offset, uint64_t value)
{
	uint32_t shift = (offset & 4) * 8;

	return (whole & ~(0xffffffffULL << shift)) | (value & 0xffffffffULL) << shift;
}

/* Writes a register of a queue. While a queue is ready, only its readiness changes. */
static bool write_queue(struct broker *broker, uint32_t offset, uint64_t value)
{
	struct channel_queue *queue = selected(broker);

	if (queue == NULL)
		return true;
	if (offset == REGISTER_READY)
		return set_ready(broker, queue, (uint32_t)value & 1);
	if (queue->ready != 0)
		return true;
	if (offset == REGISTER_SIZE)
		queue->size = (uint32_t)value;
	else if ((offset & ~4u) == REGISTER_DESCRIPTORS)
		queue->descriptors = half_set(queue->descriptors, offset, value);
	else if ((offset & ~4u) == REGISTER_DRIVER)
		queue->driver = half_set(queue->driver, offset, value);
	else if ((offset & ~4u) == REGISTER_DEVICE_RING)
		queue->device = half_set(queue->device, offset, value);
	return true;
}

/* ---- registers ---- */

static uint64_t offered(const struct broker *broker)
{
	bool read_only = (broker->info->flags & BUNDLE_CHANNEL_READ_ONLY) != 0;

	return FEATURES | broker->kind->features | (read_only ? broker->kind->read_only : 0);
}

static void accept(struct channel_end *own, uint64_t value)
{
	if ((own->status & DEVICE_FEATURES_OK) != 0 || own->accepted_word > 1)
		return;
	own->features = half_set(own->features, own->accepted_word * 4, value);
}

/* Sets the status. If the driver accepted a feature that isn't offered, or didn't accept VERSION_1,
 * it finds that FEATURES_OK isn't set. */
static bool set_status(struct broker *broker, uint32_t value)
{
	struct channel_end *own = broker->own;
	bool good =
	    (own->features & ~offered(broker)) == 0 && (own->features & DEVICE_VERSION_1) != 0;
	uint32_t before;

	if (value == 0)
		return device_reset(broker, own->life);
	if (!good)
		value &= ~DEVICE_FEATURES_OK;
	/* Other brokers may set NEEDS_RESET meanwhile. */
	__atomic_fetch_and(&own->status, value | DEVICE_NEEDS_RESET, __ATOMIC_SEQ_CST);
	before = __atomic_fetch_or(&own->status, value, __ATOMIC_SEQ_CST);
	/* What this end was owed until now is seen in a turn of its own. */
	if ((value & ~before & DEVICE_DRIVER_OK) != 0)
		broker->looks |= 1u << broker->info->place;
	return true;
}

static bool device_write(struct broker *broker, uint32_t offset, uint64_t value)
{
	struct channel_end *own = broker->own;

	switch (offset) {
	case REGISTER_OFFERED_WORD:
		own->offered_word = (uint32_t)value;
		return true;
	case REGISTER_ACCEPTED:
		accept(own, value);
		return true;
	case REGISTER_ACCEPTED_WORD:
		own->accepted_word = (uint32_t)value;
		return true;
	case REGISTER_QUEUE:
		own->queue_selected = (uint32_t)value;
		return true;
	case REGISTER_STATUS:
		return set_status(broker, (uint32_t)value & 0xff);
	default:
		return write_queue(broker, offset, value);
	}
}

static uint64_t read_config(const struct broker *broker, uint32_t offset, uint32_t size)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < size && offset - CONFIG + i < broker->kind->config_size; i++)
		value |= (uint64_t)broker->kind->config(broker, offset - CONFIG + i) << 8 * i;
	return value;
}

static bool exists(const struct broker *broker)
{
	return broker->kind->exists == NULL || broker->kind->exists(broker);
}

static uint64_t device_read(const struct broker *broker, uint32_t offset)
{
	struct channel_end *own = broker->own;
	const struct channel_queue *queue = selected(broker);

	switch (offset) {
	case REGISTER_MAGIC:
		return MAGIC;
	case REGISTER_VERSION:
		return VERSION;
	case REGISTER_DEVICE:
		return exists(broker) ? broker->kind->device : 0;
	case REGISTER_VENDOR:
		return VENDOR;
	case REGISTER_OFFERED:
		return own->offered_word > 1
		           ? 0
		           : (uint32_t)(offered(broker) >> 32 * own->offered_word);
	case REGISTER_SIZE_MOST:
		return queue != NULL ? CHANNEL_QUEUE_MOST : 0;
	case REGISTER_READY:
		return queue != NULL ? queue->ready : 0;
	case REGISTER_STATUS:
		return own->status;
	case REGISTER_GENERATION: /* a disk's size becomes known; nothing else ever changes */
		return broker->memory->disk.sectors != 0;
	default:
		return (offset & ~0xfu) == REGISTER_SHARED ? NOT_SHARED : 0;
	}
}

bool device_access(struct broker *broker, uint64_t what, uint64_t value, uint64_t *answer)
{
	uint32_t offset = CHANNEL_REQUEST_OFFSET(what), size = CHANNEL_REQUEST_SIZE(what);
	bool word = size == 4 && offset % 4 == 0;

	*answer = 0;
	if (CHANNEL_REQUEST_WRITE(what))
		return !word || offset >= CONFIG || device_write(broker, offset, value);
	if (offset >= CONFIG && broker->kind->is_known != NULL && !broker->kind->is_known(broker))
		return false;
	if (offset >= CONFIG)
		*answer = read_config(broker, offset, size);
	else if (word)
		*answer = device_read(broker, offset);
	return true;
}
