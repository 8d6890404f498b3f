/*
 * Which core another core takes for hanging, and which only looks so for a while; and which
 * interrupts a core takes for lost.
 *
 * Shows: frame.hangs, frame.lost-interrupts.
 */
#include "crashes.h"
#include <fake/cpu.h>
#include <frame/tables.h>
#include <lib/parity.h>
#include <machine/mail_interrupt.h>
#include <run/hang.h>
#include <run/wake_service.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/timer.h>
#include <word/vcpu.h>

#define CORES 4u
#define SURE  250u
#define ASK   (1ULL << MAIL_SERVICE_ASK)

struct core core;
/* As the linker places them. Text and pristine frame are zeros. */
#define PAGES  2
#define PIECES PARITY_PIECES(PAGES)
__asm__(".pushsection .bss\n\t"
        ".balign 4096\n\t"
        ".global frame_text, frame_text_end, vectors, trap_ways_back_end\n\t"
        ".global service_console_image, service_sums, images, sums\n"
        "frame_text:\nvectors: .space 0x100\n"
        "trap_ways_back_end: .space 0x100\n"
        "frame_text_end: .balign 4096\n"
        "service_console_image:\nimages: .space 2 * 4096\n"
        "service_sums:\nsums: .space 4096\n\t"
        ".popsection");
extern uint8_t images[];
extern uint32_t sums[];

#define NOW 1000

uint64_t timer_now(void)
{
	return NOW;
}

/* ---- interrupts ---- */

#define TIMER       26u
#define MAINTENANCE 25u
#define PARTITIONS  3u

static struct partition partitions[PARTITIONS];
static uint32_t private_active, private_lost;        /* the look's finding */
static bool uart;                                    /* its interrupt is lost */
static uint32_t shared_lost[PARTITIONS][VGIC_WORDS]; /* the same of SPIs */
static uint32_t looked[PARTITIONS][VGIC_WORDS];      /* how often */

struct partition *partition_at(uint32_t index)
{
	assert_in_range(index, 0, PARTITIONS - 1);
	return &partitions[index];
}

/* Of an SPI's word this is the word itself: vgic_lost_shared() checks it. */
uint32_t gic_active(va_t bits)
{
	return bits.at == gic_private().at ? private_active : (uint32_t)(bits.at - LAYOUT_GICD) / 4;
}

uint32_t vgic_lost_private(uint32_t active)
{
	assert_int_equal(active, private_active);
	return private_lost;
}

uint32_t vgic_lost_shared(const struct partition *partition, uint32_t word, uint32_t active)
{
	assert_int_equal(active, word);
	looked[partition - partitions][word]++;
	return shared_lost[partition - partitions][word];
}

bool service_has_lost_interrupt(void)
{
	return uart;
}

static bool controls; /* the GIC's aren't as they were */

bool gic_core_differs(void)
{
	return controls;
}

static uint32_t damaged, pieces_seen; /* the piece of this core's tables that is; how many looks */

bool tables_differ(uint32_t piece)
{
	assert_in_range(piece, 0, TABLES_PIECES - 1);
	pieces_seen++;
	return piece == damaged;
}

uint64_t timer_ticks(uint64_t nanoseconds)
{
	return nanoseconds / 1000;
}

void timer_set(enum core_timer timer, uint64_t deadline)
{
	assert_int_equal(timer, TIMER_HANG);
	core.deadline[timer] = deadline;
}

static uint64_t *service_mail(uint32_t index)
{
	return &shared_memory->box[index].word[MAIL_SERVICE];
}

static bool was_asked(uint32_t index)
{
	return (*service_mail(index) & ASK) != 0;
}

static bool looks_closer(void)
{
	return core.deadline[TIMER_HANG] != TIMER_NEVER;
}

static void look_closer(void)
{
	core.deadline[TIMER_HANG] = TIMER_NEVER; /* as timer_interrupt() does */
	hang_look_closer();
}

static uint32_t hung(void)
{
	return fake_cpu_counts(1).hung;
}

static void look(void)
{
	while (hang_look())
		continue;
}

/* Core 1 has looked once, at core 2, and asks nobody. */
static void setup(void)
{
	static uint32_t looks;
	struct bundle_header *bundle = (struct bundle_header *)LAYOUT_BUNDLE;

	fake_cpu_reset((struct fake_hooks){0});
	fake_cpu_on(1);
	memset(&core, 0, sizeof(core));
	core.index = 1;
	for (uint32_t i = 0; i < CORES; i++)
		core.mail_target[i] = mail_target(i);
	core.deadline[TIMER_HANG] = TIMER_NEVER;
	core.own[0] = 0xff | 1u << TIMER | 1u << MAINTENANCE;
	memset(partitions, 0, sizeof(partitions));
	memset(shared_lost, 0, sizeof(shared_lost));
	private_active = 1u << TIMER;
	private_lost = 0;
	uart = false;
	damaged = TABLES_PIECES;
	bundle->cores.count = CORES;
	bundle->board.hyp_timer_intid = TIMER;
	memset(shared_memory, 0, sizeof(*shared_memory));
	shared_memory->recovery.started = (1u << CORES) - 1;
	look_closer();
	shared_memory->looks[2] = looks += 1000000;
	look();
	assert_false(looks_closer());
}

const struct unit_fixture unit_each = {setup, NULL};

TEST(test_it_counts_its_own_looks)
{
	uint32_t before = shared_memory->looks[1];

	look();
	assert_int_equal(shared_memory->looks[1], before + 1);
}

/* Shows: frame.tables. */
TEST(test_registers_are_looked_at)
{
	fake_sysregs->differs = true;
	assert_true(crashes(look));
	assert_true(hang_is_looking());
	fake_sysregs->differs = false;
	assert_false(crashes(look));
	controls = true;
	assert_true(crashes(look));
	controls = false;
}

TEST(test_each_piece_of_the_tables_is_looked_at)
{
	for (uint32_t piece = 0; piece < TABLES_PIECES; piece++) {
		uint32_t before = pieces_seen;

		damaged = piece;
		while (!crashes(look))
			shared_memory->looks[2]++;
		assert_in_range(pieces_seen - before, 1, TABLES_PIECES);
	}
}

/* Those of the parity, too. Shows: services.text. */
TEST(test_each_piece_of_the_services_is_looked_at)
{
	memset(images, 0x5a, PARITY_PAGE);
	parity_make(images, PAGES, sums);
	shared_memory->update.pristine = 1;
	for (uint32_t i = 0; i < PIECES * PARITY_PIECE; i += 257) {
		uint32_t crashed = 0;

		for (uint32_t looks = 0; looks < 2 * PIECES; looks++, shared_memory->looks[2]++)
			crashed += crashes(look);
		assert_int_equal(crashed, 0);
		images[i] ^= 0x40;
		for (uint32_t looks = 0; looks < 2 * PIECES; looks++, shared_memory->looks[2]++)
			crashed += crashes(look);
		assert_int_equal(crashed, 1);
		images[i] ^= 0x40;
	}
	shared_memory->update.pristine = 0;
	images[0] ^= 1;
	for (uint32_t looks = 0; looks < 2 * PIECES; looks++, shared_memory->looks[2]++)
		look();
}

/* Of each partition that may run here, and of no other one. Shows: frame.derived. */
TEST(test_what_never_changes_of_a_partition_is_looked_at)
{
	uint8_t *fixed = (uint8_t *)&partitions[2].index;

	core.hosts = 5;
	partitions[1].panel_intid = 1;
	for (uint32_t i = 0; i < PARTITION_FIXED_SIZE; i++) {
		uint32_t crashed = 0;

		for (uint32_t looks = 0; looks < 16; looks++, shared_memory->looks[2]++)
			crashed += crashes(look);
		assert_int_equal(crashed, 0);
		fixed[i] ^= 0x10;
		for (uint32_t looks = 0; looks < 8; looks++, shared_memory->looks[2]++)
			crashed += crashes(look);
		assert_int_equal(crashed, 1);
		fixed[i] ^= 0x10;
	}
}

TEST(test_a_core_that_looks_gets_on)
{
	for (uint32_t i = 0; i < 1000; i++) {
		shared_memory->looks[2]++;
		look();
		assert_false(looks_closer());
		assert_false(was_asked(2));
	}
}

TEST(test_a_core_hangs)
{
	look();
	assert_true(was_asked(2));
	assert_int_equal(fake_cpu_counts(2).mails, 1);
	for (uint32_t i = 1; i < SURE; i++) {
		look_closer();
		assert_true(looks_closer());
		assert_int_equal(hung(), 0);
		look(); /* counts, and changes nothing */
	}
	look_closer();
	assert_int_equal(hung(), 1u << 2);
	assert_false(looks_closer());
	assert_int_equal(fake_cpu_counts(2).mails, 1);
}

/* It takes the message in the last moment. */
TEST(test_a_core_that_answers_gets_on)
{
	for (uint32_t round = 0; round < 3; round++) {
		look();
		for (uint32_t i = 1; i < SURE; i++)
			look_closer();
		assert_true(looks_closer());
		*service_mail(2) &= ~ASK;
		look_closer();
		assert_false(looks_closer());
		assert_int_equal(hung(), 0);
	}
}

TEST(test_a_core_that_is_off_is_passed_over)
{
	shared_memory->box[2].dark = shared_memory->box[3].dark = 1;
	look(); /* the first look at core 0 */
	assert_false(looks_closer());
	look();
	assert_true(was_asked(0));
	assert_false(was_asked(2) || was_asked(3));
}

TEST(test_the_last_core_watches_nobody)
{
	for (uint32_t i = 0; i < CORES; i++)
		shared_memory->box[i].dark = i != 1;
	for (uint32_t i = 0; i < 3; i++)
		look();
	assert_false(looks_closer());
}

TEST(test_nobody_is_judged_before_all_have_started)
{
	shared_memory->recovery.started = 7;
	look();
	assert_false(looks_closer());
	assert_false(was_asked(2));
}

/* ---- lost interrupts ---- */

TEST(test_a_private_interrupt_is_lost)
{
	private_lost = 1u << 27;
	look(); /* the guest's end of it may be on its way */
	private_lost = 1u << 30;
	look();
	private_lost = 0;
	look();
	private_lost = 1u << 27;
	look();
	assert_true(crashes(look));
}

/* A recovery doesn't mend it. */
TEST(test_interrupts_that_stay_lost_arent_looked_for)
{
	shared_memory->recovery.blind = 1;
	private_lost = 1u << 30;
	fake_sysregs->taking = true;
	uart = true;
	for (uint32_t i = 0; i < 4; i++)
		assert_false(crashes(look));
}

/*
 * The same number for the same interrupts of one core; none for interrupts that a recovery mends.
 */
TEST(test_a_look_names_lost_interrupts)
{
	uint64_t private;

	assert_int_equal(hang_found(), 0);
	private_lost = 1u << 27;
	look();
	assert_true(crashes(look));
	private = hang_found();
	assert_int_not_equal(private, 0);
	assert_true(crashes(look));
	assert_int_equal(hang_found(), private);
	private_lost = 0;
	uart = true;
	look();
	assert_true(crashes(look));
	assert_int_not_equal(hang_found(), 0);
	assert_int_not_equal(hang_found(), private);
	uart = false;
	core.deadline[TIMER_STUCK] = NOW - 2;
	hang_asked(); /* the first time it may be so */
	assert_true(crashes(hang_asked));
	assert_int_equal(hang_found(), 0);
	look();
	assert_int_equal(hang_found(), 0);
}

/* A message's, or the maintenance interrupt. */
TEST(test_one_of_the_frames_is_lost)
{
	for (uint32_t i = 0; i < 2; i++) {
		private_active = 1u << TIMER | 1u << (i == 0 ? MAINTENANCE : 3);
		look();
		assert_true(crashes(look));
		private_active = 1u << TIMER;
		look();
	}
}

TEST(test_the_uarts_interrupt_is_lost)
{
	uart = true;
	look();
	assert_true(crashes(look));
	uart = false;
	look();
}

TEST(test_a_priority_stays)
{
	fake_sysregs->taking = true;
	assert_true(crashes(look));
	fake_sysregs->taking = false;
	look();
}

/* The partitions of this core in turn, one word at a look. */
static void look_at_all(void)
{
	for (uint32_t i = 0; i < PARTITIONS * 4; i++)
		look();
}

TEST(test_spis_are_looked_at_in_turn)
{
	core.hosts = 5;
	partitions[0].vgic.owned_words = 1u << 2 | 1u << 31;
	partitions[1].vgic.owned_words = 1u << 3;
	look_at_all();
	memset(looked, 0, sizeof(looked));
	look_at_all();
	assert_in_range(looked[0][2], 2, PARTITIONS * 4 / 3);
	assert_in_range(looked[0][31], 2, PARTITIONS * 4 / 3);
	looked[0][2] = looked[0][31] = 0;
	for (uint32_t i = 0; i < sizeof(looked) / sizeof(uint32_t); i++)
		assert_int_equal(looked[i / VGIC_WORDS][i % VGIC_WORDS], 0);
}

TEST(test_an_spi_is_lost)
{
	core.hosts = 6;
	partitions[1].vgic.owned_words = partitions[2].vgic.owned_words = 0x18;
	look_at_all();
	shared_lost[2][4] = 2;
	assert_true(crashes(look_at_all));
	shared_lost[2][4] = 0;
	look();
	look_at_all();
}

/* Its looks don't come any more, as the timer's interrupt is lost. */
TEST(test_a_core_that_is_asked_doesnt_look)
{
	static const uint64_t dues[] = {NOW - 1, NOW, TIMER_NEVER};

	for (uint32_t i = 0; i < 3; i++) {
		core.deadline[TIMER_STUCK] = dues[i];
		hang_asked();
		assert_true(crashes(hang_asked));
	}
}

TEST(test_a_core_that_is_asked_looks)
{
	core.deadline[TIMER_STUCK] = NOW - 1;
	hang_asked();
	core.deadline[TIMER_STUCK] = NOW + 1; /* it has looked meanwhile */
	hang_asked();
	hang_asked();
}
