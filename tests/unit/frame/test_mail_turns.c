/*
 * Turns among waiting messages: no message waits for one that comes again and again, and urgent
 * ones wait for none. Each class has an interrupt of its own, and none of them is lost.
 */
#include "mail_machine.h"

#include <run/resident.h>
#include <stdlib.h>
#include <unit.h>
#include <word/mail.h>

#define URGENT 3 /* a class; else all have the least */

const struct unit_fixture unit_each = {mail_machine_setup, NULL};

/* Each may take as long as anything may, so interrupts come in between. */
TEST(test_messages_of_life_are_taken_one_by_one)
{
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++)
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + i);
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++) {
		assert_true(mail_machine_arrives(SELF));
		mail_machine_take();
		assert_int_equal(came.lives, i + 1);
		assert_int_equal(came.last_life, i);
	}
	assert_false(mail_machine_arrives(SELF));
	mail_machine_take();
	assert_int_equal(came.lives, LIFE_MESSAGES);
}

/* However often a sibling sends an SGI, or somebody rings. */
static void flood(uint32_t takes)
{
	for (uint32_t i = 0; i < 10; i++) {
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + LIFE_LOOK);
		for (uint32_t take = 0; take < takes; take++) {
			mail_post(SELF, MAIL_VCPU, SUBJECT);
			mail_post(SELF, MAIL_UART, INDEX);
			mail_post(SELF, MAIL_DOORBELL, 3);
			assert_true(mail_machine_arrives(SELF));
			mail_machine_take();
		}
		assert_int_equal(came.lives, i + 1);
		assert_int_equal(came.asked, i + 1);
		assert_int_equal(came.evaluated, i + 1);
		assert_int_equal(came.rings, i + 1);
	}
}

/* One message waits for one of each other kind, which on a core of one vCPU are taken at once. */
TEST(test_a_flood_keeps_no_message_of_life_waiting)
{
	flood(2);
}

/* Shows: frame.messages. */
TEST(test_a_flood_keeps_no_kind_waiting)
{
	core.only = NULL;
	came.shared = true;
	flood(4);
}

TEST(test_doorbells_too)
{
	core.only = NULL;
	came.shared = true;
	mail_post(SELF, MAIL_DOORBELL, 3);
	mail_post(SELF, MAIL_DOORBELL, 39);
	mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES);
	for (uint32_t i = 0; i < 3; i++) {
		assert_true(mail_machine_arrives(SELF));
		mail_machine_take();
		assert_int_equal(came.lives, 1);
		assert_int_equal(came.rings, i);
	}
	assert_int_equal(came.last_ring, 39);
	assert_false(mail_machine_arrives(SELF));
}

/* Each of many that come again as soon as they are taken has its turn before any has two.
 * Shows: talk.bells. */
TEST(test_endless_rings_delay_nobody)
{
	uint64_t heard = 0;

	for (uint32_t i = 0; i < 64; i++)
		mail_post(SELF, MAIL_DOORBELL, i);
	for (uint32_t i = 0; i < 3 * 64; i++) {
		assert_true(mail_machine_arrives(SELF));
		mail_machine_take();
		assert_int_equal(came.rings, i + 1);
		heard |= 1ULL << came.last_ring;
		mail_post(SELF, MAIL_DOORBELL, came.last_ring);
		if (i % 64 != 63)
			continue;
		assert_int_equal(heard, ~0ULL);
		heard = 0;
	}
}

TEST(test_lives_have_turns)
{
	mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES);
	mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + 1);
	for (uint32_t i = 0; i < 6; i++) {
		assert_true(mail_machine_arrives(SELF));
		mail_machine_take();
		assert_int_equal(came.lives, i + 1);
		assert_int_equal(came.last_life, i % 2);
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + came.last_life);
	}
}

/* A line of a lower number, of whomever, that comes each time. */
TEST(test_lines_have_turns)
{
	for (uint32_t i = 0; i < 4; i++) {
		mail_post(SELF, MAIL_UART, INDEX - 1);
		mail_post(SELF, MAIL_UART, INDEX);
		mail_machine_take();
		mail_post(SELF, MAIL_UART, INDEX - 1);
		mail_machine_take();
		assert_int_equal(came.evaluated, i + 1);
	}
}

static void take_urgent(void)
{
	assert_true(mail_machine_arrives(SELF));
	assert_int_equal(came.rank, URGENT);
	mail_machine_take();
}

/* However many others there are, and whichever has the turn. */
TEST(test_an_urgent_one_waits_for_nobody_else)
{
	mail_machine_class(MAIL_DOORBELL, 39, URGENT);
	mail_machine_class(MAIL_LIFE, INDEX * LIFE_MESSAGES + 1, URGENT);
	mail_machine_class(MAIL_UART, INDEX, URGENT);
	for (uint32_t i = 0; i < 64; i++)
		mail_post(SELF, MAIL_DOORBELL, i);
	take_urgent();
	assert_int_equal(came.last_ring, 39);
	mail_post(SELF, MAIL_DOORBELL, 39);
	take_urgent();
	assert_int_equal(came.last_ring, 39);
	for (uint32_t i = 0; i < 2; i++) {
		mail_post(SELF, MAIL_UART, INDEX - 1);
		mail_post(SELF, MAIL_UART, INDEX + 1);
		mail_post(SELF, MAIL_UART, INDEX);
		take_urgent();
		assert_int_equal(came.evaluated, i + 1);
	}
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++)
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + i);
	take_urgent();
	assert_int_equal(came.last_life, 1);
	assert_int_equal(came.lives, 1);
	assert_int_equal(came.rings, 2);
}

/* Messages with interrupts of their own aren't this one's work, and aren't sent again. */
TEST(test_an_interrupt_is_for_its_own_class)
{
	uint32_t sent;

	core.only = NULL;
	came.shared = true;
	mail_machine_class(MAIL_DOORBELL, 39, URGENT);
	mail_post(SELF, MAIL_DOORBELL, 1);
	mail_post(SELF, MAIL_DOORBELL, 2);
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	mail_post(SELF, MAIL_UART, INDEX);
	mail_post(SELF, MAIL_DOORBELL, 39);
	sent = mail_machine_interrupts(SELF);
	take_urgent();
	assert_int_equal(came.rings, 1);
	assert_int_equal(came.asked + came.evaluated, 0);
	assert_int_equal(mail_machine_interrupts(SELF), sent);
	for (uint32_t i = 0; i < 4; i++) {
		assert_true(mail_machine_arrives(SELF));
		assert_int_equal(came.rank, 0);
		mail_machine_take();
		assert_int_equal(mail_machine_interrupts(SELF), sent + (i < 3 ? i + 1 : 3));
	}
	assert_int_equal(came.rings + came.asked + came.evaluated, 5);
	assert_false(mail_machine_arrives(SELF));
}

static uint32_t all_that_came(void)
{
	return came.asked + came.evaluated + came.lives + came.rings + (came.events != 0);
}

/* Alone, too: it may be for a vCPU that is less urgent than the running one. */
TEST(test_a_less_urgent_one_waits_for_its_own)
{
	static const uint32_t subjects[MAIL_KINDS] = {
	    [MAIL_VCPU] = SUBJECT, [MAIL_UART] = INDEX, [MAIL_LIFE] = INDEX * LIFE_MESSAGES};

	for (uint32_t i = 0; i < 2 * MAIL_KINDS; i++) {
		enum mail_kind kind = (enum mail_kind)(i / 2);

		mail_machine_setup();
		if (i % 2 != 0) {
			core.only = NULL;
			came.shared = true;
		}
		mail_machine_class(kind, subjects[kind], URGENT - 1);
		mail_post(SELF, kind, subjects[kind]);
		came.rank = URGENT;
		mail_machine_take();
		assert_int_equal(all_that_came(), 0);
		assert_int_equal(mail_machine_interrupts(SELF), 1);
		assert_true(mail_machine_arrives(SELF));
		assert_int_equal(came.rank, URGENT - 1);
		mail_machine_take();
		assert_int_equal(all_that_came(), 1);
	}
}

/* Nor does it take a turn from those that have theirs behind it. */
TEST(test_an_urgent_one_keeps_the_order_of_the_others)
{
	static const uint32_t order[] = {3, 1, 3, 7, 3, 1, 3, 7};

	mail_machine_class(MAIL_DOORBELL, 3, URGENT);
	for (uint32_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		mail_post(SELF, MAIL_DOORBELL, 1);
		mail_post(SELF, MAIL_DOORBELL, 7);
		if (i % 2 == 0)
			mail_post(SELF, MAIL_DOORBELL, 3);
		assert_true(mail_machine_arrives(SELF));
		mail_machine_take();
		assert_int_equal(came.last_ring, order[i]);
	}
}

/* Which other messages would make in vain, as they may make another vCPU resident. */
TEST(test_a_vcpu_that_let_others_go_first_comes_next)
{
	core.only = NULL;
	for (uint32_t more = 0; more < 2; more++) {
		came.asked = came.evaluated = 0;
		came.shared = came.again = true;
		mail_post(SELF, MAIL_VCPU, SUBJECT);
		if (more != 0)
			mail_post(SELF, MAIL_UART, INDEX);
		assert_true(mail_machine_arrives(SELF));
		mail_machine_take();
		assert_int_equal(came.asked + came.evaluated, 0);
		came.again = false;
		assert_true(mail_machine_arrives(SELF));
		mail_post(SELF, MAIL_UART, INDEX);
		mail_post(SELF, MAIL_VCPU, SUBJECT - 1);
		mail_machine_take();
		assert_int_equal(came.asked, 1);
		assert_int_equal(came.evaluated, 0);
		while (mail_machine_arrives(SELF))
			mail_machine_take();
		assert_int_equal(came.evaluated, 1);
	}
}

/* ---- at random ---- */

#define ROUNDS 5000u

static uint32_t seed;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 16) % below;
}

static void post_any(void)
{
	enum mail_kind kind = (enum mail_kind)any(MAIL_KINDS);
	uint32_t subject = any(64);

	/* the core would rest, for a recovery */
	if (kind != MAIL_SERVICE || subject != MAIL_SERVICE_REST)
		mail_post(SELF, kind, subject);
}

/* Of at least that class, but for doorbells that are left. */
static uint64_t waiting(uint32_t rank)
{
	uint64_t all = 0;

	for (uint32_t kind = 0; kind < MAIL_KINDS; kind++)
		all |= shared_memory->box[SELF].word[kind] & core.mail_urgent[kind][rank] &
		       ~(kind == MAIL_DOORBELL ? shared_memory->box[SELF].left : 0);
	return all;
}

/* No more urgent message waits without an interrupt of its own. */
static bool take_any(void)
{
	if (!mail_machine_arrives(SELF)) {
		assert_int_equal(waiting(0), 0);
		return false;
	}
	assert_int_equal(waiting(came.rank + 1), 0);
	came.events = 0;
	mail_machine_take();
	return true;
}

static void disturb(void)
{
	for (uint32_t posts = any(3); posts > 0; posts--)
		post_any();
	if (any(16) == 0)
		mail_leave(any(64));
	if (any(16) == 0)
		mail_listen(SELF, 1ULL << any(64));
	came.meanwhile = any(4) == 0 ? post_any : NULL;
	came.pending = any(2) != 0;
	came.again = any(4) == 0;
}

/* On a core of its own or a shared one, with messages of any class that come at any time, are left,
 * heard again, or are to come again. */
static void play(void)
{
	for (uint32_t kind = 0; kind < MAIL_KINDS; kind++)
		for (uint32_t i = 0; i < 64; i++)
			mail_machine_class((enum mail_kind)kind, i, any(GIC_CLASSES));
	came.shared = core.only == NULL;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint32_t takes = 0;

		for (uint32_t steps = any(20); steps > 0; steps--) {
			disturb();
			take_any();
		}
		came.meanwhile = NULL;
		came.pending = came.again = false;
		while (take_any())
			assert_in_range(takes++, 0, MAIL_KINDS * 64 + GIC_CLASSES);
	}
}

/* Nor comes behind a less urgent one. Shows: frame.messages. */
TEST(test_no_message_is_lost)
{
	for (uint32_t i = 0; i < 8; i++) {
		mail_machine_setup();
		seed = i;
		if (i % 2 != 0)
			core.only = NULL;
		play();
	}
}

/* And another one is resident. */
static void choose(void)
{
	core.let_go = 0;
	core.vcpu = NULL;
}

/*
 * A message lets an endless one go first once. It keeps its turn before its equals and before other
 * messages, which may make another vCPU resident.
 */
TEST(test_a_life_does_not_wait_for_ever)
{
	uint32_t evaluated;

	core.only = NULL;
	came.shared = came.pending = true;
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++)
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + i);
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++) {
		choose();
		assert_true(mail_machine_arrives(SELF));
		mail_machine_take();
		assert_int_equal(came.lives, i);
		mail_post(SELF, MAIL_UART, INDEX);
		evaluated = came.evaluated;
		assert_true(mail_machine_arrives(SELF));
		mail_machine_take();
		assert_int_equal(came.lives, i + 1);
		assert_int_equal(came.last_life, i);
		assert_int_equal(came.evaluated, evaluated);
		assert_true(mail_machine_arrives(SELF));
		mail_machine_take();
		assert_int_equal(came.evaluated, evaluated + 1);
	}
	came.pending = false;
	mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES);
	assert_true(mail_machine_arrives(SELF));
	mail_machine_take();
	assert_int_equal(came.lives, LIFE_MESSAGES + 1);
}

/* The same of a partition's console, and of both together, before each choice. */
TEST(test_something_else_goes_first_once_before_a_choice)
{
	core.only = NULL;
	came.shared = came.pending = true;
	for (uint32_t choices = 1; choices <= 2; choices++) {
		choose();
		mail_post(SELF, MAIL_UART, INDEX);
		assert_true(mail_machine_arrives(SELF));
		mail_machine_take();
		assert_int_equal(came.evaluated, choices - 1);
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES);
		for (uint32_t both = 2; both-- > 0;) {
			core.vcpu = NULL; /* something between made another one resident */
			assert_true(mail_machine_arrives(SELF));
			mail_machine_take();
		}
		assert_int_equal(came.evaluated, choices);
		assert_int_equal(came.lives, choices);
		assert_int_equal(came.armed, 3 * choices);
		assert_false(mail_machine_arrives(SELF));
	}
}

static void start(void)
{
	(void)mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + LIFE_START);
}

/*
 * Another core starts a vCPU just as a start for it is to come again. The vCPU is started and
 * counted once: otherwise a machine at rest would stay on.
 */
TEST(test_a_start_that_is_told_again_is_one)
{
	core.only = NULL;
	came.shared = came.pending = true;
	came.looked = start;
	start();
	choose();
	assert_true(mail_machine_arrives(SELF));
	mail_machine_take();
	assert_int_equal(came.lives, 0);
	assert_int_equal(came.told, 1);
	came.looked = NULL;
	while (mail_machine_arrives(SELF))
		mail_machine_take();
	assert_int_equal(came.lives, 1);
	assert_int_equal(came.told, 1);
}

/* It took no time to make one of its vCPUs resident: one was, or none is here any more. */
TEST(test_nothing_goes_first_where_nobody_became_resident)
{
	core.only = NULL;
	came.shared = came.pending = true;
	choose();
	(void)resident_partition(INDEX);
	mail_post(SELF, MAIL_UART, INDEX);
	assert_true(mail_machine_arrives(SELF));
	mail_machine_take();
	assert_int_equal(came.evaluated, 1);
	assert_int_equal(came.armed, 0);
	assert_int_equal(core.let_go, 0);
}

/* Where one vCPU is alone nobody becomes resident, and all of it is short. */
TEST(test_a_core_of_its_own_takes_it_at_once)
{
	came.pending = true;
	mail_post(SELF, MAIL_UART, INDEX);
	assert_true(mail_machine_arrives(SELF));
	mail_machine_take();
	assert_int_equal(came.evaluated, 1);
}
