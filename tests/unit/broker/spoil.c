/* See unit/broker/spoil.h. */
#include <broker/kind.h>
#include <stdint.h>
#include <unit.h>
#include <unit/broker/spoil.h>

static uint64_t seed, offered;
static uint32_t hostile;

void spoil_begin(uint32_t place, uint64_t features, uint64_t from)
{
	hostile = place;
	offered = features;
	seed = from * 0x9e3779b97f4a7c15ull;
}

uint32_t spoil_random(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % limit;
}

static uint32_t queue(void)
{
	return spoil_random(lan.broker[hostile].kind->queues);
}

/* A random address, mostly near an important one. */
static uint64_t random_address(void)
{
	switch (spoil_random(6)) {
	case 0:
		return LAN_IPA + spoil_random(LAN_RAM);
	case 1:
		return LAN_IPA + LAN_RAM - spoil_random(64);
	case 2:
		return LAN_IPA - spoil_random(64);
	case 3:
		return (uint64_t)spoil_random(~0u) << spoil_random(32);
	case 4:
		return ~0ull - spoil_random(4096);
	default:
		return LAN_IPA + LAN_BUFFERS(spoil_random(2), spoil_random(LAN_QUEUE));
	}
}

static uint32_t random_length(void)
{
	return spoil_random(3) == 0 ? ~0u - spoil_random(16) : spoil_random(4096);
}

static void spoil_descriptor(void)
{
	struct ring_descriptor *table = lan_at(hostile, LAN_DESCRIPTORS(queue()));

	table[spoil_random(LAN_QUEUE)] = (struct ring_descriptor){
	    random_address(), random_length(), (uint16_t)spoil_random(8),
	    (uint16_t)(spoil_random(4) == 0 ? spoil_random(65536) : spoil_random(LAN_QUEUE))};
}

static void spoil_ring(void)
{
	struct ring_driver *driver = lan_at(hostile, LAN_DRIVER(queue()));

	driver->entry[spoil_random(LAN_QUEUE + 1)] =
	    (uint16_t)spoil_random(spoil_random(2) ? 32 : 65536);
	driver->index = (uint16_t)(driver->index + spoil_random(4));
	if (spoil_random(20) == 0)
		driver->index = (uint16_t)spoil_random(65536);
}

static void spoil_register(void)
{
	static const uint32_t registers[] = {0x014, 0x020, 0x024, 0x030, 0x038, 0x044, 0x070,
	                                     0x080, 0x084, 0x090, 0x094, 0x0a0, 0x0a4, 0x100};
	uint32_t at = registers[spoil_random(sizeof(registers) / sizeof(registers[0]))];
	uint64_t what = CHANNEL_REQUEST(spoil_random(4) ? at : spoil_random(0x1000),
	                                1u << spoil_random(4), spoil_random(4) != 0);

	lan.broker[hostile].asked = true;
	lan.broker[hostile].what = what;
	lan.broker[hostile].value = spoil_random(2) ? spoil_random(64) : random_address();
	lan_turn(hostile);
	lan.broker[hostile].asked = false;
}

/* Puts random bytes somewhere into the guest's memory. */
static void spoil_bytes(void)
{
	uint8_t *at = lan_at(hostile, spoil_random(LAN_RAM - 8));

	for (uint32_t i = 0; i < 8; i++)
		at[i] = (uint8_t)spoil_random(256);
}

void spoil_within(void)
{
	switch (spoil_random(500)) {
	case 0:
		spoil_descriptor();
		break;
	case 1:
		spoil_ring();
		break;
	case 2:
		spoil_bytes();
		break;
	default:
		break;
	}
}

void spoil(void)
{
	switch (spoil_random(40)) {
	case 0:
		lan_drive(hostile, spoil_random(2) ? offered : 0);
		lan_offer(hostile, LAN_QUEUE);
		break;
	case 1:
	case 2:
		spoil_register();
		break;
	case 3:
		spoil_bytes();
		break;
	default:
		if (spoil_random(2))
			spoil_descriptor();
		else
			spoil_ring();
	}
}
