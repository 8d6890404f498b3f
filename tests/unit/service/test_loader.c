/* The loader on the host: copies of every size, damage, seeds, wiping, and nothing outside. */
#include <lib/crc32c.h>
#include <service/loader.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GUARD 0xa5
#define ROOM  8192

static _Alignas(64) uint8_t source[ROOM], destination[ROOM + 256];
static struct loader_info info;

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
	assert_int_equal(loader_run(&info), LOADER_OK);
	assert_memory_equal(destination, source, size);
	for (size_t i = size; i < space; i++)
		assert_int_equal(destination[i], 0);
	for (size_t i = space > size ? space : size; i < sizeof(destination); i++)
		assert_int_equal(destination[i], GUARD);
}

static void test_sizes(void **state)
{
	(void)state;
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
static void test_alignment(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 128; shift += 8) {
		start(1000, 3000);
		info.job[0].destination += shift;
		assert_int_equal(loader_run(&info), LOADER_OK);
		assert_memory_equal(destination + shift, source, 1000);
		for (size_t i = 0; i < shift; i++)
			assert_int_equal(destination[i], GUARD);
		for (size_t i = shift + 1000; i < shift + 3000; i++)
			assert_int_equal(destination[i], 0);
		assert_int_equal(destination[shift + 3000], GUARD);
	}
}

static void test_damage(void **state)
{
	(void)state;
	start(777, 777);
	info.jobs = 3;
	info.job[1] = info.job[2] = info.job[0];
	info.job[1].crc ^= 1;
	assert_int_equal(loader_run(&info), LOADER_DAMAGED | 1 << 8);
	for (size_t bit = 0; bit < 777 * 8; bit += 61) {
		start(777, 777);
		source[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(loader_run(&info), LOADER_DAMAGED);
	}
}

static void test_fresh_seeds(void **state)
{
	(void)state;
	start(1024, 1024);
	info.have_seed = 1;
	memset(info.kaslr_seed, 0x11, sizeof(info.kaslr_seed));
	memset(info.rng_seed, 0x22, sizeof(info.rng_seed));
	info.job[0].kaslr_seed = 100;
	info.job[0].rng_seed = 200;
	assert_int_equal(loader_run(&info), LOADER_OK);
	memset(source + 100, 0x11, 8);
	memset(source + 200, 0x22, 32);
	assert_memory_equal(destination, source, 1024);
}

static void test_blotted_seeds(void **state)
{
	static const uint8_t nop[4] = {0, 0, 0, 4};

	(void)state;
	start(1024, 1024);
	info.job[0].kaslr_seed = 100;
	assert_int_equal(loader_run(&info), LOADER_OK);
	for (size_t at = 88; at < 108; at += 4)
		memcpy(source + at, nop, 4);
	assert_memory_equal(destination, source, 1024);
}

/* A seed that doesn't lie inside its image is nowhere. */
static void test_seeds_outside(void **state)
{
	static const uint32_t bad[] = {4, 8, 1017, 1020, 1024, 0x80000000, 0xfffffffc, 101};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		start(1024, 1024);
		info.have_seed = i & 1;
		info.job[0].kaslr_seed = info.job[0].rng_seed = bad[i];
		check_laid_out(1024, 1024);
	}
}

static void test_too_many_jobs(void **state)
{
	(void)state;
	start(64, 64);
	info.jobs = 0xffffffff;
	for (size_t i = 1; i < LOADER_JOBS_MAX; i++)
		info.job[i] = info.job[0];
	check_laid_out(64, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sizes),         cmocka_unit_test(test_alignment),
	    cmocka_unit_test(test_damage),        cmocka_unit_test(test_fresh_seeds),
	    cmocka_unit_test(test_blotted_seeds), cmocka_unit_test(test_seeds_outside),
	    cmocka_unit_test(test_too_many_jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
