/*
 * Messages between cores: a message arrives once, and only where it means something. One thread
 * plays the cores. The last test has real threads, for losses that only they can cause.
 */
#include "mail_machine.h"

#include <pthread.h>
#include <stdlib.h>
#include <unit.h>
#include <word/mail.h>
#include <word/trace.h>

/* ---- posting ---- */

const struct unit_fixture unit_each = {mail_machine_setup, NULL};

TEST(test_a_post_interrupts_its_receiver_alone)
{
	for (uint32_t to = 0; to < CORES; to++) {
		mail_post(to, MAIL_VCPU, 63);
		for (uint32_t i = 0; i < CORES; i++)
			assert_int_equal(mail_machine_interrupts(i), i <= to);
		assert_true(mail_machine_arrives(to));
	}
}

TEST(test_posting_twice_is_posting_once)
{
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	assert_int_equal(mail_machine_interrupts(SELF), 1);
	mail_machine_take();
	assert_int_equal(came.asked, 1);
	mail_machine_take();
	assert_int_equal(came.asked, 1);
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	assert_int_equal(mail_machine_interrupts(SELF), 2);
	mail_machine_take();
	assert_int_equal(came.asked, 2);
}

TEST(test_each_subject_and_kind_is_a_message_of_its_own)
{
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	mail_post(SELF, MAIL_VCPU, SUBJECT + 1);
	mail_post(SELF, MAIL_UART, INDEX);
	mail_post(SELF, MAIL_SERVICE, INDEX);
	assert_int_equal(mail_machine_interrupts(SELF), 4);
}

/* ---- taking ---- */

static void post_each_kind(void)
{
	mail_post(SELF, MAIL_SERVICE, 0);
	mail_post(SELF, MAIL_SERVICE, 2);
	mail_post(SELF, MAIL_UART, INDEX);
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	assert_true(mail_machine_arrives(SELF));
	mail_machine_take();
}

static void expect_each_kind(void)
{
	assert_int_equal(came.asked, 1);
	assert_int_equal(came.evaluated, 1);
	assert_int_equal(came.events, 5);
	assert_false(mail_machine_arrives(SELF));
	for (uint32_t kind = 0; kind < MAIL_KINDS; kind++)
		assert_int_equal(shared_memory->box[SELF].word[kind], 0);
}

TEST(test_one_take_carries_out_all_kinds)
{
	post_each_kind();
	expect_each_kind();
}

/* Where each may make another vCPU resident; but the console's are heard with a line. */
TEST(test_each_kind_has_an_interrupt_of_its_own)
{
	core.only = NULL;
	came.shared = true;
	post_each_kind();
	assert_int_equal(came.asked, 1);
	assert_int_equal(came.evaluated, 0);
	assert_int_equal(came.events, 0);
	assert_true(mail_machine_arrives(SELF));
	mail_machine_take();
	expect_each_kind();
}

TEST(test_an_empty_box_is_nothing)
{
	uint64_t traced = core_ring->next;

	mail_machine_take();
	assert_int_equal(came.asked + came.evaluated, 0);
	assert_int_equal(came.events, 0);
	assert_int_equal(core_ring->next, traced);
}

TEST(test_each_box_is_its_own_cores)
{
	mail_post(SELF + 1, MAIL_VCPU, SUBJECT);
	mail_machine_take();
	assert_int_equal(came.asked, 0);
	core.index = SELF + 1;
	mail_machine_take();
	assert_int_equal(came.asked, 1);
}

TEST(test_a_message_about_another_vcpu_is_ignored)
{
	for (uint32_t i = 0; i < 64; i++) {
		if (i != SUBJECT)
			mail_post(SELF, MAIL_VCPU, i);
		if (i != INDEX)
			mail_post(SELF, MAIL_UART, i);
	}
	while (mail_machine_arrives(SELF))
		mail_machine_take();
	assert_int_equal(came.asked + came.evaluated, 0);
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	mail_post(SELF, MAIL_UART, INDEX);
	while (mail_machine_arrives(SELF))
		mail_machine_take();
	assert_int_equal(came.asked, 1);
	assert_int_equal(came.evaluated, 1);
}

TEST(test_a_core_without_partition_ignores_both)
{
	core.vcpu = NULL;
	core.partition = NULL;
	core.only = NULL;
	mail_post(SELF, MAIL_VCPU, 0);
	mail_post(SELF, MAIL_UART, 0);
	while (mail_machine_arrives(SELF))
		mail_machine_take();
	assert_int_equal(came.asked + came.evaluated, 0);
}

/* A message that was left stays in the box. All others are taken as ever. */
TEST(test_a_doorbell_that_is_left_interrupts_nobody)
{
	mail_post(SELF, MAIL_DOORBELL, 3);
	mail_machine_take();
	mail_leave(3);
	assert_true(mail_machine_arrives(SELF));
	for (uint32_t i = 0; i < 3; i++)
		assert_false(mail_post(SELF, MAIL_DOORBELL, 3));
	assert_false(mail_machine_arrives(SELF));
	mail_post(SELF, MAIL_DOORBELL, 4);
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	assert_true(mail_machine_arrives(SELF));
	mail_machine_take();
	assert_int_equal(came.rings, 2);
	assert_int_equal(came.last_ring, 4);
	assert_int_equal(came.asked, 1);
	assert_false(mail_machine_arrives(SELF));
	mail_listen(SELF, 1ULL << 3);
	assert_true(mail_post(SELF, MAIL_DOORBELL, 3));
	mail_machine_take();
	assert_int_equal(came.rings, 3);
	assert_int_equal(came.last_ring, 3);
}

static void post_life_again(void)
{
	mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + LIFE_LOOK);
}

TEST(test_a_message_of_life_may_send_itself_again)
{
	post_life_again();
	assert_true(mail_machine_arrives(SELF));
	came.meanwhile = post_life_again;
	mail_machine_take();
	assert_true(mail_machine_arrives(SELF));
	mail_machine_take();
	assert_int_equal(came.lives, 2);
	assert_false(mail_machine_arrives(SELF));
}

TEST(test_a_taken_message_is_traced_once)
{
	uint64_t at = core_ring->next;

	mail_post(SELF, MAIL_VCPU, SUBJECT); /* other code traces its effect */
	mail_machine_take();
	assert_int_equal(core_ring->next, at);
	mail_post(SELF, MAIL_UART, INDEX);
	mail_post(SELF, MAIL_SERVICE, 1);
	mail_machine_take();
	assert_int_equal(core_ring->next, at + 1);
	assert_int_equal(TRACE_TYPE(&core_ring->events[at]), TRACE_MAIL);
	assert_int_equal(core_ring->events[at].data, 1ULL << (32 + INDEX) | 2);
}

TEST(test_traces_stand_still_and_go_on)
{
	uint64_t at;

	trace_hold(true);
	for (uint32_t i = 0; i < CORES; i++)
		assert_int_equal(mail_machine_interrupts(i), 1);
	assert_true(mail_machine_arrives(SELF));
	mail_machine_take();
	at = core_ring->next;
	trace(TRACE_LIFE, TRACE_NO_VCPU, 1);
	trace_seldom(TRACE_LIFE, TRACE_NO_VCPU, 2);
	assert_int_equal(core_ring->next, at);
	trace_hold(false);
	mail_machine_take();
	trace(TRACE_LIFE, TRACE_NO_VCPU, 3);
	assert_int_equal(core_ring->next, at + 1);
	assert_int_equal(core_ring->events[at].data, 3);
	assert_int_equal(came.events, 0); /* the console service hears nothing of it */
}

TEST(test_a_core_looks_for_its_next_holder)
{
	mail_post(SELF, MAIL_SERVICE, MAIL_SERVICE_HOLD);
	mail_post(SELF, MAIL_SERVICE, 1);
	mail_machine_take();
	assert_int_equal(came.looks, 1);
	assert_int_equal(came.events, 2); /* nothing of it is the console service's */
	mail_machine_take();
	assert_int_equal(came.looks, 1);
}

TEST(test_a_core_is_asked_whether_it_hangs)
{
	mail_post(SELF, MAIL_SERVICE, MAIL_SERVICE_ASK);
	mail_machine_take();
	assert_int_equal(came.hangs, 1);
	assert_int_equal(came.events, 0);
	mail_machine_take();
	assert_int_equal(came.hangs, 1);
}

/* ---- posted while it is carried out ---- */

static void post_vcpu(void)
{
	mail_post(SELF, MAIL_VCPU, SUBJECT);
}

static void post_uart(void)
{
	mail_post(SELF, MAIL_UART, INDEX);
}

static void post_event(void)
{
	mail_post(SELF, MAIL_SERVICE, 1);
}

/* Everything sent was carried out, by this take or after an interrupt of its own. */
static void expect_after(void (*what)(void), uint32_t vcpus, uint32_t uarts, uint64_t bits)
{
	assert_true(mail_machine_arrives(SELF));
	came.meanwhile = what;
	mail_machine_take();
	if (mail_machine_arrives(SELF))
		mail_machine_take();
	assert_int_equal(came.asked, vcpus);
	assert_int_equal(came.evaluated, uarts);
	assert_int_equal(came.events, bits);
}

TEST(test_nothing_is_lost_while_the_same_is_carried_out)
{
	post_vcpu();
	expect_after(post_vcpu, 2, 0, 0);
	post_uart();
	expect_after(post_uart, 2, 2, 0);
}

TEST(test_nothing_is_lost_while_another_is_carried_out)
{
	post_vcpu();
	expect_after(post_event, 1, 0, 2);
	came.events = 0;
	post_event();
	expect_after(post_vcpu, 2, 0, 2);
	post_vcpu();
	expect_after(post_uart, 3, 1, 2);
}

/* ---- real threads ---- */

#define POSTERS 3
#define EACH    19u /* subjects of each poster */
#define POSTS   30000000u

static uint64_t written[POSTERS * EACH]; /* before its message is posted */
static uint64_t seen[POSTERS * EACH];    /* after it was taken */
static uint32_t finished;

/* A subject is posted again only after it was taken: nothing makes up for a message that is lost.
 */
static void *post_many(void *argument)
{
	uint32_t first = (uint32_t)(uintptr_t)argument * EACH;

	for (uint64_t i = 1; i <= POSTS; i++) {
		uint32_t subject = first + (uint32_t)(i % EACH);

		if (__atomic_load_n(&seen[subject], __ATOMIC_SEQ_CST) != written[subject])
			continue;
		__atomic_store_n(&written[subject], i, __ATOMIC_RELAXED);
		mail_post(SELF, MAIL_SERVICE, subject);
	}
	__atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void take_one(void)
{
	came.events = 0;
	mail_machine_take();
	for (uint32_t i = 0; i < POSTERS * EACH; i++)
		if ((came.events >> i & 1) != 0)
			__atomic_store_n(&seen[i], __atomic_load_n(&written[i], __ATOMIC_RELAXED),
			                 __ATOMIC_SEQ_CST);
}

/* Shows: frame.messages. */
TEST(test_nothing_is_lost_between_threads)
{
	pthread_t posters[POSTERS];
	bool done = false;

	for (uint32_t i = 0; i < POSTERS * EACH; i++)
		mail_machine_class(MAIL_SERVICE, i, i % GIC_CLASSES);
	for (uintptr_t i = 0; i < POSTERS; i++)
		assert_int_equal(pthread_create(&posters[i], NULL, post_many, (void *)i), 0);
	/* Only an interrupt makes this core look; the last look is after the last post's. */
	while (!done) {
		done = __atomic_load_n(&finished, __ATOMIC_SEQ_CST) == POSTERS;
		while (mail_machine_arrives(SELF))
			take_one();
	}
	for (uint32_t i = 0; i < POSTERS; i++)
		pthread_join(posters[i], NULL);
	for (uint32_t i = 0; i < POSTERS * EACH; i++)
		assert_int_equal(seen[i], written[i]);
}
