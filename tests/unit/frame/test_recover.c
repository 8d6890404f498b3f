/*
 * A core has crashed. It begins a recovery, rests for another core's recovery, or ends the machine.
 * And it decides which partitions to give up, and what other cores have to do. The test plays the
 * other cores as time passes: they write their words into shared memory. Further state that the
 * frame reads is the test's, too.
 *
 * Shows: frame.recovers, frame.recovers-or-ends, frame.gives-up.
 */
#include <fake/cpu.h>
#include <frame/print.h>
#include <frame/stop.h>
#include <frame/tables.h>
#include <machine/crash.h>
#include <machine/sysreg.h>
#include <run/blame.h>
#include <run/hang.h>
#include <run/progress.h>
#include <start/power.h>
#include <start/pristine.h>
#include <start/recover.h>
#include <start/recover_rest.h>
#include <start/start.h>
#include <start/update.h>
#include <state/partition.h>
#include <state/trap_frame.h>
#include <stdio.h>
#include <string.h>
#include <turn/trap.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/recover.h>
#include <word/timer.h>

#define CORES     3u
#define THIS      1u /* the core that crashes */
#define THIS_BIT  (1u << THIS)
#define SECOND    1000u /* ticks */
#define recovery  (&shared_memory->recovery)
#define PARTITION 1u
#define FIRST     4u /* of its two vCPUs, in the bundle */
#define crash_of  (&shared_memory->accounts.crash)
#define PLACE     (LAYOUT_TEXT + 16)

enum how { RETURNS, RESTS, ENDS };

static struct {
	struct bundle_header header;
	struct bundle_core cores[CORES];
	struct bundle_partition partitions[2];
	struct bundle_vcpu vcpus[FIRST + 2];
} * bundle;

static struct crash_registers registers;
static uint64_t now;
static void (*passes)(void); /* time does, for this one */
static jmp_buf left;
static char said[400];

/* The state that the frame finds, and its work at the crash. */
static struct {
	enum tables_found tables;
	uint64_t text;      /* pristine_mend() */
	uint64_t services;  /* service_text_mend_all() */
	uint32_t vcpu;      /* recover_name_of(): of PARTITION; or 0 */
	bool looks, turns;  /* hang_is_looking(), update_crashed() */
	uint64_t interrupt; /* hang_found() */
} found;

/* ---- further parts of the frame ---- */

extern const uint8_t frame_text[], frame_core_end[];
const uint8_t frame_text[64], frame_core_end[1];
__asm__(".globl frame_rodata\n\t.set frame_rodata, frame_text + 64");

uint64_t timer_now(void)
{
	now++;
	if (passes != NULL)
		passes();
	return now;
}

uint64_t timer_ticks(uint64_t nanoseconds)
{
	return nanoseconds / 1000000;
}

_Noreturn void rest_in_start(void)
{
	longjmp(left, RESTS);
}

_Noreturn void end_machine(const char *why)
{
	(void)why;
	longjmp(left, ENDS);
}

void print(const char *format, ...)
{
	size_t size = strlen(said);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(said + size, sizeof(said) - size, format, arguments);
	va_end(arguments);
}

void report_last_words(void)
{
}

uint32_t crash_trace(uint64_t sp, uint64_t *calls, uint32_t room)
{
	(void)sp;
	(void)calls;
	(void)room;
	return 0;
}

enum tables_found tables_mend(void)
{
	return found.tables;
}

uint64_t pristine_mend(void)
{
	return found.text;
}

uint64_t service_text_mend_all(void)
{
	return found.services;
}

static uint32_t said_on; /* how often */

void power_crashed(void)
{
	said_on++;
}

bool inject_met_damage;

bool hang_is_looking(void)
{
	return found.looks;
}

uint64_t hang_found(void)
{
	return found.interrupt;
}

uint32_t recover_name_of(const struct vcpu *vcpu, uint32_t *partition)
{
	(void)vcpu;
	*partition = found.vcpu > FIRST ? PARTITION : 0;
	return found.vcpu;
}

void recover_find_registers(uint64_t pc, const struct crash_registers *of)
{
	(void)pc;
	(void)of;
}

void progress_wait(void)
{
}

bool update_crashed(uint64_t at)
{
	if (!found.turns)
		return false;
	recover_take_over(at);
	return true;
}

void update_turn(void)
{
}

/* ---- parts behind the recovery, which no test reaches ---- */

void recover_mend_fixed(void)
{
}

void recover_undo(void)
{
	fail();
}

void recover_put_down(void)
{
	fail();
}

enum report_kept recover_check(const struct partition *partition, uint32_t index)
{
	(void)partition;
	(void)index;
	fail();
	return KEPT_HOLDS;
}

void recover_lose(struct partition *partition, uint32_t index)
{
	(void)partition;
	(void)index;
	fail();
}

struct partition *partition_at(uint32_t index)
{
	(void)index;
	fail();
	return NULL;
}

void start_refill_stage2(struct partition *partition)
{
	(void)partition;
	fail();
}

bool blame_claim(struct partition *partition, enum stop_reason reason)
{
	(void)partition;
	(void)reason;
	fail();
	return false;
}

void vgic_mend(struct vcpu *vcpu)
{
	(void)vcpu;
	fail();
}

void vgic_agree(struct partition *partition)
{
	(void)partition;
	fail();
}

void recover_take_text(uint32_t cores)
{
	(void)cores;
	fail();
}

void recover_give_text(uint32_t cores)
{
	(void)cores;
	fail();
}

void recover_adopt_vcpus(void)
{
	fail();
}

void recover_adopt_partitions(void)
{
	fail();
}

bool update_is_turning(void)
{
	fail();
	return false;
}

const char *update_unfit(void)
{
	fail();
	return NULL;
}

_Noreturn void update_enter(void)
{
	fail();
	longjmp(left, ENDS);
}

bool update_end(uint64_t at)
{
	(void)at;
	fail();
	return false;
}

/* ---- crashes ---- */

static void start(void)
{
	fake_cpu_reset((struct fake_hooks){0});
	bundle = (void *)LAYOUT_BUNDLE;
	bundle->header.cores.offset = (uint32_t)((uintptr_t)bundle->cores - LAYOUT_BUNDLE);
	bundle->header.cores.count = CORES;
	for (uint32_t i = 0; i < CORES; i++)
		bundle->cores[i].affinity = i;
	bundle->header.partitions.offset =
	    (uint32_t)((uintptr_t)bundle->partitions - LAYOUT_BUNDLE);
	bundle->header.partitions.count = 2;
	bundle->partitions[PARTITION].vcpus = (struct bundle_range){FIRST, 2};
	bundle->header.vcpus.offset = (uint32_t)((uintptr_t)bundle->vcpus - LAYOUT_BUNDLE);
	bundle->header.vcpus.count = FIRST + 2;
	shared_memory->life[PARTITION].state = LIFE_RUNNING;
	memset(&found, 0, sizeof(found));
	found.vcpu = FIRST + 1;
	inject_met_damage = false;
	recovery->started = (1u << CORES) - 1;
	memset(&core, 0, sizeof(core));
	core.root = 1;
	registers = (struct crash_registers){.vector = CRASH_SYNCHRONOUS};
	now = 100 * SECOND;
	passes = NULL;
	said[0] = 0;
	said_on = 0;
	fake_cpu_on(THIS);
	fake_sysregs->mpidr_el1 = THIS;
	fake_sysregs->elr_el2 = PLACE;
}

const struct unit_fixture unit_each = {start, NULL};

/* This core crashes. Returns the outcome. */
static enum how crash(void)
{
	enum how how = (enum how)setjmp(left);

	if (how == RETURNS)
		(void)recover_try(&registers);
	return how;
}

/* ---- beside another core's recovery ---- */

/* Another core begins a recovery. */
static void another_begins(uint32_t index)
{
	recovery->rested = recovery->gone_on = 0;
	recovery->by = index + 1;
}

/* Core 0 recovers, and this core has left that recovery. */
static void have_gone_on(void)
{
	another_begins(0);
	recovery->rested = recovery->gone_on = THIS_BIT;
}

static void ends_at_two(void)
{
	if (now == 102 * SECOND)
		recovery->by = 0;
}

TEST(test_waits_for_the_end)
{
	have_gone_on();
	passes = ends_at_two;
	assert_int_equal(crash(), RESTS);
	assert_int_equal(recovery->by, THIS + 1);
	assert_int_equal(recovery->count, 1);
	assert_int_equal(recovery->off, RECOVERY_CALLED);
}

/* Core 2 does at once, and takes a while until it calls this core. */
static void another_at_two(void)
{
	if (now == 102 * SECOND)
		another_begins(2);
	if (now == 104 * SECOND)
		recovery->off = RECOVERY_CALLED;
}

TEST(test_waits_anew_for_another_one)
{
	have_gone_on();
	passes = another_at_two;
	assert_int_equal(crash(), RESTS);
	assert_int_equal(recovery->by, 3);
	assert_int_equal(recovery->count, 0);
	assert_true(now < 105 * SECOND);
}

/* Core 0 recovers, and has found these cores off. */
static void are_off(uint32_t cores)
{
	another_begins(0);
	recovery->off = RECOVERY_CALLED | cores;
}

/* The core has said that it goes off, but was called: it takes part, and is on. */
TEST(test_rests_on_its_way_off)
{
	are_off(1u << 2);
	assert_int_equal(crash(), RESTS);
	assert_int_equal(recovery->by, 1);
	assert_int_equal(recovery->count, 0);
	assert_int_equal(said_on, 1);
}

/* A core that the recovery doesn't wait for: its own crash is the next one. */
TEST(test_is_off_for_another_one)
{
	are_off(THIS_BIT);
	passes = ends_at_two;
	assert_int_equal(crash(), RESTS);
	assert_int_equal(recovery->by, THIS + 1);
	assert_int_equal(recovery->count, 1);
	assert_int_equal(said_on, 1);
}

TEST(test_waits_for_three_seconds)
{
	have_gone_on();
	assert_int_equal(crash(), ENDS);
	assert_true(now > 103 * SECOND && now < 104 * SECOND);
	assert_non_null(strstr(said, "another core's recovery neither called it nor ended"));
}

/* ---- decisions about the crash ---- */

/* This core crashes there, begins the recovery, and all cores go on. */
static void crash_at(uint64_t pc)
{
	fake_sysregs->elr_el2 = pc;
	recovery->refill = 0;
	assert_int_equal(crash(), RESTS);
	assert_int_equal(crash_of->pc, pc);
	recovery->by = recovery->off = 0;
}

static void in_trap(bool is)
{
	trap_frame_own->esr = is ? 1 : 0;
}

TEST(test_notes_its_work_at_the_crash)
{
	crash_at(PLACE);
	assert_int_equal(crash_of->work, FRAME_WORK_HERE);
	assert_int_equal(crash_of->vcpu, FIRST + 1);
	in_trap(true);
	crash_at(PLACE + 4);
	assert_int_equal(crash_of->work, FRAME_WORK_TRAP);
	found.looks = true;
	crash_at(PLACE + 8);
	assert_int_equal(crash_of->work, FRAME_WORK_UNKNOWN);
	assert_int_equal(crash_of->vcpu, 0);
	assert_int_equal(recovery->count, 3);
}

TEST(test_gives_up_at_the_second_time)
{
	found.vcpu = FIRST; /* another partition's */
	crash_at(PLACE);
	found.vcpu = FIRST + 1;
	crash_at(PLACE);
	assert_int_equal(crash_of->given_up | recovery->given_up, 0);
	found.vcpu = FIRST + 2; /* the partition's other one */
	crash_at(PLACE);
	assert_int_equal(crash_of->given_up, 1u << PARTITION);
	assert_int_equal(recovery->given_up, 1u << PARTITION);
}

/* It fails elsewhere each time, behind the same call. */
TEST(test_gives_up_for_a_wild_jump)
{
	registers.x[30] = PLACE;
	crash_at(0x123456789000);
	crash_at(PLACE + 4);
	assert_int_equal(crash_of->given_up, 0);
	crash_at(0x987654321000);
	assert_int_equal(crash_of->given_up, 1u << PARTITION);
}

/* Only a look fails for damage to them. Shows: services.text. */
TEST(test_mends_services_after_a_look)
{
	found.services = PLACE;
	crash_at(PLACE);
	assert_int_equal(crash_of->text, 0);
	found.looks = true;
	crash_at(PLACE + 4);
	assert_int_equal(crash_of->text, PLACE);
	found.text = PLACE + 8;
	crash_at(PLACE + 12);
	assert_int_equal(crash_of->text, PLACE + 8);
}

/* A loop has no place, and the text that the core missed was taken from its tables: that is no
 * damage. */
TEST(test_gives_up_for_a_hang)
{
	found.tables = TABLES_MENDED;
	recovery->hung = THIS + 1;
	crash_at(PLACE);
	assert_int_equal(recovery->hung, 0);
	recovery->hung = THIS + 1;
	crash_at(PLACE + 4);
	assert_int_equal(crash_of->hung, 1);
	assert_int_equal(crash_of->given_up, 1u << PARTITION);
}

/* The second time is no reason then. */
static void text_was_damaged(void)
{
	found.text = PLACE;
}

static void tables_were_damaged(void)
{
	found.tables = TABLES_MENDED;
}

static void another_frame_fails(void)
{
	found.turns = true;
}

static void partition_has_stopped(void)
{
	shared_memory->life[PARTITION].state = LIFE_STOPPED;
}

static void it_looks(void)
{
	found.looks = true;
}

static void it_works_for_nobody(void)
{
	found.vcpu = 0;
}

static void a_minute_has_passed(void)
{
	now += 60 * SECOND;
}

static void it_is_elsewhere(void)
{
	fake_sysregs->elr_el2 += 4;
}

TEST(test_gives_nobody_up)
{
	static void (*const changes[])(void) = {
	    text_was_damaged, tables_were_damaged, another_frame_fails, partition_has_stopped,
	    it_looks,         it_works_for_nobody, a_minute_has_passed, it_is_elsewhere,
	};

	for (uint32_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		start();
		crash_at(PLACE);
		changes[i]();
		crash_at(fake_sysregs->elr_el2);
		assert_int_equal(crash_of->given_up | recovery->given_up, 0);
	}
}

TEST(test_stops_its_looks_at_the_second_time)
{
	found.looks = true;
	found.interrupt = 0x1b;
	crash_at(PLACE);
	found.interrupt = 0x1c;
	crash_at(PLACE);
	assert_int_equal(recovery->blind, 0);
	found.interrupt = 0x1b;
	crash_at(PLACE);
	assert_int_equal(recovery->blind, 1);
}

TEST(test_fills_a_damaged_stage_2)
{
	inject_met_damage = true;
	crash_at(PLACE);
	assert_int_equal(recovery->refill, 0); /* in no trap */
	in_trap(true);
	crash_at(PLACE + 4);
	assert_int_equal(recovery->refill, 1u << PARTITION);
	inject_met_damage = false;
	crash_at(PLACE + 8);
	assert_int_equal(recovery->refill, 0);
}

/* ---- which core cares for a partition ---- */

/* The first vCPU's core is its home; the second one may run on two others. */
TEST(test_one_core_cares)
{
	static const struct {
		uint32_t home, off, cares; /* `cares`: a core, or CORES: none does */
	} cases[] = {{2, 0, 2},
	             {2, 1u << 0, 2},
	             {2, 1u << 2, 0},
	             {0, 1u << 0, 1},
	             {1, 1u << 1, 0},
	             {2, 6u, 0},
	             {2, (1u << CORES) - 1, CORES}};

	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bundle->vcpus[FIRST].core = cases[i].home;
		bundle->vcpus[FIRST].cores = 1u << cases[i].home;
		bundle->vcpus[FIRST + 1].cores = 3;
		recovery->off = RECOVERY_CALLED | cases[i].off;
		for (core.index = 0; core.index < CORES; core.index++)
			assert_int_equal(recover_cares_for(PARTITION),
			                 core.index == cases[i].cares);
	}
}
