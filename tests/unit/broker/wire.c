/* See unit/broker/wire.h. */
#include <stdint.h>
#include <unit.h>
#include <unit/broker/wire.h>

struct wire wire;

static uint8_t wire_byte(uint32_t from, uint32_t number)
{
	return (uint8_t)(number * 7 + (number >> 8) + from * 100);
}

void wire_begin(uint64_t features)
{
	wire = (struct wire){0};
	lan_begin_as(BUNDLE_CHANNEL_CONSOLE, 2);
	lan_drive(0, features);
	lan_drive(1, features);
}

void wire_write(uint32_t place, uint32_t size)
{
	uint16_t i = lan_driver(place, CHANNEL_SEND)->index % LAN_QUEUE;
	uint8_t *at = lan_at(place, LAN_BUFFERS(CHANNEL_SEND, i));

	assert_true(size <= LAN_BUFFER);
	for (uint32_t n = 0; n < size; n++)
		at[n] = wire_byte(place, wire.written[place]++);
	lan_make_available(place, CHANNEL_SEND, size, 0);
}

void wire_offer(uint32_t place, uint16_t buffers, uint32_t size)
{
	for (uint16_t i = 0; i < buffers; i++)
		lan_make_available(place, CHANNEL_RECEIVE, size, 2);
}

void wire_take(uint32_t place)
{
	const struct ring_device *device = lan_device(place, CHANNEL_RECEIVE);
	uint16_t *seen = &lan.guest[place].seen[CHANNEL_RECEIVE];

	for (; *seen != device->index; ++*seen) {
		const struct ring_used *used = &device->entry[*seen % LAN_QUEUE];
		const uint8_t *at = lan_at(place, LAN_BUFFERS(CHANNEL_RECEIVE, used->id));

		assert_true(used->id < LAN_QUEUE);
		assert_true(used->length <= LAN_BUFFER);
		for (uint32_t n = 0; n < used->length; n++)
			assert_int_equal(at[n], wire_byte(1 - place, wire.read[place]++));
	}
}

static bool is_finished(void)
{
	return wire.read[0] == wire.written[1] && wire.read[1] == wire.written[0];
}

void wire_finish(void)
{
	for (uint32_t round = 0; !is_finished(); round++) {
		assert_true(round < 1000);
		for (uint32_t i = 0; i < 2; i++) {
			wire_take(i);
			if (lan_driver(i, CHANNEL_RECEIVE)->index ==
			    lan_device(i, CHANNEL_RECEIVE)->index)
				wire_offer(i, 2, 300);
			lan_turn(i);
		}
	}
	wire_take(0);
	wire_take(1);
	assert_true(is_finished());
}
