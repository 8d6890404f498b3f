/*
 * The driver's work with a disk's registers, against a disk of the test's own: a good one, and
 * disks that lack something, go on changing, or never finish their reset.
 *
 * Shows: rtos.disk.
 */
#include <servers/block/disk.h>
#include <stdint.h>
#include <unit.h>

#define MODERN    (1ULL << 32)
#define FLUSH     (1ULL << 9)
#define READ_ONLY (1ULL << 5)
#define NEVER     UINT32_MAX

/* The disk's state, and the driver's work on it. */
static struct {
	uint64_t features, accepted, sectors;
	uint32_t status, refuses; /* bits of the status that it refuses */
	uint32_t quiet_after;     /* milliseconds that a reset takes */
	uint32_t changes;         /* changes of its size during reads */
	uint32_t interrupt, generation, looks, slept;
	bool has_queue, was_reset;
} disk;

uint64_t queue_descriptors(const struct queue *queue)
{
	(void)queue;
	return 0;
}

uint64_t queue_available(const struct queue *queue)
{
	(void)queue;
	return 0;
}

uint64_t queue_used(const struct queue *queue)
{
	(void)queue;
	return 0;
}

void device_barrier(void)
{
}

void device_pause(void)
{
	disk.slept++;
}

static uint32_t get_status(const struct device *device)
{
	(void)device;
	return disk.was_reset && disk.slept >= disk.quiet_after ? 0 : disk.status;
}

static void set_status(const struct device *device, uint32_t status)
{
	(void)device;
	disk.was_reset = status == 0;
	if (status != 0)
		disk.status = status & ~disk.refuses;
}

static uint32_t get_features(const struct device *device, uint32_t half)
{
	(void)device;
	return (uint32_t)(disk.features >> 32 * half);
}

static void accept_features(const struct device *device, uint32_t half, uint32_t features)
{
	(void)device;
	disk.accepted |= (uint64_t)features << 32 * half;
}

static bool give_queue(struct device *device, const struct device_queue *queue)
{
	(void)device;
	assert_int_equal(queue->size, QUEUE_SIZE);
	/* The interrupt is set behind the features, and before the disk works. */
	assert_int_equal(disk.status, 1 | 2 | 8);
	return disk.has_queue;
}

/* Each second look comes behind the read of the size, which may have changed between the two. */
static uint32_t get_generation(const struct device *device)
{
	(void)device;
	if (disk.looks++ % 2 == 1 && disk.changes > 0) {
		disk.changes -= disk.changes != NEVER;
		disk.generation++;
		disk.sectors++;
	}
	return disk.generation;
}

static void tell(const struct device *device, uint32_t queue)
{
	(void)queue;
	(void)device;
}

static uint32_t get_heard(const struct device *device)
{
	(void)device;
	return disk.interrupt;
}

static const struct transport transport = {
    get_status, set_status,     get_features, accept_features,
    give_queue, get_generation, tell,         get_heard};
static struct disk its;

static void begin(void)
{
	disk.features = MODERN | FLUSH | READ_ONLY | 1;
	disk.accepted = 0;
	disk.sectors = 0x123456789;
	disk.status = 0xf;
	disk.refuses = disk.quiet_after = disk.changes = disk.interrupt = disk.slept = 0;
	disk.has_queue = true;
	disk.was_reset = false;
	disk.looks = 0;
	its =
	    (struct disk){.device = {.transport = &transport, .own = &disk.sectors, .own_size = 8}};
}

const struct unit_fixture unit_each = {begin, NULL};

TEST(test_good)
{
	assert_true(device_quiet(&its.device));
	disk.status = 0;
	assert_null(disk_begin(&its, NULL));
	assert_int_equal(disk.status, 1 | 2 | 4 | 8);
	assert_true(disk.accepted == (MODERN | FLUSH | READ_ONLY));
	assert_true(its.read_only && its.flushes && its.sectors == 0x123456789);
	assert_true(disk_heard(&its));
}

TEST(test_less)
{
	disk.status = 0;
	disk.features = MODERN;
	assert_null(disk_begin(&its, NULL));
	assert_false(its.read_only || its.flushes);
}

TEST(test_reset)
{
	disk.quiet_after = DEVICE_PATIENCE_MS;
	assert_true(device_quiet(&its.device));
	disk.was_reset = false;
	disk.slept = 0;
	disk.quiet_after = NEVER;
	assert_false(device_quiet(&its.device));
	assert_int_equal(disk.slept, DEVICE_PATIENCE_MS);
}

TEST(test_refused)
{
	disk.status = 0;
	disk.features = FLUSH;
	assert_non_null(disk_begin(&its, NULL)); /* legacy */
	disk.status = 0;
	disk.features = MODERN;
	disk.refuses = 8;
	assert_non_null(disk_begin(&its, NULL)); /* a disk that refuses these features */
	disk.status = disk.refuses = 0;
	disk.has_queue = false;
	assert_non_null(disk_begin(&its, NULL));
	assert_int_equal(disk.status & 4, 0); /* it was never started */
}

TEST(test_size)
{
	disk.status = 0;
	disk.changes = DEVICE_LOOKS - 1;
	assert_null(disk_begin(&its, NULL));
	assert_true(its.sectors == 0x123456789 + DEVICE_LOOKS - 1);
	/* The disk grows, and says so. */
	disk.sectors = 77;
	assert_true(disk_heard(&its));
	assert_true(its.sectors != 77);
	disk.interrupt = 2;
	assert_true(disk_heard(&its));
	assert_true(its.sectors == 77);
	disk.changes = NEVER;
	assert_false(disk_heard(&its));
	disk.status = 0;
	assert_non_null(disk_begin(&its, NULL));
	assert_int_equal(disk.status & 4, 0);
}

TEST(test_wants_reset)
{
	disk.status = 0;
	assert_null(disk_begin(&its, NULL));
	disk.status |= 64;
	disk.interrupt = 2;
	assert_false(disk_heard(&its));
}
