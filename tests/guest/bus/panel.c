/*
 * The PCI bus of a partition and its panel, from inside: the search for devices as Linux does it,
 * the registers, doorbells and news of a managed partition as bits and as an interrupt that can be
 * masked in configuration space, its black box. The other partition, "peer", runs peer.c and is
 * managed by this one. Judges itself.
 *
 * Shows: talk.panel.
 */
#include "bus.h"
#include <guest/cpu.h>
#include <guest/exception.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/test.h>
#include <guest/time.h>
#include <kumiki/blackbox.h>
#include <kumiki/hypercall.h>
#include <kumiki/life.h>
#include <string.h>

static uint32_t panel_slot;
static uintptr_t panel_base;

static uint32_t config32(uint32_t offset)
{
	return board_read32(bus_config(panel_slot, offset));
}

static void config_write32(uint32_t offset, uint32_t value)
{
	board_write32(bus_config(panel_slot, offset), value);
}

static uint32_t panel32(uint32_t offset)
{
	return board_read32(panel_base + offset);
}

static void panel_write32(uint32_t offset, uint32_t value)
{
	board_write32(panel_base + offset, value);
}

static uint32_t panel_own(void)
{
	return (uint32_t)psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[0];
}

/* The only other partition. */
static uint32_t panel_peer(void)
{
	return 1 - panel_own();
}

static struct tree_node panel_window(void)
{
	return tree_compatible(test_tree, "kumiki,window-1.0", 0);
}

static volatile uint32_t *panel_words(void)
{
	return (volatile uint32_t *)(uintptr_t)tree_number(panel_window(), "reg", 0);
}

static uint32_t panel_bell_bit(void)
{
	return 1u << tree_cell(panel_window(), "kumiki,bits", 0);
}

/* ---- the bus ---- */

static void one_function_is_there(void)
{
	uint32_t found = 0;

	panel_slot = bus_panel();
	CHECK(panel_slot < BUS_DEVICES && panel_slot % 8 == 0);
	panel_base = bus_registers(panel_slot);
	for (uint32_t slot = 0; slot < BUS_DEVICES; slot++) {
		if (board_read32(bus_config(slot, 0)) != 0xffffffff) {
			found++;
			continue;
		}
		CHECK_EQUAL(board_read64(bus_config(slot, 0x3c)), ~0ul);
		CHECK_EQUAL(*(volatile uint8_t *)bus_config(slot, 0xe), 0xff);
		board_write32(bus_config(slot, BUS_COMMAND), 0xffffffff);
		CHECK_EQUAL(*(volatile uint16_t *)bus_config(slot, BUS_COMMAND), 0xffff);
	}
	CHECK_EQUAL(found, 1);
}

static void header(void)
{
	CHECK_EQUAL(config32(0x00), PANEL_DEVICE << 16 | PANEL_VENDOR);
	CHECK_EQUAL(config32(BUS_COMMAND), 0);
	CHECK_EQUAL(config32(0x08), PANEL_CLASS);
	CHECK_EQUAL(config32(0x0c), 0);
	CHECK_EQUAL(config32(0x2c), PANEL_SUBSYSTEM);
	CHECK_EQUAL(config32(0x34), 0);
	CHECK_EQUAL(config32(0x3c), 0x100); /* pin A */
	for (uint32_t offset = 0x40; offset < 0x1000; offset += 4)
		CHECK_EQUAL(config32(offset), 0);
}

static void bars_say_their_size_and_stay(void)
{
	uint32_t placed[6], size[6];

	for (uint32_t i = 0; i < 6; i++) {
		placed[i] = config32(BUS_BAR(i));
		config_write32(BUS_BAR(i), 0xffffffff);
		size[i] = config32(BUS_BAR(i));
		config_write32(BUS_BAR(i), placed[i] + 0x100000);
		CHECK_EQUAL(config32(BUS_BAR(i)), placed[i]);
		config_write32(BUS_BAR(i), placed[i]);
	}
	CHECK_EQUAL(size[0], 0xfffff000);
	CHECK_EQUAL(placed[0] & 0xfff, 0);
	CHECK_EQUAL(placed[2] & 0xf, 0xc); /* 64 bits, prefetchable */
	CHECK_EQUAL(size[2] & 0xf, 0xc);
	CHECK_EQUAL(size[3], 0xffffffff);
	CHECK_EQUAL(placed[3], 0);
	CHECK(panel_words() >= (volatile uint32_t *)(uintptr_t)(placed[2] & ~0xful));
	CHECK(((uintptr_t)panel_words() - (placed[2] & ~0xful)) <
	      -(uint64_t)(int32_t)(size[2] & ~0xfu));
	CHECK_EQUAL(size[1] | size[4] | size[5], 0);
}

/* Parts of words, pairs of them, and what Linux does not need. */
static void any_width(void)
{
	volatile uint16_t *command = (volatile uint16_t *)bus_config(panel_slot, BUS_COMMAND);
	uint32_t low, high;

	*command = 0xffff;
	CHECK_EQUAL(*command, 0x406);
	((volatile uint8_t *)command)[1] = 0;
	CHECK_EQUAL(*command, 0x006);
	*(volatile uint8_t *)bus_config(panel_slot, 0x3c) = 0x55;
	CHECK_EQUAL(config32(0x3c), 0x155);
	CHECK_EQUAL(board_read64(bus_config(panel_slot, 0)), 0x600000000ul | config32(0));
	__asm__ volatile("ldp %w0, %w1, [%2]"
	                 : "=r"(low), "=r"(high)
	                 : "r"(bus_config(panel_slot, 8))
	                 : "memory");
	CHECK_EQUAL(low, PANEL_CLASS);
	CHECK_EQUAL(high, 0);
	*command = 0;
}

/* ---- the panel's registers ---- */

static void identity(void)
{
	struct psci_result self = psci_call4(KUMIKI_CALL_SELF, 0, 0, 0);
	struct psci_result all = psci_call4(KUMIKI_CALL_PARTITIONS, 0, 0, 0);

	CHECK_EQUAL(panel32(PANEL_MAGIC), PANEL_MAGIC_VALUE);
	CHECK_EQUAL(panel32(PANEL_REVISION), PANEL_REVISION_VALUE);
	CHECK_EQUAL(panel32(PANEL_INDEX), self.x[0]);
	CHECK_EQUAL(panel32(PANEL_STARTS), self.x[3]);
	CHECK_EQUAL(panel32(PANEL_PARTITIONS), all.x[0]);
	CHECK_EQUAL(panel32(PANEL_MANAGED), all.x[1]);
	CHECK_EQUAL(panel32(PANEL_MANAGED), 1u << panel_peer());
	CHECK_EQUAL(panel32(PANEL_ENABLE), 0);
}

static void names(void)
{
	for (uint32_t n = 0; n < 2; n++)
		for (uint32_t offset = 0; offset < 32; offset += 8) {
			uint64_t name = panel32(PANEL_NAME(n) + offset) |
			                (uint64_t)panel32(PANEL_NAME(n) + offset + 4) << 32;

			CHECK_EQUAL(name, psci_call4(KUMIKI_CALL_NAME_OF, n, offset, 0).x[0]);
		}
	CHECK_EQUAL(panel32(PANEL_NAME(2)), 0);
}

static void states(void)
{
	CHECK_EQUAL(panel32(PANEL_STATE(panel_own())), LIFE_RUNNING);
	CHECK(time_wait_until(panel32(PANEL_STATE(panel_peer())) == LIFE_RUNNING));
	for (uint32_t i = 0; i < 4; i++)
		CHECK_EQUAL(panel32(PANEL_STATE(panel_peer()) + 4 * i),
		            psci_call4(KUMIKI_CALL_STATE, panel_peer(), 0, 0).x[i]);
	for (uint32_t n = 2; n < 8; n++)
		CHECK_EQUAL(panel32(PANEL_STATE(n) + 12), 0xffffffff);
}

static void what_isnt_ones_business_is_refused(void)
{
	const uint32_t own_bell = 1 - tree_cell(panel_window(), "kumiki,rings", 0);

	panel_write32(PANEL_RING, own_bell);
	CHECK_EQUAL(panel32(PANEL_RESULT), (uint32_t)KUMIKI_DENIED);
	panel_write32(PANEL_RING, 2);
	CHECK_EQUAL(panel32(PANEL_RESULT), (uint32_t)KUMIKI_INVALID_PARAMETERS);
	panel_write32(PANEL_COMMAND(panel_own()), LIFE_STOP);
	CHECK_EQUAL(panel32(PANEL_RESULT), (uint32_t)KUMIKI_DENIED);
	panel_write32(PANEL_COMMAND(panel_peer()), LIFE_COMMANDS);
	CHECK_EQUAL(panel32(PANEL_RESULT), (uint32_t)KUMIKI_INVALID_PARAMETERS);
	panel_write32(PANEL_COMMAND(5), LIFE_STOP);
	CHECK_EQUAL(panel32(PANEL_RESULT), (uint32_t)KUMIKI_DENIED);
}

/* ---- doorbells and news ---- */

/* The peer answers a number. */
static void panel_ask(uint32_t number)
{
	panel_words()[0] = number;
	cpu_dsb();
	panel_write32(PANEL_RING, tree_cell(panel_window(), "kumiki,rings", 0));
	CHECK_EQUAL(panel32(PANEL_RESULT), 0);
}

static bool panel_pending(uint32_t bits)
{
	return (panel32(PANEL_PENDING) & bits) == bits;
}

/* It has rung for that answer, and where nothing else was asked for it doesn't ring any more,
 * however long its core waits for the host. */
static bool panel_answered(uint32_t number)
{
	return panel_words()[2] == number && panel_words()[1] == 3 * number;
}

/* Nothing is asked for: bits come without an interrupt. Until the peer listens, nobody hears. */
static void a_ring_is_a_bit(void)
{
	const uint32_t bit = panel_bell_bit();

	CHECK(time_wait_until(panel_words()[2] == BUS_LISTENS));
	panel_ask(7);
	CHECK(time_wait_until(panel_answered(7) && panel_pending(bit)));
	CHECK_EQUAL(config32(BUS_COMMAND) & BUS_ASKS, 0);
	panel_write32(PANEL_PENDING, ~bit & ~PANEL_CHANGED);
	CHECK(panel_pending(bit));
	panel_write32(PANEL_PENDING, bit);
	CHECK(!panel_pending(bit));
}

static void each_ring_comes_once_the_bit_is_clear(void)
{
	const uint32_t bit = panel_bell_bit();

	/* The last but one may be answered with the last one's number, and that once more. */
	for (uint32_t i = 0; i < 10; i++)
		panel_ask(1000 + i);
	CHECK(time_wait_until(panel_answered(1009) && panel_pending(bit)));
	panel_write32(PANEL_PENDING, bit);
	for (uint32_t i = 100; i < 200; i++) {
		panel_ask(i);
		CHECK(time_wait_until(panel_answered(i) && panel_pending(bit)));
		panel_write32(PANEL_PENDING, bit);
	}
	CHECK(!panel_pending(bit));
}

static volatile uint32_t panel_taken, panel_status;

/* Like uio_pci_generic: finds the asking function, and masks its interrupt there. */
static void panel_masks(uint32_t intid)
{
	(void)intid;
	panel_status = config32(BUS_COMMAND);
	config_write32(BUS_COMMAND, (panel_status & 0xffff) | BUS_NO_INTX);
	panel_taken++;
}

static void an_interrupt_is_masked_and_comes_again(void)
{
	const uint32_t bit = panel_bell_bit();

	panel_taken = 0;
	gic_enable(bus_interrupt(test_tree), panel_masks);
	cpu_unmask_interrupts();
	panel_write32(PANEL_ENABLE, bit);
	panel_ask(5);
	CHECK(time_wait_until(panel_taken == 1 && panel_answered(5)));
	CHECK((panel_status & BUS_ASKS) != 0);
	CHECK((config32(BUS_COMMAND) & BUS_ASKS) != 0);
	panel_ask(6);
	CHECK(time_wait_until(panel_answered(6)));
	time_spin(1000);
	CHECK_EQUAL(panel_taken, 1);
	/* A level: as long as the bit is set it asks. */
	config_write32(BUS_COMMAND, 0);
	CHECK(time_wait_until(panel_taken == 2));
	panel_write32(PANEL_PENDING, bit);
	config_write32(BUS_COMMAND, 0);
	time_spin(1000);
	CHECK_EQUAL(panel_taken, 2);
	CHECK_EQUAL(config32(BUS_COMMAND), 0);
	panel_ask(8);
	CHECK(time_wait_until(panel_taken == 3 && panel_answered(8)));
	panel_write32(PANEL_ENABLE, 0);
	config_write32(BUS_COMMAND, 0);
	CHECK_EQUAL(panel_taken, 3);
	panel_write32(PANEL_PENDING, bit);
	cpu_mask_interrupts();
}

static volatile uint32_t panel_busy;

/* In nobody's way for long, and always in the way. */
static void panel_disturb(void)
{
	while (panel_busy) {
		(void)config32(0);
		board_write32(BOARD_RTC + 0x04, panel32(PANEL_PENDING));
		__asm__ volatile("yield"); /* where CPUs take turns, the other one's */
	}
}

/* A guest that finds the panel taken tries again. */
static void rings_come_while_another_cpu_is_at_it(void)
{
	panel_busy = 1;
	CHECK_EQUAL(cpu_start(1, panel_disturb), PSCI_SUCCESS);
	each_ring_comes_once_the_bit_is_clear();
	panel_busy = 0;
	CHECK(time_wait_until(psci_call(PSCI_AFFINITY_INFO, 1, 0, 0) == PSCI_OFF));
}

static void a_managed_life_is_news(void)
{
	const uint32_t peer = panel_peer(), starts = panel32(PANEL_STATE(peer) + 8);

	panel_write32(PANEL_PENDING, PANEL_CHANGED);
	panel_write32(PANEL_COMMAND(peer), LIFE_STOP);
	CHECK_EQUAL(panel32(PANEL_RESULT), 0);
	CHECK(time_wait_until(panel_pending(PANEL_CHANGED)));
	CHECK(time_wait_until(panel32(PANEL_STATE(peer)) == LIFE_STOPPED));
	CHECK_EQUAL(panel32(PANEL_STATE(peer) + 4), STOP_COMMAND);
	panel_write32(PANEL_PENDING, PANEL_CHANGED);
	panel_words()[2] = 0;
	cpu_dsb();
	panel_write32(PANEL_COMMAND(peer), LIFE_START);
	CHECK(time_wait_until(panel_pending(PANEL_CHANGED)));
	CHECK(time_wait_until(panel32(PANEL_STATE(peer)) == LIFE_RUNNING));
	CHECK_EQUAL(panel32(PANEL_STATE(peer) + 8), starts + 1);
	a_ring_is_a_bit();
}

/* ---- memory ---- */

static const volatile struct blackbox *panel_box(void)
{
	struct tree_node manager = tree_compatible(test_tree, "kumiki,manager-1.0", 0);

	return (const volatile struct blackbox *)(uintptr_t)tree_number(manager, "reg", 0);
}

static bool panel_box_says(const char *line)
{
	const volatile struct blackbox *box = panel_box();
	const size_t size = strlen(line);

	for (uint64_t at = 0; at + size <= box->printed && at < 512; at++) {
		size_t same = 0;

		while (same < size && box->console[at + same] == (uint8_t)line[same])
			same++;
		if (same == size)
			return true;
	}
	return false;
}

static void the_black_box_can_be_read_alone(void)
{
	volatile struct blackbox *box = (volatile struct blackbox *)(uintptr_t)panel_box();

	CHECK(time_wait_until(box->magic == BLACKBOX_MAGIC));
	CHECK_EQUAL(box->revision, BLACKBOX_REVISION);
	CHECK(time_wait_until(panel_box_says("peer: here I am")));
	CHECK(time_wait_until(box->events >= 3));
	fault_expect();
	box->magic = 0;
	const struct guest_frame *fault = fault_taken();
	CHECK(fault != NULL && (fault->esr & 0x3f) == ESR_EXTERNAL_ABORT);
	CHECK_EQUAL(box->magic, BLACKBOX_MAGIC);
}

static void expect_nothing(uint64_t address)
{
	fault_expect();
	(void)board_read32(address);
	(void)fault_taken();
	CHECK_EQUAL(fault_count(), 1);
}

/*
 * The black box of a partition that it doesn't manage; its own black box; the last page of the
 * panel's memory; the space behind its registers.
 */
static void nothing_else_is_there(void)
{
	const uint64_t box = (uintptr_t)panel_box();
	const uint64_t memory = config32(BUS_BAR(PANEL_MEMORY_BAR)) & ~0xful;
	const int64_t own = (int64_t)panel_own() - panel_peer();

	config_write32(BUS_BAR(PANEL_MEMORY_BAR), 0xffffffff);
	expect_nothing(memory + ~(config32(BUS_BAR(PANEL_MEMORY_BAR)) & ~0xfu) - 0xfff);
	config_write32(BUS_BAR(PANEL_MEMORY_BAR), (uint32_t)memory);
	expect_nothing(box + (uint64_t)(own * BUNDLE_BLACKBOX_MEMORY));
	expect_nothing(panel_base + PANEL_REGISTERS_SIZE);
}

const struct test tests[] = {
    {"one_function_is_there", one_function_is_there, TEST_KUMIKI},
    {"header", header, TEST_KUMIKI},
    {"bars_say_their_size_and_stay", bars_say_their_size_and_stay, TEST_KUMIKI},
    {"any_width", any_width, TEST_KUMIKI},
    {"identity", identity, TEST_KUMIKI},
    {"names", names, TEST_KUMIKI},
    {"states", states, TEST_KUMIKI},
    {"what_isnt_ones_business_is_refused", what_isnt_ones_business_is_refused, TEST_KUMIKI},
    {"a_ring_is_a_bit", a_ring_is_a_bit, TEST_KUMIKI},
    {"each_ring_comes_once_the_bit_is_clear", each_ring_comes_once_the_bit_is_clear, TEST_KUMIKI},
    {"an_interrupt_is_masked_and_comes_again", an_interrupt_is_masked_and_comes_again, TEST_KUMIKI},
    {"rings_come_while_another_cpu_is_at_it", rings_come_while_another_cpu_is_at_it, TEST_SMP},
    {"a_managed_life_is_news", a_managed_life_is_news, TEST_KUMIKI},
    {"the_black_box_can_be_read_alone", the_black_box_can_be_read_alone, TEST_KUMIKI},
    {"nothing_else_is_there", nothing_else_is_there, TEST_KUMIKI},
    {NULL, NULL, TEST_ANYWHERE},
};
