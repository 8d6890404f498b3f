/*
 * The tables of messages, against a fake ITS that carries out commands: each function's DeviceID
 * reaches its owner's SPIs and nothing else, and an ITS that doesn't fit is refused.
 *
 * Shows: dma.messages.
 */
#include <fake/cpu.h>
#include <fake/device.h>
#include <frame/gic.h>
#include <frame/print.h>
#include <frame/stop.h>
#include <lib/bundle.h>
#include <setjmp.h>
#include <string.h>
#include <unit.h>

#define ITS     0x8080000u
#define GICD    0x8000000u
#define CORE(n) (0x80a0000u + (n)*0x20000u)
#define CORES   2u
#define DEVICES 512u
#define EVENTS  1024u
#define FIRST   100u
#define COUNT   16u
#define PIECE   0x10000u
#define MEMORY                                                                                     \
	(BUNDLE_MESSAGE_MEMORY + CORES * BUNDLE_MESSAGE_CORE_MEMORY +                              \
	 3 * BUNDLE_MESSAGE_SENDER_MEMORY)
#define TYPER (1u | 11u << 4 | 15u << 8 | 15u << 13)

static uint8_t memory[MEMORY];
static uint32_t its[0x200 / 4], distributor, redistributor[CORES][0x80 / 4];
static uint32_t lpi[DEVICES][EVENTS], collection[DEVICES][EVENTS], core_of[CORES];
static bool mapped[DEVICES], stays_on, is_stuck;
static uint64_t shared = ~0ull; /* the bits of BASERs that can be written */
static jmp_buf away;
static const char *stopped;

static struct {
	struct bundle_header header;
	struct bundle_partition partitions[2];
	struct bundle_vcpu vcpus[2];
	struct bundle_function functions[4];
} bundle;

_Noreturn void stop_machine(const char *why)
{
	stopped = why;
	longjmp(away, 1);
}

void print(const char *format, ...)
{
	(void)format;
}

/* ---- the ITS ---- */

static void map_event(uint32_t device, const uint64_t *command)
{
	uint32_t event = (uint32_t)command[1];

	assert_true(device < DEVICES && mapped[device] && event < EVENTS);
	lpi[device][event] = (uint32_t)(command[1] >> 32);
	collection[device][event] = (uint32_t)command[2];
}

static void carry_out(const uint64_t *command)
{
	uint32_t device = (uint32_t)(command[0] >> 32);

	switch (command[0] & 0xff) {
	case 0x08: /* MAPD */
		assert_int_equal(command[1], 9);
		assert_true((command[2] & ~(1ull << 63)) >= (uintptr_t)memory);
		assert_true((command[2] & ~(1ull << 63)) + BUNDLE_MESSAGE_SENDER_MEMORY <=
		            (uintptr_t)memory + sizeof(memory));
		mapped[device] = true;
		break;
	case 0x09: /* MAPC: the number of the processor */
		core_of[command[2] & 0xffff] = (uint32_t)(command[2] >> 16 & 0xffff);
		break;
	case 0x0a:
		map_event(device, command);
		break;
	default:
		assert_true((command[0] & 0xff) == 0x0d || (command[0] & 0xff) == 0x05);
	}
}

static uint32_t its_read(uint64_t offset)
{
	return its[offset / 4];
}

static void its_write(uint64_t offset, uint32_t value)
{
	uint64_t queue = (its[0x80 / 4] | (uint64_t)its[0x84 / 4] << 32) & 0xfffffffff000;

	if (offset == 0)
		value |= (value & 1) == 0 ? 1u << 31 : 0;
	if (offset >= 0x100)
		value = (value & (uint32_t)(shared >> offset % 8 * 8)) |
		        (offset % 8 != 0 ? its[offset / 4] & 0x071f0000 : 0);
	its[offset / 4] = value;
	while (offset == 0x88 && !is_stuck && its[0x90 / 4] != value) {
		carry_out((const uint64_t *)(uintptr_t)(queue + its[0x90 / 4]));
		its[0x90 / 4] = (its[0x90 / 4] + 32) % 0x1000;
	}
}

static uint32_t core_read(uint32_t core, uint64_t offset)
{
	return redistributor[core][offset / 4];
}

static void core_write(uint32_t core, uint64_t offset, uint32_t value)
{
	if (offset == 0 && stays_on)
		value |= 1;
	redistributor[core][offset / 4] = value;
}

static uint32_t read_0(uint64_t offset)
{
	return core_read(0, offset);
}

static void write_0(uint64_t offset, uint32_t value)
{
	core_write(0, offset, value);
}

static uint32_t read_1(uint64_t offset)
{
	return core_read(1, offset);
}

static void write_1(uint64_t offset, uint32_t value)
{
	core_write(1, offset, value);
}

static uint32_t distributor_read(uint64_t offset)
{
	return offset == GICD_TYPER ? distributor : 0;
}

static void distributor_write(uint64_t offset, uint32_t value)
{
	(void)offset;
	(void)value;
	fail();
}

/* ---- the description ---- */

#define TABLE(table, count)                                                                        \
	((struct bundle_table){(uint32_t)((uintptr_t)(table) - (uintptr_t)&bundle), (count)})

/* The first partition has two functions that send, and one that doesn't; the second one has one, on
 * the other core. */
static void describe(void)
{
	memset(&bundle, 0, sizeof(bundle));
	bundle.header.board.its_base = ITS;
	bundle.header.board.gicd_base = GICD;
	bundle.header.cores.count = CORES;
	bundle.header.partitions = TABLE(bundle.partitions, 2);
	bundle.header.vcpus = TABLE(bundle.vcpus, 2);
	bundle.header.functions = TABLE(bundle.functions, 4);
	for (uint32_t i = 0; i < 2; i++) {
		bundle.partitions[i].message_intid = (uint16_t)(FIRST + i * 4);
		bundle.partitions[i].message_count = COUNT;
		bundle.partitions[i].vcpus = (struct bundle_range){i, 1};
		bundle.vcpus[i].core = i;
		bundle.vcpus[i].priority = (uint8_t)(32 * i);
	}
	bundle.partitions[0].functions = (struct bundle_range){0, 3};
	bundle.partitions[1].functions = (struct bundle_range){3, 1};
	bundle.functions[0].sender = 8;
	bundle.functions[2].sender = 16;
	bundle.functions[3].sender = 24;
}

static void setup(void)
{
	fake_cpu_reset((struct fake_hooks){0});
	fake_devices_reset();
	fake_complaints_forget();
	describe();
	memset(its, 0, sizeof(its));
	memset(redistributor, 0, sizeof(redistributor));
	memset(lpi, 0, sizeof(lpi));
	memset(mapped, 0, sizeof(mapped));
	memset(memory, 0, sizeof(memory));
	its[0] = 1u << 31;
	its[0x08 / 4] = TYPER;
	its[0x104 / 4] = 1u << 24 | 7u << 16; /* devices, of 8 bytes each */
	its[0x10c / 4] = 4u << 24 | 7u << 16;
	distributor = 15u << 19;
	for (uint32_t i = 0; i < CORES; i++)
		redistributor[i][GICR_TYPER / 4] = 1u | (i + 5) << 8;
	stays_on = is_stuck = false;
	shared = ~0ull;
	fake_device_add(&(struct fake_device){ITS, 0x200, its_read, its_write});
	fake_device_add(&(struct fake_device){GICD, 0x10, distributor_read, distributor_write});
	fake_device_add(&(struct fake_device){CORE(0), 0x80, read_0, write_0});
	fake_device_add(&(struct fake_device){CORE(1), 0x80, read_1, write_1});
}

const struct unit_fixture unit_each = {setup, NULL};

static bool fits(void)
{
	static const uint64_t cores[CORES] = {CORE(0), CORE(1)};

	stopped = NULL;
	if (setjmp(away) == 0)
		gic_begin_messages(&bundle.header, (uintptr_t)memory, cores);
	return stopped == NULL;
}

static uint32_t owner_of(uint32_t device)
{
	return device == 24;
}

static bool sends(uint32_t device)
{
	return device == 8 || device == 16 || device == 24;
}

TEST(each_sender_reaches_its_owner_alone)
{
	assert_true(gic_message_memory(&bundle.header) <= MEMORY);
	assert_true(fits());
	for (uint32_t device = 0; device < DEVICES; device++) {
		uint32_t owner = owner_of(device);

		assert_int_equal(mapped[device], sends(device));
		for (uint32_t event = 0; event < EVENTS; event++) {
			bool own = sends(device) && event - (FIRST + owner * 4) < COUNT;

			assert_int_equal(lpi[device][event], own ? 8192 + owner * 1024 + event : 0);
			if (own)
				assert_int_equal(collection[device][event], owner);
		}
	}
	assert_int_equal(fake_complaints(), 0);
}

TEST(each_core_has_its_events)
{
	assert_true(fits());
	assert_int_equal(its[0] & 1, 1);
	for (uint32_t i = 0; i < CORES; i++) {
		assert_int_equal(core_of[i], i + 5);
		assert_int_equal(redistributor[i][0], 1);
		assert_int_equal(redistributor[i][0x70 / 4] & 0x1f, 13);
		assert_int_equal(redistributor[i][0x78 / 4] % PIECE & ~0xfffu, 0);
	}
	assert_true(redistributor[0][0x78 / 4] != redistributor[1][0x78 / 4]);
}

/* An LPI has its owner's class; one that nobody has is off. */
TEST(priorities_are_those_of_the_owners)
{
	const uint8_t *priorities;
	uint32_t on = 0;

	assert_true(fits());
	priorities = (const uint8_t *)(uintptr_t)((redistributor[0][0x70 / 4] |
	                                           (uint64_t)redistributor[0][0x74 / 4] << 32) &
	                                          0xfffffffff000);
	for (uint32_t i = 0; i < 8192; i++)
		on += priorities[i] & 1;
	assert_int_equal(on, 2 * COUNT);
	assert_int_equal(priorities[FIRST], gic_priority(0) | 1);
	assert_int_equal(priorities[1024 + FIRST + 4], gic_priority(1) | 1);
}

TEST(what_does_not_fit_is_refused)
{
	for (uint32_t defect = 0; defect < 9; defect++) {
		setup();
		if (defect == 0)
			its[0x08 / 4] &= ~1u;
		if (defect == 1)
			its[0x08 / 4] = (TYPER & ~(0x1fu << 8)) | 8u << 8;
		if (defect == 2)
			its[0x08 / 4] = (TYPER & ~(0x1fu << 13)) | 7u << 13;
		if (defect == 3)
			distributor = 9u << 19;
		if (defect == 4)
			redistributor[1][GICR_TYPER / 4] &= ~1u;
		if (defect == 5)
			stays_on = true;
		if (defect == 6)
			shared = ~(3ull << 10);
		if (defect == 7)
			is_stuck = true;
		if (defect == 8)
			its[0x104 / 4] = 1u << 24 | 31u << 16, shared = ~0ull;
		assert_int_equal(fits(), defect == 8); /* entries of 32 bytes fit */
	}
}

TEST(nobody_sends)
{
	for (uint32_t i = 0; i < 4; i++)
		bundle.functions[i].sender = 0;
	assert_int_equal(gic_message_memory(&bundle.header), 0);
}
