/*
 * The fake machine itself: each breach of the order that it exists to find is committed here, and
 * the complaint expected. Without this, a quiet machine would prove nothing.
 *
 * Shows: memory.translations.
 */
#include <fake/machine.h>
#include <frame/hardware.h>
#include <string.h>
#include <unit.h>

#define PAGES 4
#define POOL  0x40000000ULL
#define VMID  1
#define LEAF1 (0x80000000ULL | 0x7fd) /* a 1 GiB block */
#define LEAF2 (0xc0000000ULL | 0x7fd)
#define TABLE (POOL + 4096 + 3) /* a link to page 1 */

static _Alignas(4096) uint64_t tables[PAGES][512];

static void start(void)
{
	fake_reset(tables, pa_at(POOL), PAGES);
	for (int i = 0; i < PAGES; i++)
		hw_zero_table(tables[i]);
	hw_barrier_tables();
	fake_root(VMID, pa_at(POOL));
}

static void expect(const char *words)
{
	fake_settled();
	if (strstr(fake_complaint(), words) == NULL)
		fail_msg("expected \"%s\", got \"%s\"", words, fake_complaint());
}

TEST(test_right_order_is_quiet)
{
	start();
	hw_write_entry(&tables[0][0], LEAF1);
	hw_barrier_tables();
	assert_int_equal(fake_access(VMID, ipa_at(5)).pa.at, 0x80000005);
	hw_write_entry(&tables[0][0], 0);
	fake_invalidate_ipa(VMID, ipa_at(0x1000));
	hw_write_entry(&tables[0][0], LEAF2);
	hw_barrier_tables();
	assert_int_equal(fake_access(VMID, ipa_at(5)).pa.at, 0xc0000005);
	fake_settled();
	assert_string_equal(fake_complaint(), "");
}

TEST(test_valid_over_valid)
{
	start();
	hw_write_entry(&tables[0][0], LEAF1);
	hw_barrier_tables();
	hw_write_entry(&tables[0][0], LEAF2);
	expect("without break before make");
}

TEST(test_make_before_invalidation)
{
	start();
	hw_write_entry(&tables[0][0], LEAF1);
	hw_barrier_tables();
	hw_write_entry(&tables[0][0], 0);
	hw_barrier_tables();
	hw_write_entry(&tables[0][0], LEAF2);
	expect("before its old translation was invalidated");
}

TEST(test_invalidation_of_the_wrong_vmid_or_address)
{
	start();
	hw_write_entry(&tables[0][1], LEAF1);
	hw_barrier_tables();
	hw_write_entry(&tables[0][1], 0);
	hw_invalidate_stage2((VMID + 1ULL) << 48);
	fake_invalidate_ipa(VMID, ipa_at(0x80000000));
	expect("a translation of 0x40000000 was not invalidated");
}

TEST(test_a_vmid_with_a_base_where_no_tables_are)
{
	start();
	hw_invalidate_stage2((uint64_t)VMID << 48);
	expect("borrowed with other tables");
}

TEST(test_no_barrier_before_use)
{
	start();
	hw_write_entry(&tables[0][0], LEAF1);
	(void)fake_access(VMID, ipa_at(0));
	expect("relied on before the barrier");
}

TEST(test_no_barrier_at_the_end)
{
	start();
	hw_write_entry(&tables[0][0], LEAF1);
	expect("left without a barrier");
}

TEST(test_link_before_contents)
{
	start();
	hw_write_entry(&tables[1][7], LEAF1);
	hw_write_entry(&tables[0][0], TABLE);
	expect("linked before its contents are ordered");
}

TEST(test_reuse_of_a_table_still_walked)
{
	start();
	hw_write_entry(&tables[0][0], TABLE);
	hw_barrier_tables();
	hw_write_entry(&tables[0][0], 0);
	hw_zero_table(tables[1]);
	expect("zeroed that a walker may still read");
	start();
	hw_write_entry(&tables[0][0], TABLE);
	hw_barrier_tables();
	hw_write_entry(&tables[0][0], 0);
	hw_write_entry(&tables[1][0], LEAF1);
	expect("into a table that a walker may still read");
}

TEST(test_direct_stores_are_seen)
{
	start();
	tables[0][9] = LEAF1;
	expect("changed without hw_write_entry()");
}

TEST(test_conflicting_translations)
{
	start();
	hw_write_entry(&tables[1][0], 0x80000000 | 0x7fd);
	hw_barrier_tables();
	hw_write_entry(&tables[0][0], TABLE);
	hw_barrier_tables();
	(void)fake_speculate(VMID, ipa_at(0));
	hw_write_entry(&tables[0][0], 0);
	/* Reaches the link, but not translations through it elsewhere. */
	fake_invalidate_ipa(VMID, ipa_at(0x10000000));
	hw_write_entry(&tables[0][0], LEAF2);
	hw_barrier_tables();
	assert_string_equal(fake_complaint(), "");
	(void)fake_speculate(VMID, ipa_at(0x10000000));
	expect("two translations of one address");
}

TEST(test_an_entry_that_is_no_table)
{
	uint64_t elsewhere = 0;

	start();
	hw_write_entry(&elsewhere, LEAF1);
	expect("no table");
	start();
	hw_write_entry(&tables[0][0], 0x1000 | 3);
	expect("outside the pool");
}
