/*
 * The SMMU's driver against a fake SMMU that forgets nothing by itself: refused and accepted
 * accesses in each state, and a seeded random run of several partitions.
 *
 * Shows: dma.confined.
 */
#include <fake/cpu.h>
#include <fake/device.h>
#include <fake/machine.h>
#include <fake/smmu.h>
#include <frame/layout.h>
#include <frame/smmu.h>
#include <frame/stop.h>
#include <pure/stage2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define BASE       0x9050000ULL
#define PARTITIONS 3u
#define STREAMS    6u /* two each */
#define PAGES      32
#define KIB4       0x1000ULL
#define SIZE       ((uint64_t)0x300000)
#define IPA        ((uint64_t)0x40000000)
#define PA(p)      ((uint64_t)0x80000000 + (uint64_t)(p)*0x1000000)

static _Alignas(4096) uint8_t pages[PAGES * 4096];
static struct page_pool pool;
static struct stage2 tables[PARTITIONS];
static struct smmu_domain domain[PARTITIONS];
static const va_t base = {BASE};
static jmp_buf away;
static const char *stopped;

_Noreturn void stop_machine(const char *why)
{
	stopped = why;
	longjmp(away, 1);
}

static void build(uint32_t partition, bool stage2)
{
	enum stage2_kind kind = stage2 ? STAGE2_DATA : STAGE2_DMA;

	assert_int_equal(stage2_init(&tables[partition], &pool, (uint16_t)(partition + 1)),
	                 STAGE2_OK);
	fake_root((uint16_t)(partition + 1), tables[partition].root_pa);
	/* A block and pages, not where they are seen. */
	assert_int_equal(
	    stage2_map(&tables[partition], ipa_at(IPA), pa_at(PA(partition)), SIZE, kind),
	    STAGE2_OK);
	smmu_init_domain(base, smmu_own, partition, &tables[partition], &domain[partition]);
	for (uint32_t i = 0; i < 2; i++)
		smmu_init_stream(base, smmu_own, 2 * partition + i, &tables[partition]);
}

static void begin(bool stage2)
{
	struct fake_smmu_plan plan = {.base = BASE, .stage2 = stage2, .coherent = true};

	fake_cpu_reset((struct fake_hooks){0});
	fake_devices_reset();
	fake_reset(pages, pa_at((uint64_t)(uintptr_t)pages), PAGES);
	page_pool_init(&pool, pages, pa_at((uint64_t)(uintptr_t)pages), PAGES);
	fake_smmu_reset(&plan);
	assert_null(smmu_unfit(base));
	smmu_init(base, smmu_own);
	for (uint32_t p = 0; p < PARTITIONS; p++)
		build(p, stage2);
	barrier_full();
	fake_smmu_also_at(LAYOUT_SMMU);
}

static void finish(void)
{
	assert_string_equal(fake_complaint(), "");
	assert_int_equal(fake_complaints(), 0);
}

static bool reaches(uint32_t stream, uint64_t address)
{
	uint64_t pa;

	return fake_smmu_access(stream, address, true, &pa);
}

static void assert_closed(uint32_t stream)
{
	assert_false(reaches(stream, IPA));
	assert_false(reaches(stream, PA(stream / 2)));
	assert_false(reaches(stream, 0));
}

/* Its partition's memory, where that sees it, and not a byte more. */
static void assert_open(uint32_t stream)
{
	static const uint64_t outside[] = {0,     IPA - 1,    IPA + SIZE,         PA(0), PA(1),
	                                   PA(2), 1ULL << 39, (1ULL << 39) + IPA, ~0ULL};
	uint64_t pa;

	for (uint64_t at = 0; at < SIZE; at += SIZE / 16 + 8) {
		assert_true(fake_smmu_access(stream, IPA + at, true, &pa));
		assert_int_equal(pa, PA(stream / 2) + at);
	}
	assert_true(reaches(stream, IPA + SIZE - 1));
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		assert_false(reaches(stream, outside[i]));
}

static uint32_t change(uint32_t partition, bool open)
{
	uint32_t mark;

	assert_true(smmu_take());
	assert_false(smmu_take());
	for (uint32_t i = 0; i < 2; i++) {
		if (open)
			smmu_open(2 * partition + i, &domain[partition]);
		else
			smmu_close(2 * partition + i);
	}
	mark = smmu_finish(&domain[partition]);
	smmu_give();
	return mark;
}

static void settle(uint32_t mark)
{
	while (!smmu_done(mark)) {
		assert_int_not_equal(fake_smmu_waiting(), 0);
		fake_smmu_step(1);
	}
}

static void drop_events(void)
{
	struct smmu_event event;

	while (smmu_next_event(&event))
		;
}

/* ---- the tests ---- */

TEST(test_everything_is_refused_at_first)
{
	for (int stage2 = 0; stage2 < 2; stage2++) {
		begin(stage2);
		for (uint32_t i = 0; i < BUNDLE_STREAMS; i++)
			assert_closed(i);
		assert_false(reaches(BUNDLE_STREAMS, IPA));
		finish();
	}
}

TEST(test_open_and_closed)
{
	for (int stage2 = 0; stage2 < 2; stage2++) {
		begin(stage2);
		for (uint32_t round = 0; round < 300; round++) {
			uint32_t p = round % PARTITIONS;

			settle(change(p, true));
			assert_open(2 * p);
			assert_open(2 * p + 1);
			assert_closed((2 * p + 2) % STREAMS);
			settle(change(p, false));
			assert_closed(2 * p);
			assert_closed(2 * p + 1);
			drop_events();
		}
		finish();
	}
}

/* Cached entries go on until the mark is passed. So a driver that doesn't wait fails here. */
TEST(test_it_isnt_done_before_it_is)
{
	uint32_t mark;

	begin(false);
	settle(change(0, true));
	assert_open(0);
	mark = change(0, false);
	assert_false(smmu_done(mark));
	assert_true(reaches(0, IPA));
	fake_smmu_step(4);
	assert_false(smmu_done(mark));
	fake_smmu_step(1);
	assert_true(smmu_done(mark));
	assert_false(reaches(0, IPA));
	finish();
}

/* An old mark stays passed however far the queue goes. */
TEST(test_old_marks)
{
	uint32_t mark;

	begin(false);
	mark = change(0, true);
	settle(mark);
	for (uint32_t i = 0; i < 60; i++) {
		settle(change(1, i % 2 == 0));
		assert_true(smmu_done(mark));
	}
	finish();
}

TEST(test_events)
{
	struct smmu_event event;
	uint64_t pa;

	begin(false);
	settle(change(1, true));
	assert_false(smmu_next_event(&event));
	assert_false(fake_smmu_access(2, 0x1234, true, &pa));
	assert_false(fake_smmu_access(3, ~7ULL, false, &pa));
	assert_false(reaches(0, IPA)); /* closed: no record */
	assert_true(smmu_next_event(&event));
	assert_int_equal(event.kind, SMMU_NOT_MAPPED);
	assert_int_equal(event.stream, 2);
	assert_int_equal(event.address, 0x1234);
	assert_true(event.write);
	assert_true(smmu_next_event(&event));
	assert_int_equal(event.stream, 3);
	assert_int_equal(event.address, ~7ULL);
	assert_false(event.write);
	assert_false(smmu_next_event(&event));
	finish();
}

/* More than the queue holds are lost, and said so once until that is acknowledged. */
TEST(test_event_flood)
{
	struct smmu_event event;
	uint32_t count = 0;

	begin(false);
	settle(change(1, true));
	for (uint32_t round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < 3 * SMMU_EVENTS; i++)
			assert_false(reaches(2, 0));
		for (count = 0; smmu_next_event(&event); count++)
			;
		assert_int_equal(count, SMMU_EVENTS);
		assert_null(smmu_error());
		smmu_acknowledge();
	}
	finish();
}

TEST(test_errors)
{
	begin(false);
	assert_null(smmu_error());
	fake_smmu_break_commands();
	(void)change(0, true);
	fake_smmu_step(1);
	assert_non_null(strstr(smmu_error(), "command"));
	begin(false);
	fake_smmu_fail();
	assert_non_null(strstr(smmu_error(), "failed"));
	/* An acknowledgement of lost events at this moment doesn't hide it. */
	smmu_acknowledge();
	assert_non_null(strstr(smmu_error(), "failed"));
}

TEST(test_unfit)
{
	static const struct {
		uint32_t idr0;
		const char *why;
	} cases[] = {
	    {1u << 1, "doesn't translate"}, {1u << 3, "doesn't translate"}, {1u << 4, "COHACC"},
	    {2u << 24, "STALL_MODEL is 2"}, {3u << 21, "big-endian"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_smmu_plan plan = {
		    .base = BASE, .coherent = true, .idr0 = cases[i].idr0};

		fake_devices_reset();
		fake_smmu_reset(&plan);
		assert_non_null(strstr(smmu_unfit(base), cases[i].why));
	}
}

static uint32_t dead_read(uint64_t offset)
{
	(void)offset;
	return ~0u;
}

static void dead_write(uint64_t offset, uint32_t value)
{
	(void)offset;
	(void)value;
}

/* Nothing answers at its address: said, not waited for. */
TEST(test_dead)
{
	fake_cpu_reset((struct fake_hooks){0});
	fake_devices_reset();
	fake_device_add(&(struct fake_device){BASE, 0x20000, dead_read, dead_write});
	stopped = NULL;
	if (setjmp(away) == 0)
		smmu_init(base, smmu_own);
	if (stopped == NULL || strstr(stopped, "answer") == NULL)
		fail_msg("it isn't said that the SMMU doesn't answer");
}

/* ---- a random run ---- */

/* The rights of a partition's streams. Before a change is done, either state's rights hold. */
struct model {
	bool open, moving;
	uint32_t mark;
};

static void check_access(const struct model *m, uint32_t stream)
{
	bool inside = reaches(stream, IPA + (uint64_t)rand() % SIZE);

	if (!m->moving)
		assert_true(inside == m->open);
	assert_false(reaches(stream, IPA + SIZE + (uint64_t)rand() % 0x1000000));
	assert_false(reaches(stream, PA((stream / 2 + 1) % PARTITIONS)));
}

static void random_step(struct model *models)
{
	uint32_t p = (uint32_t)rand() % PARTITIONS;
	struct model *m = &models[p];

	switch (rand() % 4) {
	case 0:
		if (m->moving)
			break;
		m->open = !m->open;
		m->mark = change(p, m->open);
		m->moving = true;
		break;
	case 1:
		fake_smmu_step((uint32_t)rand() % 6);
		break;
	case 2:
		m->moving = m->moving && !smmu_done(m->mark);
		break;
	default:
		check_access(m, 2 * p + (uint32_t)rand() % 2);
		drop_events();
		break;
	}
}

TEST(test_random)
{
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct model models[PARTITIONS] = {0};

		srand(seed);
		begin(seed % 2 == 0);
		for (uint32_t i = 0; i < 3000; i++)
			random_step(models);
		finish();
	}
}

/* ---- the fake finds errors ---- */

static bool complained(const char *of)
{
	bool found = strstr(fake_complaint(), of) != NULL;

	fake_complaints_forget();
	return found;
}

TEST(test_breaches)
{
	uint32_t mark;

	begin(false);
	settle(change(0, true));
	smmu_own->stream[0][1] ^= 1; /* in use */
	barrier_full();
	assert_true(complained("while it was in use"));
	smmu_own->stream[0][0] = domain[1].open;
	barrier_full();
	assert_true(complained("to another in use"));

	/* Closed, but nobody told: it goes on. */
	begin(false);
	settle(change(0, true));
	assert_open(0);
	smmu_own->stream[0][0] = 1;
	barrier_full();
	assert_true(reaches(0, IPA));

	/* Told, but not ordered before that: it reads the old entry again. */
	begin(false);
	settle(change(0, true));
	assert_open(0);
	mark = change(1, true);
	smmu_own->stream[0][0] = 1;
	smmu_own->command[(mark - 1) % SMMU_COMMANDS][0] = 3;
	settle(mark);
	assert_true(reaches(0, IPA));
}
