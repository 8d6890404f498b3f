/*
 * The place of a disk's registers by PCI. Its configuration space and the window are memory here,
 * laid out as the standard has them (virtio 1.1, 4.1.4), and then wrong in one thing after another.
 *
 * Shows: rtos.disk.
 */
#include <pci/function.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>
#include <virtio/device.h>

#define SPACE    4096
#define WINDOW   65536
#define PHYSICAL 0x10000000u
#define BAR      4 /* the BAR's number; it has 64 bits */
#define BAR_AT   (0x10 + 4 * BAR)
#define BASE     0x4000 /* the BAR's place in the window */

/* Capabilities, and their parts of the BAR. */
enum { COMMON = 0x50, NOTIFY = 0x60, INTERRUPT = 0x80, DISK = 0x90 };
enum { AT_COMMON = 0, AT_INTERRUPT = 0x1000, AT_DISK = 0x2000, AT_NOTIFY = 0x3000 };

static _Alignas(4096) uint8_t space[SPACE], window[WINDOW];
static struct device device;

/* The kinds of another test. */
const char *device_missing(enum device_kind kind)
{
	return kind == DEVICE_DISK ? "no disk" : "no network card";
}

static const struct device_queue queue = {.size = 64,
                                          .descriptors = 0x1122334455667000,
                                          .available = 0x1122334455668000,
                                          .used = 0x1122334455669000};

static void put(uint8_t *memory, uint32_t at, uint32_t value)
{
	memcpy(memory + at, &value, 4);
}

static uint32_t get(const uint8_t *memory, uint32_t at)
{
	uint32_t value;

	memcpy(&value, memory + at, 4);
	return value;
}

static void capability(uint32_t at, uint32_t next, uint32_t kind, uint32_t offset, uint32_t length)
{
	put(space, at, kind << 24 | next << 8 | 9);
	put(space, at + 4, BAR);
	put(space, at + 8, offset);
	put(space, at + 12, length);
}

static void put_half(uint32_t at, uint16_t value)
{
	memcpy(window + BASE + at, &value, 2);
}

static void begin(void)
{
	memset(space, 0, sizeof(space));
	memset(window, 0, sizeof(window));
	put(space, 0, 0x10421af4);
	put(space, BAR_AT, (PHYSICAL + BASE) | 4);
	put(space, 0x34, DISK);
	capability(DISK, NOTIFY, 4, AT_DISK, 0x1000);
	capability(NOTIFY, INTERRUPT, 2, AT_NOTIFY, 0x1000);
	put(space, NOTIFY + 16, 4); /* bytes from one to the next */
	capability(INTERRUPT, COMMON, 3, AT_INTERRUPT, 0x1000);
	capability(COMMON, 0, 1, AT_COMMON, 0x1000);
	put_half(0x18, 256); /* its queue's greatest size */
	put_half(0x1e, 3);   /* the number of its notify register */
	device = (struct device){.registers = NULL};
}

const struct unit_fixture unit_each = {begin, NULL};

static const char *find(void)
{
	struct function function = {.space = (uint32_t *)(void *)space,
	                            .window = (uint64_t)window,
	                            .size = WINDOW,
	                            .physical = PHYSICAL};

	return pci_find(&device, DEVICE_DISK, &function);
}

static bool give(void)
{
	assert_null(find());
	return device.transport->give_queue(&device, &queue);
}

TEST(test_good)
{
	put(window, BASE + AT_DISK, 0x89abcdef);
	put(window, BASE + AT_DISK + 4, 1);
	assert_true(give());
	assert_int_equal(get(space, 4), 6);
	assert_int_equal(get(window, BASE + 0x18) & 0xffff, queue.size);
	assert_int_equal(get(window, BASE + 0x1c) & 0xffff, 1); /* the queue is on */
	assert_int_equal(get(window, BASE + 0x20), 0x55667000);
	assert_int_equal(get(window, BASE + 0x24), 0x11223344);
	assert_int_equal(get(window, BASE + 0x28), 0x55668000);
	assert_int_equal(get(window, BASE + 0x30), 0x55669000);
	assert_ptr_equal(device.notify_of[0], window + BASE + AT_NOTIFY + 12);
	assert_ptr_equal(device.own, window + BASE + AT_DISK);
	assert_int_equal(device.own_size, 0x1000);
}

/* A BAR without a place goes to the window's begin. */
TEST(test_not_placed)
{
	put(space, BAR_AT, 4);
	assert_null(find());
	assert_int_equal(get(space, BAR_AT), PHYSICAL);
	assert_ptr_equal(device.registers, window);
}

TEST(test_notify)
{
	static const struct {
		uint16_t number;
		uint32_t step, length;
		bool good;
	} cases[] = {
	    {1023, 4, 0x1000, true},
	    {1024, 4, 0x1000, false},
	    {0, 0, 2, true},
	    {0, 0, 1, false},
	    {0, 0, 0, false},
	    {2, 1, 4, true},
	    {3, 1, 5, false},
	    {1, 4, 5, false},
	    {1, 4, 6, true},
	    {65535, 4, 0x1000, false},
	    {65535, 0x80000000, 0x1000, false},
	    {2, 0x80000000, 0x1000, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin();
		put_half(0x1e, cases[i].number);
		put(space, NOTIFY + 12, cases[i].length);
		put(space, NOTIFY + 16, cases[i].step);
		assert_int_equal(give(), cases[i].good);
		assert_int_equal(get(window, BASE + 0x1c) & 1, cases[i].good);
	}
}

TEST(test_short_queue)
{
	put_half(0x18, queue.size - 1);
	assert_false(give());
}

/*
 * All registers that the driver uses must lie in the parts that the function tells of. For the
 * notify registers that is known later.
 */
TEST(test_short_registers)
{
	static const struct {
		uint32_t at, least;
	} cases[] = {{COMMON, 0x38}, {INTERRUPT, 1}, {DISK, 8}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (uint32_t length = 0; length <= cases[i].least; length++) {
			begin();
			put(space, cases[i].at + 8, WINDOW - BASE - 0x40); /* near the end */
			put(space, cases[i].at + 12, length);
			assert_int_equal(find() == NULL, length == cases[i].least);
		}
}

/* One word of configuration space is wrong. */
TEST(test_wrong)
{
	static const struct {
		uint32_t at, value;
	} cases[] = {
	    {0, 0x10411af4},                            /* a network card */
	    {BAR_AT, PHYSICAL - 4096},                  /* outside of the window */
	    {BAR_AT, PHYSICAL + WINDOW},                /* likewise */
	    {BAR_AT + 4, 1},                            /* above 4 GiB */
	    {0x34, 0},                                  /* no capabilities */
	    {DISK + 4, BAR - 1},                        /* in another BAR */
	    {DISK + 4, 6},                              /* in a BAR that doesn't exist */
	    {COMMON + 8, 2},                            /* not aligned */
	    {NOTIFY + 8, WINDOW - BASE},                /* behind the window */
	    {NOTIFY + 8, 0xfffffffc},                   /* likewise */
	    {NOTIFY + 12, WINDOW - BASE},               /* a part of it is */
	    {NOTIFY + 12, 0xffffffff},                  /* likewise */
	    {INTERRUPT, 3u << 24 | INTERRUPT << 8 | 9}, /* a list that has no end */
	    {COMMON, 5u << 24 | 9},                     /* a missing capability */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin();
		put(space, cases[i].at, cases[i].value);
		assert_non_null(find());
	}
}
