/*
 * The provider's end of a channel, against a channel that takes and fills buffers in any order. Its
 * state is sound at each moment, and any damaged number in it is found.
 *
 * Shows: channel.provider-well.
 */
#include <servers/provider/port.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define PHYSICAL 0x1000000
#define STEPS    20000

enum { AT_AVAILABLE = 16 * VIRTQ_SIZE, AT_USED = AT_AVAILABLE + 4 + 2 * VIRTQ_SIZE + 4 };

static _Alignas(4096) uint8_t memory[2 * VIRTQ_BYTES + PORT_PACKETS * PORT_STEP];
static struct port port;

/* ---- the channel ---- */

/* The queue's buffers that the device has and hasn't finished, by its own account. */
static struct account {
	uint16_t seen, done;
	uint32_t has[VIRTQ_SIZE];
	uint32_t count;
} accounts[2];

void device_barrier(void)
{
}

const char *device_find(struct device *device, enum device_kind kind)
{
	(void)device;
	assert_int_equal(kind, DEVICE_CONSOLE);
	return NULL;
}

bool device_quiet(const struct device *device)
{
	(void)device;
	return true;
}

const char *device_begin(struct device *device, uint64_t wanted)
{
	(void)device;
	(void)wanted;
	return NULL;
}

const char *device_give(struct device *device, const struct device_queue *queue)
{
	(void)device;
	assert_true(queue->number < 2 && queue->size == VIRTQ_SIZE);
	return NULL;
}

void device_work(const struct device *device)
{
	(void)device;
}

void device_tell(const struct device *device, uint32_t queue)
{
	(void)device;
	assert_true(queue < 2);
}

bool device_heard(const struct device *device, bool *changed)
{
	(void)device;
	*changed = false;
	return true;
}

static uint16_t get_16(uint32_t queue, uint32_t at)
{
	uint16_t value;

	memcpy(&value, memory + (size_t)queue * VIRTQ_BYTES + at, 2);
	return value;
}

static void put(uint32_t queue, uint32_t at, uint64_t value, uint32_t bytes)
{
	memcpy(memory + (size_t)queue * VIRTQ_BYTES + at, &value, bytes);
}

/* The device finishes any published buffer that it has. */
static void use(uint32_t queue)
{
	struct account *account = &accounts[queue];
	uint32_t chosen;

	for (; account->seen != get_16(queue, AT_AVAILABLE + 2); account->seen++)
		account->has[account->count++] =
		    get_16(queue, AT_AVAILABLE + 4U + 2U * (account->seen % VIRTQ_SIZE));
	if (account->count == 0)
		return;
	chosen = (uint32_t)rand() % account->count;
	put(queue, AT_USED + 4 + 8U * (account->done % VIRTQ_SIZE), account->has[chosen], 8);
	account->has[chosen] = account->has[--account->count];
	put(queue, AT_USED + 2, ++account->done, 2);
}

/* ---- the port ---- */

static bool sound(void)
{
	return port_is_sound(&port, memory, PHYSICAL, sizeof(memory));
}

static void begin(void)
{
	srand(1);
	memset(memory, 0, sizeof(memory));
	memset(accounts, 0, sizeof(accounts));
	memset(&port, 0, sizeof(port));
	assert_null(port_begin(&port, memory, PHYSICAL, sizeof(memory)));
	port_send(&port, 0, 40);
	assert_true(port_settle(&port));
}

const struct unit_fixture unit_each = {begin, NULL};

/* Serves as the provider does: each packet is answered or given back. */
static void serve(void)
{
	uint32_t buffer, size;
	enum virtq_answer answer;

	while ((answer = port_take(&port, &buffer, &size)) == VIRTQ_DONE) {
		assert_false(sound()); /* the provider has a packet in hand */
		if (rand() % 3 != 0)
			port_send(&port, buffer, 40);
		else
			port_give(&port, buffer);
	}
	assert_int_equal(answer, VIRTQ_NOTHING);
	assert_true(port_settle(&port));
}

/* The test is long enough for the queues' numbers to wrap. */
TEST(test_always_sound)
{
	assert_true(sound());
	for (uint32_t i = 0; i < 10 * STEPS; i++) {
		use((uint32_t)rand() % 2);
		if (rand() % 4 == 0)
			serve();
		assert_true(rand() % 16 != 0 || sound());
	}
	assert_true(port.in.taken != port.in.offered);
}

/* Flips each bit of a member. */
static void flip(size_t at, size_t size)
{
	for (size_t bit = 0; bit < 8 * size; bit++) {
		uint8_t *byte = (uint8_t *)&port + at + bit / 8;

		*byte ^= (uint8_t)(1u << bit % 8);
		if (sound())
			fail_msg("bit %zu at %zu isn't noticed", bit, at);
		*byte ^= (uint8_t)(1u << bit % 8);
	}
}

#define FLIP(member) flip(offsetof(struct port, member), sizeof(port.member))

TEST(test_damage)
{
	for (uint32_t i = 0; i < 50; i++) {
		for (uint32_t j = 0; j < 20; j++) {
			use((uint32_t)rand() % 2);
			serve();
		}
		flip(offsetof(struct port, in.shared), sizeof(void *));
		FLIP(in.physical);
		FLIP(in.open);
		FLIP(in.offered);
		FLIP(in.taken);
		flip(offsetof(struct port, out.shared), sizeof(void *));
		FLIP(out.physical);
		FLIP(out.open);
		FLIP(out.offered);
		FLIP(out.taken);
		FLIP(buffers);
		FLIP(physical);
		FLIP(count);
		FLIP(sent);
		assert_true(sound());
	}
}

/* Memory of each size has its own number of buffers; too little is refused. */
TEST(test_sizes)
{
	assert_non_null(port_begin(&port, memory, PHYSICAL, 0));
	assert_non_null(port_begin(&port, memory, PHYSICAL, 2 * VIRTQ_BYTES + 2 * PORT_STEP - 1));
	for (uint32_t count = 2; count <= PORT_PACKETS; count++) {
		const uint64_t size = 2 * VIRTQ_BYTES + count * PORT_STEP;

		memset(&port, 0, sizeof(port));
		assert_null(port_begin(&port, memory, PHYSICAL, size));
		assert_int_equal(port.count, count);
		port_send(&port, 0, 40);
		assert_true(port_is_sound(&port, memory, PHYSICAL, size));
		assert_false(port_is_sound(&port, memory, PHYSICAL, size - 1));
	}
}
