/*
 * A core has crashed: whether it begins a recovery, comes to rest for that of another core, or ends
 * the machine. The test plays the other cores as time passes: they write their words into shared
 * memory. What the frame looks at besides is the test's, too.
 *
 * Shows: frame.recovers, frame.recovers-or-ends.
 */
#include <fake/cpu.h>
#include <frame/print.h>
#include <frame/stop.h>
#include <frame/tables.h>
#include <machine/crash.h>
#include <machine/sysreg.h>
#include <run/blame.h>
#include <run/hang.h>
#include <setjmp.h>
#include <start/pristine.h>
#include <start/recover.h>
#include <start/recover_rest.h>
#include <start/start.h>
#include <start/update.h>
#include <state/partition.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <turn/trap.h>
#include <vgic/vgic.h>
#include <word/recover.h>
#include <word/timer.h>

#include <cmocka.h>

#define CORES    3u
#define THIS     1u /* the core that crashes */
#define THIS_BIT (1u << THIS)
#define SECOND   1000u /* ticks */
#define recovery (&shared_memory->recovery)
#define PLACE    ((uint64_t)(uintptr_t)frame_text)

enum how { RETURNS, RESTS, ENDS };

static struct {
	struct bundle_header header;
	struct bundle_core cores[CORES];
} * bundle;

static struct crash_registers registers;
static uint64_t now;
static void (*passes)(void); /* time does, for this one */
static jmp_buf left;
static char said[400];

/* ---- what else there is ---- */

extern const uint8_t frame_text[], frame_rodata[], frame_core_end[];
const uint8_t frame_text[16], frame_rodata[1], frame_core_end[1];

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

uint32_t crash_trace(uint64_t sp, uint64_t *found, uint32_t room)
{
	(void)sp;
	(void)found;
	(void)room;
	return 0;
}

enum tables_found tables_mend(void)
{
	return TABLES_WHOLE;
}

uint64_t pristine_mend(void)
{
	return 0;
}

bool inject_met_damage;

bool hang_is_looking(void)
{
	return false;
}

uint64_t hang_found(void)
{
	return 0;
}

uint32_t recover_name_of(const struct vcpu *vcpu, uint32_t *partition)
{
	(void)vcpu;
	(void)partition;
	return 0;
}

void recover_find_registers(uint64_t pc, const struct crash_registers *of)
{
	(void)pc;
	(void)of;
}

bool update_crashed(uint64_t at)
{
	(void)at;
	return false;
}

/* ---- what comes behind the rest: nothing here comes so far ---- */

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

void recover_adopt_vcpus(void)
{
	fail();
}

void recover_adopt_partitions(void)
{
	fail();
}

void update_turn(void)
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

static int start(void **state)
{
	(void)state;
	fake_cpu_reset((struct fake_hooks){0});
	bundle = (void *)LAYOUT_BUNDLE;
	bundle->header.cores.offset = (uint32_t)((uintptr_t)bundle->cores - LAYOUT_BUNDLE);
	bundle->header.cores.count = CORES;
	for (uint32_t i = 0; i < CORES; i++)
		bundle->cores[i].affinity = i;
	recovery->started = (1u << CORES) - 1;
	memset(&core, 0, sizeof(core));
	core.root = 1;
	registers.vector = CRASH_SYNCHRONOUS;
	now = 0;
	passes = NULL;
	said[0] = 0;
	fake_cpu_on(THIS);
	fake_sysregs->mpidr_el1 = THIS;
	fake_sysregs->elr_el2 = PLACE;
	return 0;
}

/* This core crashes. Returns what becomes of it. */
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
	if (now == 2 * SECOND)
		recovery->by = 0;
}

static void test_waits_for_the_end(void **state)
{
	(void)state;
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
	if (now == 2 * SECOND)
		another_begins(2);
	if (now == 4 * SECOND)
		recovery->off = RECOVERY_CALLED;
}

static void test_waits_anew_for_another_one(void **state)
{
	(void)state;
	have_gone_on();
	passes = another_at_two;
	assert_int_equal(crash(), RESTS);
	assert_int_equal(recovery->by, 3);
	assert_int_equal(recovery->count, 0);
	assert_true(now < 5 * SECOND);
}

static void test_waits_for_three_seconds(void **state)
{
	(void)state;
	have_gone_on();
	assert_int_equal(crash(), ENDS);
	assert_true(now > 3 * SECOND && now < 4 * SECOND);
	assert_non_null(strstr(said, "another core's recovery neither called it nor ended"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_waits_for_the_end, start),
	    cmocka_unit_test_setup(test_waits_anew_for_another_one, start),
	    cmocka_unit_test_setup(test_waits_for_three_seconds, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
