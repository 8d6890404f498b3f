/*
 * A generator of random bytes for one partition (virtio 1.2, 5.4). It takes its first key from the
 * frame's seeds. Each answer uses a key up: the next key is derived and stored before the guest
 * sees a byte. So no run of this broker gives the same bytes again, and a key that is read later
 * tells nothing of earlier bytes.
 */
#include <broker/device.h>
#include <broker/kind.h>
#include <broker/receive.h>
#include <broker/request.h>
#include <lib/sha256.h>

#define ENTROPY_MOST  256 /* bytes of an answer */
#define ENTROPY_BATCH 16  /* answers in a turn */

_Static_assert(CHANNEL_KEY_SIZE == SHA256_SIZE, "a hash is a key");
_Static_assert(ENTROPY_MOST / SHA256_SIZE < UINT8_MAX, "each piece of an answer has a label");

static struct channel_entropy *entropy_of(const struct broker *broker)
{
	return &broker->memory->entropy;
}

/* The pointer is volatile, so the compiler can't leave this out. */
static void wipe(volatile uint8_t *key)
{
	for (uint32_t i = 0; i < CHANNEL_KEY_SIZE; i++)
		key[i] = 0;
}

/* Takes the present key, and puts its successor into its place. The former key is wiped. */
static void take_key(struct channel_entropy *entropy, uint8_t *key)
{
	const uint32_t now = entropy->which, next = 1 - now;

	__builtin_memcpy(key, entropy->key[now], CHANNEL_KEY_SIZE);
	sha256_derive(key, 0, entropy->key[next]);
	__atomic_store_n(&entropy->which, next, __ATOMIC_SEQ_CST);
	wipe(entropy->key[now]);
}

static void fill(struct broker *broker, const struct chain *chain, uint32_t size)
{
	static uint8_t key[CHANNEL_KEY_SIZE], bytes[SHA256_SIZE];
	const struct chain_piece from = {bytes, sizeof(bytes)};

	take_key(entropy_of(broker), key);
	for (uint32_t done = 0, piece; done < size; done += piece) {
		piece = size - done < sizeof(bytes) ? size - done : sizeof(bytes);
		sha256_derive(key, (uint8_t)(1 + done / sizeof(bytes)), bytes);
		ring_copy((struct chain_range){chain->piece + chain->readable, done},
		          (struct chain_range){&from, 0}, piece);
	}
	wipe(key);
	wipe(bytes);
}

/* Answers one request. False: nothing more can be done in this turn. */
static bool answer(struct broker *broker, const struct ring *ring)
{
	struct chain *const chain = &request_chain;
	const uint32_t me = broker->info->place;
	enum ring_status status =
	    ring_take_or_ask(broker, ring, broker->own->queue[CHANNEL_REQUESTS].next, chain);
	uint32_t size;

	if (status == RING_EMPTY)
		return false;
	if (status == RING_BAD || chain->write_size == 0) {
		device_break(broker, me);
		return false;
	}
	size = chain->write_size < ENTROPY_MOST ? (uint32_t)chain->write_size : ENTROPY_MOST;
	fill(broker, chain, size);
	receive_give(broker, ring, chain->id, size, 0);
	broker_count(broker, broker->own, CHANNEL_RECEIVED, size);
	return true;
}

static void turn(struct broker *broker)
{
	const uint32_t me = broker->info->place;
	struct ring ring;
	uint32_t answers = 0;

	if (!broker_is_there(broker, me) || !broker_lock(broker, me))
		return;
	receive_settle(broker, me);
	while (answers < ENTROPY_BATCH && ring_open(broker, me, CHANNEL_REQUESTS, &ring) &&
	       answer(broker, &ring))
		answers++;
	if (answers == ENTROPY_BATCH)
		broker->looks |= 1u << me;
	broker_unlock(broker, me);
}

/* Wipes a former key that an earlier run may have left when it was killed. */
static void start(struct broker *broker)
{
	struct channel_entropy *entropy = entropy_of(broker);

	wipe(entropy->key[1 - entropy->which]);
}

static bool exists(const struct broker *broker)
{
	return entropy_of(broker)->seeded != 0;
}

static uint8_t config(const struct broker *broker, uint32_t offset)
{
	(void)broker;
	(void)offset;
	return 0;
}

const struct kind kind_entropy = {
    .device = 4,
    .queues = 1,
    .requests = true,
    .config_size = 0,
    .config = config,
    .exists = exists,
    .start = start,
    .turn = turn,
};
