/*
 * The steps by which a core goes off and comes, one by one: vCPUs that don't leave or come late,
 * need on the way, and the end of a core's presses.
 */
#include "power_play.h"

#include <stdlib.h>
#include <string.h>
#include <unit.h>

struct alone {
	struct play play;
	struct power power;
};

static struct power_step next(struct alone *alone, uint64_t ms)
{
	alone->play.look.now += ms * PLAY_MS;
	return power_next(&alone->power, &alone->play.machine, &alone->play.look);
}

static void leaving(struct alone *alone)
{
	struct power_step step;

	play_linux(&alone->play, play_never);
	memset(alone->play.look.wake, 0xff, sizeof(alone->play.look.wake));
	alone->play.look.now = PLAY_SECOND;
	power_begin(&alone->power, POWER_BALANCED, PLAY_MS, &alone->play.look, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(next(alone, i == 0 ? 0 : 25).what, POWER_NOTHING);
	step = next(alone, 25);
	assert_int_equal(step.what, POWER_DO_CLOSE);
	assert_int_equal(step.core, 3);
	step = next(alone, 0);
	assert_int_equal(step.what, POWER_DO_MOVE);
	assert_int_equal(step.vcpu, 3);
	step = next(alone, 0);
	assert_int_equal(step.what, POWER_DO_OFF);
	assert_int_equal(step.core, 3);
	assert_int_equal(next(alone, 0).what, POWER_NOTHING);
}

TEST(test_a_vcpu_that_does_not_leave_keeps_the_core_on)
{
	struct alone alone;
	struct power_step step;

	leaving(&alone);
	assert_int_equal(next(&alone, POWER_LEAVE_MS - 1).what, POWER_NOTHING);
	step = next(&alone, 1);
	assert_int_equal(step.what, POWER_DO_OPEN);
	assert_int_equal(step.core, 3);
	assert_true(alone.power.core[3].barred > alone.play.look.now);
	step = next(&alone, 0); /* another core is tried */
	assert_int_equal(step.what, POWER_DO_CLOSE);
	assert_int_equal(step.core, 2);
}

/* The balance of another core moved a vCPU here before it saw that this core is closed. */
TEST(test_a_late_vcpu_is_sent_away)
{
	struct alone alone;
	struct power_step step;

	leaving(&alone);
	alone.play.look.at[3] = 0;
	assert_int_equal(next(&alone, 1).what, POWER_NOTHING);
	alone.play.look.at[1] = 3;
	step = next(&alone, 1);
	assert_int_equal(step.what, POWER_DO_MOVE);
	assert_int_equal(step.vcpu, 1);
	assert_int_equal(next(&alone, 1).what, POWER_NOTHING);
}

TEST(test_need_takes_a_leaving_core_back)
{
	struct alone alone;

	leaving(&alone);
	alone.play.look.need = true;
	alone.play.look.ready = 1;
	assert_int_equal(next(&alone, 1).what, POWER_DO_OPEN);
	assert_int_equal(alone.power.core[3].state, POWER_OPEN);
}

TEST(test_a_core_is_pressed_to_come_and_given_up)
{
	struct alone alone;
	struct power_step step = {POWER_NOTHING, 0, 0};
	uint64_t ms = 0;

	leaving(&alone);
	alone.play.look.at[3] = 0;
	alone.play.look.dark = 1u << 3;
	assert_int_equal(next(&alone, 1).what, POWER_NOTHING);
	alone.play.look.wanted = 1u << 3;
	assert_int_equal(next(&alone, 1).what, POWER_DO_OPEN);
	for (uint32_t i = 1; i < POWER_TRIES; i++) {
		assert_int_equal(next(&alone, 0).what, POWER_NOTHING);
		assert_int_equal(next(&alone, 1).what, POWER_DO_OPEN);
	}
	for (; step.what != POWER_DO_OPEN || step.core != 3;
	     ms++) /* other vCPUs come and go meanwhile */
		step = next(&alone, 1);
	assert_int_equal(ms, POWER_IDLE_MS);
	alone.play.look.dark = 0;
	alone.play.look.wanted = 0;
	(void)next(&alone, 1);
	assert_int_equal(alone.power.core[3].state, POWER_OPEN);
}

/*
 * A vCPU came while the core was on its way off. The core tries again by itself, as no command says
 * otherwise.
 */
TEST(test_a_core_that_came_back_goes_again)
{
	struct alone alone;

	leaving(&alone);
	alone.play.look.at[3] = 0;
	alone.play.look.dark = 1u << 3;
	assert_int_equal(next(&alone, 1).what, POWER_NOTHING);
	alone.play.look.dark = 0;
	assert_int_equal(next(&alone, 1).what, POWER_NOTHING);
	assert_int_equal(alone.power.core[3].state, POWER_GOING);
}

/* A vCPU that waits in vain is heard once in a turn, and not while a core comes. */
TEST(test_listening)
{
	struct alone alone;
	struct power_look *look = &alone.play.look;

	leaving(&alone);
	alone.play.look.at[3] = 0;
	look->dark = 1u << 3;
	assert_true(power_listens(&alone.power, &alone.play.machine, look->now));
	look->need = true;
	look->ready = 0; /* no vCPU any more */
	assert_int_equal(next(&alone, 1).what, POWER_NOTHING);
	look->need = false;
	assert_false(power_listens(&alone.power, &alone.play.machine, look->now));
	assert_int_equal(power_later(&alone.power, &alone.play.machine, look),
	                 look->now + POWER_DEAF_MS * PLAY_MS);
	look->now += POWER_DEAF_MS * PLAY_MS;
	assert_true(power_listens(&alone.power, &alone.play.machine, look->now));
	look->need = true;
	look->ready = 1;
	assert_int_equal(next(&alone, 0).what, POWER_DO_OPEN);
	look->need = false;
	assert_false(power_listens(&alone.power, &alone.play.machine, look->now + PLAY_SECOND));
}
