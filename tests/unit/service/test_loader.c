/*
 * The loader on the host: copies of every size, damage, seeds, devices and wiping. Nothing outside
 * is touched.
 */
#include <lib/crc32c.h>
#include <service/loader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define GUARD 0xa5
#define ROOM  8192

static _Alignas(64) uint8_t source[ROOM], destination[ROOM + 256];
static struct loader_info info;
static uint64_t next[LOADER_SECRET_WORDS];
static uint8_t cleaned[sizeof(destination)]; /* cleanings, but those of copies and zeroing */

static uint64_t run(void)
{
	return loader_run(&info, next);
}

void machine_clean(const void *from, size_t size)
{
	size_t at = (size_t)((const uint8_t *)from - destination);

	assert_true(at < sizeof(destination) && size <= sizeof(destination) - at);
	for (size_t i = 0; i < size; i++)
		cleaned[at + i]++;
}

/* ---- devices: written registers and read statuses ---- */

static struct {
	uint64_t base;
	uint32_t busy; /* reads until a status is 0 */
	uint32_t held; /* the value of the register for other cores' reset */
	char log[512];
} device;

uint32_t machine_device_read(uint64_t address)
{
	if (address == device.base + 0x300)
		return device.held;
	if (address % 0x200 == 0)
		return address == device.base ? 0x74726976 : 0;
	assert_int_equal(address, device.base + 0x70);
	return device.busy == 0 ? 0 : device.busy--;
}

/*
 * Flash: the number of "read array" commands while errors weren't cleared, whether errors were
 * cleared, and whether the last command was "read array".
 */
static struct {
	uint32_t arrays;
	bool cleared, array;
} flash;

static void flash_write(uint32_t value)
{
	flash.array = value == 0xffffffff;
	flash.cleared |= value == 0x50505050;
	flash.arrays += flash.array && !flash.cleared;
}

void machine_device_write(uint64_t address, uint32_t value)
{
	size_t used = strlen(device.log);

	if (address == 0x4000000) {
		flash_write(value);
		return;
	}
	snprintf(device.log + used, sizeof(device.log) - used, "%llx=%x ",
	         (unsigned long long)address, value);
}

uint8_t machine_device_read_byte(uint64_t address)
{
	fail_msg("no byte is read of 0x%llx", (unsigned long long)address);
	return 0;
}

void machine_device_write_byte(uint64_t address, uint8_t value)
{
	fail_msg("no byte %u is written to 0x%llx", value, (unsigned long long)address);
}

static void add_device(uint64_t base, uint64_t size, enum bundle_silence how)
{
	device.base = base;
	device.busy = 0;
	device.log[0] = 0;
	info.task = LOADER_AGAIN;
	info.device[info.devices++] = (struct loader_device){base, size, how, 0};
}

static void start(size_t size, size_t space)
{
	memset(&info, 0, sizeof(info));
	memset(destination, GUARD, sizeof(destination));
	for (size_t i = 0; i < sizeof(source); i++)
		source[i] = (uint8_t)(i * 7 + 1);
	info.jobs = 1;
	info.job[0] = (struct loader_job){
	    .source = (uintptr_t)source,
	    .destination = (uintptr_t)destination,
	    .size = size,
	    .space = space,
	    .crc = crc32c(0, source, size),
	};
}

static void check_laid_out(size_t size, size_t space)
{
	assert_int_equal(run(), LOADER_OK);
	assert_memory_equal(destination, source, size);
	for (size_t i = size; i < space; i++)
		assert_int_equal(destination[i], 0);
	for (size_t i = space > size ? space : size; i < sizeof(destination); i++)
		assert_int_equal(destination[i], GUARD);
}

TEST(test_sizes)
{
	for (size_t size = 0; size < 400; size++) {
		start(size, size + size % 300);
		check_laid_out(size, size + size % 300);
	}
	start(ROOM, ROOM);
	check_laid_out(ROOM, ROOM);
	start(1, ROOM);
	check_laid_out(1, ROOM);
}

/* Destinations are 8-byte aligned, no more. */
TEST(test_alignment)
{
	for (size_t shift = 0; shift < 128; shift += 8) {
		start(1000, 3000);
		info.job[0].destination += shift;
		assert_int_equal(run(), LOADER_OK);
		assert_memory_equal(destination + shift, source, 1000);
		for (size_t i = 0; i < shift; i++)
			assert_int_equal(destination[i], GUARD);
		for (size_t i = shift + 1000; i < shift + 3000; i++)
			assert_int_equal(destination[i], 0);
		assert_int_equal(destination[shift + 3000], GUARD);
	}
}

/* Shows: services.loader. */
TEST(test_damage)
{
	start(777, 777);
	info.jobs = 3;
	info.job[1] = info.job[2] = info.job[0];
	info.job[1].crc ^= 1;
	assert_int_equal(run(), LOADER_DAMAGED | 1 << 8);
	for (size_t bit = 0; bit < 777 * 8; bit += 61) {
		start(777, 777);
		source[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(run(), LOADER_DAMAGED);
	}
}

/* Shows: life.seeds. */
TEST(test_fresh_seeds)
{
	uint8_t seeds[40];

	start(1024, 1024);
	memset(info.secret, 0x11, sizeof(info.secret));
	info.job[0].kaslr_seed = 100;
	info.job[0].rng_seed = 200;
	assert_int_equal(run(), LOADER_OK);
	assert_memory_not_equal(destination + 100, source + 100, 8);
	assert_memory_not_equal(destination + 200, source + 200, 32);
	assert_memory_not_equal(destination + 100, destination + 200, 8);
	assert_memory_not_equal(next, info.secret, 32);
	memcpy(seeds, destination + 100, 8);
	memcpy(seeds + 8, destination + 200, 32);
	/* The next start has other seeds. */
	memcpy(info.secret, next, 32);
	assert_int_equal(run(), LOADER_OK);
	assert_memory_not_equal(destination + 100, seeds, 8);
	assert_memory_not_equal(destination + 200, seeds + 8, 32);
	/* The bytes beside the seeds stay. */
	memcpy(destination + 100, source + 100, 8);
	memcpy(destination + 200, source + 200, 32);
	assert_memory_equal(destination, source, 1024);
}

/* Shows: life.seeds. */
TEST(test_blotted_seeds)
{
	static const uint8_t nop[4] = {0, 0, 0, 4};

	start(1024, 1024);
	info.job[0].kaslr_seed = 100;
	assert_int_equal(run(), LOADER_OK);
	for (size_t at = 88; at < 108; at += 4)
		memcpy(source + at, nop, 4);
	assert_memory_equal(destination, source, 1024);
}

/* A seed that doesn't lie inside its image isn't written. */
TEST(test_seeds_outside)
{
	static const uint32_t bad[] = {4, 8, 1017, 1020, 1024, 0x80000000, 0xfffffffc, 101};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		start(1024, 1024);
		info.secret[0] = i & 1;
		info.job[0].kaslr_seed = info.job[0].rng_seed = bad[i];
		check_laid_out(1024, 1024);
	}
}

/* Shows: services.loader. */
TEST(test_too_many_jobs)
{
	start(64, 64);
	info.jobs = 0xffffffff;
	for (size_t i = 1; i < LOADER_JOBS_MAX; i++)
		info.job[i] = info.job[0];
	check_laid_out(64, 64);
}

/* No image gets a seed: the secret stays. */
TEST(test_unused_secret)
{
	start(64, 64);
	memset(info.secret, 0x33, sizeof(info.secret));
	assert_int_equal(run(), LOADER_OK);
	assert_memory_equal(next, info.secret, 32);
}

/*
 * Three images lie in two ranges, in no order. The memory around them is wiped, but not at the
 * first start.
 * Shows: life.kept-memory.
 */
TEST(test_wipe)
{
	static const struct {
		size_t at, size;
	} jobs[] = {{4096, 100}, {512, 256}, {768, 8}};

	for (uint32_t again = 0; again < 2; again++) {
		start(64, 64);
		info.task = again;
		info.jobs = 3;
		for (size_t i = 0; i < 3; i++) {
			info.job[i] = info.job[0];
			info.job[i].destination = (uintptr_t)destination + jobs[i].at;
			info.job[i].size = info.job[i].space = jobs[i].size;
			info.job[i].crc = crc32c(0, source, jobs[i].size);
		}
		info.ranges = 2;
		info.range[0] = (struct loader_range){(uintptr_t)destination + 256, 1024, 0};
		info.range[1] = (struct loader_range){(uintptr_t)destination + 4096, 512, 0};
		assert_int_equal(run(), LOADER_OK);
		for (size_t at = 0; at < sizeof(destination); at++) {
			bool wiped = (at >= 256 && at < 1280) || (at >= 4096 && at < 4608);
			uint8_t want = again && wiped ? 0 : GUARD;

			for (size_t i = 0; i < 3; i++)
				if (at >= jobs[i].at && at < jobs[i].at + jobs[i].size)
					want = source[at - jobs[i].at];
			assert_int_equal(destination[at], want);
		}
	}
}

/*
 * Memory that restarts keep stays as it is, and all of it reaches memory from the caches.
 * Shows: life.kept-memory.
 */
TEST(test_kept)
{
	for (uint32_t again = 0; again < 2; again++) {
		start(64, 64);
		info.task = again;
		info.ranges = 1;
		info.kept = 2;
		info.range[0] = (struct loader_range){(uintptr_t)destination, 512, 0};
		info.range[1] = (struct loader_range){(uintptr_t)destination + 1024, 256, 0};
		info.range[2] = (struct loader_range){(uintptr_t)destination + 4096, 4096, 0};
		memset(cleaned, 0, sizeof(cleaned));
		assert_int_equal(run(), LOADER_OK);
		for (size_t at = 512; at < sizeof(destination); at++) {
			bool kept = (at >= 1024 && at < 1280) || (at >= 4096 && at < 8192);

			assert_int_equal(destination[at], GUARD);
			assert_int_equal(cleaned[at], again && kept);
		}
	}
}

TEST(test_too_many_kept)
{
	start(64, 64);
	info.task = LOADER_AGAIN;
	info.kept = ~0u;
	for (size_t i = 0; i < LOADER_RANGES_MAX; i++)
		info.range[i] = (struct loader_range){(uintptr_t)destination + 64, 64, 0};
	memset(cleaned, 0, sizeof(cleaned));
	check_laid_out(64, 64);
	assert_int_equal(cleaned[64], LOADER_RANGES_MAX);
}

/* Shows: dma.silence. */
TEST(test_silence)
{
	static const struct {
		enum bundle_silence how;
		const char *log;
	} cases[] = {
	    {BUNDLE_SILENCE_NOTHING, ""},
	    {BUNDLE_SILENCE_VIRTIO, "a000270=0 "},
	    {BUNDLE_SILENCE_PL011, "a000238=0 a000248=0 a000230=0 a000244=7ff "},
	    {BUNDLE_SILENCE_PL031, "a000210=0 a00021c=1 "},
	    {BUNDLE_SILENCE_PL061, "a000610=0 a00061c=ff a000600=0 "},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(64, 64);
		add_device(0xa000200, 0x400, cases[i].how);
		device.busy = 5;
		assert_int_equal(run(), LOADER_OK);
		assert_string_equal(device.log, cases[i].log);
	}
	info.task = LOADER_FIRST;
	device.log[0] = 0;
	assert_int_equal(run(), LOADER_OK);
	assert_string_equal(device.log, "");
}

/*
 * Cores in reset stay there until they are released. A core that doesn't take its reset is noisy.
 */
TEST(test_remote)
{
	start(64, 64);
	add_device(0xff5e0000, 0x1000, BUNDLE_SILENCE_VERSAL_RPU);
	device.held = 0x17;
	assert_int_equal(run(), LOADER_OK);
	assert_string_equal(device.log, "ff5e001c=0 ff5e0300=17 ");
	device.held = 0x16;
	assert_int_equal(run(), LOADER_NOISY | 0 << 8);
}

/* Enough writes for all words of the longest command. */
TEST(test_flash)
{
	start(64, 64);
	add_device(0x4000000, 0x4000000, BUNDLE_SILENCE_CFI);
	assert_int_equal(run(), LOADER_OK);
	assert_int_equal(flash.arrays, 258);
	assert_true(flash.cleared && flash.array);
}

/* The state that a partition leaves at its end. */
TEST(test_silence_alone)
{
	start(64, 64);
	add_device(0x9000000, 0x1000, BUNDLE_SILENCE_PL061);
	info.task = LOADER_SILENCE;
	assert_int_equal(loader_silence(&info), LOADER_OK);
	assert_string_equal(device.log, "9000410=0 900041c=ff 9000400=0 ");
	assert_int_equal(destination[0], GUARD);
}

/*
 * No image is laid out while a device may still write.
 * Shows: dma.silence.
 */
TEST(test_noisy)
{
	start(64, 64);
	add_device(0x9000000, 0x1000, BUNDLE_SILENCE_PL011);
	add_device(0xa000000, 0x200, BUNDLE_SILENCE_VIRTIO);
	device.busy = ~0u;
	assert_int_equal(run(), LOADER_NOISY | 1 << 8);
	assert_int_equal(destination[0], GUARD);
	info.device[1].silence = BUNDLE_SILENCE_UNKNOWN;
	assert_int_equal(run(), LOADER_NOISY | 1 << 8);
}
