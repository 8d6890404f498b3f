/* A virtio disk behind PCI (Virtio 1.1, 4.1 and 5.2): one split queue, polled. See rush.h. */
#include "rush.h"
#include <guest/time.h>

#define CAPABILITY_VENDOR 0x09u
#define CONFIG_COMMON     1u
#define CONFIG_NOTIFY     2u

/* Of the common configuration. */
#define DRIVER_SELECT   0x08u
#define DRIVER_FEATURES 0x0cu
#define STATUS          0x14u /* a byte */
#define QUEUE_SELECT    0x16u /* 16 bits, as the next ones */
#define QUEUE_SIZE      0x18u
#define QUEUE_ENABLE    0x1cu
#define QUEUE_DESC      0x20u
#define QUEUE_DRIVER    0x28u
#define QUEUE_DEVICE    0x30u

#define STATUS_DRIVER      3u /* seen, and driven */
#define STATUS_FEATURES_OK 8u
#define STATUS_OK          4u
#define FEATURES_HIGH      3u /* VERSION_1, ACCESS_PLATFORM: bits 32 and 33 */

#define SIZE       128u
#define DESC_NEXT  1u
#define DESC_WRITE 2u

struct desc {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

static struct {
	struct desc desc[SIZE];
	struct {
		uint16_t flags, index, ring[SIZE];
	} avail;
	_Alignas(4096) struct {
		uint16_t flags;
		volatile uint16_t index;
		struct {
			uint32_t id, length;
		} ring[SIZE];
	} used;
	struct {
		uint32_t type, reserved;
		uint64_t sector;
	} request[RUSH_REQUESTS];
	uint8_t status[RUSH_REQUESTS];
} queue __attribute__((aligned(4096)));

static uintptr_t common, notify;

static void set8(uint32_t at, uint8_t value)
{
	*(volatile uint8_t *)(common + at) = value;
}

static void set16(uint32_t at, uint16_t value)
{
	*(volatile uint16_t *)(common + at) = value;
}

static void set64(uint32_t at, const volatile void *address)
{
	board_write32(common + at, (uint32_t)(uintptr_t)address);
	board_write32(common + at + 4, (uint32_t)((uintptr_t)address >> 32));
}

static void find(uint32_t slot)
{
	uint32_t at = board_read32(rush_config(slot, 0x34)) & 0xfc;

	while (at != 0) {
		uint32_t head = board_read32(rush_config(slot, at)), kind = head >> 24;
		uintptr_t base = rush_bar(slot, board_read32(rush_config(slot, at + 4)) & 0xff) +
		                 board_read32(rush_config(slot, at + 8));

		if ((head & 0xff) == CAPABILITY_VENDOR && kind == CONFIG_COMMON)
			common = base;
		else if ((head & 0xff) == CAPABILITY_VENDOR && kind == CONFIG_NOTIFY)
			notify = base;
		at = head >> 8 & 0xfc;
	}
}

static bool virtio_start(uint32_t slot)
{
	volatile uint8_t *status;

	find(slot);
	if (common == 0 || notify == 0)
		return false;
	status = (volatile uint8_t *)(common + STATUS);
	*status = 0;
	if (!time_wait_until(*status == 0))
		return false;
	*status = STATUS_DRIVER;
	board_write32(common + DRIVER_SELECT, 1);
	board_write32(common + DRIVER_FEATURES, FEATURES_HIGH);
	set8(STATUS, STATUS_DRIVER | STATUS_FEATURES_OK);
	if ((*status & STATUS_FEATURES_OK) == 0)
		return false;
	set16(QUEUE_SELECT, 0);
	set16(QUEUE_SIZE, SIZE);
	set64(QUEUE_DESC, queue.desc);
	set64(QUEUE_DRIVER, &queue.avail);
	set64(QUEUE_DEVICE, &queue.used);
	set16(QUEUE_ENABLE, 1);
	*status = STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_OK;
	return true;
}

/* A request is three buffers: the header, the data, the status. */
static void put(uint32_t i, uint64_t to)
{
	struct desc *desc = &queue.desc[3 * i];
	uint16_t first = (uint16_t)(3 * i);

	queue.request[i].sector = (uint64_t)i * RUSH_SECTORS;
	desc[0] = (struct desc){(uintptr_t)&queue.request[i], 16, DESC_NEXT, (uint16_t)(first + 1)};
	desc[1] = (struct desc){to, RUSH_BYTES, DESC_NEXT | DESC_WRITE, (uint16_t)(first + 2)};
	desc[2] = (struct desc){(uintptr_t)&queue.status[i], 1, DESC_WRITE, 0};
	queue.avail.ring[i] = first;
}

static void virtio_read(const uint64_t *to, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		put(i, to[i]);
	cpu_dsb();
	queue.avail.index = (uint16_t)count;
	cpu_dsb();
	*(volatile uint16_t *)notify = 0;
}

static uint32_t virtio_done(void)
{
	return queue.used.index;
}

const struct rush_disk rush_virtio = {"virtio", 0x10421af4, virtio_start, virtio_read, virtio_done};
