/*
 * The faults of a guarded partition: when the watcher is asked, which answer counts, and how rights
 * change in steps; and which stores need no answer. Shows: prevent.rights, prevent.place,
 * prevent.sites.
 */
#include <devices/guard.h>
#include <fake/cpu.h>
#include <fake/machine.h>
#include <frame/hardware.h>
#include <frame/pstate.h>
#include <pthread.h>
#include <sched.h>
#include <state/core.h>
#include <state/partition.h>
#include <string.h>
#include <unit.h>
#include <word/mend.h>
#include <word/timer.h>

#define RAM    0x40000000ULL
#define BLOCK  0x200000ULL
#define TABLES 8u
#define POOL   0x50000000ULL
#define PAGES  (2 * 512u)

struct core core;
static _Alignas(4096) uint8_t memory[TABLES * PAGE_SIZE];
static struct page_pool pool;
static struct vcpu vcpu;
static struct partition partition;
static uint64_t now;

uint64_t timer_now(void)
{
	return now;
}

uint64_t timer_ticks(uint64_t nanoseconds)
{
	return nanoseconds / 1000;
}

/* The watcher's memory: a table of two pages. */
#define TABLE_IPA 0x60000000ULL
#define TABLE_PA  0x70000000ULL
#define TEXT      (RAM + 5 * PAGE_SIZE)
static uint32_t table[2 * PAGE_SIZE / sizeof(uint32_t)];

static uint32_t read_table(pa_t place)
{
	const uint64_t at = place.at - TABLE_PA;

	assert_true(at < sizeof(table));
	return table[at / sizeof(table[0])];
}

static struct watch_fault *own(void)
{
	return &mend_box_of(0)->fault[0];
}

/* Asks for rights of pages from the first one of its memory on. */
static void ask_for(uint32_t rights, uint64_t pages)
{
	own()->allow = pages << WATCH_ALLOW_PAGES | RAM / PAGE_SIZE << WATCH_ALLOW_PAGE | rights;
}

static uint64_t left(void)
{
	return own()->allow >> WATCH_ALLOW_PAGES;
}

static bool pending;

static bool is_pending(void)
{
	return pending;
}

static const struct bundle_partition plain;

/*
 * The functions' right to write the first pages, a bit each; and the number of questions about it.
 */
static uint64_t written;
static uint32_t dma_asked;
static bool dma_busy;

bool dma_allow(struct partition *of, ipa_t ipa, uint32_t pages, bool allowed)
{
	assert_ptr_equal(of, &partition);
	dma_asked++;
	for (uint64_t i = (ipa.at - RAM) / PAGE_SIZE; i < 64 && pages-- > 0 && !dma_busy; i++)
		written = allowed ? written | 1ULL << i : written & ~(1ULL << i);
	return !dma_busy;
}

static void set_up(void)
{
	fake_cpu_reset((struct fake_hooks){.pending = is_pending, .window = read_table});
	pending = false;
	written = UINT64_MAX;
	dma_asked = 0;
	dma_busy = false;
	fake_reset(memory, pa_at(POOL), TABLES);
	page_pool_init(&pool, memory, pa_at(POOL), TABLES);
	assert_int_equal(stage2_init(&partition.stage2, &pool, 3), STAGE2_OK);
	fake_root(3, partition.stage2.root_pa);
	assert_int_equal(
	    stage2_map(&partition.stage2, ipa_at(RAM), pa_at(RAM), 2 * BLOCK, STAGE2_RAM_EL1),
	    STAGE2_OK);
	partition.stage2.guarded = true;
	partition.config = &plain;
	vcpu.partition = &partition;
	partition.vcpu_count = 1;
	partition.life.status.starts = 0;
	memset(mend_box_of(0), 0, sizeof(struct mend_box));
	now = 100;
}

const struct unit_fixture unit_each = {set_up, NULL};

static enum stage2_kind kind_at(uint64_t page)
{
	return stage2_lookup(&partition.stage2, ipa_at(RAM + page * PAGE_SIZE)).kind;
}

/* An interrupt comes in between. */
TEST(test_rights_change_in_steps)
{
	ask_for(WATCH_RIGHT_CODE, PAGES - 100);
	pending = true;
	assert_false(guard_change(&vcpu));
	assert_int_equal(left(), PAGES - 100 - 4);
	assert_int_equal(kind_at(PAGES - 105), STAGE2_RAM_EL1);
	assert_int_equal(kind_at(PAGES - 104), STAGE2_TEXT_EL1);
	pending = false;
	assert_true(guard_change(&vcpu));
	assert_int_equal(left(), 0);
	assert_int_equal(kind_at(0), STAGE2_TEXT_EL1);
	assert_int_equal(kind_at(PAGES - 101), STAGE2_TEXT_EL1);
	assert_int_equal(kind_at(PAGES - 100), STAGE2_RAM_EL1);
	assert_true(guard_change(&vcpu));
}

/* Shows: prevent.devices. */
TEST(test_rights_are_those_of_devices_too)
{
	ask_for(WATCH_RIGHT_CODE, 40);
	assert_true(guard_change(&vcpu));
	assert_int_equal(dma_asked, 0);
	ask_for(WATCH_RIGHT_CONSTANT | WATCH_RIGHT_DEVICES, 40);
	assert_true(guard_change(&vcpu));
	assert_int_equal(kind_at(39), STAGE2_CONSTANT_EL0);
	assert_int_equal(written, UINT64_MAX << 40);
	ask_for(WATCH_RIGHT_DATA | WATCH_RIGHT_DEVICES, 4);
	assert_true(guard_change(&vcpu));
	assert_int_equal(written, UINT64_MAX << 40 | 0xf);
}

static bool is_tried(void)
{
	return dma_asked >= 5;
}

/* An interrupt comes first; then it goes on where it was. */
TEST(test_a_busy_smmu_is_tried_again)
{
	fake_cpu_reset((struct fake_hooks){.pending = is_tried});
	dma_busy = true;
	ask_for(WATCH_RIGHT_CODE | WATCH_RIGHT_DEVICES, 4);
	assert_false(guard_change(&vcpu));
	assert_int_equal(dma_asked, 5);
	assert_int_equal(left(), 4);
	assert_int_equal(kind_at(3), STAGE2_RAM_EL1); /* nothing was begun */
	dma_busy = false;
	assert_true(guard_change(&vcpu));
	assert_int_equal(left(), 0);
	assert_int_equal(written, UINT64_MAX << 4);
}

/* A call ends for all that the watcher writes, and gives only existing rights. */
TEST(test_wrong_rights_change_nothing)
{
	ask_for(WATCH_RIGHTS, 1);
	assert_true(guard_change(&vcpu));
	ask_for(WATCH_RIGHT_CODE | WATCH_RIGHT_DEVICES, WATCH_ALLOW_MASK);
	assert_true(guard_change(&vcpu));
	assert_int_equal(dma_asked, 0);
	assert_int_equal(left(), 0);
	assert_int_equal(kind_at(512), STAGE2_RAM_EL1);
	ask_for(WATCH_RIGHT_ALL, 1);
	partition.stage2.guarded = false;
	assert_true(guard_change(&vcpu));
	assert_int_equal(left(), 1);
	assert_int_equal(kind_at(0), STAGE2_RAM_EL1);
}

TEST(test_another_life_has_nothing_open)
{
	own()->syndrome = 3;
	ask_for(WATCH_RIGHT_START, 8);
	guard_forget(&partition);
	assert_int_equal(own()->syndrome, 0);
	assert_true(guard_change(&vcpu));
	assert_int_equal(kind_at(0), STAGE2_RAM_EL1);
}

/* Its kernel begins at pages that the life before may have made data of. */
TEST(test_another_life_can_start)
{
	struct bundle_header *bundle = (struct bundle_header *)LAYOUT_BUNDLE;
	struct bundle_region *regions = (struct bundle_region *)(LAYOUT_BUNDLE + 0x1000);
	struct bundle_partition config = {.regions = {.first = 1, .count = 2}};

	bundle->regions.offset = 0x1000;
	regions[1] = (struct bundle_region){.ipa = 0x9000000, .size = 4096, .kind = BUNDLE_DEVICE};
	regions[2] = (struct bundle_region){.ipa = RAM, .size = 2 * BLOCK, .kind = BUNDLE_RAM};
	partition.config = &config;
	partition.life.status.starts = 1;
	stage2_allow(&partition.stage2, ipa_at(RAM), 8, STAGE2_RAM_EL0);
	hw_invalidate_stage2(stage2_vttbr(&partition.stage2));
	written = 0;
	own()->fixed = 1;
	guard_forget(&partition);
	assert_int_equal(own()->fixed, 0);
	assert_int_equal(kind_at(7), STAGE2_RAM_EL0);
	assert_true(guard_change(&vcpu));
	assert_int_equal(kind_at(7), STAGE2_RAM_EL1);
	assert_int_equal(kind_at(PAGES - 1), STAGE2_RAM_EL1);
	assert_int_equal(written, UINT64_MAX);
}

static bool take_back(void)
{
	own()->allow = 0;
	return true;
}

/* Between two steps: the rest isn't changed, then or later. */
TEST(test_a_request_is_taken_back)
{
	fake_cpu_reset((struct fake_hooks){.pending = take_back});
	ask_for(WATCH_RIGHT_CODE, 40);
	assert_false(guard_change(&vcpu));
	assert_int_equal(left(), 0);
	assert_true(guard_change(&vcpu));
	assert_int_equal(kind_at(36), STAGE2_TEXT_EL1);
	assert_int_equal(kind_at(35), STAGE2_RAM_EL1);
}

TEST(test_an_answer_is_taken_once)
{
	struct watch_fault fault = {
	    .syndrome = 1, .address = RAM, .pc = 5, .value = 7, .pstate = 5};

	assert_int_equal(guard_answer(&vcpu, &fault), 0);
	assert_int_equal(own()->changes, 2);
	assert_int_equal(own()->value, 7);
	own()->answer = 1 << 8 | WATCH_FAULT_STORE; /* of an earlier one */
	assert_int_equal(guard_answer(&vcpu, &fault), 0);
	assert_int_equal(own()->changes, 2);
	own()->answer = 2 << 8 | WATCH_FAULT_STORE;
	fault.value = 8; /* the content differs from the judged one */
	assert_int_equal(guard_answer(&vcpu, &fault), 0);
	assert_int_equal(own()->changes, 4);
	own()->answer = 4 << 8 | WATCH_FAULT_STORE;
	assert_int_equal(guard_answer(&vcpu, &fault), WATCH_FAULT_STORE);
	assert_int_equal(own()->changes, 5);
	guard_end_store(&vcpu);
	assert_int_equal(own()->changes, 6);
	assert_int_equal(guard_answer(&vcpu, &fault), 0); /* asked anew */
	assert_int_equal(own()->changes, 8);
	own()->changes = 9; /* the frame failed as it wrote */
	assert_int_equal(guard_answer(&vcpu, &fault), 0);
	assert_int_equal(own()->changes, 10);
}

#define STORES 1000u

static uint32_t stores, late;
static bool over;

/* A watcher: allows a store, takes that back, and waits for the end of one that has begun. */
static void *allow_and_take_back(void *unused)
{
	struct watch_fault *fault = own();

	for (uint32_t i = 0; __atomic_load_n(&stores, __ATOMIC_SEQ_CST) < STORES; i++) {
		uint64_t changes;
		uint32_t before;

		do {
			changes = __atomic_load_n(&fault->changes, __ATOMIC_SEQ_CST);
			sched_yield();
		} while (changes % 2 != 0 ||
		         __atomic_load_n(&fault->syndrome, __ATOMIC_SEQ_CST) == 0 ||
		         __atomic_load_n(&fault->changes, __ATOMIC_SEQ_CST) != changes);
		__atomic_store_n(&fault->answer, changes << 8 | WATCH_FAULT_STORE,
		                 __ATOMIC_SEQ_CST);
		for (volatile uint32_t pause = i % 256; pause != 0;)
			pause--;
		__atomic_store_n(&fault->answer, 0, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&fault->changes, __ATOMIC_SEQ_CST) % 2 != 0)
			sched_yield();
		before = __atomic_load_n(&stores, __ATOMIC_SEQ_CST);
		for (volatile uint32_t pause = 200; pause != 0;)
			pause--;
		late += __atomic_load_n(&stores, __ATOMIC_SEQ_CST) != before;
	}
	__atomic_store_n(&over, true, __ATOMIC_SEQ_CST);
	return unused;
}

TEST(test_no_store_after_its_answer_is_taken_back)
{
	const struct watch_fault fault = {.syndrome = 1, .address = RAM, .pstate = PSTATE_EL0T};
	pthread_t watcher;

	assert_int_equal(pthread_create(&watcher, NULL, allow_and_take_back, NULL), 0);
	while (!__atomic_load_n(&over, __ATOMIC_SEQ_CST))
		if (guard_answer(&vcpu, &fault) == WATCH_FAULT_STORE) {
			__atomic_add_fetch(&stores, 1, __ATOMIC_SEQ_CST);
			guard_end_store(&vcpu);
		}
	assert_int_equal(pthread_join(watcher, NULL), 0);
	assert_int_equal(late, 0);
}

/* A place with a listed word accepts this word and a NOP. Other places accept nothing. */
TEST(test_sites_need_no_answer)
{
	struct mend_box *box = mend_box_of(0);

	table[3] = 0x14000042;
	table[1024] = WATCH_SITES_NOP;
	assert_false(guard_is_site(&partition, ipa_at(TEXT + 12), WATCH_SITES_NOP)); /* no table */
	box->table_ipa = TABLE_IPA;
	box->table_pa = TABLE_PA;
	box->table_size = sizeof(table);
	own()->text = TEXT;
	own()->sites = TABLE_IPA + 2;
	assert_true(guard_is_site(&partition, ipa_at(TEXT + 12), 0x14000042));
	assert_true(guard_is_site(&partition, ipa_at(TEXT + 12), WATCH_SITES_NOP));
	assert_false(guard_is_site(&partition, ipa_at(TEXT + 12), 0x14000043));
	assert_false(guard_is_site(&partition, ipa_at(TEXT + 16), WATCH_SITES_NOP));
	assert_false(guard_is_site(&partition, ipa_at(TEXT + 16), 0));
	assert_true(guard_is_site(&partition, ipa_at(TEXT + PAGE_SIZE), WATCH_SITES_NOP));
	for (uint32_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		table[i] = WATCH_SITES_NOP;
	assert_false(guard_is_site(&partition, ipa_at(TEXT - 4), WATCH_SITES_NOP));
	assert_false(guard_is_site(&partition, ipa_at(TEXT + 2 * PAGE_SIZE), WATCH_SITES_NOP));
	guard_forget(&partition);
	assert_false(guard_is_site(&partition, ipa_at(TEXT + 12), WATCH_SITES_NOP));
}

/* Its memory has something else then. */
TEST(test_a_new_life_of_the_watcher_has_no_table)
{
	static const struct bundle_partition config = {.flags = BUNDLE_PREVENTS, .watches = 0};
	static struct partition watcher = {.index = 1, .config = &config};

	own()->sites = TABLE_IPA + 2;
	guard_forget(&watcher);
	assert_int_equal(own()->sites, 0);
}

/* For all that the watcher writes, only its own memory is read: read_table(). */
TEST(test_a_table_lies_in_the_watchers_memory)
{
	static const uint64_t wrong[] = {TABLE_IPA - PAGE_SIZE + 2,
	                                 TABLE_IPA + sizeof(table) + 2,
	                                 TABLE_IPA + PAGE_SIZE + 4095,
	                                 4095,
	                                 UINT64_MAX,
	                                 TABLE_PA + 2};
	struct mend_box *box = mend_box_of(0);

	box->table_ipa = TABLE_IPA;
	box->table_pa = TABLE_PA;
	box->table_size = sizeof(table);
	for (uint32_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		own()->sites = wrong[i];
		for (uint64_t text = 0; text <= 4 * BLOCK; text += BLOCK / 2) {
			own()->text = TEXT - text;
			assert_false(guard_is_site(&partition, ipa_at(TEXT + PAGE_SIZE), 1));
		}
	}
}

/* But not before its watcher says so, as it does when it has the baseline. */
TEST(test_a_kernel_is_refused_in_the_end)
{
	const uint64_t patience = WATCH_FAULT_MS * 1000ULL;
	struct watch_fault fault = {.syndrome = 1, .address = RAM, .pstate = PSTATE_EL1H};

	assert_int_equal(guard_answer(&vcpu, &fault), 0);
	now += 100 * patience;
	assert_int_equal(guard_answer(&vcpu, &fault), 0);
	own()->refuses = 1;
	fault.value++;
	assert_int_equal(guard_answer(&vcpu, &fault), 0);
	now += patience;
	assert_int_equal(guard_answer(&vcpu, &fault), 0);
	now++;
	assert_int_equal(guard_answer(&vcpu, &fault), WATCH_FAULT_REFUSE);
	fault.pstate = PSTATE_EL0T;
	assert_int_equal(guard_answer(&vcpu, &fault), 0);
	now += 100 * patience;
	assert_int_equal(guard_answer(&vcpu, &fault), 0);
	guard_forget(&partition);
	assert_int_equal(own()->refuses, 0);
}
