/*
 * A watcher's mend in a partition's memory: all changes are made or none, and none elsewhere, for
 * all contents of the box. A run after one that failed makes the mend whole.
 * Shows: watch.mends.
 */
#include <stdlib.h>
#include <string.h>

#include <service/loader.h>
#include <service/mend.h>
#include <unit.h>

#define IPA   0x40000000ull
#define PAGE  4096u
#define PAGES 4u
#define END   (IPA + PAGES * PAGE)
#define HIGH  0x80000000ull /* the second piece of memory */
#define SEEDS 2000u

static struct {
	uint8_t before[PAGE];
	uint8_t ram[PAGES * PAGE];
	uint8_t between[PAGE];
	uint8_t high[PAGE];
	uint8_t behind[PAGE];
} memory __attribute__((aligned(4096)));
static struct mend_box box;
static struct loader_info info;
#define VCPUS 3u
static struct mend_registers registers[VCPUS + 1]; /* the last one belongs to no vCPU */
static uint32_t cleaned, break_off;                /* break_off: the run ends at this cleaning */
static jmp_buf broken_off;

/* Counts cleanings. Only the partition's words and registers are cleaned. */
void machine_clean(const void *from, size_t size)
{
	const uint8_t *at = from;

	assert_true(
	    (at >= memory.ram && at + size <= memory.ram + sizeof(memory.ram)) ||
	    (at >= memory.high && at + size <= memory.high + sizeof(memory.high)) ||
	    (at >= (const uint8_t *)registers && at + size <= (const uint8_t *)&registers[VCPUS]));
	if (++cleaned == break_off)
		longjmp(broken_off, 1);
}

static void set_up(void)
{
	memset(&memory, 0xee, sizeof(memory));
	memset(&box, 0, sizeof(box));
	cleaned = break_off = 0;
	info = (struct loader_info){.ranges = 2, .task = LOADER_MEND, .mend = (uintptr_t)&box};
	info.vcpus = VCPUS;
	info.registers = (uintptr_t)registers;
	for (uint32_t i = 0; i <= VCPUS; i++)
		registers[i] = (struct mend_registers){0x100 + i, 0x200 + i};
	info.range[0] = (struct loader_range){(uintptr_t)memory.ram, sizeof(memory.ram), IPA};
	info.range[1] = (struct loader_range){(uintptr_t)memory.high, sizeof(memory.high), HIGH};
}

const struct unit_fixture unit_each = {set_up, NULL};

static uint64_t *word_at(uint64_t ipa)
{
	if (ipa >= HIGH)
		return (uint64_t *)(void *)(memory.high + (ipa - HIGH) % PAGE);
	return (uint64_t *)(void *)(memory.ram + (ipa - IPA) % sizeof(memory.ram));
}

static void change(uint64_t address, uint64_t mask, uint64_t expected, uint64_t value)
{
	box.change[box.count++] = (struct watch_change){address, mask, expected, value};
}

static uint64_t done(uint32_t words)
{
	return WATCH_MEND_DONE | (uint64_t)words << 8;
}

static uint64_t about(enum watch_mended what, uint32_t index)
{
	return (uint64_t)what | (uint64_t)index << 8;
}

TEST(test_words_are_changed)
{
	*word_at(IPA + 8) = 0x1122334455667788;
	*word_at(END - 8) = 7;
	*word_at(HIGH) = 1;
	change(IPA + 8, 0xffff0000, 0x55660000, 0xaaaa0000);
	change(END - 8, ~0ull, 7, 7); /* a look */
	change(HIGH, ~0ull, 1, 2);
	assert_int_equal(mend_run(&info), done(2));
	assert_int_equal(*word_at(IPA + 8), 0x11223344aaaa7788);
	assert_int_equal(*word_at(END - 8), 7);
	assert_int_equal(*word_at(HIGH), 2);
}

/* Shows: watch.mended-registers. */
TEST(test_registers_are_changed)
{
	*word_at(IPA) = 1;
	change(WATCH_VBAR(0), ~0ull, 0x100, 7);
	change(WATCH_SCTLR(VCPUS - 1), 0xf, 2, 9);
	change(WATCH_SCTLR(0), ~0ull, 0x200, 0x200); /* a look */
	change(IPA, ~0ull, 1, 2);
	assert_int_equal(mend_run(&info), done(3));
	assert_int_equal(registers[0].vbar, 7);
	assert_int_equal(registers[0].sctlr, 0x200);
	assert_int_equal(registers[VCPUS - 1].vbar, 0x100 + VCPUS - 1);
	assert_int_equal(registers[VCPUS - 1].sctlr, 0x209);
	assert_int_equal(*word_at(IPA), 2);
}

/* A register with another value prevents changes of memory, and the other way round. */
TEST(test_registers_are_part_of_the_whole)
{
	for (uint32_t wrong = 0; wrong < 2; wrong++) {
		set_up();
		*word_at(IPA) = 1;
		change(WATCH_VBAR(1), ~0ull, 0x101 + (wrong == 0), 7);
		change(IPA, ~0ull, 1 + wrong, 2);
		assert_int_equal(mend_run(&info), about(WATCH_MEND_DIFFERS, wrong));
		assert_int_equal(registers[1].vbar, 0x101);
		assert_int_equal(*word_at(IPA), 1);
	}
}

TEST(test_no_other_registers)
{
	static const uint64_t wrong[] = {WATCH_VBAR(VCPUS), WATCH_SCTLR(VCPUS),     3, 7,
	                                 WATCH_VBAR(~0ull), WATCH_SCTLR(1ull << 60)};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		set_up();
		change(wrong[i], 0, 0, 0);
		assert_int_equal(mend_run(&info), about(WATCH_MEND_WRONG, 0));
	}
}

TEST(test_a_different_word_prevents_all)
{
	for (uint32_t wrong = 0; wrong < WATCH_CHANGES; wrong++) {
		set_up();
		for (uint32_t i = 0; i < WATCH_CHANGES; i++) {
			*word_at(IPA + 8 * i) = i;
			change(IPA + 8 * i, 0xff, i ^ (i == wrong), 0x77);
		}
		assert_int_equal(mend_run(&info), about(WATCH_MEND_DIFFERS, wrong));
		for (uint32_t i = 0; i < WATCH_CHANGES; i++)
			assert_int_equal(*word_at(IPA + 8 * i), i);
	}
}

TEST(test_bits_outside_of_the_mask_may_differ)
{
	*word_at(IPA) = 0x100;
	change(IPA, 1, 0xff00, 0xfffffff1);
	assert_int_equal(mend_run(&info), done(1));
	assert_int_equal(*word_at(IPA), 0x101);
}

TEST(test_nowhere_else)
{
	static const uint64_t wrong[] = {0,       4,         IPA - 8,    IPA + 4,
	                                 IPA + 1, END,       END - 4,    HIGH + PAGE,
	                                 ~0ull,   ~0ull - 7, 1ull << 63, HIGH - 8};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		set_up();
		*word_at(IPA) = 0;
		change(IPA, ~0ull, 0, 1);
		change(wrong[i], 0, 0, 0);
		assert_int_equal(mend_run(&info), about(WATCH_MEND_WRONG, 1));
		assert_int_equal(*word_at(IPA), 0);
	}
}

TEST(test_wrong_counts)
{
	static const uint32_t counts[] = {0, WATCH_CHANGES + 1, 1u << 31, ~0u};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		set_up();
		change(IPA, 0, 0, 0);
		box.count = counts[i];
		assert_int_equal(mend_run(&info), WATCH_MEND_WRONG);
		assert_int_equal(cleaned, 0);
	}
}

static void full_mend(void)
{
	for (uint32_t i = 0; i < WATCH_CHANGES - 1; i++) {
		*word_at(IPA + 8 * i) = i;
		change(IPA + 8 * i, ~0ull, i, i % 3 == 0 ? i : 100 + i);
	}
	change(WATCH_VBAR(1), ~0ull, 0x101, 0x301);
}

/* After any break of the first run, the second one makes all of the mend. */
TEST(test_a_second_run_makes_it_whole)
{
	uint32_t steps;

	full_mend();
	assert_int_equal(mend_run(&info), done(WATCH_CHANGES - 21));
	steps = cleaned;
	assert_true(steps > WATCH_CHANGES);
	for (uint32_t step = 1; step <= steps; step++) {
		set_up();
		full_mend();
		break_off = step;
		if (setjmp(broken_off) == 0)
			(void)mend_run(&info);
		info.task = LOADER_MEND_AGAIN;
		assert_int_equal(mend_run(&info), done(WATCH_CHANGES - 21));
		for (uint32_t i = 0; i < WATCH_CHANGES - 1; i++)
			assert_int_equal(*word_at(IPA + 8 * i), i % 3 == 0 ? i : 100 + i);
		assert_int_equal(registers[1].vbar, 0x301);
	}
}

/* The first run doesn't accept a word that has the new value already. */
TEST(test_only_a_second_run_takes_new_values)
{
	*word_at(IPA) = 2;
	change(IPA, ~0ull, 1, 2);
	assert_int_equal(mend_run(&info), about(WATCH_MEND_DIFFERS, 0));
	info.task = LOADER_MEND_AGAIN;
	assert_int_equal(mend_run(&info), done(1));
	*word_at(IPA) = 3; /* neither the old value nor the new one: a device wrote it */
	assert_int_equal(mend_run(&info), WATCH_MEND_FAILED);
	assert_int_equal(*word_at(IPA), 3);
}

static uint64_t random_word(void)
{
	return (uint64_t)random() << 33 ^ (uint64_t)random();
}

/* Boxes with random content: only the partition's words and registers change. */
TEST(test_hostile_boxes)
{
	srandom(3);
	for (uint32_t seed = 0; seed < SEEDS; seed++) {
		set_up();
		for (uint32_t i = 0; i < WATCH_CHANGES; i++)
			box.change[i] = (struct watch_change){
			    seed % 2 ? random_word() >> random() % 64
			             : IPA + (uint64_t)random() % (PAGES * PAGE + 64),
			    seed % 3 ? random_word() : 0, random_word(), random_word()};
		box.count = (uint32_t)random() % (WATCH_CHANGES + 2);
		info.task = seed % 5 ? LOADER_MEND : LOADER_MEND_AGAIN;
		(void)mend_run(&info);
		for (uint32_t i = 0; i < PAGE; i++)
			assert_int_equal(memory.before[i] & memory.between[i] & memory.behind[i],
			                 0xee);
		assert_int_equal(registers[VCPUS].vbar, 0x100 + VCPUS);
		assert_int_equal(registers[VCPUS].sctlr, 0x200 + VCPUS);
	}
}
