/*
 * Sends packets to its network without an end, from its second CPU. The first CPU, whose budget
 * pays for the broker, sleeps. All packets are the same, so a full queue only needs a new index.
 * Judges nothing.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/psci.h>
#include <guest/tree.h>
#include <stdint.h>

#define FLOOD_QUEUE 256u
#define FLOOD_SEND  1u /* the queue's number */
#define FLOOD_FRAME 1526u

/* Registers of virtio-mmio. */
#define FLOOD_FEATURES      0x020
#define FLOOD_FEATURES_WORD 0x024
#define FLOOD_QUEUE_SELECT  0x030
#define FLOOD_QUEUE_SIZE    0x038
#define FLOOD_QUEUE_READY   0x044
#define FLOOD_NOTIFY        0x050
#define FLOOD_STATUS        0x070
#define FLOOD_DESCRIPTORS   0x080
#define FLOOD_DRIVER        0x090
#define FLOOD_DEVICE        0x0a0

static struct {
	struct {
		uint64_t address;
		uint32_t length;
		uint16_t flags, next;
	} descriptor[FLOOD_QUEUE];
	struct {
		uint16_t flags;
		volatile uint16_t index;
		uint16_t entry[FLOOD_QUEUE + 1];
	} driver;
	_Alignas(4) struct {
		uint16_t flags;
		volatile uint16_t index;
		struct {
			uint32_t id, length;
		} entry[FLOOD_QUEUE];
		uint16_t event;
	} device;
	uint8_t frame[FLOOD_FRAME];
} flood;

static uintptr_t flood_registers;

static void flood_write(uint32_t offset, uint64_t value)
{
	board_write32(flood_registers + offset, (uint32_t)value);
}

static void flood_address(uint32_t offset, const volatile void *at)
{
	flood_write(offset, (uintptr_t)at);
	flood_write(offset + 4, (uintptr_t)at >> 32);
}

static void flood_open(void)
{
	for (uint16_t i = 0; i < FLOOD_QUEUE; i++) {
		flood.descriptor[i].address = (uintptr_t)flood.frame;
		flood.descriptor[i].length = FLOOD_FRAME;
		flood.driver.entry[i] = i;
	}
	flood.driver.flags = 1; /* no interrupt when a packet has been sent */
	flood_write(FLOOD_STATUS, 0);
	flood_write(FLOOD_STATUS, 3);
	flood_write(FLOOD_FEATURES_WORD, 1);
	flood_write(FLOOD_FEATURES, 1);
	flood_write(FLOOD_STATUS, 11);
	flood_write(FLOOD_QUEUE_SELECT, FLOOD_SEND);
	flood_write(FLOOD_QUEUE_SIZE, FLOOD_QUEUE);
	flood_address(FLOOD_DESCRIPTORS, flood.descriptor);
	flood_address(FLOOD_DRIVER, &flood.driver);
	flood_address(FLOOD_DEVICE, &flood.device);
	flood_write(FLOOD_QUEUE_READY, 1);
	flood_write(FLOOD_STATUS, 15);
}

static void flood_send(void)
{
	for (;;) {
		flood.driver.index = (uint16_t)(flood.device.index + FLOOD_QUEUE);
		__asm__ volatile("dmb ish" ::: "memory");
		flood_write(FLOOD_NOTIFY, FLOOD_SEND);
	}
}

void guest_main(void *device_tree)
{
	flood_registers =
	    (uintptr_t)tree_number(tree_compatible(device_tree, "virtio,mmio", 0), "reg", 0);
	flood_open();
	cpu_start(1, flood_send);
	for (;;)
		__asm__ volatile("wfi");
}
