/*
 * Whose turn it is among messages that wait: nobody waits for one that comes again and again, and
 * the urgent ones for nobody.
 */
#include "mail_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define URGENT 3 /* a class; else all have the least */

/* Each may take as long as anything may, so interrupts come in between. */
static void test_messages_of_life_are_taken_one_by_one(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++)
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + i);
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++) {
		assert_true(mail_machine_arrives(SELF));
		mail_take();
		assert_int_equal(came.lives, i + 1);
		assert_int_equal(came.last_life, i);
	}
	assert_false(mail_machine_arrives(SELF));
	mail_take();
	assert_int_equal(came.lives, LIFE_MESSAGES);
}

/* However often a sibling sends an SGI: one message waits for one other. */
static void test_a_flood_keeps_no_message_of_life_waiting(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 10; i++) {
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + LIFE_LOOK);
		for (uint32_t take = 0; take < 2; take++) {
			mail_post(SELF, MAIL_VCPU, SUBJECT);
			mail_post(SELF, MAIL_UART, INDEX);
			assert_true(mail_machine_arrives(SELF));
			mail_take();
		}
		assert_int_equal(came.lives, i + 1);
		/* Nor do they wait for more than one of them. */
		assert_int_equal(came.asked, 2 * i + 1);
		assert_int_equal(came.evaluated, 2 * i + 1);
		assert_true(mail_machine_arrives(SELF));
		mail_take();
		assert_int_equal(came.asked, 2 * i + 2);
		assert_int_equal(came.evaluated, 2 * i + 2);
		assert_false(mail_machine_arrives(SELF));
	}
}

static void test_doorbells_too(void **state)
{
	(void)state;
	mail_post(SELF, MAIL_DOORBELL, 3);
	mail_post(SELF, MAIL_DOORBELL, 39);
	mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES);
	assert_true(mail_machine_arrives(SELF));
	mail_take();
	assert_int_equal(came.rings, 1);
	assert_int_equal(came.last_ring, 3);
	assert_int_equal(came.lives, 1);
	assert_true(mail_machine_arrives(SELF));
	mail_take();
	assert_int_equal(came.rings, 2);
	assert_int_equal(came.last_ring, 39);
	assert_false(mail_machine_arrives(SELF));
}

/* Each of many that come again as soon as they are taken has its turn before any has two. */
static void test_who_rings_without_end_delays_nobody(void **state)
{
	uint64_t heard = 0;

	(void)state;
	for (uint32_t i = 0; i < 64; i++)
		mail_post(SELF, MAIL_DOORBELL, i);
	for (uint32_t i = 0; i < 3 * 64; i++) {
		assert_true(mail_machine_arrives(SELF));
		mail_take();
		assert_int_equal(came.rings, i + 1);
		heard |= 1ULL << came.last_ring;
		mail_post(SELF, MAIL_DOORBELL, came.last_ring);
		if (i % 64 != 63)
			continue;
		assert_int_equal(heard, ~0ULL);
		heard = 0;
	}
}

static void test_lives_have_turns(void **state)
{
	(void)state;
	mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES);
	mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + 1);
	for (uint32_t i = 0; i < 6; i++) {
		assert_true(mail_machine_arrives(SELF));
		mail_take();
		assert_int_equal(came.lives, i + 1);
		assert_int_equal(came.last_life, i % 2);
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + came.last_life);
	}
}

/* A line of a lower number, of whomever, that comes each time. */
static void test_lines_have_turns(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		mail_post(SELF, MAIL_UART, INDEX - 1);
		mail_post(SELF, MAIL_UART, INDEX);
		mail_take();
		mail_post(SELF, MAIL_UART, INDEX - 1);
		mail_take();
		assert_int_equal(came.evaluated, i + 1);
	}
}

/* As mail_begin() does for those of an urgent partition. */
static void make_urgent(enum mail_kind kind, uint32_t subject)
{
	core.mail_class[kind][subject] = URGENT;
	for (uint32_t rank = 0; rank <= URGENT; rank++)
		core.mail_urgent[kind][rank] |= 1ULL << subject;
}

/* However many others there are, whoever has the turn. */
static void test_an_urgent_one_waits_for_nobody_else(void **state)
{
	(void)state;
	make_urgent(MAIL_DOORBELL, 39);
	make_urgent(MAIL_LIFE, INDEX * LIFE_MESSAGES + 1);
	make_urgent(MAIL_UART, INDEX);
	for (uint32_t i = 0; i < 64; i++)
		mail_post(SELF, MAIL_DOORBELL, i);
	mail_take();
	assert_int_equal(came.last_ring, 39);
	mail_post(SELF, MAIL_DOORBELL, 39);
	mail_take();
	assert_int_equal(came.last_ring, 39);
	for (uint32_t i = 0; i < 2; i++) {
		mail_post(SELF, MAIL_UART, INDEX - 1);
		mail_post(SELF, MAIL_UART, INDEX + 1);
		mail_post(SELF, MAIL_UART, INDEX);
		mail_take();
		assert_int_equal(came.evaluated, i + 1);
	}
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++)
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + i);
	while (came.lives == 0) {
		assert_true(mail_machine_arrives(SELF));
		mail_take();
	}
	assert_int_equal(came.last_life, 1);
}

/* Nor does it take a turn from those that have theirs behind it. */
static void test_an_urgent_one_keeps_the_order_of_the_others(void **state)
{
	static const uint32_t order[] = {3, 1, 3, 7, 3, 1, 3, 7};

	(void)state;
	make_urgent(MAIL_DOORBELL, 3);
	for (uint32_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		mail_post(SELF, MAIL_DOORBELL, 1);
		mail_post(SELF, MAIL_DOORBELL, 7);
		if (i % 2 == 0)
			mail_post(SELF, MAIL_DOORBELL, 3);
		mail_take();
		assert_int_equal(came.last_ring, order[i]);
	}
}

/* Whatever comes without end: it lets that go first once, and keeps its turn before its equals and
 * other messages, which may make another vCPU resident. */
static void test_a_life_does_not_wait_for_ever(void **state)
{
	uint32_t evaluated;

	(void)state;
	core.only = NULL;
	came.shared = came.pending = true;
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++)
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + i);
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++) {
		assert_true(mail_machine_arrives(SELF));
		mail_take();
		assert_int_equal(came.lives, i);
		mail_post(SELF, MAIL_UART, INDEX);
		evaluated = came.evaluated;
		assert_true(mail_machine_arrives(SELF));
		mail_take();
		assert_int_equal(came.lives, i + 1);
		assert_int_equal(came.last_life, i);
		assert_int_equal(came.evaluated, evaluated);
		assert_true(mail_machine_arrives(SELF));
		mail_take();
		assert_int_equal(came.evaluated, evaluated + 1);
	}
	came.pending = false;
	mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES);
	mail_take();
	assert_int_equal(came.lives, LIFE_MESSAGES + 1);
}

#define TEST(name) cmocka_unit_test_setup(name, mail_machine_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_messages_of_life_are_taken_one_by_one),
	    TEST(test_a_flood_keeps_no_message_of_life_waiting),
	    TEST(test_doorbells_too),
	    TEST(test_who_rings_without_end_delays_nobody),
	    TEST(test_lives_have_turns),
	    TEST(test_lines_have_turns),
	    TEST(test_an_urgent_one_waits_for_nobody_else),
	    TEST(test_an_urgent_one_keeps_the_order_of_the_others),
	    TEST(test_a_life_does_not_wait_for_ever),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
