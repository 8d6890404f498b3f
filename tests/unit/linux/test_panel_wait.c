/*
 * Waiting for doorbells: no program misses a ring, for all actions of others in between. A dead
 * program keeps no other busy, and a wait without news ends.
 *
 * Shows: talk.linux.
 */
#include <stdint.h>
#include <unit.h>

#include "fake_panel.h"
#include <kumiki/panel.h>

#define PROGRAMS 3
#define STEPS    200000u

static struct kumiki programs[PROGRAMS];
/* Programs 0 and 1 both want bit 31. Each program wants a bit of its own, too. */
static const uint32_t wanted[PROGRAMS] = {1u << 31 | 1u << 0, 1u << 31 | 1u << 1, 1u << 2};

static uint32_t random_state = 1;
static uint32_t random_below(uint32_t below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

static void set_up(void)
{
	const char *root = fake_tree_make();

	fake_panel_reset();
	for (int i = 0; i < PROGRAMS; i++)
		assert_int_equal(kumiki_open(&programs[i], root), 0);
}

static void tear_down(void)
{
	for (int i = 0; i < PROGRAMS; i++)
		kumiki_close(&programs[i]);
	fake_tree_remove();
}

const struct unit_fixture unit_each = {set_up, tear_down};

TEST(a_ring_before_the_wait_counts)
{
	uint32_t came;

	fake_panel_raise(1u << FAKE_BIT);
	assert_int_equal(kumiki_wait(&programs[0], 1u << FAKE_BIT, 1000, &came), 1);
	assert_int_equal(came, 1u << FAKE_BIT);
	assert_int_equal(fake_panel.pending, 0);
	assert_int_equal(kumiki_wait(&programs[0], 1u << FAKE_BIT, 1000, &came), 0);
	assert_int_equal(came, 0);
	assert_false(fake_panel.masked);
}

static bool ring_while_it_sleeps(void)
{
	fake_panel_raise(1u << FAKE_BIT | 1u << 9);
	return true;
}

TEST(a_ring_wakes_a_sleeping_program)
{
	uint32_t came;

	fake_panel.sleep = ring_while_it_sleeps;
	assert_int_equal(kumiki_wait(&programs[0], 1u << FAKE_BIT, KUMIKI_FOR_EVER, &came), 1);
	assert_int_equal(came, 1u << FAKE_BIT);
	assert_int_equal(fake_panel.pending,
	                 1u << 9); /* another program's bit, which this one mustn't clear */
	assert_int_equal(fake_panel.lockers, 0);
}

TEST(two_programs_hear_the_same_ring)
{
	uint32_t came;

	for (int i = 0; i < 2; i++)
		assert_int_equal(kumiki_listen(&programs[i], PANEL_CHANGED, &came), 0);
	fake_panel_raise(PANEL_CHANGED);
	for (int i = 0; i < 2; i++) {
		assert_true(fake_panel_woken(&programs[i]));
		assert_int_equal(kumiki_listen(&programs[i], PANEL_CHANGED, &came), 0);
		assert_int_equal(came, PANEL_CHANGED);
		assert_int_equal(kumiki_listen(&programs[i], PANEL_CHANGED, &came), 0);
		assert_int_equal(came, 0);
	}
	/* A later program hears only later rings. */
	kumiki_close(&programs[2]);
	assert_int_equal(kumiki_open(&programs[2], fake_tree_path("")), 0);
	assert_int_equal(kumiki_listen(&programs[2], PANEL_CHANGED, &came), 0);
	assert_int_equal(came, 0);
}

/*
 * A program enabled its bit and has died. The others' waiting goes on as if there had been no such
 * program.
 */
TEST(a_dead_program_keeps_nobody_busy)
{
	uint32_t came, before;

	assert_int_equal(kumiki_listen(&programs[0], 1u << 0, &came), 0);
	assert_int_equal(kumiki_listen(&programs[1], 1u << 1, &came), 0);
	fake_panel_raise(1u << 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(kumiki_listen(&programs[1], 1u << 1, &came), 0);
	before = fake_panel.interrupts;
	assert_int_equal(kumiki_wait(&programs[1], 1u << 1, 1000, &came), 0);
	assert_int_equal(fake_panel.interrupts, before);
	assert_false(fake_panel.masked);
}

static jmp_buf killed;

static void kill_it(void)
{
	fake_panel.lockers = 0; /* the kernel closes its files */
	longjmp(killed, 1);
}

/*
 * A program that is killed just after it took its ring from the panel takes no ring of another
 * program.
 */
TEST(a_killed_program_takes_no_ring_along)
{
	uint32_t came;

	fake_panel_raise(PANEL_CHANGED);
	for (int i = 0; i < 2; i++)
		assert_int_equal(kumiki_listen(&programs[i], 1u << 9, &came), 0);
	fake_panel.enable |= PANEL_CHANGED;
	fake_panel_interrupt();
	fake_panel.cleared = kill_it;
	if (setjmp(killed) == 0) {
		(void)kumiki_listen(&programs[0], PANEL_CHANGED, &came);
		fail_msg("it lives on");
	}
	fake_panel.cleared = NULL;
	assert_int_equal(fake_panel.pending, 0);
	assert_true(fake_panel_woken(&programs[1]));
	assert_int_equal(kumiki_listen(&programs[1], PANEL_CHANGED, &came), 0);
	assert_int_equal(came, PANEL_CHANGED);
}

/* ---- at random ---- */

/* The rings that each program hasn't heard yet; and whether it sleeps. */
static uint32_t owed[PROGRAMS];
static bool asleep[PROGRAMS];

static void random_ring(void)
{
	const uint32_t bit = 1u << (random_below(4) == 3 ? 31 : random_below(3));

	for (int i = 0; i < PROGRAMS; i++)
		owed[i] |= bit & wanted[i];
	fake_panel_raise(bit);
}

static void random_turn(int i)
{
	uint32_t came;

	if (asleep[i] && !fake_panel_woken(&programs[i]))
		return;
	assert_int_equal(kumiki_listen(&programs[i], wanted[i], &came), 0);
	assert_int_equal(came & ~wanted[i], 0);
	owed[i] &= ~came;
	asleep[i] = came == 0;
}

/* The kernel has taken all interrupts: no program with an unheard ring sleeps on. */
static void check_nobody_misses(void)
{
	fake_panel_interrupt();
	for (int i = 0; i < PROGRAMS; i++)
		assert_true(owed[i] == 0 || !asleep[i] || fake_panel_woken(&programs[i]));
}

TEST(nobody_misses_a_ring)
{
	fake_panel.slow = true;
	for (uint32_t step = 0; step < STEPS; step++) {
		switch (random_below(4)) {
		case 0:
			random_ring();
			break;
		case 1:
			fake_panel_interrupt();
			break;
		default:
			random_turn((int)random_below(PROGRAMS));
			break;
		}
		if (random_below(8) == 0)
			check_nobody_misses();
	}
	/* In the end all programs have heard all rings. */
	for (int round = 0; round < 8; round++)
		for (int i = 0; i < PROGRAMS; i++) {
			fake_panel_interrupt();
			random_turn(i);
		}
	for (int i = 0; i < PROGRAMS; i++) {
		assert_int_equal(owed[i], 0);
		assert_true(asleep[i]);
	}
}
