/* SPDX-License-Identifier: MIT-0 */
/* The network card: see realtime/line.h. It is driven by Virtual I/O Device (VIRTIO) 1.1, sections
 * 4.2 (virtio-mmio) and 2.6 (split virtqueues). */
#include <guest/board.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <realtime/line.h>

/* Registers. */
#define LINE_DEVICE_ID       0x008
#define LINE_FEATURES        0x020
#define LINE_FEATURES_HALF   0x024
#define LINE_QUEUE           0x030
#define LINE_QUEUE_SIZE      0x038
#define LINE_QUEUE_READY     0x044
#define LINE_NOTIFY          0x050
#define LINE_INTERRUPT       0x060
#define LINE_ACKNOWLEDGE     0x064
#define LINE_STATUS          0x070
#define LINE_DESCRIPTORS     0x080
#define LINE_AVAILABLE       0x090
#define LINE_USED            0x0a0
#define LINE_STATUS_DRIVER   3u /* the device is seen, and has a driver */
#define LINE_STATUS_FEATURES 8u
#define LINE_STATUS_READY    4u
#define LINE_FEATURE_VERSION 1u /* in the upper half: version 1 of the standard */
#define LINE_ID_NETWORK_CARD 1u
#define LINE_TRANSMIT        1u /* the number of the transmit queue */

#define LINE_ENTRIES 2u
#define LINE_AT_ONCE 2u  /* counter ticks around a store without interruption */
#define LINE_PACKET  74u /* virtio's header, and the shortest packet */

struct line_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

static volatile struct {
	struct line_descriptor descriptors[LINE_ENTRIES];
	struct {
		uint16_t flags, index, ring[LINE_ENTRIES], event;
	} available;
	struct {
		uint16_t flags, index;
		struct {
			uint32_t id, length;
		} ring[LINE_ENTRIES];
		uint16_t event;
	} used __attribute__((aligned(4)));
} line_queue __attribute__((aligned(16)));

static uint8_t line_packet[LINE_PACKET];

/* While a packet is on its way, only the handler writes this; otherwise only the main loop does. */
static struct {
	uintptr_t at;
	uint64_t delay, deadline; /* counter ticks; a deadline of 0: not known */
	struct latency *latency;
	uint32_t sent, answered;
	volatile bool under_way;
} line;

static void line_answered(uint32_t intid)
{
	uint64_t latency = latency_since(line.deadline);

	(void)intid;
	board_write32(line.at + LINE_ACKNOWLEDGE, board_read32(line.at + LINE_INTERRUPT));
	if (!line.under_way || line_queue.used.index != (uint16_t)line.sent)
		return;
	if (line.deadline != 0 && line.latency->noting)
		latency_note(line.latency, latency);
	line.answered++;
	line.under_way = false;
}

static void line_set_address(uintptr_t at, const volatile void *part)
{
	board_write32(line.at + at, (uint32_t)(uintptr_t)part);
	board_write32(line.at + at + 4, (uint32_t)((uintptr_t)part >> 32));
}

static void line_agree(void)
{
	board_write32(line.at + LINE_STATUS, 0);
	board_write32(line.at + LINE_STATUS, LINE_STATUS_DRIVER);
	board_write32(line.at + LINE_FEATURES_HALF, 0);
	board_write32(line.at + LINE_FEATURES, 0);
	board_write32(line.at + LINE_FEATURES_HALF, 1);
	board_write32(line.at + LINE_FEATURES, LINE_FEATURE_VERSION);
	board_write32(line.at + LINE_STATUS, LINE_STATUS_DRIVER | LINE_STATUS_FEATURES);
}

static void line_set_up(void)
{
	line_queue.descriptors[0] =
	    (struct line_descriptor){(uintptr_t)line_packet, LINE_PACKET, 0, 0};
	line_agree();
	board_write32(line.at + LINE_QUEUE, LINE_TRANSMIT);
	board_write32(line.at + LINE_QUEUE_SIZE, LINE_ENTRIES);
	line_set_address(LINE_DESCRIPTORS, &line_queue.descriptors);
	line_set_address(LINE_AVAILABLE, &line_queue.available);
	line_set_address(LINE_USED, &line_queue.used);
	board_write32(line.at + LINE_QUEUE_READY, 1);
	board_write32(line.at + LINE_STATUS,
	              LINE_STATUS_DRIVER | LINE_STATUS_FEATURES | LINE_STATUS_READY);
}

bool line_start(const void *device_tree, uint64_t delay)
{
	for (uint32_t i = 0;; i++) {
		struct tree_node node = tree_compatible(device_tree, "virtio,mmio", i);

		if (node.at == NULL)
			return false;
		line.at = tree_number(node, "reg", 0);
		if (board_read32(line.at + LINE_DEVICE_ID) != LINE_ID_NETWORK_CARD)
			continue;
		line.delay = delay * time_frequency() / 1000000000u;
		line_set_up();
		gic_enable(tree_interrupt(node, 0), line_answered);
		return true;
	}
}

/* Notifies the card. Its delay counts from that store. If an interruption came there, the store's
 * time isn't known. */
static void line_tell(void)
{
	uint64_t before = time_counter();

	board_write32(line.at + LINE_NOTIFY, LINE_TRANSMIT);
	line.deadline = time_counter() - before <= LINE_AT_ONCE ? before + line.delay : 0;
}

uint64_t line_send(struct latency *latency)
{
	if (line.at == 0 || line.under_way)
		return 0;
	line.latency = latency;
	line.under_way = true;
	line.sent++;
	line_queue.available.index = (uint16_t)line.sent;
	cpu_dsb();
	cpu_mask_interrupts();
	line_tell();
	cpu_unmask_interrupts();
	return line.deadline;
}

bool line_is_under_way(void)
{
	return line.under_way;
}

uint32_t line_lost(void)
{
	return line.sent - line.answered - (line.under_way ? 1 : 0);
}
