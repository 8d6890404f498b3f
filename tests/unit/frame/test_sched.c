/*
 * The ready queue of a core, contexts of every kind and state: the order by urgency, turns among
 * equals, and the charge for a turn.
 */
#include "queue.h"

#include <run/sched.h>
#include <stdlib.h>
#include <string.h>
#include <turn/idle.h>
#include <unit.h>

#define HCR_TWI (1ULL << 13)

/* ---- order ---- */

const struct unit_fixture unit_each = {queue_setup, queue_quiet};

/* Shows: time.priority. */
TEST(test_priority_decides_in_any_order_of_arrival)
{
	two.context.priority = 4;
	loader.priority = 6;
	sched_ready(&two.context);
	sched_ready(&one.context);
	sched_ready(&loader);
	assert_ptr_equal(queue_choose(), &loader);
	assert_ptr_equal(queue_turn(), &loader);
	sched_block(&loader, CONTEXT_OFF);
	assert_ptr_equal(queue_choose(), &one.context);
	sched_block(&one.context, CONTEXT_BLOCKED);
	assert_ptr_equal(queue_choose(), &two.context);
}

/* Shows: time.equals. */
TEST(test_equals_take_turns)
{
	sched_ready(&one.context);
	sched_ready(&two.context);
	sched_ready(&loader);
	for (int round = 0; round < 3; round++) {
		assert_ptr_equal(queue_choose(), &one.context);
		assert_ptr_equal(queue_turn(), &two.context);
		assert_ptr_equal(queue_turn(), &loader);
		sched_end_turn(core.current);
	}
}

TEST(test_a_yield_goes_behind_equals_and_before_lower_ones)
{
	loader.priority = 4;
	sched_ready(&one.context);
	sched_ready(&loader);
	sched_ready(&two.context);
	assert_ptr_equal(queue_choose(), &one.context);
	assert_ptr_equal(queue_turn(), &two.context);
	assert_ptr_equal(one.context.next, &loader);
}

TEST(test_the_woken_console_goes_before_its_equals)
{
	sched_ready(&one.context);
	sched_ready(&two.context);
	sched_ready(&console);
	assert_ptr_equal(queue_choose(), &console);
	sched_block(&console, CONTEXT_BLOCKED);
	assert_ptr_equal(queue_choose(), &one.context);
}

TEST(test_the_woken_console_never_goes_before_a_higher_one)
{
	one.context.priority = 6;
	sched_ready(&two.context);
	sched_ready(&one.context);
	sched_ready(&console);
	assert_ptr_equal(queue_choose(), &one.context);
	assert_ptr_equal(one.context.next, &console);
	assert_ptr_equal(console.next, &two.context);
}

/* On a shared core: there each wait comes to the frame, and a choice makes an interrupt late. */
TEST(test_a_service_behind_a_more_urgent_one_asks_for_no_choice)
{
	one.context.priority = 6;
	sched_ready(&one.context);
	assert_ptr_equal(queue_choose(), &one.context);
	core.only = 0;
	sched_ready(&console);
	assert_int_equal(core.reschedule, 0);
	sched_block(&one.context, CONTEXT_BLOCKED);
	assert_int_equal(core.reschedule, 1);
	core.only = &one;
	assert_ptr_equal(queue_choose(), &console);
}

TEST(test_any_other_ready_context_asks_for_a_choice)
{
	struct context *others[] = {&console, &loader, &two.context};

	one.context.priority = 6;
	loader.priority = 6; /* in turns with it */
	for (int i = 0; i < 3; i++) {
		sched_ready(&one.context);
		assert_ptr_equal(queue_choose(), &one.context);
		core.only = others[i] == &console ? &one : 0; /* its waits aren't queued */
		sched_ready(others[i]);
		core.only = &one;
		assert_int_equal(core.reschedule, 1);
		sched_block(others[i], CONTEXT_BLOCKED);
		sched_block(&one.context, CONTEXT_BLOCKED);
	}
}

TEST(test_a_guests_interrupt_goes_before_the_woken_console)
{
	queue.interrupt_pending = true;
	sched_ready(&one.context);
	sched_ready(&console);
	assert_ptr_equal(queue_choose(), &one.context);
	sched_block(&console, CONTEXT_BLOCKED);
	queue.interrupt_pending = false;
	sched_ready(&console);
	assert_ptr_equal(queue_choose(), &console);
}

/* A needy vCPU has just woken by an interrupt. More urgent ones aren't hurt by it. */
TEST(test_told_of_a_need_it_goes_before_an_equals_interrupt)
{
	queue.interrupt_pending = true;
	console.x[0] = SERVICE_EVENT_NEED | SERVICE_EVENT_OUTPUT;
	sched_ready(&one.context);
	sched_ready(&two.context);
	sched_ready(&console);
	assert_ptr_equal(queue_choose(), &console);
	sched_block(&console, CONTEXT_BLOCKED);
	sched_priority(&one.context, 6);
	assert_ptr_equal(queue_choose(), &one.context);
	sched_ready(&console);
	assert_ptr_equal(queue_choose(), &one.context);
	assert_ptr_equal(one.context.next, &console);
	sched_block(&console, CONTEXT_BLOCKED);
	console.x[0] = ~SERVICE_EVENT_NEED;
	sched_priority(&one.context, two.context.priority);
	sched_ready(&console);
	assert_ptr_not_equal(queue_choose(), &console);
}

/* The guest has the core at once, but of two turns in a row only one is taken from a service. */
TEST(test_an_interrupt_takes_one_turn_of_a_service)
{
	sched_ready(&one.context);
	sched_ready(&console);
	sched_ready(&loader);
	for (int round = 0; round < 3; round++) {
		assert_ptr_equal(queue_choose(), &console);
		sched_interrupt(&console, &one.context);
		assert_int_equal(core.reschedule, 1);
		assert_ptr_equal(queue_choose(), &one.context);
		assert_ptr_equal(queue_turn(), &loader);
		sched_interrupt(&loader, &one.context);
		assert_ptr_equal(queue_choose(), &console);
		/* Both are owed a turn: now the guest's interrupts wait. */
		sched_interrupt(&console, &one.context);
		assert_int_equal(core.reschedule, 0);
		assert_ptr_equal(queue_turn(), &one.context);
		assert_ptr_equal(queue_turn(), &loader);
		sched_interrupt(&loader, &one.context);
		assert_int_equal(core.reschedule, 0);
		assert_ptr_equal(queue_turn(), &console);
	}
}

TEST(test_a_service_that_waits_is_owed_nothing)
{
	sched_ready(&one.context);
	sched_ready(&console);
	assert_ptr_equal(queue_choose(), &console);
	sched_interrupt(&console, &one.context);
	assert_ptr_equal(queue_choose(), &one.context);
	assert_ptr_equal(queue_turn(), &console);
	sched_block(&console, CONTEXT_BLOCKED);
	assert_ptr_equal(queue_choose(), &one.context);
	sched_ready(&console);
	assert_ptr_equal(queue_choose(), &console);
	sched_interrupt(&console, &one.context);
	assert_ptr_equal(queue_choose(), &one.context);
}

TEST(test_an_interrupt_of_a_lower_guest_takes_nothing)
{
	console.priority = 6;
	sched_ready(&one.context);
	sched_ready(&console);
	assert_ptr_equal(queue_choose(), &console);
	sched_interrupt(&console, &one.context);
	assert_int_equal(core.reschedule, 0);
}

TEST(test_a_core_without_vcpu_asks_for_no_interrupt)
{
	core.vcpu = NULL;
	queue.interrupt_pending = true;
	sched_ready(&loader);
	sched_ready(&console);
	assert_ptr_equal(queue_choose(), &console);
}

TEST(test_a_loader_that_wakes_waits_for_its_turn)
{
	sched_ready(&two.context);
	sched_ready(&loader);
	assert_ptr_equal(queue_choose(), &two.context);
}

/* ---- states ---- */

TEST(test_ready_twice_is_ready_once)
{
	sched_ready(&one.context);
	sched_ready(&two.context);
	core.reschedule = 0;
	sched_ready(&one.context);
	assert_int_equal(core.reschedule, 0);
	assert_ptr_equal(core.ready, &one.context);
	assert_ptr_equal(one.context.next, &two.context);
	assert_null(two.context.next);
}

/* Shows: time.ends-at-once. */
TEST(test_block_in_each_state)
{
	sched_ready(&two.context);
	core.reschedule = 0;
	sched_block(&one.context, CONTEXT_BLOCKED); /* it was off */
	assert_int_equal(one.context.state, CONTEXT_BLOCKED);
	sched_block(&one.context, CONTEXT_OFF);
	assert_int_equal(one.context.state, CONTEXT_OFF);
	assert_int_equal(core.reschedule, 0);
	assert_ptr_equal(core.ready, &two.context);
	sched_block(&two.context, CONTEXT_BLOCKED);
	assert_int_equal(core.reschedule, 1);
	assert_int_equal(two.context.state, CONTEXT_BLOCKED);
	assert_null(core.ready);
}

TEST(test_block_takes_out_of_the_middle_and_the_end)
{
	sched_ready(&one.context);
	sched_ready(&two.context);
	sched_ready(&loader);
	sched_block(&two.context, CONTEXT_OFF);
	assert_ptr_equal(one.context.next, &loader);
	sched_block(&loader, CONTEXT_OFF);
	assert_null(one.context.next);
	sched_ready(&two.context);
	assert_ptr_equal(one.context.next, &two.context);
	assert_null(two.context.next);
}

TEST(test_only_a_ready_context_yields)
{
	sched_ready(&one.context);
	core.reschedule = 0;
	sched_end_turn(&two.context);
	two.context.state = CONTEXT_BLOCKED;
	sched_end_turn(&two.context);
	assert_int_equal(core.reschedule, 0);
	assert_ptr_equal(core.ready, &one.context);
	assert_null(one.context.next);
	assert_int_equal(two.context.state, CONTEXT_BLOCKED);
	sched_end_turn(&one.context);
	assert_int_equal(core.reschedule, 1);
	assert_ptr_equal(core.ready, &one.context);
}

/* ---- a turn ---- */

/* Shows: time.equals. */
TEST(test_only_an_equal_makes_a_turn_end)
{
	two.context.priority = 4;
	sched_ready(&one.context);
	queue_choose();
	assert_int_equal(core.deadline[TIMER_SLICE], TIMER_NEVER);
	sched_ready(&two.context);
	queue_choose();
	assert_int_equal(core.deadline[TIMER_SLICE], TIMER_NEVER);
	sched_ready(&loader);
	fake_time(7000);
	queue_choose();
	assert_int_equal(core.deadline[TIMER_SLICE], 7000 + QUEUE_SLICE);
	sched_block(&loader, CONTEXT_OFF);
	queue_choose();
	assert_int_equal(core.deadline[TIMER_SLICE], TIMER_NEVER);
	assert_int_equal(core.deadline[TIMER_CONSOLE], TIMER_NEVER);
}

/* The more vCPUs are on the core, the shorter; but not shorter than a service's. */
TEST(test_a_turn_is_halved_for_each_more)
{
	static const struct {
		uint8_t here;
		uint32_t turn;
	} turns[] = {{0, 7000}, {1, 3500}, {2, 1750}, {3, 1000}, {4, 1000}, {32, 1000}};

	fake_time(7000);
	sched_ready(&one.context);
	sched_ready(&two.context);
	(void)queue_choose();
	for (uint32_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		core.here = turns[i].here;
		(void)queue_turn();
		assert_int_equal(core.deadline[TIMER_SLICE], 7000 + turns[i].turn);
	}
}

/* The time until the running vCPU's turn is over. */
static struct context *runs_on(uint64_t *now, uint64_t *had)
{
	*had += core.deadline[TIMER_SLICE] - *now;
	*now = core.deadline[TIMER_SLICE];
	fake_time(*now);
	core.deadline[TIMER_SLICE] = TIMER_NEVER; /* it was due */
	sched_turn_over(core.current);
	return queue_choose();
}

/* A service that always has something to do doesn't take more from the one that is before it than
 * from the other one.
 * Shows: services.share. */
TEST(test_equals_have_the_same_beside_a_busy_service)
{
	uint64_t now = 7000, had[3] = {0, 0, 0}, most = 0;
	const struct context *running;

	queue.interrupt_pending = true; /* the service goes behind them */
	fake_time(now);
	sched_ready(&one.context);
	sched_ready(&two.context);
	sched_ready(&console);
	running = queue_choose();
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t who = running == &one.context ? 0 : running == &two.context ? 1 : 2;

		running = runs_on(&now, &had[who]);
		most = had[0] > had[1] ? had[0] - had[1] : had[1] - had[0];
		assert_in_range(most, 0, QUEUE_LONG);
	}
	assert_in_range(had[2], (had[0] + had[1]) / 8, (had[0] + had[1]) / 6);
}

/* One that came where fewer were has no more left than a turn here. */
TEST(test_the_rest_is_no_longer_than_a_turn)
{
	fake_time(7000);
	sched_ready(&one.context);
	sched_ready(&two.context);
	one.context.turn = 5000;
	core.here = 1;
	(void)queue_choose();
	assert_int_equal(core.deadline[TIMER_SLICE], 7000 + 3500);
	assert_int_equal(one.context.turn, 3500);
	two.context.turn = 20;
	(void)queue_turn();
	assert_int_equal(core.deadline[TIMER_SLICE], 7000 + 20);
}

/* It has a piece of the rest of its turn now, the rest of it after the service, and no more. */
TEST(test_a_service_makes_no_turn_longer)
{
	uint64_t now = 7000, had = 0;

	fake_time(now);
	one.context.turn = QUEUE_SLICE + 10;
	sched_ready(&one.context);
	sched_ready(&loader);
	sched_ready(&two.context);
	assert_ptr_equal(queue_choose(), &one.context);
	assert_ptr_equal(runs_on(&now, &had), &loader);
	assert_int_equal(had, 10);
	assert_ptr_equal(runs_on(&now, &had), &one.context);
	had = 0;
	assert_ptr_equal(runs_on(&now, &had), &two.context);
	assert_int_equal(had, QUEUE_SLICE);
	assert_int_equal(one.context.turn, 0);
}

/* However often somebody more urgent comes between, it waits for a piece of the turn that is before
 * it, and no more.
 * Shows: services.piece. */
TEST(test_a_service_waits_for_a_piece)
{
	const uint64_t often[] = {QUEUE_SLICE / 4, QUEUE_SLICE / 2, QUEUE_SLICE - 1};

	for (uint32_t i = 0; i < sizeof(often) / sizeof(often[0]); i++) {
		uint64_t now = 7000, ran = 0;

		queue_setup();
		fake_time(now);
		two.context.priority = 9;
		sched_ready(&one.context);
		sched_ready(&loader);
		while (queue_choose() == &one.context) {
			uint64_t left = core.deadline[TIMER_SLICE] - now;

			assert_in_range(left, 1, QUEUE_SLICE);
			if (left <= often[i]) {
				runs_on(&now, &ran);
				continue;
			}
			fake_time(now += often[i]);
			ran += often[i];
			sched_ready(&two.context);
			assert_ptr_equal(queue_choose(), &two.context);
			sched_block(&two.context, CONTEXT_BLOCKED);
		}
		assert_ptr_equal(core.current, &loader);
		assert_int_equal(ran, QUEUE_SLICE);
	}
}

/* Alone with it, it has every second short turn. */
TEST(test_one_and_a_service_take_short_turns)
{
	uint64_t now = 7000, had[2] = {0, 0};

	fake_time(now);
	sched_ready(&one.context);
	sched_ready(&loader);
	queue_choose();
	for (uint32_t i = 0; i < 100; i++)
		runs_on(&now, &had[core.current == &loader]);
	assert_int_equal(had[0], 50 * QUEUE_SLICE);
	assert_int_equal(had[1], 50 * QUEUE_SLICE);
}

/* Shows: time.idle-free. */
TEST(test_wfi_traps_only_while_another_is_ready)
{
	two.context.priority = 4;
	sched_ready(&one.context);
	queue_choose();
	assert_int_equal(one.context.hcr, QUEUE_OTHER);
	sched_ready(&two.context); /* a lower one is another one, too */
	queue_choose();
	assert_int_equal(one.context.hcr, QUEUE_OTHER | HCR_TWI);
	assert_int_equal(two.context.hcr, QUEUE_OTHER);
	sched_block(&two.context, CONTEXT_BLOCKED);
	queue_choose();
	assert_int_equal(one.context.hcr, QUEUE_OTHER);
}

TEST(test_a_service_has_no_wfi_to_trap)
{
	sched_ready(&one.context);
	sched_ready(&console);
	assert_ptr_equal(queue_choose(), &console);
	assert_int_equal(console.hcr, QUEUE_OTHER);
}

TEST(test_a_switch_is_traced_once)
{
	uint64_t before;

	sched_ready(&one.context);
	before = core_ring->next;
	queue_choose();
	assert_int_equal(core_ring->next, before + 1);
	assert_int_equal(TRACE_TYPE(&core_ring->events[before]), TRACE_SWITCH);
	assert_int_equal(TRACE_VCPU(&core_ring->events[before]), 0);
	queue_turn();
	assert_int_equal(core_ring->next, before + 1);
	assert_int_equal(fake_cpu_counts(0).switches, 1);
}

static void traced(uint64_t number, enum trace_type type, uint8_t vcpu_field)
{
	assert_int_equal(TRACE_TYPE(&core_ring->events[number]), type);
	assert_int_equal(TRACE_VCPU(&core_ring->events[number]), vcpu_field);
}

/* That a vCPU queue.comes to the queue, and that the core sleeps and goes on with the same one. */
TEST(test_waking_and_sleeping_are_traced)
{
	uint64_t first = core_ring->next;

	sched_ready(&one.context);
	sched_ready(&one.context);
	queue_choose();
	sched_block(&one.context, CONTEXT_BLOCKED);
	queue.comes = &one.context;
	queue.naps = 2;
	assert_ptr_equal(queue_choose(), &one.context);
	assert_int_equal(core_ring->next, first + 5);
	traced(first, TRACE_READY, 0);
	traced(first + 1, TRACE_SWITCH, 0);
	traced(first + 2, TRACE_SWITCH, TRACE_NO_VCPU);
	traced(first + 3, TRACE_READY, 0);
	traced(first + 4, TRACE_SWITCH, 0);
	sched_ready(&loader);
	assert_int_equal(core_ring->next, first + 5);
}

/* The core goes on with that one at once; what runs is always the first, so waiting takes it off.
 */
TEST(test_a_switch_can_make_a_more_urgent_one_ready)
{
	two.context.priority = one.context.priority + 1;
	sched_ready(&one.context);
	queue.refilled = &two.context;
	assert_ptr_equal(queue_choose(), &two.context);
	assert_ptr_equal(core.ready, &two.context);
	assert_ptr_equal(two.context.next, &one.context);
	sched_block(&two.context, CONTEXT_BLOCKED);
	assert_ptr_equal(queue_choose(), &one.context);
}

TEST(test_a_core_sleeps_until_somebody_is_ready)
{
	sched_ready(&one.context);
	queue_choose();
	sched_block(&one.context, CONTEXT_OFF);
	queue.comes = &loader;
	queue.naps = 3; /* two interrupts that change nothing */
	assert_ptr_equal(queue_choose(), &loader);
	assert_int_equal(queue.waits, 3);
	assert_int_equal(queue.naps, 0);
}
