/*
 * The port of a provider's console: the messages about it that virtio 1.2, 5.3.6.2 lets the device
 * and the driver send. After a crash a message may be taken, or sent, once more. Both sides take it
 * as said already.
 */
#include <broker/device.h>
#include <broker/request.h>

#define PORT_BATCH 16 /* messages in a turn */

enum port_event {
	PORT_DEVICE_READY = 0,
	PORT_ADD = 1,
	PORT_READY = 3,
	PORT_OPEN = 6,
	PORT_NAME = 7,
};

struct port_message {
	uint32_t port;
	uint16_t event, value;
	char name[BUNDLE_NAME_SIZE];
};
#define PORT_MESSAGE offsetof(struct port_message, name)

bool port_is_open(const struct broker *broker)
{
	return (broker->own->features & DEVICE_CONSOLE_PORTS) == 0 ||
	       broker->memory->disk.opened != 0;
}

/* ---- queues ---- */

/* Takes the next chain of such a queue. False: there is none. */
static bool take(struct broker *broker, enum channel_queue_number number, struct ring *ring,
                 struct chain *chain)
{
	const struct channel_queue *queue = &broker->own->queue[number];
	enum ring_status status;

	if (!broker_is_there(broker, broker->info->place) ||
	    !ring_open(broker, broker->info->place, number, ring))
		return false;
	status = ring_take_or_ask(broker, ring, queue->next, chain);
	if (status == RING_BAD)
		device_break(broker, broker->info->place);
	return status == RING_OK;
}

static void give(struct broker *broker, enum channel_queue_number number, const struct ring *ring,
                 uint32_t id, uint32_t length)
{
	struct channel_queue *queue = &broker->own->queue[number];
	uint16_t used = queue->used;

	ring_give(ring, used, id, length);
	if (ring_publish(ring, used, (uint16_t)(used + 1)))
		broker->interrupts |= 1u << broker->info->place;
	queue->used = (uint16_t)(used + 1);
	queue->next++;
}

/* ---- messages ---- */

/* Notes whether a program has the port open. The session ends when the program closes it. */
static void set_open(struct channel_disk *disk, bool opened)
{
	if (!opened)
		__atomic_store_n(&disk->attached, 0, __ATOMIC_SEQ_CST);
	disk->opened = opened;
}

static void hear(struct channel_disk *disk, const struct port_message *message)
{
	if (message->event == PORT_DEVICE_READY && message->value == 1)
		disk->owed |= 1u << PORT_ADD;
	else if (message->event == PORT_READY && message->value == 1)
		disk->owed |= 1u << PORT_NAME | 1u << PORT_OPEN;
	else if (message->event == PORT_OPEN)
		set_open(disk, message->value == 1);
}

/* Takes the driver's next message. False: there is none. */
static bool hear_next(struct broker *broker, struct chain *chain)
{
	struct port_message message = {0};
	const struct chain_piece to = {(uint8_t *)&message, PORT_MESSAGE};
	struct ring ring;

	if (!take(broker, CHANNEL_CONTROL_SEND, &ring, chain))
		return false;
	if (chain->writable == 0 && chain->read_size >= PORT_MESSAGE) {
		ring_copy((struct chain_range){&to, 0}, (struct chain_range){chain->piece, 0},
		          PORT_MESSAGE);
		hear(&broker->memory->disk, &message);
	}
	give(broker, CHANNEL_CONTROL_SEND, &ring, chain->id, 0);
	return true;
}

static uint32_t fill(const struct broker *broker, enum port_event event,
                     struct port_message *message)
{
	uint32_t size = 0;

	*message = (struct port_message){.event = (uint16_t)event, .value = 1};
	if (event != PORT_NAME)
		return PORT_MESSAGE;
	for (; size < BUNDLE_NAME_SIZE && broker->info->name[size] != 0; size++)
		message->name[size] = broker->info->name[size];
	return PORT_MESSAGE + size;
}

/* Sends a message. False: the driver has no buffer that fits. */
static bool tell(struct broker *broker, enum port_event event, struct chain *chain)
{
	struct port_message message;
	uint32_t size = fill(broker, event, &message);
	const struct chain_piece from = {(uint8_t *)&message, size};
	struct ring ring;

	if (!take(broker, CHANNEL_CONTROL_RECEIVE, &ring, chain))
		return false;
	if (chain->readable != 0 || chain->write_size < size) {
		device_break(broker, broker->info->place);
		return false;
	}
	ring_copy((struct chain_range){chain->piece, 0}, (struct chain_range){&from, 0}, size);
	give(broker, CHANNEL_CONTROL_RECEIVE, &ring, chain->id, size);
	return true;
}

static void tell_owed(struct broker *broker, struct chain *chain)
{
	static const enum port_event events[] = {PORT_ADD, PORT_NAME, PORT_OPEN};
	struct channel_disk *disk = &broker->memory->disk;

	for (uint32_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if ((disk->owed & 1u << events[i]) == 0)
			continue;
		if (!tell(broker, events[i], chain))
			return;
		disk->owed &= ~(1u << events[i]);
	}
}

void port_turn(struct broker *broker)
{
	struct chain *const chain = &request_chain;
	uint32_t heard = 0;

	if ((broker->own->features & DEVICE_CONSOLE_PORTS) == 0 ||
	    !broker_is_there(broker, broker->info->place) ||
	    !broker_lock(broker, broker->info->place))
		return;
	while (heard < PORT_BATCH && hear_next(broker, chain))
		heard++;
	if (heard == PORT_BATCH)
		broker->looks |= 1u << broker->info->place;
	tell_owed(broker, chain);
	broker_unlock(broker, broker->info->place);
}
