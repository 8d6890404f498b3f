/*
 * The stage-2 builder on the fake machine: formats, statuses, order of stores, and a seeded random
 * run against a model of one byte a page.
 *
 * Shows: memory.maps-its-own.
 */
#include <fake/machine.h>
#include <frame/hardware.h>
#include <pure/stage2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define VMID   3
#define PAGES  64
#define KIB4   0x1000ULL
#define MIB2   0x200000ULL
#define GIB    0x40000000ULL
#define POOL   0x50000000ULL
#define FARRAM 0x8000000000ULL /* physical, beyond guest-physical addresses */

static _Alignas(4096) uint8_t memory[PAGES * 4096];
static struct page_pool pool;
static struct stage2 s2;

static void start(uint32_t pages)
{
	memset(memory, 0xa5, sizeof(memory));
	fake_reset(memory, pa_at(POOL), PAGES);
	page_pool_init(&pool, memory, pa_at(POOL), pages);
	assert_int_equal(stage2_init(&s2, &pool, VMID), STAGE2_OK);
	fake_root(VMID, s2.root_pa);
}

static void finish(void)
{
	fake_settled();
	assert_string_equal(fake_complaint(), "");
	assert_int_equal(fake_complaints(), 0);
}

static int map(uint64_t ipa, uint64_t pa, uint64_t size, enum stage2_kind kind)
{
	return (int)stage2_map(&s2, ipa_at(ipa), pa_at(pa), size, kind);
}

static struct fake_translation at(uint64_t ipa)
{
	return fake_access(VMID, ipa_at(ipa));
}

static void assert_mapped(uint64_t ipa, uint64_t pa, uint64_t leaf_size)
{
	struct fake_translation found = at(ipa);

	assert_true(found.mapped);
	assert_int_equal(found.pa.at, pa);
	assert_int_equal(found.leaf_size, leaf_size);
	assert_int_equal(stage2_lookup(&s2, ipa_at(ipa)).pa.at, pa);
}

static void assert_unmapped(uint64_t ipa)
{
	assert_false(at(ipa).mapped);
	assert_int_equal(stage2_lookup(&s2, ipa_at(ipa)).kind, STAGE2_NOTHING);
}

TEST(test_root_is_empty)
{
	start(PAGES);
	assert_int_equal(pool.used, 1);
	assert_int_equal(s2.root_pa.at, POOL);
	assert_unmapped(0);
	assert_unmapped(STAGE2_IPA_SIZE - KIB4);
	assert_int_equal(stage2_lookup(&s2, ipa_at(STAGE2_IPA_SIZE)).kind, STAGE2_NOTHING);
	assert_int_equal(stage2_vttbr(&s2), POOL | 3ULL << 48);
	/* T0SZ 25, SL0 1, walks write-back and inner shareable, 4 KiB, PS 44 bits. */
	assert_int_equal(stage2_vtcr(4), 0x80043559);
	assert_int_equal(stage2_vtcr(6), 0x80053559);
	finish();
}

TEST(test_kinds_have_the_right_attributes)
{
	static const struct {
		enum stage2_kind kind;
		uint64_t page; /* the whole level 3 descriptor for physical 0x80000000 */
		bool writable, executable, device;
	} rows[] = {
	    {STAGE2_RAM, 0x800007ff, true, true, false},
	    {STAGE2_TEXT, 0x8000077f, false, true, false},
	    {STAGE2_DATA, 0x00400000800007ff, true, false, false},
	    {STAGE2_CONSTANT, 0x004000008000077f, false, false, false},
	    {STAGE2_DEVICE, 0x00400000800007c7, true, false, true},
	    {STAGE2_UNCACHED, 0x00400000800007d7, true, false, false},
	    {STAGE2_UNCACHED_CONSTANT, 0x0040000080000757, false, false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(PAGES);
		assert_int_equal(map(0, 0x80000000, KIB4, rows[i].kind), STAGE2_OK);
		struct fake_translation found = at(0);
		const uint64_t *leaves = (const uint64_t *)(const void *)(memory + 2 * KIB4);

		assert_int_equal(leaves[0], rows[i].page);
		assert_true(found.readable);
		assert_int_equal(found.writable, rows[i].writable);
		assert_int_equal(found.executable, rows[i].executable);
		assert_int_equal(found.device, rows[i].device);
		assert_int_equal(stage2_lookup(&s2, ipa_at(0)).kind, rows[i].kind);
		finish();
	}
}

/*
 * Memory of a guarded partition: always single pages. Their rights change and nothing else.
 * Shows: prevent.rights.
 */
TEST(test_rights_of_pages_change)
{
	static const struct {
		enum stage2_kind kind;
		uint64_t page;
	} rows[] = {
	    {STAGE2_RAM_EL1, 0x00600000800007ff},  {STAGE2_RAM_EL0, 0x00200000800007ff},
	    {STAGE2_TEXT_EL1, 0x006000008000077f}, {STAGE2_CONSTANT_EL0, 0x002000008000077f},
	    {STAGE2_RAM, 0x00000000800007ff},
	};
	/* behind the root: a table of blocks, then one of pages for each of two blocks */
	uint64_t *leaves = (uint64_t *)(void *)(memory + 2 * KIB4);

	start(PAGES);
	assert_int_equal(map(0, 0x80000000, 2 * MIB2, STAGE2_RAM_EL1), STAGE2_OK);
	assert_int_equal(pool.used, 4);
	assert_int_equal(stage2_tables_for(ipa_at(0), pa_at(0), 2 * MIB2, STAGE2_RAM_EL1), 3);
	assert_int_equal(map(2 * MIB2, 0x90000000, KIB4, STAGE2_CONSTANT), STAGE2_OK);
	assert_int_equal(map(3 * MIB2, 0xa0000000, MIB2, STAGE2_RAM), STAGE2_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(at(0).mapped); /* the TLB has the old rights */
		assert_int_equal(stage2_allows(&s2, ipa_at(0), 513, rows[i].kind), i == 0);
		stage2_allow(&s2, ipa_at(0), 513, rows[i].kind);
		assert_true(stage2_allows(&s2, ipa_at(0), 513, rows[i].kind));
		hw_invalidate_stage2(stage2_vttbr(&s2));
		assert_int_equal(at(0).writable, (rows[i].page >> 7 & 1) != 0);
		for (uint32_t j = 0; j < 512; j++)
			assert_int_equal(leaves[j], rows[i].page + j * KIB4);
		assert_int_equal(stage2_lookup(&s2, ipa_at(MIB2)).kind, rows[i].kind);
		assert_int_equal(stage2_lookup(&s2, ipa_at(MIB2 + KIB4)).kind, STAGE2_RAM_EL1);
		assert_true(stage2_is_ram(rows[i].kind));
	}
	/*
	 * Anything but memory in pages keeps its rights: a constant, a hole, a block; and what lies
	 * beyond all addresses.
	 */
	stage2_allow(&s2, ipa_at(2 * MIB2), 3 * 512, STAGE2_RAM_EL0);
	stage2_allow(&s2, ipa_at(STAGE2_IPA_SIZE - KIB4), 2, STAGE2_RAM_EL0);
	stage2_allow(&s2, ipa_at(~(KIB4 - 1)), 2, STAGE2_RAM_EL0);
	assert_int_equal(stage2_lookup(&s2, ipa_at(2 * MIB2)).kind, STAGE2_CONSTANT);
	assert_unmapped(2 * MIB2 + KIB4);
	assert_mapped(3 * MIB2, 0xa0000000, MIB2);
	assert_int_equal(stage2_lookup(&s2, ipa_at(3 * MIB2)).kind, STAGE2_RAM);
	assert_false(stage2_is_ram(STAGE2_CONSTANT));
	finish();
}

/* A device's stage 1: other bits at other places, and no core ever walks it. */
TEST(test_dma_pages_are_of_stage_1)
{
	const uint64_t *leaves = (const uint64_t *)(const void *)(memory + 2 * KIB4);

	start(PAGES);
	assert_int_equal(map(0, 0x80000000, KIB4, STAGE2_DMA), STAGE2_OK);
	/* PXN, UXN; nG, AF, inner shareable, read and write without privilege, attribute 0. */
	assert_int_equal(leaves[0], 0x0060000080000f43);
	assert_int_equal(stage2_lookup(&s2, ipa_at(0)).kind, STAGE2_DMA);
	finish();
}

/* Those of a guarded partition's functions: read only, and written, too. */
TEST(test_rights_of_dma_pages_change)
{
	const uint64_t *leaves = (const uint64_t *)(const void *)(memory + 2 * KIB4);

	start(PAGES);
	assert_int_equal(map(0, 0x80000000, MIB2, STAGE2_DMA_CONSTANT), STAGE2_OK);
	assert_int_equal(leaves[1], 0x0060000080001fc3); /* in pages; read-only */
	stage2_allow(&s2, ipa_at(KIB4), 2, STAGE2_DMA);
	assert_int_equal(leaves[0], 0x0060000080000fc3);
	assert_int_equal(leaves[1], 0x0060000080001f43);
	assert_int_equal(leaves[2], 0x0060000080002f43);
	assert_int_equal(leaves[3], 0x0060000080003fc3);
	stage2_allow(&s2, ipa_at(KIB4), 1, STAGE2_DMA_CONSTANT);
	assert_int_equal(leaves[1], 0x0060000080001fc3);
	finish();
}

TEST(test_largest_leaves_are_used)
{
	start(PAGES);
	/* From 2 MiB - 4 KiB, over 2 MiB blocks and two of 1 GiB, to one page behind. */
	assert_int_equal(map(MIB2 - KIB4, MIB2 - KIB4, 3 * GIB - MIB2 + 2 * KIB4, STAGE2_RAM), 0);
	assert_unmapped(MIB2 - 2 * KIB4);
	assert_mapped(MIB2 - KIB4, MIB2 - KIB4, KIB4);
	assert_mapped(MIB2, MIB2, MIB2);
	assert_mapped(GIB - 8, GIB - 8, MIB2);
	assert_mapped(GIB + 0x12345678, GIB + 0x12345678, GIB);
	assert_mapped(3 * GIB - 1, 3 * GIB - 1, GIB);
	assert_mapped(3 * GIB, 3 * GIB, KIB4);
	assert_unmapped(3 * GIB + KIB4);
	assert_int_equal(pool.used, 5); /* root; two tables of level 2, two of level 3 */
	finish();
}

/* Shows: memory.real-addresses. */
TEST(test_remapped_view)
{
	start(PAGES);
	assert_int_equal(map(GIB, FARRAM + MIB2, 2 * MIB2, STAGE2_RAM), STAGE2_OK);
	assert_mapped(GIB + MIB2 + 5, FARRAM + 2 * MIB2 + 5, MIB2);
	/* Not congruent by 2 MiB: pages all the way. */
	assert_int_equal(map(2 * GIB, 0x80001000, 2 * MIB2, STAGE2_RAM), STAGE2_OK);
	assert_mapped(2 * GIB + MIB2, 0x80201000, KIB4);
	/* Congruent by 2 MiB, not by 1 GiB: blocks of 2 MiB over several tables. */
	assert_int_equal(map(4 * GIB, 8 * GIB + MIB2, 2 * GIB, STAGE2_RAM), STAGE2_OK);
	assert_mapped(5 * GIB, 9 * GIB + MIB2, MIB2);
	assert_mapped(6 * GIB - 1, 10 * GIB + MIB2 - 1, MIB2);
	finish();
}

TEST(test_whole_range)
{
	start(PAGES);
	assert_int_equal(map(0, 0, STAGE2_IPA_SIZE, STAGE2_RAM), STAGE2_OK);
	assert_mapped(STAGE2_IPA_SIZE - 1, STAGE2_IPA_SIZE - 1, GIB);
	assert_int_equal(pool.used, 1);
	finish();
}

TEST(test_refusals_change_nothing)
{
	uint8_t before[3 * 4096];

	start(3);
	assert_int_equal(map(0, 0x80000000, KIB4, STAGE2_RAM), STAGE2_OK);
	memcpy(before, memory, sizeof(before));

	assert_int_equal(map(0x800, 0, KIB4, STAGE2_RAM), STAGE2_UNALIGNED);
	assert_int_equal(map(KIB4, 0x10, KIB4, STAGE2_RAM), STAGE2_UNALIGNED);
	assert_int_equal(map(KIB4, 0, 0x1234, STAGE2_RAM), STAGE2_UNALIGNED);
	assert_int_equal(map(KIB4, 0, 0, STAGE2_RAM), STAGE2_UNALIGNED);
	assert_int_equal(map(STAGE2_IPA_SIZE, 0, KIB4, STAGE2_RAM), STAGE2_OUT_OF_RANGE);
	assert_int_equal(map(STAGE2_IPA_SIZE - KIB4, 0, 2 * KIB4, STAGE2_RAM), STAGE2_OUT_OF_RANGE);
	assert_int_equal(map(0, 0, ~0ULL << 12, STAGE2_RAM), STAGE2_OUT_OF_RANGE);
	assert_int_equal(map(KIB4, STAGE2_PA_SIZE, KIB4, STAGE2_RAM), STAGE2_OUT_OF_RANGE);
	assert_int_equal(map(KIB4, ~0ULL << 12, KIB4, STAGE2_RAM), STAGE2_OUT_OF_RANGE);
	assert_int_equal(map(KIB4, 0, KIB4, STAGE2_NOTHING), STAGE2_BAD_KIND);
	assert_int_equal(map(KIB4, 0, KIB4, (enum stage2_kind)(STAGE2_DMA_DEVICE + 1)),
	                 STAGE2_BAD_KIND);
	assert_int_equal(map(0, 0x90000000, MIB2, STAGE2_RAM), STAGE2_OCCUPIED);
	assert_int_equal(map(0, 0x80000000, GIB, STAGE2_RAM), STAGE2_OCCUPIED);
	assert_int_equal(map(MIB2, 0, KIB4, STAGE2_RAM), STAGE2_NO_PAGES);

	assert_memory_equal(before, memory, sizeof(before));
	assert_int_equal(pool.used, 3);
	finish();
}

TEST(test_init_without_pages)
{
	struct stage2 other;

	start(1);
	assert_int_equal(stage2_init(&other, &pool, 4), STAGE2_NO_PAGES);
}

TEST(test_vmids_are_apart)
{
	struct stage2 other;

	start(PAGES);
	assert_int_equal(stage2_init(&other, &pool, 5), STAGE2_OK);
	fake_root(5, other.root_pa);
	assert_int_equal(map(0, 0x80000000, KIB4, STAGE2_RAM), STAGE2_OK);
	assert_int_equal(stage2_map(&other, ipa_at(0), pa_at(0x90000000), KIB4, STAGE2_RAM), 0);
	assert_mapped(0, 0x80000000, KIB4);
	assert_int_equal(fake_access(5, ipa_at(0)).pa.at, 0x90000000);
	assert_mapped(0, 0x80000000, KIB4);
	finish();
}

/* ---- random ---- */

#define WINDOWS 4
#define SLOTS   1536 /* pages of a window: three spans of 2 MiB */

static const uint64_t windows[WINDOWS] = {0, GIB - MIB2, 5 * GIB, STAGE2_IPA_SIZE - 3 * MIB2};
static struct {
	uint64_t pa;
	enum stage2_kind kind;
} model[WINDOWS][SLOTS];
static uint64_t seed;

static uint32_t pick(uint32_t below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(seed >> 33) % below;
}

/* Lengths and places that like the boundaries of 2 MiB. */
static uint32_t pick_page(void)
{
	return pick(3) == 0 ? pick(3) * 512 : pick(SLOTS);
}

static void check_against_model(void)
{
	for (uint32_t w = 0; w < WINDOWS; w++) {
		for (uint32_t i = 0; i < SLOTS; i += 1 + pick(7)) {
			uint64_t ipa = windows[w] + i * KIB4;
			struct stage2_place place = stage2_lookup(&s2, ipa_at(ipa));
			struct fake_translation seen = at(ipa);

			assert_int_equal(place.kind, model[w][i].kind);
			assert_int_equal(seen.mapped, place.kind != STAGE2_NOTHING);
			if (!seen.mapped)
				continue;
			assert_int_equal(place.pa.at, model[w][i].pa);
			assert_int_equal(seen.pa.at, model[w][i].pa);
		}
	}
}

static bool model_is_free(uint32_t w, uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++) {
		if (model[w][i].kind != STAGE2_NOTHING)
			return false;
	}
	return true;
}

static void random_map(uint32_t w, uint32_t first, uint32_t count)
{
	uint64_t ipa = windows[w] + first * KIB4;
	uint64_t pa = pick(2) ? ipa + 64 * GIB : pick(1000) * KIB4 + 16 * GIB;
	enum stage2_kind kind = (enum stage2_kind)(STAGE2_RAM + pick(7));
	bool unoccupied = model_is_free(w, first, count);
	uint32_t spare = pool.count - pool.used;
	int status = map(ipa, pa, count * KIB4, kind);

	if (!unoccupied) {
		assert_int_equal(status, STAGE2_OCCUPIED);
		return;
	}
	if (status == STAGE2_NO_PAGES) {
		assert_true(spare <
		            stage2_tables_for(ipa_at(ipa), pa_at(pa), count * KIB4, STAGE2_RAM));
		return;
	}
	assert_int_equal(status, STAGE2_OK);
	assert_true(spare - (pool.count - pool.used) <=
	            stage2_tables_for(ipa_at(ipa), pa_at(pa), count * KIB4, STAGE2_RAM));
	for (uint32_t i = 0; i < count; i++) {
		model[w][first + i].pa = pa + i * KIB4;
		model[w][first + i].kind = kind;
	}
}

static void random_run(uint64_t its_seed, uint32_t pages)
{
	seed = its_seed;
	memset(model, 0, sizeof(model));
	start(pages);
	for (uint32_t i = 0; i < 300; i++) {
		uint32_t w = pick(WINDOWS);
		uint32_t first = pick_page();
		uint32_t count = 1 + pick(pick(4) == 0 ? SLOTS : 40);

		if (count > SLOTS - first)
			count = SLOTS - first;
		random_map(w, first, count);
		if (i % 50 == 0)
			check_against_model();
		fake_settled();
		assert_string_equal(fake_complaint(), "");
	}
	check_against_model();
	finish();
}

/* Shows: memory.translations. */
TEST(test_random_sequences)
{
	for (uint64_t i = 1; i <= 60; i++) {
		random_run(i, PAGES);
		random_run(i, 9);
	}
}
