/*
 * `move`: its request to the frame, the words about the outcome, and the command's own refusals.
 *
 * Shows: moves.ways.
 */
#include "operator.h"

#include <unit.h>

static const char *const names[] = {"linux", "heart", NULL};

static void start(void)
{
	fake_start(names);
	fake.info.cores = 3;
	fake_life(0, LIFE_RUNNING);
	fake.tables.vcpus[0].cores = 5;
	operator_open();
}

static void comes(void)
{
	fake.accounts.vcpu[0].core = 2;
}

TEST(test_a_vcpu_moves)
{
	start();
	fake.on_move = comes;
	operator_asks("move linux 0 2", 50, "linux.0 is on core 2");
	assert_int_equal(fake.moves, 1);
	assert_int_equal(fake.moved[0], 0);
	assert_int_equal(fake.moved[1], 0);
	assert_int_equal(fake.moved[2], 2);
	operator_asks("move linux 0 2", 50, "linux.0 is there already: on core 2");
	assert_int_equal(fake.moves, 1);
}

TEST(test_a_move_takes_long)
{
	start();
	operator_asks("move linux 0 2", 3000, "linux.0 is still on its way to core 2");
	operator_asks("move linux 0 2", 50, "linux.0: the frame refuses core 2");
}

TEST(test_mistakes)
{
	start();
	operator_asks("move linux 1 2", 50, "linux has no such CPU; its last one is 0");
	operator_asks("move linux 0 3", 50, "there is no such core; the last one is 2");
	operator_asks("move linux 0 1", 50, "linux.0 may not run on core 1");
	operator_asks("move linux 0 1", 50, "its description lets it run on core 0, 2");
	operator_asks("move linx 0 1", 50, "there is no partition 'linx'; did you mean 'linux'?");
	fake_life(0, LIFE_STOPPED);
	operator_asks("move linux 0 2", 50, "linux is stopped");
	for (uint32_t i = 0; i < 4; i++) {
		static const char *const lines[] = {"move linux 0", "move linux 0 x",
		                                    "move linux 0 2 2", "move linux"};

		operator_asks(
		    lines[i], 50,
		    "write it so: move NAME CPU CORE: moves one of its CPUs to another core");
	}
	assert_int_equal(fake.moves, 0);
}
