/*
 * A watcher of a program that is no Linux. Memory must have the content of the facts, at any place.
 * Parts that only a Linux has aren't looked at.
 */
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

#define PAGE      BASELINE_PAGE
#define TEXT      PAGE
#define CONSTANTS (4 * PAGE)
#define END       (5 * PAGE)
#define OPEN      (PAGE + 16)
#define AWAY      (2u << 20) /* the program's place in the memory */
#define VBAR      (TEXT + 0x800)

static struct {
	struct watchfacts facts;
	uint64_t contents[(END - TEXT) / sizeof(uint64_t)];
} file;

static uint64_t *word(uint32_t place)
{
	return (uint64_t *)(void *)(guest_ram + AWAY + place);
}

/* Begins a program at AWAY. All of it is watched but the word that is completed. */
static void set_up(void)
{
	watcher_set_up();
	memset(&file, 0, sizeof(file));
	file.facts = (struct watchfacts){.magic = WATCHFACTS_MAGIC,
	                                 .revision = WATCHFACTS_REVISION,
	                                 .size = sizeof(file),
	                                 .kind = WATCHFACTS_PROGRAM,
	                                 .linked = GUEST_IPA + AWAY,
	                                 .open = OPEN,
	                                 .image_size = 8 * PAGE,
	                                 .text = TEXT,
	                                 .text_end = CONSTANTS,
	                                 .constants_end = END};
	for (uint32_t i = 0; i < sizeof(file.contents) / sizeof(file.contents[0]); i++)
		file.contents[i] = 0xd503201f00000000 + i;
	memset(guest_ram, 0, GUEST_SIZE);
	memcpy(word(TEXT), file.contents, sizeof(file.contents));
	*word(OPEN) = 77;
	watch.guest.facts = &file.facts;
	registers = (struct watch_record){.vbar = GUEST_IPA + AWAY + VBAR, .sctlr = 0x30d00800};
	assert_true(sites_open(&file.facts, sizeof(file)));
	assert_true(baseline_open(&watch.baseline, kept, sizeof(kept), &file.facts));
}

const struct unit_fixture unit_each = {set_up, watcher_tear_down};

static void expect_quiet(void)
{
	look(2 * WATCH_PATIENCE);
	assert_int_equal(told, 0);
	assert_int_equal(events[WATCH_CANT], 0);
	assert_int_equal(events[WATCH_LATE], 0);
}

TEST(test_good_life)
{
	look(10);
	assert_int_equal(events[WATCH_FOUND], 1);
	assert_int_equal(events[WATCH_BEGINS], 0);
	look(1);
	assert_int_equal(events[WATCH_BEGINS], 1);
	expect_quiet();
	for (uint32_t i = 0; i < WATCH_NAMES; i++)
		assert_int_equal(watch_has(&watch, i),
		                 i != WATCH_TASKS && i != WATCH_MODULES && i != WATCH_MAPPINGS);
}

/* Changes before the first look are found, too, as the facts have the right content. */
TEST(test_damages_are_mended)
{
	watcher_climbs("all: mend");
	*word(TEXT + 8) ^= 1;
	look(11 + FINDINGS_LOOKS);
	assert_int_equal(told, 1);
	assert_int_equal(last.where, TEXT);
	look(2);
	assert_int_equal(gone, 1);
	assert_int_equal(*word(TEXT + 8), file.contents[1]);
	*word(END - 8) ^= 1;
	look(WATCH_SWEEP + FINDINGS_LOOKS);
	assert_int_equal(told, 2);
	assert_int_equal(last.kind, FINDING_TEXT);
	assert_int_equal(*word(END - 8), file.contents[(END - TEXT) / 8 - 1]);
	assert_int_equal(*word(OPEN), 77);
	*word(OPEN) = 78;
	look(10);
	assert_int_equal(told, 3);
	assert_int_equal(*word(OPEN), 77);
}

/* A program with a single page of text stays the same program when its word is completed. */
TEST(test_small_program)
{
	file.facts.text_end = TEXT + PAGE;
	look(11);
	assert_int_equal(events[WATCH_BEGINS], 1);
	expect_quiet();
}

/* The program is there only if most of its text is. Another program's memory is never mended. */
TEST(test_another_program)
{
	watcher_climbs("all: mend");
	*word(TEXT) ^= 1;
	*word(TEXT + PAGE) ^= 1;
	look(WATCH_STRANGER + 1);
	assert_int_equal(events[WATCH_UNKNOWN], 1);
	assert_int_equal(events[WATCH_FOUND], 0);
	assert_int_equal(asked, 0);
}

TEST(test_vectors_and_control)
{
	look(11);
	registers.vbar += 0x800;
	look(FINDINGS_LOOKS);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_VECTORS);
	registers.vbar -= 0x800;
	look(2);
	assert_int_equal(gone, 1);
	registers.sctlr ^= 1u << 12; /* caches */
	look(FINDINGS_LOOKS);
	assert_int_equal(told, 2);
	assert_int_equal(last.kind, FINDING_CONTROL);
}

static struct watch_seen both;

/* Looks at two vCPUs, the second one with these registers. */
static void look_at_two(uint32_t times, const struct watch_record *second)
{
	static uint64_t changes = 0x10000;

	for (uint32_t i = 0; i < times; i++) {
		both = seen();
		both.vcpus = 2;
		both.record[1] = *second;
		changes += 2;
		both.record[0].changes = both.record[1].changes = changes;
		watch_look(&watch, &both);
	}
}

/*
 * Each vCPU has its own registers, from its first look that has any. Nothing is mended on a sound
 * vCPU.
 */
TEST(test_each_vcpu_has_its_own_registers)
{
	struct watch_record second = registers;

	watcher_climbs("all: mend");
	second.vbar += 0x800;
	second.sctlr ^= 1u << 12;
	look_at_two(11 + 2 * WATCH_PATIENCE, &second);
	assert_int_equal(told + asked, 0);
	look_at_two(2, &registers); /* the second vCPU becomes like the first one */
	assert_int_equal(told + asked, 0);
	second.vbar += 0x800;
	second.sctlr ^= 1u << 3;
	refusal = WATCH_MEND_LATE;
	look_at_two(FINDINGS_LOOKS, &second);
	assert_int_equal(told, 2);
	assert_int_equal(asked, 2);
}

/* The program sets its vectors late. The finding is told, and then over. */
TEST(test_late_vectors)
{
	const uint64_t vbar = registers.vbar;

	watcher_climbs("all: mend");
	registers.vbar = 0;
	look(11 + FINDINGS_LOOKS);
	assert_int_equal(told, 1);
	assert_int_equal(last.lack.kind, RULES_LACK_NONE);
	registers.vbar = vbar;
	look(FINDINGS_LOOKS);
	assert_int_equal(gone, 1);
	registers.vbar = 0;
	refusal = WATCH_MEND_LATE;
	look(FINDINGS_LOOKS);
	assert_int_equal(told, 2);
	assert_int_equal(last.lack.link, vbar);
}

/* No baseline makes such vectors right. */
TEST(test_vectors_outside_of_text)
{
	registers.vbar = GUEST_IPA + AWAY + END;
	look(11 + FINDINGS_LOOKS);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_VECTORS);
}

/* Text behind the pages that are watched is still text. */
TEST(test_vectors_beside_data)
{
	file.facts.shared = 0x800;
	registers.vbar = GUEST_IPA + AWAY + CONSTANTS;
	look(11);
	expect_quiet();
}

/* The MMU is on, and TTBR0_EL1 translates the addresses, of which the watcher knows nothing. */
TEST(test_the_programs_own_map)
{
	registers.sctlr = 1;
	registers.tcr = guest_registers.tcr;
	look(11);
	assert_int_equal(events[WATCH_BEGINS], 1);
	expect_quiet();
}

/*
 * A program that moves itself is found at the place where it was put: place 0 is a page in front of
 * it.
 */
TEST(test_anywhere)
{
	file.facts.linked = 0;
	memmove(word(TEXT) - PAGE / 8, word(TEXT), sizeof(file.contents));
	registers.vbar -= PAGE;
	look(11);
	assert_int_equal(events[WATCH_BEGINS], 1);
	assert_int_equal(watch.guest.kernel, GUEST_IPA + AWAY - PAGE);
	expect_quiet();
}

/* For a program in the upper half, TTBR1_EL1 leads there, from some time on. */
TEST(test_upper_half)
{
	guest_free();
	guest_build();
	memcpy(guest_ram + (GUEST_KERNEL - GUEST_IPA) + TEXT, file.contents, sizeof(file.contents));
	file.facts.linked = GUEST_BASE;
	file.facts.open = 0;
	registers.vbar = GUEST_BASE + VBAR;
	look(WATCH_WAIT);
	assert_int_equal(events[WATCH_FOUND], 1);
	assert_int_equal(events[WATCH_NO_TABLES], 1);
	registers = guest_registers;
	registers.vbar = GUEST_BASE + VBAR;
	look(11);
	assert_int_equal(events[WATCH_BEGINS], 1);
	expect_quiet();
}

TEST(test_damaged_facts)
{
	file.facts.constants_end = TEXT - PAGE;
	assert_false(sites_open(&file.facts, sizeof(file)));
	file.facts.constants_end = END;
	file.facts.linked += 8;
	assert_false(sites_open(&file.facts, sizeof(file)));
	file.facts.linked -= 8;
	file.facts.kind = WATCHFACTS_KINDS;
	assert_false(sites_open(&file.facts, sizeof(file)));
	file.facts.kind = WATCHFACTS_LINUX;
	assert_false(sites_open(&file.facts, sizeof(file)));
}
