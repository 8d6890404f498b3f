/*
 * Messages between cores: what is sent arrives, once, and only where it means something. One thread
 * plays the cores; the last test has real threads, for what only they can lose.
 */
#include <fake/cpu.h>
#include <frame/core.h>
#include <frame/doorbell.h>
#include <frame/mail.h>
#include <frame/partition.h>
#include <frame/resident.h>
#include <frame/service.h>
#include <frame/trace.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CORES   4
#define SELF    1 /* this core */
#define SUBJECT 7 /* its vCPU */
#define INDEX   2 /* its partition */
#define URGENT  3 /* a class; else all have the least */

struct core core;
static struct vcpu vcpu;
static struct partition partition;
static uint32_t asked, evaluated;
static uint64_t events;
static uint32_t lives, last_life, looks;
static uint32_t rings, last_ring;
static void (*meanwhile)(void); /* done by somebody else while a message is carried out */

static void disturb(void)
{
	void (*what)(void) = meanwhile;

	meanwhile = NULL;
	if (what != NULL)
		what();
}

static uint32_t woken; /* dark cores of which the console service heard, a bit each */

bool power_wanted(uint32_t index)
{
	woken |= 1u << index;
	return true;
}

/* ---- what messages lead to ---- */

void vcpu_asked(struct vcpu *whom)
{
	assert_ptr_equal(whom, &vcpu);
	asked++;
	disturb();
}

void uart_evaluate(struct partition *whose)
{
	assert_ptr_equal(whose, &partition);
	evaluated++;
	disturb();
}

struct partition *resident_partition(uint32_t index)
{
	(void)index;
	assert_null(core.only);
	return NULL;
}

void resident_mail(uint64_t vcpus)
{
	(void)vcpus;
	assert_null(core.only);
}

void doorbell_heard(struct partition *whose, uint32_t subject)
{
	assert_ptr_equal(whose, &partition);
	rings++;
	last_ring = subject;
	disturb();
}

void console_event(uint64_t bits)
{
	assert_int_equal(events & bits, 0);
	events |= bits;
	disturb();
}

void hold_look(void)
{
	looks++;
	disturb();
}

void life_message(struct partition *whose, uint32_t message)
{
	assert_ptr_equal(whose, &partition);
	lives++;
	last_life = message;
	disturb();
}

/* ---- four cores; this one is SELF ---- */

static int setup(void **state)
{
	struct bundle_header *bundle = (struct bundle_header *)LAYOUT_BUNDLE;
	struct bundle_core *cores = (struct bundle_core *)(LAYOUT_BUNDLE + sizeof(*bundle));

	(void)state;
	fake_cpu_reset((struct fake_hooks){0});
	bundle->cores = (struct bundle_table){.offset = sizeof(*bundle), .count = CORES};
	/* Affinities aren't indices. */
	for (uint32_t i = 0; i < CORES; i++)
		cores[i].affinity = CORES - 1 - i;
	memset(&core, 0, sizeof(core));
	core.index = SELF;
	core.vcpu = core.only = &vcpu;
	core.partition = &partition;
	vcpu.context.trace_id = SUBJECT;
	partition.index = INDEX;
	asked = evaluated = 0;
	events = 0;
	lives = rings = looks = 0;
	meanwhile = NULL;
	mail_begin();
	return 0;
}

static uint32_t interrupts(uint32_t to_core)
{
	return fake_cpu_counts(CORES - 1 - to_core).mails;
}

static bool arrives(uint32_t at_core)
{
	return fake_mail_arrives(CORES - 1 - at_core);
}

/* ---- posting ---- */

static void test_a_post_interrupts_its_receiver_alone(void **state)
{
	(void)state;
	for (uint32_t to = 0; to < CORES; to++) {
		mail_post(to, MAIL_VCPU, 63);
		for (uint32_t i = 0; i < CORES; i++)
			assert_int_equal(interrupts(i), i <= to);
		assert_true(arrives(to));
	}
}

static void test_posting_twice_is_posting_once(void **state)
{
	(void)state;
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	assert_int_equal(interrupts(SELF), 1);
	mail_take();
	assert_int_equal(asked, 1);
	mail_take();
	assert_int_equal(asked, 1);
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	assert_int_equal(interrupts(SELF), 2);
	mail_take();
	assert_int_equal(asked, 2);
}

static void test_each_subject_and_kind_is_a_message_of_its_own(void **state)
{
	(void)state;
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	mail_post(SELF, MAIL_VCPU, SUBJECT + 1);
	mail_post(SELF, MAIL_UART, INDEX);
	mail_post(SELF, MAIL_CONSOLE, INDEX);
	assert_int_equal(interrupts(SELF), 4);
}

/* ---- taking ---- */

static void test_one_take_carries_out_all_kinds(void **state)
{
	(void)state;
	mail_post(SELF, MAIL_CONSOLE, 0);
	mail_post(SELF, MAIL_CONSOLE, 2);
	mail_post(SELF, MAIL_UART, INDEX);
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	mail_take();
	assert_int_equal(asked, 1);
	assert_int_equal(evaluated, 1);
	assert_int_equal(events, 5);
	for (uint32_t kind = 0; kind < MAIL_KINDS; kind++)
		assert_int_equal(shared_memory->box[SELF].word[kind], 0);
}

static void test_an_empty_box_is_nothing(void **state)
{
	uint64_t traced = core_ring->next;

	(void)state;
	mail_take();
	assert_int_equal(asked + evaluated, 0);
	assert_int_equal(events, 0);
	assert_int_equal(core_ring->next, traced);
}

static void test_each_box_is_its_own_cores(void **state)
{
	(void)state;
	mail_post(SELF + 1, MAIL_VCPU, SUBJECT);
	mail_take();
	assert_int_equal(asked, 0);
	core.index = SELF + 1;
	mail_take();
	assert_int_equal(asked, 1);
}

static void test_what_is_anothers_is_ignored(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		if (i != SUBJECT)
			mail_post(SELF, MAIL_VCPU, i);
		if (i != INDEX)
			mail_post(SELF, MAIL_UART, i);
	}
	while (arrives(SELF))
		mail_take();
	assert_int_equal(asked + evaluated, 0);
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	mail_post(SELF, MAIL_UART, INDEX);
	mail_take();
	assert_int_equal(asked, 1);
	assert_int_equal(evaluated, 1);
}

static void test_a_core_without_partition_ignores_both(void **state)
{
	(void)state;
	core.vcpu = NULL;
	core.partition = NULL;
	core.only = NULL;
	mail_post(SELF, MAIL_VCPU, 0);
	mail_post(SELF, MAIL_UART, 0);
	mail_take();
	assert_int_equal(asked + evaluated, 0);
}

/* Each may take as long as anything may, so interrupts come in between. */
static void test_messages_of_life_are_taken_one_by_one(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++)
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + i);
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++) {
		assert_true(arrives(SELF));
		mail_take();
		assert_int_equal(lives, i + 1);
		assert_int_equal(last_life, i);
	}
	assert_false(arrives(SELF));
	mail_take();
	assert_int_equal(lives, LIFE_MESSAGES);
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
			assert_true(arrives(SELF));
			mail_take();
		}
		assert_int_equal(lives, i + 1);
		/* Nor do they wait for more than one of them. */
		assert_int_equal(asked, 2 * i + 1);
		assert_int_equal(evaluated, 2 * i + 1);
		assert_true(arrives(SELF));
		mail_take();
		assert_int_equal(asked, 2 * i + 2);
		assert_int_equal(evaluated, 2 * i + 2);
		assert_false(arrives(SELF));
	}
}

static void test_doorbells_too(void **state)
{
	(void)state;
	mail_post(SELF, MAIL_DOORBELL, 3);
	mail_post(SELF, MAIL_DOORBELL, 39);
	mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES);
	assert_true(arrives(SELF));
	mail_take();
	assert_int_equal(rings, 1);
	assert_int_equal(last_ring, 3);
	assert_int_equal(lives, 1);
	assert_true(arrives(SELF));
	mail_take();
	assert_int_equal(rings, 2);
	assert_int_equal(last_ring, 39);
	assert_false(arrives(SELF));
}

/* Each of many that come again as soon as they are taken has its turn before any has two. */
static void test_who_rings_without_end_delays_nobody(void **state)
{
	uint64_t heard = 0;

	(void)state;
	for (uint32_t i = 0; i < 64; i++)
		mail_post(SELF, MAIL_DOORBELL, i);
	for (uint32_t i = 0; i < 3 * 64; i++) {
		assert_true(arrives(SELF));
		mail_take();
		assert_int_equal(rings, i + 1);
		heard |= 1ULL << last_ring;
		mail_post(SELF, MAIL_DOORBELL, last_ring);
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
		assert_true(arrives(SELF));
		mail_take();
		assert_int_equal(lives, i + 1);
		assert_int_equal(last_life, i % 2);
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + last_life);
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
		assert_int_equal(evaluated, i + 1);
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
	assert_int_equal(last_ring, 39);
	mail_post(SELF, MAIL_DOORBELL, 39);
	mail_take();
	assert_int_equal(last_ring, 39);
	for (uint32_t i = 0; i < 2; i++) {
		mail_post(SELF, MAIL_UART, INDEX - 1);
		mail_post(SELF, MAIL_UART, INDEX + 1);
		mail_post(SELF, MAIL_UART, INDEX);
		mail_take();
		assert_int_equal(evaluated, i + 1);
	}
	for (uint32_t i = 0; i < LIFE_MESSAGES; i++)
		mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + i);
	while (lives == 0) {
		assert_true(arrives(SELF));
		mail_take();
	}
	assert_int_equal(last_life, 1);
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
		assert_int_equal(last_ring, order[i]);
	}
}

/* What was left stays in the box, beside it everything is taken as ever. */
static void test_a_doorbell_that_is_left_interrupts_nobody(void **state)
{
	(void)state;
	mail_post(SELF, MAIL_DOORBELL, 3);
	mail_take();
	mail_leave(3);
	assert_true(arrives(SELF));
	for (uint32_t i = 0; i < 3; i++)
		assert_false(mail_post(SELF, MAIL_DOORBELL, 3));
	assert_false(arrives(SELF));
	mail_post(SELF, MAIL_DOORBELL, 4);
	mail_post(SELF, MAIL_VCPU, SUBJECT);
	assert_true(arrives(SELF));
	mail_take();
	assert_int_equal(rings, 2);
	assert_int_equal(last_ring, 4);
	assert_int_equal(asked, 1);
	assert_false(arrives(SELF));
	mail_listen(SELF, 1ULL << 3);
	assert_true(mail_post(SELF, MAIL_DOORBELL, 3));
	mail_take();
	assert_int_equal(rings, 3);
	assert_int_equal(last_ring, 3);
}

static void post_life_again(void)
{
	mail_post(SELF, MAIL_LIFE, INDEX * LIFE_MESSAGES + LIFE_LOOK);
}

static void test_a_message_of_life_may_send_itself_again(void **state)
{
	(void)state;
	post_life_again();
	assert_true(arrives(SELF));
	meanwhile = post_life_again;
	mail_take();
	assert_true(arrives(SELF));
	mail_take();
	assert_int_equal(lives, 2);
	assert_false(arrives(SELF));
}

static void test_what_is_taken_is_traced_but_not_twice(void **state)
{
	uint64_t at = core_ring->next;

	(void)state;
	mail_post(SELF, MAIL_VCPU, SUBJECT); /* what comes of it is traced by others */
	mail_take();
	assert_int_equal(core_ring->next, at);
	mail_post(SELF, MAIL_UART, INDEX);
	mail_post(SELF, MAIL_CONSOLE, 1);
	mail_take();
	assert_int_equal(core_ring->next, at + 1);
	assert_int_equal(TRACE_TYPE(&core_ring->events[at]), TRACE_MAIL);
	assert_int_equal(core_ring->events[at].data, 1ULL << (32 + INDEX) | 2);
}

static void test_traces_stand_still_and_go_on(void **state)
{
	uint64_t at;

	(void)state;
	trace_hold(true);
	for (uint32_t i = 0; i < CORES; i++)
		assert_int_equal(interrupts(i), 1);
	assert_true(arrives(SELF));
	mail_take();
	at = core_ring->next;
	trace(TRACE_LIFE, TRACE_NO_VCPU, 1);
	trace_seldom(TRACE_LIFE, TRACE_NO_VCPU, 2);
	assert_int_equal(core_ring->next, at);
	trace_hold(false);
	mail_take();
	trace(TRACE_LIFE, TRACE_NO_VCPU, 3);
	assert_int_equal(core_ring->next, at + 1);
	assert_int_equal(core_ring->events[at].data, 3);
	assert_int_equal(events, 0); /* the console service hears nothing of it */
}

static void test_a_core_looks_who_is_to_hold_it(void **state)
{
	(void)state;
	mail_post(SELF, MAIL_CONSOLE, MAIL_CONSOLE_HOLD);
	mail_post(SELF, MAIL_CONSOLE, 1);
	mail_take();
	assert_int_equal(looks, 1);
	assert_int_equal(events, 2); /* nothing of it is the console service's */
	mail_take();
	assert_int_equal(looks, 1);
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
	mail_post(SELF, MAIL_CONSOLE, 1);
}

/* Everything sent was carried out, by this take or after an interrupt of its own. */
static void expect_after(void (*what)(void), uint32_t vcpus, uint32_t uarts, uint64_t bits)
{
	assert_true(arrives(SELF));
	meanwhile = what;
	mail_take();
	if (arrives(SELF))
		mail_take();
	assert_int_equal(asked, vcpus);
	assert_int_equal(evaluated, uarts);
	assert_int_equal(events, bits);
}

static void test_nothing_is_lost_while_the_same_is_carried_out(void **state)
{
	(void)state;
	post_vcpu();
	expect_after(post_vcpu, 2, 0, 0);
	post_uart();
	expect_after(post_uart, 2, 2, 0);
}

static void test_nothing_is_lost_while_another_is_carried_out(void **state)
{
	(void)state;
	post_vcpu();
	expect_after(post_event, 1, 0, 2);
	events = 0;
	post_event();
	expect_after(post_vcpu, 2, 0, 2);
	post_vcpu();
	expect_after(post_uart, 3, 1, 2);
}

/* ---- real threads ---- */

#define POSTERS 3
#define EACH    20u /* subjects of each poster */
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
		mail_post(SELF, MAIL_CONSOLE, subject);
	}
	__atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void take_one(void)
{
	events = 0;
	mail_take();
	for (uint32_t i = 0; i < POSTERS * EACH; i++)
		if ((events >> i & 1) != 0)
			__atomic_store_n(&seen[i], __atomic_load_n(&written[i], __ATOMIC_RELAXED),
			                 __ATOMIC_SEQ_CST);
}

static void test_nothing_is_lost_between_threads(void **state)
{
	pthread_t posters[POSTERS];
	bool done = false;

	(void)state;
	for (uintptr_t i = 0; i < POSTERS; i++)
		assert_int_equal(pthread_create(&posters[i], NULL, post_many, (void *)i), 0);
	/* Only an interrupt makes this core look; the last look is after the last post's. */
	while (!done) {
		done = __atomic_load_n(&finished, __ATOMIC_SEQ_CST) == POSTERS;
		if (arrives(SELF))
			take_one();
	}
	for (uint32_t i = 0; i < POSTERS; i++)
		pthread_join(posters[i], NULL);
	for (uint32_t i = 0; i < POSTERS * EACH; i++)
		assert_int_equal(seen[i], written[i]);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_post_interrupts_its_receiver_alone),
	    TEST(test_posting_twice_is_posting_once),
	    TEST(test_each_subject_and_kind_is_a_message_of_its_own),
	    TEST(test_one_take_carries_out_all_kinds),
	    TEST(test_an_empty_box_is_nothing),
	    TEST(test_each_box_is_its_own_cores),
	    TEST(test_what_is_anothers_is_ignored),
	    TEST(test_a_core_without_partition_ignores_both),
	    TEST(test_messages_of_life_are_taken_one_by_one),
	    TEST(test_a_flood_keeps_no_message_of_life_waiting),
	    TEST(test_doorbells_too),
	    TEST(test_who_rings_without_end_delays_nobody),
	    TEST(test_lives_have_turns),
	    TEST(test_lines_have_turns),
	    TEST(test_an_urgent_one_waits_for_nobody_else),
	    TEST(test_an_urgent_one_keeps_the_order_of_the_others),
	    TEST(test_a_doorbell_that_is_left_interrupts_nobody),
	    TEST(test_a_message_of_life_may_send_itself_again),
	    TEST(test_what_is_taken_is_traced_but_not_twice),
	    TEST(test_traces_stand_still_and_go_on),
	    TEST(test_a_core_looks_who_is_to_hold_it),
	    TEST(test_nothing_is_lost_while_the_same_is_carried_out),
	    TEST(test_nothing_is_lost_while_another_is_carried_out),
	    TEST(test_nothing_is_lost_between_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
