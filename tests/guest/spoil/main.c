/*
 * A guest that breaks every rule of its end of a channel, a network's, a console's, a disk's or a
 * generator's, at random from a seed: descriptors that loop or lead outside, indices that jump,
 * buffers that are given twice, queues that change while they run, registers in any order and size,
 * bytes anywhere in its rings. Now and then its driver begins anew, as a good one does, so that the
 * broker always has work. The command line says spoil=SEED,OPERATIONS. In the end it drives the
 * device as any guest does, and says whether the device takes what it sends.
 * tests/unit/broker/spoil.c does the same to a broker on the host.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/tree.h>
#include <guest/virtio.h>
#include <kumiki/hypercall.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUES 2u  /* at most */
#define LENGTH 64u /* of a queue, in its good times */
#define BUFFER 2048u

#define VIRTIO_DISK_READ 0u     /* a request's type */
#define SECTORS          16384u /* more than the disk has */
#define REQUESTS         8u     /* with which a disk's driver begins */

/*
 * The rings that it breaks. Brokers share them, and write to addresses in them. So they are in
 * memory of their own, far from the program.
 */
struct queue {
	VIRTIO_RINGS(LENGTH);
	_Alignas(64) uint8_t buffer[LENGTH][BUFFER];
};
#define ALL (QUEUES * sizeof(struct queue))

static struct queue *queues;
static uint32_t kind;        /* the device's */
static uint32_t queue_count; /* the device's: the last one sends, if there are two */
static uintptr_t registers;
static uint64_t seed;

/* ---- random values ---- */

static uint64_t random_word(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint32_t random_below(uint32_t limit)
{
	return (uint32_t)(random_word() >> 20) % limit;
}

static struct queue *random_queue(void)
{
	return &queues[random_below(queue_count)];
}

/* An address, mostly near an important one. */
static uint64_t random_address(void)
{
	const uint64_t begin = (uintptr_t)queues, end = begin + ALL;

	switch (random_below(7)) {
	case 0:
		return begin + random_below(ALL);
	case 1:
		return end - random_below(64);
	case 2:
		return registers + random_below(0x2000); /* its own registers, and the next end's */
	case 3:
		return random_word() >> random_below(64);
	case 4:
		return ~0ull - random_below(4096);
	case 5:
		return begin - 1 -
		       random_below(0x2000000); /* other partitions' memory, or nobody's */
	default:
		return (uintptr_t)random_queue()->buffer[random_below(LENGTH)];
	}
}

static uint32_t random_length(void)
{
	return random_below(3) == 0 ? ~0u - random_below(16) : random_below(2 * BUFFER);
}

/* ---- a good driver ---- */

static void open_queue(uint32_t number)
{
	struct queue *queue = &queues[number];

	memset(&queue->driver, 0, sizeof(queue->driver));
	memset(&queue->device, 0, sizeof(queue->device));
	for (uint16_t i = 0; i < LENGTH; i++)
		queue->descriptors[i] = (struct virtio_descriptor){
		    (uintptr_t)queue->buffer[i], number == 0 ? BUFFER : 76,
		    number == 0 ? VIRTIO_WRITABLE : 0, 0};
	board_write32(registers + VIRTIO_QUEUE, number);
	board_write32(registers + VIRTIO_SIZE, LENGTH);
	virtio_place(registers, VIRTIO_DESCRIPTORS, queue->descriptors);
	virtio_place(registers, VIRTIO_DRIVER, &queue->driver);
	virtio_place(registers, VIRTIO_DEVICE, &queue->device);
	board_write32(registers + VIRTIO_READY, 1);
}

/* Gives the device some buffers, from this one on. */
static void give(struct queue *queue, uint32_t from, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		queue->driver.entry[(queue->driver.index + i) % LENGTH] =
		    (uint16_t)((from + i) % LENGTH);
	__asm__ volatile("dmb ish" ::: "memory");
	queue->driver.index = (uint16_t)(queue->driver.index + count);
	__asm__ volatile("dmb ish" ::: "memory");
}

/* A request to a disk, in three buffers: its head, a sector, and a byte for the result. */
static void give_request(struct queue *queue, uint32_t at, uint32_t type, uint64_t sector)
{
	const uint32_t second = (at + 1) % LENGTH, third = (at + 2) % LENGTH;
	const uint64_t head[2] = {type, sector};

	memcpy(queue->buffer[at], head, sizeof(head));
	queue->descriptors[at] = (struct virtio_descriptor){
	    (uintptr_t)queue->buffer[at], sizeof(head), VIRTIO_MORE, (uint16_t)second};
	queue->descriptors[second] = (struct virtio_descriptor){
	    (uintptr_t)queue->buffer[second], 512,
	    (uint16_t)(VIRTIO_MORE | (type == VIRTIO_DISK_READ ? VIRTIO_WRITABLE : 0)),
	    (uint16_t)third};
	queue->descriptors[third] =
	    (struct virtio_descriptor){(uintptr_t)queue->buffer[third], 1, VIRTIO_WRITABLE, 0};
	give(queue, at, 1);
}

/* With all that the device offers, or with some of it. Bit 32, VERSION_1, stands alone in the
 * second word. */
static void open_device(bool all)
{
	uint32_t offered;

	board_write32(registers + VIRTIO_STATUS, 0);
	board_write32(registers + VIRTIO_STATUS, 3);
	board_write32(registers + VIRTIO_OFFERED_WORD, 0);
	offered = board_read32(registers + VIRTIO_OFFERED);
	board_write32(registers + VIRTIO_ACCEPTED_WORD, 0);
	board_write32(registers + VIRTIO_ACCEPTED,
	              all ? offered : offered & (uint32_t)random_word());
	board_write32(registers + VIRTIO_ACCEPTED_WORD, 1);
	board_write32(registers + VIRTIO_ACCEPTED, 1);
	board_write32(registers + VIRTIO_STATUS, 11);
	for (uint32_t i = 0; i < queue_count; i++)
		open_queue(i);
	board_write32(registers + VIRTIO_STATUS, 15);
	if (kind != VIRTIO_DISK)
		give(&queues[0], 0, LENGTH / 2);
	for (uint32_t i = 0; kind == VIRTIO_DISK && i < REQUESTS; i++)
		give_request(&queues[0], 3 * i, i % 2, random_below(SECTORS));
}

/* ---- how it breaks things ---- */

static void spoil_descriptor(void)
{
	random_queue()->descriptors[random_below(LENGTH)] = (struct virtio_descriptor){
	    random_address(), random_length(), (uint16_t)random_below(8),
	    (uint16_t)(random_below(4) == 0 ? random_below(65536) : random_below(LENGTH))};
}

/* A chain that goes round, or a table that names itself. */
static void spoil_with_loop(void)
{
	struct queue *queue = random_queue();
	const uint32_t first = random_below(LENGTH), second = random_below(LENGTH);

	queue->descriptors[first].flags =
	    (uint16_t)(VIRTIO_MORE | (queue == queues ? VIRTIO_WRITABLE : 0));
	queue->descriptors[first].next = (uint16_t)second;
	queue->descriptors[second] = queue->descriptors[first];
	queue->descriptors[second].next = (uint16_t)first;
	if (random_below(2) == 0)
		queue->descriptors[first] = (struct virtio_descriptor){
		    (uintptr_t)queue->descriptors, sizeof(queue->descriptors), VIRTIO_TABLE, 0};
	give(queue, first, 1);
}

static void spoil_ring(void)
{
	struct queue *queue = random_queue();

	queue->driver.entry[random_below(LENGTH + 1)] =
	    (uint16_t)random_below(random_below(2) == 0 ? LENGTH : 65536);
	queue->driver.index = (uint16_t)(queue->driver.index + random_below(4));
	if (random_below(20) == 0)
		queue->driver.index = (uint16_t)random_below(65536);
}

static void spoil_by_giving_twice(void)
{
	struct queue *queue = random_queue();
	const uint32_t buffer = random_below(LENGTH);

	for (uint32_t i = 0; i < 2 + random_below(3); i++)
		give(queue, buffer, 1);
}

/* Another length or another place, while the queue runs or between two runs. */
static void spoil_queue(void)
{
	board_write32(registers + VIRTIO_QUEUE, random_below(queue_count + 1));
	if (random_below(2) == 0)
		board_write32(registers + VIRTIO_READY, 0);
	board_write32(registers + VIRTIO_SIZE,
	              random_below(2) == 0 ? 1u << random_below(17) : random_below(300));
	if (random_below(3) == 0)
		board_write32(registers + VIRTIO_DESCRIPTORS + 16 * random_below(3),
		              (uint32_t)random_address());
	board_write32(registers + VIRTIO_READY, random_below(4));
}

static void spoil_register(void)
{
	const uintptr_t at = registers + random_below(0x1000 / 8) * 8;
	const uint64_t value = random_below(2) == 0 ? random_below(64) : random_address();

	switch (random_below(8)) {
	case 0:
		*(volatile uint8_t *)(at + random_below(8)) = (uint8_t)value;
		break;
	case 1:
		*(volatile uint16_t *)(at + 2 * random_below(4)) = (uint16_t)value;
		break;
	case 2:
		board_write64(at, value);
		break;
	case 3:
		(void)board_read64(at);
		break;
	case 4:
		board_write32(at + 4 * random_below(2), (uint32_t)value);
		break;
	case 5:
		(void)board_read32(at + 4 * random_below(2));
		break;
	default: /* a register that there is */
		board_write32(registers + 4 * random_below(0xb0 / 4), (uint32_t)value);
	}
}

static void spoil_bytes(void)
{
	uint8_t *at = (uint8_t *)queues + random_below(ALL - 8);
	const uint64_t bytes = random_word();

	memcpy(at, &bytes, sizeof(bytes));
}

/*
 * A packet with random fields: for all receivers or for one, and with random offloads in its
 * header. For a disk it is a random request, also behind the disk's end.
 */
static void spoil_by_sending(void)
{
	struct queue *queue = &queues[queue_count - 1];
	const uint32_t at = random_below(LENGTH);
	uint8_t *packet = queue->buffer[at];

	if (kind == VIRTIO_DISK) {
		give_request(queue, at, random_below(16), random_below(SECTORS));
		return;
	}
	for (uint32_t i = 0; i < 80; i++)
		packet[i] = (uint8_t)random_below(256);
	packet[0] &= 3;
	packet[1] &= 7;
	if (random_below(2) == 0)
		memset(packet + 12, 0xff, 6);
	queue->descriptors[at] =
	    (struct virtio_descriptor){(uintptr_t)packet, 26 + random_below(BUFFER - 26), 0, 0};
	give(queue, at, 1);
}

static void spoil(void)
{
	static void (*const ways[])(void) = {
	    spoil_descriptor,      spoil_descriptor, spoil_ring,     spoil_with_loop,
	    spoil_by_giving_twice, spoil_queue,      spoil_register, spoil_bytes,
	    spoil_by_sending,      spoil_by_sending};

	if (random_below(40) == 0)
		open_device(random_below(2) == 0);
	else
		ways[random_below(sizeof(ways) / sizeof(ways[0]))]();
	board_write32(registers + VIRTIO_NOTIFY, random_below(queue_count));
}

/* ---- its life ---- */

static void on_interrupt(uint32_t intid)
{
	(void)intid;
	board_write32(registers + VIRTIO_ACKNOWLEDGE, board_read32(registers + VIRTIO_INTERRUPTS));
}

/* Sends 76 bytes, a packet to everybody for a network. A device that sends nothing has got its work
 * with its queue. */
static bool is_sane(void)
{
	struct queue *queue = &queues[queue_count - 1];
	const bool sends = queue_count > 1;

	open_device(true);
	if (sends) {
		memset(queue->buffer[0], 0, 76);
		memset(queue->buffer[0] + 12, 0xff, 6);
		give(queue, 0, 1);
	}
	board_write32(registers + VIRTIO_NOTIFY, queue_count - 1);
	while (queue->device.index == 0) {
		if (board_read32(registers + VIRTIO_STATUS) != 15)
			return false;
		__asm__ volatile("yield");
	}
	return queue->device.index <= (sends ? 1 : LENGTH / 2);
}

void guest_main(void *device_tree)
{
	const struct tree_node end = tree_compatible(device_tree, "virtio,mmio", 0);
	const char *orders = tree_string(tree_named(device_tree, "chosen", 0), "bootargs", 0);
	char *rest = NULL;
	const uint64_t first = strtoull(orders + strlen("spoil="), &rest, 0);
	const uint64_t operations = strtoull(rest + 1, NULL, 0);
	const uint64_t life = psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[3];

	seed = first * 0x9e3779b97f4a7c15ull + life;
	queues =
	    (struct queue *)(uintptr_t)tree_number(tree_named(device_tree, "memory@", 1), "reg", 0);
	registers = (uintptr_t)tree_number(end, "reg", 0);
	kind = board_read32(registers + VIRTIO_KIND);
	queue_count = kind == VIRTIO_DISK || kind == VIRTIO_ENTROPY ? 1 : 2;
	gic_enable(tree_interrupt(end, 0), on_interrupt);
	cpu_unmask_interrupts();
	printf("spoil: begins, seed %lu, life %lu\n", (unsigned long)first, (unsigned long)life);
	open_device(true);
	for (uint64_t i = 0; i < operations; i++)
		spoil();
	printf("spoil: %lu operations; its device is %s\n", (unsigned long)operations,
	       is_sane() ? "sane" : "NOT SANE");
	for (;;)
		cpu_wfi();
}
