/* SPDX-License-Identifier: MIT-0 */
/*
 * Measures a packet of 64 bytes between two partitions on two cores, with the receiver asleep: from
 * the sender's notification to the first instruction of the receiver's handler. Both sides are this
 * program; the partition "sender" measures. The receiver sends the time that it saw back in a
 * packet. With `flood` on its command line it measures nothing, and sends without an end, and the
 * receiver answers each packet. Both use no performance counters then, as few systems do: these
 * make a switch longer.
 */
#include <bench/bench.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <guest/virtio.h>
#include <kumiki/hypercall.h>
#include <stdio.h>
#include <string.h>

#define NET_SAMPLES 1000
#define NET_QUEUE   8u
#define NET_HEADER  12u
#define NET_FRAME   64u
#define NET_STAMP   (NET_HEADER + 16) /* the time's place, behind the Ethernet header */

enum { RECEIVE, SEND, QUEUES };

static struct net_queue {
	VIRTIO_RINGS(NET_QUEUE);
	_Alignas(64) uint8_t buffer[NET_QUEUE][2048];
} queues[QUEUES];

static uintptr_t registers;
static bool net_floods;
static volatile uint32_t net_frames, net_wakes;
static uint16_t net_seen;

static void net_open_queue(uint32_t number)
{
	struct net_queue *queue = &queues[number];

	for (uint16_t i = 0; i < NET_QUEUE; i++)
		queue->descriptors[i] = (struct virtio_descriptor){
		    (uintptr_t)queue->buffer[i], number == SEND ? NET_HEADER + NET_FRAME : 2048,
		    number == SEND ? 0 : VIRTIO_WRITABLE, 0};
	board_write32(registers + VIRTIO_QUEUE, number);
	board_write32(registers + VIRTIO_SIZE, NET_QUEUE);
	virtio_place(registers, VIRTIO_DESCRIPTORS, queue->descriptors);
	virtio_place(registers, VIRTIO_DRIVER, &queue->driver);
	virtio_place(registers, VIRTIO_DEVICE, &queue->device);
	board_write32(registers + VIRTIO_READY, 1);
}

/* Gives the next buffer of a queue to the device. */
static void net_give(uint32_t number)
{
	struct net_queue *queue = &queues[number];
	uint16_t i = queue->driver.index % NET_QUEUE;

	queue->driver.entry[i] = i;
	__asm__ volatile("dmb ish" ::: "memory");
	queue->driver.index++;
	__asm__ volatile("dmb ish" ::: "memory");
}

static void net_open(void)
{
	board_write32(registers + VIRTIO_STATUS, 0);
	board_write32(registers + VIRTIO_STATUS, 3);
	board_write32(registers + VIRTIO_ACCEPTED_WORD, 1);
	board_write32(registers + VIRTIO_ACCEPTED, 1);
	board_write32(registers + VIRTIO_STATUS, 11);
	for (uint32_t i = 0; i < QUEUES; i++)
		net_open_queue(i);
	queues[SEND].driver.flags = 1; /* no interrupt when a packet has been sent */
	board_write32(registers + VIRTIO_STATUS, 15);
	for (uint32_t i = 0; i < NET_QUEUE; i++)
		net_give(RECEIVE);
}

static uint8_t *net_next_frame(void)
{
	uint8_t *at = queues[SEND].buffer[queues[SEND].driver.index % NET_QUEUE];

	memset(at + NET_HEADER, 0xff, 6); /* to everybody */
	at[NET_HEADER + 6] = 2;
	return at;
}

/* Takes the packet that has come, and returns its time; the device gets the buffer back. */
static uint64_t net_take(void)
{
	uint64_t stamp;

	memcpy(&stamp, queues[RECEIVE].buffer[net_seen % NET_QUEUE] + NET_STAMP, sizeof(stamp));
	net_seen++;
	net_give(RECEIVE);
	return stamp;
}

static void net_acknowledge(void)
{
	board_write32(registers + VIRTIO_ACKNOWLEDGE, board_read32(registers + VIRTIO_INTERRUPTS));
}

static void net_on_call(uint32_t intid)
{
	uint64_t now = net_floods ? 0 : bench_interrupt_time();

	(void)intid;
	net_acknowledge();
	while (net_seen != queues[RECEIVE].device.index) {
		(void)net_take();
		memcpy(net_next_frame() + NET_STAMP, &now, sizeof(now));
		net_give(SEND);
		board_write32(registers + VIRTIO_NOTIFY, SEND);
	}
}

static void net_on_answer(uint32_t intid)
{
	(void)intid;
	net_acknowledge();
	if (net_seen != queues[RECEIVE].device.index)
		net_frames++;
}

static void net_on_timer(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	net_wakes++;
}

/* Waits long enough for the other core to sleep again. This core sleeps, too, until its timer. */
static void net_pause(void)
{
	uint32_t next = net_wakes + 1;

	cpu_write(cntv_cval_el0, time_counter() + 4000 + bench_random(100));
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	while (net_wakes < next)
		__asm__ volatile("wfi");
}

static uint64_t net_stamp_and_notify(void)
{
	volatile uint32_t *at = (volatile uint32_t *)(registers + VIRTIO_NOTIFY);
	uint64_t cycles;

	__asm__ volatile("mrs %0, pmccntr_el0\n\tstr %w1, [%2]"
	                 : "=&r"(cycles)
	                 : "r"(SEND), "r"(at)
	                 : "memory");
	return cycles;
}

static void net_measure(void)
{
	for (uint32_t i = 0; i < NET_SAMPLES; i++) {
		uint32_t next;
		uint64_t offset, cycles;

		net_pause();
		offset = bench_align();
		next = net_frames + 1;
		(void)net_next_frame();
		net_give(SEND);
		cycles = net_stamp_and_notify();
		while (net_frames < next)
			__asm__ volatile("wfi");
		bench_sample(net_take() - (cycles + offset) - 1);
	}
	bench_report("net.packet");
	printf("bench: done\n");
	psci_call(PSCI_SYSTEM_RESET, 0, 0,
	          0); /* this ends the machine, if the description says so */
}

static _Noreturn void net_flood(void)
{
	const struct net_queue *queue = &queues[SEND];

	for (;;) {
		while ((uint16_t)(queue->driver.index - queue->device.index) < NET_QUEUE) {
			(void)net_next_frame();
			net_give(SEND);
		}
		board_write32(registers + VIRTIO_NOTIFY, SEND);
	}
}

static bool net_is_told_to_flood(const void *device_tree)
{
	const char *line = tree_string(tree_named(device_tree, "chosen", 0), "bootargs", 0);

	return line != NULL && strcmp(line, "flood") == 0;
}

static bool net_is_sender(void)
{
	const uint64_t name = psci_call4(KUMIKI_CALL_NAME, 0, 0, 0).x[0];

	return memcmp(&name, "sender", 7) == 0;
}

void guest_main(void *device_tree)
{
	const struct tree_node card = tree_compatible(device_tree, "virtio,mmio", 0);
	const bool sender = net_is_sender();

	net_floods = net_is_told_to_flood(device_tree);
	if (!net_floods)
		bench_start_cpu();
	registers = (uintptr_t)tree_number(card, "reg", 0);
	gic_enable(tree_interrupt(card, 0), sender ? net_on_answer : net_on_call);
	gic_enable(BOARD_VTIMER_INTERRUPT, net_on_timer);
	cpu_unmask_interrupts();
	net_open();
	/* The sender starts when the other partition runs: kumiki,after. */
	for (uint32_t i = 0; i < 10; i++)
		net_pause();
	if (sender && net_floods)
		net_flood();
	if (sender)
		net_measure();
	for (;;)
		__asm__ volatile("wfi");
}
