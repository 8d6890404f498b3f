/*
 * The network driver's queues against a card that does anything; and the take-over from the driver
 * before it, of a client that writes anything into the window.
 *
 * Shows: rtos.mad-card.
 */
#include <servers/nic/handover.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <virtio/virtq.h>

void device_barrier(void)
{
}

/* ---- queues ---- */

enum { AT_AVAILABLE = 16 * VIRTQ_SIZE, AT_USED = AT_AVAILABLE + 4 + 2 * VIRTQ_SIZE + 4 };

static _Alignas(4096) uint8_t memory[VIRTQ_BYTES];
static struct virtq queue;

static uint16_t get_16(uint32_t at)
{
	uint16_t value;

	memcpy(&value, memory + at, 2);
	return value;
}

static void put(uint32_t at, uint64_t value, uint32_t bytes)
{
	memcpy(memory + at, &value, bytes);
}

/* The card is done with a buffer. */
static void use(uint16_t number, uint32_t buffer, uint32_t length)
{
	put(AT_USED + 4 + 8U * (number % VIRTQ_SIZE), buffer | (uint64_t)length << 32, 8);
	put(AT_USED + 2, number + 1U, 2);
}

static void begin(void)
{
	memset(memory, 0xa5, sizeof(memory));
	virtq_begin(&queue, memory, 0x1000000);
}

TEST_WITH(test_queue, begin, NULL)
{
	const struct device_queue places = virtq_places(&queue, 1);
	uint32_t buffer = 0, length = 0;

	assert_true(places.number == 1 && places.size == VIRTQ_SIZE);
	assert_true(places.descriptors == 0x1000000 &&
	            places.available == 0x1000000 + AT_AVAILABLE &&
	            places.used == 0x1000000 + AT_USED);
	/* Many times round: numbers wrap. */
	for (uint32_t i = 0; i < 3 * 65536; i++) {
		const uint32_t given = i * 7 % VIRTQ_SIZE;

		virtq_give(&queue, given, 0x2000000 + given, 100 + given, i % 2 == 0);
		assert_true(virtq_publish(&queue));
		assert_int_equal(get_16(AT_AVAILABLE + 2), (uint16_t)(i + 1));
		assert_int_equal(get_16(AT_AVAILABLE + 4 + 2 * (i % VIRTQ_SIZE)), given);
		assert_int_equal(get_16(16 * given + 12), i % 2 == 0 ? 2 : 0);
		assert_int_equal(virtq_take(&queue, &buffer, &length), VIRTQ_NOTHING);
		use((uint16_t)i, given, i);
		assert_int_equal(virtq_take(&queue, &buffer, &length), VIRTQ_DONE);
		assert_true(buffer == given && length == i);
	}
}

/* The queue is sound, also while numbers wrap. Any flipped bit of a number is noticed. */
TEST_WITH(test_sound, begin, NULL)
{
	uint32_t buffer, length;

	for (uint32_t i = 0; i < 3 * 65536; i++) {
		virtq_give(&queue, i % 100, 0, 100, true);
		if (i % 10 == 9)
			for (uint32_t j = i - 9; j <= i; j++) {
				use((uint16_t)j, j % 100, 60);
				assert_int_equal(virtq_take(&queue, &buffer, &length), VIRTQ_DONE);
			}
		assert_true(virtq_is_sound(&queue, memory, 0x1000000));
	}
	assert_false(virtq_is_sound(&queue, memory + 4096, 0x1000000));
	assert_false(virtq_is_sound(&queue, memory, 0x1000001));
	for (size_t bit = 0; bit < 8 * (sizeof(queue.open) + 4); bit++) {
		uint8_t *byte = (uint8_t *)queue.open + bit / 8;

		*byte ^= (uint8_t)(1u << bit % 8);
		assert_false(virtq_is_sound(&queue, memory, 0x1000000));
		*byte ^= (uint8_t)(1u << bit % 8);
	}
}

TEST_WITH(test_wishes, begin, NULL)
{
	virtq_interrupts(&queue, false);
	assert_int_equal(get_16(AT_AVAILABLE), 1);
	virtq_interrupts(&queue, true);
	assert_int_equal(get_16(AT_AVAILABLE), 0);
	put(AT_USED, 1, 2);
	assert_false(virtq_publish(&queue));
	put(AT_USED + 2, 77, 2);
	assert_int_equal(virtq_used_before(memory), 77);
}

/* The card gives back a buffer that it doesn't have, or that doesn't exist. */
TEST(test_nonsense)
{
	static const uint32_t wrong[] = {4, 127, 128, 0x10003, UINT32_MAX};
	uint32_t buffer, length;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		begin();
		virtq_give(&queue, 3, 0, 100, true);
		(void)virtq_publish(&queue);
		use(0, wrong[i], 60);
		assert_int_equal(virtq_take(&queue, &buffer, &length), VIRTQ_BROKEN);
	}
	begin();
	virtq_give(&queue, 3, 0, 100, true);
	(void)virtq_publish(&queue);
	use(0, 3, 60);
	assert_int_equal(virtq_take(&queue, &buffer, &length), VIRTQ_DONE);
	use(1, 3, 60); /* twice */
	assert_int_equal(virtq_take(&queue, &buffer, &length), VIRTQ_BROKEN);
}

/* ---- the take-over ---- */

static struct nic_window window;
static struct handover_state taken;

TEST(test_first)
{
	uint32_t buffer;
	bool wrong;

	memset(&window, 0, sizeof(window));
	handover_take(&taken, &window, 0x1234, 100); /* the queue's memory has anything in it */
	assert_true(taken.received == 0 && taken.sent == 0 && window.counts.starts == 1);
	assert_true(window.counts.lost_in == 0 && window.counts.lost_out == 0);
	assert_false(handover_freed(&taken, &window, &buffer, &wrong));
	assert_false(wrong);
}

/* Three frames that weren't taken stay. Frames that the card had are lost, and counted. */
TEST(test_second)
{
	uint32_t buffer;
	bool wrong;

	memset(&window, 0, sizeof(window));
	handover_take(&taken, &window, 0, 100);
	window.received = 2;
	window.taken = window.received - 3;
	for (uint32_t i = 0; i < 3; i++)
		window.frame[(window.taken + i) % NIC_BUFFERS].buffer = (uint16_t)(40 + i);
	window.card[HANDOVER_REAPED] = 65530;
	window.card[HANDOVER_GIVEN] = 3;
	window.card[HANDOVER_FINISHED] = 65535;
	window.offered = window.sent + 5;
	handover_take(&taken, &window, 4, 100);
	assert_int_equal(window.counts.lost_in, 10);
	assert_int_equal(window.counts.lost_out, 4);
	assert_int_equal(window.counts.starts, 2);
	assert_true(taken.with_client[40] && taken.with_client[42] && !taken.with_client[43]);
	window.taken = 1;
	for (uint32_t i = 0; i < 2; i++) {
		assert_true(handover_freed(&taken, &window, &buffer, &wrong));
		assert_int_equal(buffer, 40 + i);
	}
	assert_false(handover_freed(&taken, &window, &buffer, &wrong));
	assert_false(wrong);
	window.taken = 3; /* more than came */
	assert_false(handover_freed(&taken, &window, &buffer, &wrong));
	assert_true(wrong);
	window.taken = 0; /* fewer than before */
	assert_false(handover_freed(&taken, &window, &buffer, &wrong));
	assert_true(wrong);
}

/* For all that the client writes, each buffer has one owner, and numbers fit. */
TEST(test_anything)
{
	srand(1);
	for (uint32_t run = 0; run < 20000; run++) {
		bool seen[NIC_BUFFERS] = {false};

		for (size_t i = 0; i < sizeof(window); i++)
			((uint8_t *)&window)[i] = (uint8_t)rand();
		if (run % 2 == 0) {
			window.received = window.taken + (uint32_t)rand() % 200;
			for (uint32_t i = 0; i < NIC_BUFFERS; i++)
				window.frame[i].buffer =
				    (uint16_t)((uint32_t)rand() % 100 + (run % 4 == 0 ? 0 : i));
			window.offered = window.sent + (uint32_t)rand() % 100;
		}
		handover_take(&taken, &window, (uint16_t)rand(), 100);
		assert_true(taken.received - taken.taken <= 100);
		assert_true(window.offered - taken.sent <= NIC_SLOTS);
		assert_true(window.received == taken.received);
		for (uint32_t i = taken.taken; i != taken.received; i++) {
			const uint32_t buffer = taken.buffer[i % NIC_BUFFERS];

			assert_true(buffer < 100 && !seen[buffer] && taken.with_client[buffer]);
			seen[buffer] = true;
		}
	}
}

/* A client wrote anything while the driver worked: the next driver begins with usable numbers. */
TEST(test_mend)
{
	uint32_t buffer;
	bool wrong;

	srand(2);
	for (uint32_t run = 0; run < 20000; run++) {
		memset(&window, 0, sizeof(window));
		window.received = window.taken = window.sent = window.offered = (uint32_t)rand();
		handover_take(&taken, &window, 0, 100);
		taken.received += (uint32_t)rand() % 100;
		taken.sent += (uint32_t)rand() % 100;
		window.received = (uint32_t)rand();
		window.sent = (uint32_t)rand();
		window.taken = (uint32_t)rand();
		window.offered = (uint32_t)rand();
		handover_mend(&taken, &window);
		assert_true(window.received == taken.received && window.sent == taken.sent);
		assert_true(window.offered - taken.sent <= NIC_SLOTS);
		while (handover_freed(&taken, &window, &buffer, &wrong))
			continue;
		assert_false(wrong);
	}
	/* Possible numbers stay. */
	window.taken = taken.received;
	window.offered = taken.sent + NIC_SLOTS;
	handover_mend(&taken, &window);
	assert_int_equal(window.taken, taken.received);
	assert_int_equal(window.offered, taken.sent + NIC_SLOTS);
}
