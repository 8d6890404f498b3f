/*
 * The configuration space of a real function, as a guest finds and changes it: a million accesses
 * to words at any place, from a seed, against a model; the function itself must never get more than
 * command and status.
 */
#include <devices/panel.h>
#include <devices/pci.h>
#include <fake/cpu.h>
#include <fake/device.h>
#include <state/core.h>
#include <state/partition.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define SLOT              0x11u
#define PLACE(at)         (SLOT << 12 | (at)) /* on the bus */
#define WORDS             1024u
#define ACCESSES          1000000u
#define SHOWN             0x48u /* a capability of 16 bytes, then one of 8; between them, one that isn't */
#define HIDDEN            0x58u
#define LAST              0x64u
#define WRITABLE          0x0446u
#define NO_INTX           0x0400u
#define PIN               3u
#define MSIX              0x11u
#define MESSAGES_WRITABLE 0xc0000000u

struct core core;
static struct partition partition;
static uint32_t space[WORDS]; /* the function's own */
static const struct bundle_function config = {
    .bar = {0x10000000, 0, 0x10100000, 0, 0x18000000},
    .bar_size = {0x1000, 0, 0x4000, 0, 0x1000000},
    .bar_kind = {0, 0, BUNDLE_BAR_64, 0, BUNDLE_BAR_64 | BUNDLE_BAR_PREFETCH},
    .kind = BUNDLE_FUNCTION_REAL,
    .slot = SLOT,
    .pin = PIN,
};
static uint32_t messages; /* where it turns messages on; 0: it sends none */
static const struct function own = {
    .shown = 2,
    .capability = {{SHOWN, SHOWN + 15, LAST}, {LAST, LAST + 7, 0}},
};

static uint32_t space_read(uint64_t offset)
{
	return space[offset / 4];
}

static void space_write(uint64_t offset, uint32_t value)
{
	if (messages != 0 && offset == messages) {
		assert_int_equal((value ^ space[messages / 4]) & ~MESSAGES_WRITABLE, 0);
		space[messages / 4] = value;
		return;
	}
	/* Nothing else ever reaches it. Bits that aren't for a guest stay off. */
	assert_int_equal(offset, PCI_COMMAND);
	assert_int_equal(value & 0xffff & ~WRITABLE, 0);
	space[1] = (space[1] & ~(value & 0xf9000000)) & 0xffff0000;
	space[1] |= value & 0xffff;
}

/* No function here is a panel. */
bool panel_asks(const struct partition *of)
{
	(void)of;
	fail();
	return false;
}

void panel_evaluate(struct partition *of)
{
	(void)of;
	fail();
}

static void begin_with(const struct bundle_function *function)
{
	static struct bundle_partition of = {.functions = {0, 1}};
	struct bundle_header *bundle = (struct bundle_header *)LAYOUT_BUNDLE;

	fake_cpu_reset((struct fake_hooks){0});
	bundle->functions = (struct bundle_table){.offset = 0x1000, .count = 1};
	*(struct bundle_function *)(LAYOUT_BUNDLE + 0x1000) = *function;
	memset(&partition, 0, sizeof(partition));
	partition.config = &of;
	partition.real[0] = own;
	fake_devices_reset();
	fake_complaints_forget();
	fake_device_add(&(struct fake_device){LAYOUT_PCI + SLOT * PAGE_SIZE, PAGE_SIZE, space_read,
	                                      space_write});
	for (uint32_t i = 0; i < WORDS; i++)
		space[i] = 0xa5000000u + i * 0x10101;
	space[1] = 0x00100000;
}

static void begin(void)
{
	begin_with(&config);
}

static uint32_t read(uint32_t at)
{
	return (uint32_t)pci_read(&partition, PLACE(at), 4);
}

/* The bytes of the mask by one access. */
static void write(uint32_t at, uint32_t value, uint32_t mask)
{
	uint32_t first = (uint32_t)__builtin_ctz(mask) / 8;

	pci_write(&partition, PLACE(at + first), (uint32_t)__builtin_popcount(mask) / 8,
	          value >> 8 * first);
}

/* Shows: dma.messages. */
TEST(test_messages_are_turned_on_and_masked_and_nothing_else)
{
	struct bundle_function sender = config;

	for (uint32_t sends = 0; sends < 2; sends++) {
		sender.sender = sends * SLOT;
		begin_with(&sender);
		messages = sends * SHOWN;
		space[SHOWN / 4] = 0x00070000 | LAST << 8 | MSIX;
		write(SHOWN, ~0u, ~0u);
		write(SHOWN + 4, ~0u, ~0u);
		write(LAST, ~0u, ~0u);
		assert_int_equal(space[SHOWN / 4] >> 16, sends != 0 ? 0xc007 : 0x0007);
		write(SHOWN, 0, 0xff000000);
		assert_int_equal(space[SHOWN / 4] >> 16, 0x0007);
	}
	messages = 0;
	assert_int_equal(fake_complaints(), 0);
}

TEST(test_the_header)
{
	begin();
	assert_int_equal(read(PCI_ID), space[0]);
	assert_int_equal(read(PCI_CLASS), space[2]);
	assert_int_equal(read(PCI_CACHE_LINE), space[3] & 0x00ff0000);
	assert_int_equal(read(PCI_SUBSYSTEM), space[11]);
	assert_int_equal(read(0x28), 0); /* no card information, no ROM */
	assert_int_equal(read(0x30), 0);
	assert_int_equal(read(PCI_INTERRUPT), PIN << 8);
	write(PCI_CACHE_LINE, 0x12345678, ~0u);
	assert_int_equal(read(PCI_CACHE_LINE) & 0xffff, 0x5678);
	write(PCI_CACHE_LINE, 0x9900, 0xff00);
	assert_int_equal(read(PCI_CACHE_LINE) & 0xffff, 0x9978);
	write(PCI_INTERRUPT, 0x42, 0xff);
	write(PCI_INTERRUPT, 0x0100, 0xff00);
	assert_int_equal(read(PCI_INTERRUPT), PIN << 8 | 0x42);
	assert_int_equal(fake_complaints(), 0);
}

/* Shows: dma.bars. */
TEST(test_the_bars)
{
	static const uint32_t placed[] = {0x10000000, 0, 0x10100004, 0, 0x1800000c, 0};
	static const uint32_t sizes[] = {0xfffff000, 0,          0xffffc004,
	                                 0xffffffff, 0xff00000c, 0xffffffff};

	begin();
	for (uint32_t bar = 0; bar < 6; bar++) {
		assert_int_equal(read(PCI_BAR(bar)), placed[bar]);
		write(PCI_BAR(bar), 0xe0000000, ~0u);
		assert_int_equal(read(PCI_BAR(bar)), placed[bar]);
		write(PCI_BAR(bar), ~0u, ~0u);
		assert_int_equal(read(PCI_BAR(bar)), sizes[bar]);
		write(PCI_BAR(bar), placed[bar], ~0u);
		assert_int_equal(read(PCI_BAR(bar)), placed[bar]);
	}
}

TEST(test_the_command)
{
	begin();
	write(PCI_COMMAND, 0xffff, 0xffff);
	assert_int_equal(space[1], 0x00100000 | WRITABLE);
	write(PCI_COMMAND, 0, 0x00ff); /* a byte */
	assert_int_equal(space[1] & 0xffff, WRITABLE & 0xff00);
	space[1] |= 0x28000000;
	write(PCI_COMMAND, 4, 0xffff); /* leaves the status as it is */
	assert_int_equal(space[1], 0x28100004);
	write(PCI_COMMAND, 0x08000000, 0xffff0000); /* the other way round */
	assert_int_equal(space[1], 0x20100004);
}

/* After any writes in any pieces, it asks for no interrupt. */
TEST(test_one_without_a_pin)
{
	struct bundle_function silent = config;

	silent.pin = 0;
	begin_with(&silent);
	for (uint32_t size = 1; size <= 4; size *= 2) {
		for (uint32_t value = 0; value < 2; value++) {
			pci_write(&partition, PLACE(PCI_COMMAND), size, value * 0xffff);
			assert_int_equal(space[1] & NO_INTX, NO_INTX);
		}
	}
	assert_int_equal(read(PCI_INTERRUPT), 0);
}

TEST(test_the_capabilities)
{
	begin();
	assert_int_equal(read(PCI_CAPABILITIES), SHOWN);
	assert_int_equal(read(SHOWN), (space[SHOWN / 4] & ~0xff00u) | LAST << 8);
	assert_int_equal(read(SHOWN + 12), space[SHOWN / 4 + 3]);
	assert_int_equal(read(LAST), space[LAST / 4] & ~0xff00u);
	assert_int_equal(read(LAST + 4), space[LAST / 4 + 1]);
	for (uint32_t at = PCI_HEADER_SIZE; at < 4 * WORDS; at += 4) {
		if ((at >= SHOWN && at < HIDDEN) || (at >= LAST && at < LAST + 8))
			continue;
		assert_int_equal(read(at), 0);
	}
}

/*
 * space_write() judges arriving writes. A BAR reads as its address, or as a size.
 * Shows: dma.own-functions.
 */
TEST(test_a_million_accesses)
{
	uint32_t before[WORDS];

	begin();
	memcpy(before, space, sizeof(before));
	srand(4);
	for (uint32_t i = 0; i < ACCESSES; i++) {
		uint32_t at = 4 * ((uint32_t)rand() % (i % 4 == 0 ? WORDS : 32));
		uint32_t value = (uint32_t)rand() << 16 ^ (uint32_t)rand();

		if (rand() % 2 == 0)
			write(at, rand() % 8 == 0 ? ~0u : value,
			      rand() % 3 == 0 ? 0xffu << 8 * (rand() % 4) : ~0u);
		else
			(void)read(at);
		assert_int_equal(read(PCI_ID), before[0]);
		assert_int_equal(read(PCI_BAR(1)), 0);
	}
	before[1] = space[1];
	assert_memory_equal(before, space, sizeof(before));
	for (uint32_t bar = 0; bar < 6; bar++) {
		write(PCI_BAR(bar), 0, ~0u);
		assert_true((read(PCI_BAR(bar)) & ~0xfu) == (config.bar[bar] & 0xffffffff));
	}
	assert_int_equal(fake_complaints(), 0);
}
