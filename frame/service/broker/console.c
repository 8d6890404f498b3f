/*
 * A console between two ends: what one end writes comes out of the other. The bytes stay in the
 * writer's buffers until the other end has buffers for them. Then the writer's broker copies as
 * many as fit, and the ledger counts them. If the other end isn't there, or has no buffer, the
 * writer waits, and nobody else.
 */
#include <broker/device.h>
#include <broker/kind.h>
#include <broker/receive.h>
#include <broker/send.h>

#define CONSOLE_BATCH   64  /* deliveries in a turn */
#define CONSOLE_UNHEARD 500 /* chains until the guest gets an empty buffer */

/* Copies what fits into the other end's next buffer, if there is one. The broker has that queue. */
static bool fill(struct broker *broker, uint32_t to, const struct chain *chain)
{
	struct channel_end *end = &broker->memory->end[to];
	uint64_t taken = broker->own->sending.taken, now = chain->read_size - taken;
	enum channel_counter found;
	struct ring ring;

	if (!broker_is_there(broker, to) || !receive_open(broker, to, &ring))
		return false;
	found = receive_find(broker, &ring, 1, false);
	if (found == CHANNEL_BAD || found == CHANNEL_TOO_LONG)
		device_break(broker, to);
	if (found != CHANNEL_RECEIVED)
		return false;
	now = now < receive_buffers.size ? now : receive_buffers.size;
	ring_copy((struct chain_range){receive_buffers.piece, 0},
	          (struct chain_range){chain->piece, taken}, now);
	receive_deliver(broker, &ring, now, taken + now);
	broker_count(broker, end, CHANNEL_RECEIVED, now);
	return true;
}

enum delivery { CONSOLE_FILLED, CONSOLE_EMPTY, CONSOLE_BUSY };

/* Fills one buffer of the other end. CONSOLE_BUSY: another broker has the queue, and will have this
 * one woken. */
static enum delivery deliver(struct broker *broker, uint32_t to, const struct chain *chain)
{
	bool filled;

	if (!broker_is_there(broker, to))
		return CONSOLE_EMPTY;
	if (!broker_lock(broker, to))
		return CONSOLE_BUSY;
	filled = fill(broker, to, chain);
	broker_unlock(broker, to);
	return filled ? CONSOLE_FILLED : CONSOLE_EMPTY;
}

/* Fills one buffer, or notes that this broker waits and then looks a second time. From the note on
 * the other end's broker wakes this one. */
static enum delivery deliver_or_wait(struct broker *broker, uint32_t to, const struct chain *chain)
{
	uint32_t *starved = &broker->memory->end[to].starved;
	const uint32_t own = 1u << broker->info->place;
	enum delivery result = deliver(broker, to, chain);

	if (result == CONSOLE_EMPTY) {
		__atomic_fetch_or(starved, own, __ATOMIC_SEQ_CST);
		result = deliver(broker, to, chain);
	}
	if (result == CONSOLE_FILLED)
		__atomic_fetch_and(starved, ~own, __ATOMIC_SEQ_CST);
	return result;
}

/*
 * Gives the writer's guest an empty buffer for reception. Linux spins until it has its chain back.
 * The interrupt for that chain then finds nothing new, and Linux counts it as unhandled. If 99,900
 * of 100,000 interrupts are unhandled, Linux turns the line off. The empty buffer makes sure that
 * some interrupts find something.
 */
static void hand_empty(struct broker *broker)
{
	const uint32_t me = broker->info->place;
	struct ring ring;

	if (!broker_lock(broker, me))
		return;
	if (receive_open(broker, me, &ring) &&
	    receive_find(broker, &ring, 0, false) == CHANNEL_RECEIVED)
		receive_deliver(broker, &ring, 0, broker->own->sending.taken);
	broker_unlock(broker, me);
}

static enum kind_result finish(struct broker *broker, uint64_t size)
{
	if (++broker->unheard == CONSOLE_UNHEARD) {
		broker->unheard = 0;
		hand_empty(broker);
	}
	broker_count(broker, broker->own, CHANNEL_SENT, size);
	return KIND_DONE;
}

static enum kind_result carry(struct broker *broker, const struct chain *chain)
{
	const struct channel_sending *sending = &broker->own->sending;
	const uint32_t other = 1 - broker->info->place;

	if (chain->writable != 0) {
		broker_count(broker, broker->own, CHANNEL_SHORT, 1);
		return KIND_DONE;
	}
	for (uint32_t i = 0; i < CONSOLE_BATCH; i++) {
		if (sending->taken >= chain->read_size)
			return finish(broker, chain->read_size);
		if (deliver_or_wait(broker, other, chain) != CONSOLE_FILLED)
			return KIND_LATER;
	}
	broker->looks |= 1u << broker->info->place;
	return KIND_LATER;
}

/* A byte of struct virtio_console_config: one port, of no known size. */
static uint8_t config(const struct broker *broker, uint32_t offset)
{
	(void)broker;
	(void)offset;
	return 0;
}

const struct kind kind_console = {
    .device = 3,
    .queues = 2,
    .config_size = 12,
    .config = config,
    .turn = send_turn,
    .carry = carry,
};
