/*
 * A guest's own translation, walked in software: each granule, blocks and pages, both halves,
 * remapped views, and tables that lead nowhere, elsewhere, or to themselves.
 */
#include <service/examine.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define RAM_SIZE (1u << 20)
#define IPA      0x48000000ULL
#define UPPER    0xffff000000000000ULL
#define MMU_ON   1u
#define PAGE     3u /* or a table */
#define BLOCK    1u

static _Alignas(65536) uint8_t ram[RAM_SIZE];
static struct loader_info info;
static struct stop_report report;
static const struct walk walk = {&info, &report};

/* RAM has two ranges. The guest sees them beside each other, and the loader in the other order. */
static void start(void)
{
	memset(ram, 0, sizeof(ram));
	info = (struct loader_info){.ranges = 2};
	info.range[0] = (struct loader_range){(uintptr_t)ram, RAM_SIZE / 2, IPA + RAM_SIZE / 2};
	info.range[1] = (struct loader_range){(uintptr_t)ram + RAM_SIZE / 2, RAM_SIZE / 2, IPA};
	report = (struct stop_report){.sctlr = MMU_ON};
}

static uint8_t *at_ipa(uint64_t ipa)
{
	return ram + (ipa - IPA + RAM_SIZE / 2) % RAM_SIZE;
}

static void store(uint64_t ipa, uint64_t value)
{
	memcpy(at_ipa(ipa), &value, sizeof(value));
}

static void expect(uint64_t va, uint64_t ipa)
{
	uint64_t at;

	assert_true(walk_translate(&walk, va, &at));
	assert_int_equal(at, (uintptr_t)at_ipa(ipa));
}

static void expect_nothing(uint64_t va)
{
	uint64_t at;

	assert_false(walk_translate(&walk, va, &at));
}

TEST(test_without_translation)
{
	uint64_t value[2];

	start();
	report.sctlr = 0;
	expect(IPA, IPA);
	expect(IPA + RAM_SIZE - 1, IPA + RAM_SIZE - 1);
	expect_nothing(IPA - 1);
	expect_nothing(IPA + RAM_SIZE);
	expect_nothing(~0ULL);
	store(IPA + 16, 0x123456789abcdef0);
	store(IPA + 24, 7);
	assert_true(walk_record(&walk, IPA + 16, value));
	assert_int_equal(value[0], 0x123456789abcdef0);
	assert_int_equal(value[1], 7);
	assert_true(walk_record(&walk, IPA + RAM_SIZE - 16, value));
	assert_false(walk_record(&walk, IPA + RAM_SIZE - 8, value));
	assert_false(walk_record(&walk, IPA + 20, value));
	assert_false(walk_record(&walk, IPA + RAM_SIZE, value));
	assert_int_equal(walk_strip(&walk, 0xabcd000000001234), 0xabcd000000001234);
}

struct granule_case {
	unsigned int bits, tg0, tg1, levels;
};

static const struct granule_case granules[] = {{12, 0, 2, 4}, {14, 2, 1, 4}, {16, 1, 3, 3}};

/*
 * Makes tables for one address of 48 bits, `levels` deep. The last descriptor is `leaf`. The tables
 * lie 64 KiB apart. Returns how many low bits of the address the leaf leaves.
 */
static unsigned int map(const struct granule_case *granule, unsigned int levels, uint64_t va,
                        uint64_t leaf)
{
	unsigned int stride = granule->bits - 3, shift = granule->bits + stride * granule->levels;
	uint64_t table = IPA, within = va & ((1ULL << 48) - 1);

	for (unsigned int level = 0; level < levels; level++) {
		uint64_t entry;

		shift -= stride;
		entry = table + (within >> shift) * 8;
		within &= (1ULL << shift) - 1;
		table += 0x10000;
		store(entry, level + 1 == levels ? leaf : table | PAGE);
	}
	return shift;
}

static void use(const struct granule_case *granule, bool upper)
{
	uint64_t tcr = 16 | (uint64_t)granule->tg0 << 14;

	start();
	if (upper)
		tcr = 16ULL << 16 | (uint64_t)granule->tg1 << 30;
	report.tcr = tcr | (upper ? 1u << 7 : 1ULL << 23); /* the other half is disabled */
	report.ttbr0 = upper ? 0 : IPA | 1 | 5ULL << 48;   /* CnP and an ASID beside the table */
	report.ttbr1 = upper ? IPA | 1 | 7ULL << 48 : 0;
}

TEST(test_pages)
{
	static const uint64_t within = 0x6abcde123458;

	for (size_t g = 0; g < 3; g++)
		for (int upper = 0; upper < 2; upper++) {
			uint64_t mask = (1ULL << granules[g].bits) - 1;
			uint64_t va = (upper ? UPPER : 0) | within;
			uint64_t page = IPA + 0x80000;

			use(&granules[g], upper);
			map(&granules[g], granules[g].levels, va,
			    page | PAGE | 0x40000000000700ULL);
			expect(va, page | (va & mask));
			expect(va | mask, page | mask);
			expect(va ^ 0x5aULL << 56, page | (va & mask)); /* a tag */
			expect_nothing(va + mask + 1);
			expect_nothing(va ^ UPPER);
			expect_nothing(va ^ 1ULL << 50);
			map(&granules[g], granules[g].levels, va, page | BLOCK); /* reserved */
			expect_nothing(va);
		}
}

TEST(test_blocks)
{
	for (size_t g = 0; g < 3; g++) {
		uint64_t va = UPPER | 0x123456789abc;
		unsigned int shift;

		use(&granules[g], true);
		shift = map(&granules[g], granules[g].levels - 1, va, BLOCK);
		info.range[0].ipa = va & ((1ULL << shift) - 1) & ~0xfffULL; /* in a block at 0 */
		info.range[1].ipa = IPA;
		info.range[1].base = (uintptr_t)at_ipa(IPA);
		info.range[0].base = (uintptr_t)ram;
		assert_true(shift >= 21);
		{
			uint64_t at;

			assert_true(walk_translate(&walk, va, &at));
			assert_int_equal(at, (uintptr_t)ram + (va & 0xfff));
		}
	}
}

/* Tables of fewer bits begin further down. */
TEST(test_sizes)
{
	start();
	report.tcr = 25; /* 39 bits: three levels of 4 KiB */
	report.ttbr0 = IPA;
	store(IPA + 8, (IPA + 0x1000) | PAGE);
	store(IPA + 0x1000 + 8, (IPA + 0x2000) | PAGE);
	store(IPA + 0x2000 + 8, (IPA + 0x3000) | PAGE);
	expect(0x40201008, IPA + 0x3008);
	expect_nothing(1ULL << 39 | 0x40201008);
	report.tcr = 12; /* 52 bits aren't supported */
	expect_nothing(0x40201008);
	report.tcr = 63;
	expect_nothing(0);
	report.tcr = 25 | 3u << 14; /* no granule */
	expect_nothing(0x40201008);
	report.tcr = 25 | 1u << 7; /* disabled */
	expect_nothing(0x40201008);
}

/*
 * A table that is its own next one, at all levels; tables outside, and tables at the very ends of
 * memory.
 * Shows: hostile.last-words.
 */
TEST(test_hostile_tables)
{
	for (size_t g = 0; g < 3; g++) {
		use(&granules[g], false);
		for (uint64_t at = 0; at < 0x10000; at += 8)
			store(IPA + at, IPA | PAGE);
		for (uint64_t va = 0; va < 1ULL << 48; va += 0x7654321fedULL) {
			uint64_t at;

			if (walk_translate(&walk, va, &at))
				assert_in_range(at - (uintptr_t)ram, 0, RAM_SIZE - 1);
		}
		for (uint64_t at = 0; at < 0x10000; at += 8)
			store(IPA + at, (IPA + RAM_SIZE) | PAGE);
		expect_nothing(0x1234567);
		report.ttbr0 = ~0ULL;
		expect_nothing(0x1234567);
		report.ttbr0 = IPA + RAM_SIZE - 64;
		expect_nothing(0xffffffffffff);
	}
	use(&granules[0], false);
	info.ranges = UINT32_MAX;
	expect_nothing(0);
}

/*
 * Pointer authentication's bits stand between the address's own bits and bit 55. A tag's bits stand
 * above.
 */
TEST(test_signatures)
{
	start();
	report.tcr = 16 | 16ULL << 16;
	assert_int_equal(walk_strip(&walk, 0x00a5ffff80001234 | 1ULL << 55), 0xffffffff80001234);
	assert_int_equal(walk_strip(&walk, 0x0025456780001234), 0x0000456780001234);
	report.tcr = 25 | 25ULL << 16;
	assert_int_equal(walk_strip(&walk, 0xff80007f00001234), 0xffffffff00001234 | 0x7fULL << 32);
	assert_int_equal(walk_strip(&walk, 0x7f00007f00001234), 0x7f00001234);
}
