/*
 * Which core another core takes for hanging, and which only looks so for a while.
 *
 * Shows: frame.hangs.
 */
#include <fake/cpu.h>
#include <machine/mail_interrupt.h>
#include <run/hang.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <word/timer.h>

#include <cmocka.h>

#define CORES 4u
#define SURE  250u
#define ASK   (1ULL << MAIL_SERVICE_ASK)

struct core core;
/* No pristine frame is there. */
const uint8_t frame_text[1], frame_text_end[1], vectors[1], trap_ways_back_end[1];

uint64_t timer_now(void)
{
	return 1000;
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

/* Core 1 has looked once, at core 2, and asks nobody. */
static int setup(void **state)
{
	static uint32_t looks;
	struct bundle_header *bundle = (struct bundle_header *)LAYOUT_BUNDLE;

	(void)state;
	fake_cpu_reset((struct fake_hooks){0});
	fake_cpu_on(1);
	memset(&core, 0, sizeof(core));
	core.index = 1;
	for (uint32_t i = 0; i < CORES; i++)
		core.mail_target[i] = mail_target(i);
	core.deadline[TIMER_HANG] = TIMER_NEVER;
	bundle->cores.count = CORES;
	memset(shared_memory, 0, sizeof(*shared_memory));
	shared_memory->recovery.started = (1u << CORES) - 1;
	look_closer();
	shared_memory->looks[2] = looks += 1000000;
	hang_look();
	assert_false(looks_closer());
	return 0;
}

static void test_it_counts_its_own_looks(void **state)
{
	uint32_t before = shared_memory->looks[1];

	(void)state;
	hang_look();
	assert_int_equal(shared_memory->looks[1], before + 1);
}

static void test_a_core_that_looks_gets_on(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		shared_memory->looks[2]++;
		hang_look();
		assert_false(looks_closer());
		assert_false(was_asked(2));
	}
}

static void test_a_core_hangs(void **state)
{
	(void)state;
	hang_look();
	assert_true(was_asked(2));
	assert_int_equal(fake_cpu_counts(2).mails, 1);
	for (uint32_t i = 1; i < SURE; i++) {
		look_closer();
		assert_true(looks_closer());
		assert_int_equal(hung(), 0);
		hang_look(); /* counts, and changes nothing */
	}
	look_closer();
	assert_int_equal(hung(), 1u << 2);
	assert_false(looks_closer());
	assert_int_equal(fake_cpu_counts(2).mails, 1);
}

/* It takes the message in the last moment. */
static void test_a_core_that_answers_gets_on(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 3; round++) {
		hang_look();
		for (uint32_t i = 1; i < SURE; i++)
			look_closer();
		assert_true(looks_closer());
		*service_mail(2) &= ~ASK;
		look_closer();
		assert_false(looks_closer());
		assert_int_equal(hung(), 0);
	}
}

static void test_a_core_that_is_off_is_passed_over(void **state)
{
	(void)state;
	shared_memory->box[2].dark = shared_memory->box[3].dark = 1;
	hang_look(); /* the first look at core 0 */
	assert_false(looks_closer());
	hang_look();
	assert_true(was_asked(0));
	assert_false(was_asked(2) || was_asked(3));
}

static void test_the_last_core_watches_nobody(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < CORES; i++)
		shared_memory->box[i].dark = i != 1;
	for (uint32_t i = 0; i < 3; i++)
		hang_look();
	assert_false(looks_closer());
}

static void test_nobody_is_judged_before_all_have_started(void **state)
{
	(void)state;
	shared_memory->recovery.started = 7;
	hang_look();
	assert_false(looks_closer());
	assert_false(was_asked(2));
}

#define UNIT(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_it_counts_its_own_looks),
	    UNIT(test_a_core_that_looks_gets_on),
	    UNIT(test_a_core_hangs),
	    UNIT(test_a_core_that_answers_gets_on),
	    UNIT(test_a_core_that_is_off_is_passed_over),
	    UNIT(test_the_last_core_watches_nobody),
	    UNIT(test_nobody_is_judged_before_all_have_started),
	};

	return cmocka_run_group_tests(tests, 0, 0);
}
