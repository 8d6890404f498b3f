/*
 * The ready queue of a core, contexts of every kind and state: who goes first, among equals in
 * turn, and what a turn costs the one that has it. At last a long random walk beside a model that
 * sorts by what frame/sched.h promises and knows no queue.
 */
#include <fake/cpu.h>
#include <frame/account.h>
#include <frame/core.h>
#include <frame/move.h>
#include <frame/partition.h>
#include <frame/resident.h>
#include <frame/sched.h>
#include <kumiki/report.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SLICE   1000u
#define LONG    7000u /* between vCPUs */
#define HCR_TWI (1ULL << 13)
#define OTHER   (1ULL << 31) /* another bit of HCR_EL2, which nobody may lose */
#define MANY    6

struct core core;
static struct vcpu vcpu, second;
static struct context console, loader;
static struct vcpu_account accounts[MANY];
static struct core_account own_account;
static bool interrupt_pending;

/* What comes while the core sleeps: the context that it makes ready, at the last of `naps`. */
static struct context *comes;
static uint32_t naps, waits;

/* What a switch makes ready, as a budget that is full again does. */
static struct context *refilled;

/* ---- what the scheduler stands on ---- */

bool vgic_cpu_pending(const struct vcpu *of)
{
	assert_ptr_equal(of, core.vcpu);
	return interrupt_pending;
}

uint64_t timer_now(void)
{
	return sysreg_read(cntpct_el0);
}

void resident_look(void)
{
}

void resident_exchange(struct vcpu *next)
{
	(void)next;
	fail_msg("this core isn't shared");
}

void resident_exchange_private(const struct vcpu *old, const struct vcpu *next)
{
	(void)old;
	resident_exchange((struct vcpu *)next);
}

void resident_stir(struct vcpu *of)
{
	resident_exchange(of);
}

void vgic_returned(struct vcpu *of)
{
	resident_exchange(of);
}

void lr_settle(void)
{
	resident_exchange(core.vcpu);
}

void resident_save_gic(struct resident_gic *gic, uint32_t lists)
{
	(void)gic;
	(void)lists;
	resident_exchange(core.vcpu);
}

void resident_load_gic(const struct resident_gic *gic, uint32_t used)
{
	(void)gic;
	(void)used;
	resident_exchange(core.vcpu);
}

/* Nobody is promised anything. */
enum context_state promise_ready(struct vcpu *of, uint64_t now)
{
	(void)of;
	(void)now;
	fail_msg("nothing was promised");
	return CONTEXT_READY;
}

void promise_rests(struct vcpu *of)
{
	(void)of;
	fail_msg("nothing was promised");
}

/* Once for each change of what the core does. */
void promise_waits(struct vcpu *of)
{
	(void)of;
	fail_msg("nothing was promised");
}

void promise_ran(struct vcpu *of, uint64_t from, uint64_t to)
{
	(void)of;
	(void)from;
	(void)to;
	fail_msg("nothing was promised");
}

uint64_t promise_comes(struct context *next, uint64_t now)
{
	assert_ptr_not_equal(next, core.charged);
	return now;
}

void promise_switch(uint8_t who, uint64_t now)
{
	assert_int_equal(who, core.charged != NULL ? core.charged->trace_id : TRACE_NO_VCPU);
	assert_int_equal(now, timer_now());
	if (refilled != 0)
		sched_ready(refilled);
	refilled = 0;
}

void stolen_add(struct vcpu *of, uint64_t ticks)
{
	(void)of;
	(void)ticks;
	fail_msg("nobody has asked");
}

void move_leave(void)
{
	assert_null(core.leaving);
}

void move_idle(void)
{
	fail_msg("nobody may move");
}

void move_balance(void)
{
	fail_msg("nobody may move");
}

static void on_wait(void)
{
	assert_null(core.charged);
	waits++;
}

void core_idle_interrupt(void);

void core_idle_interrupt(void)
{
	if (naps == 0)
		fail_msg("the core sleeps for ever");
	if (--naps == 0)
		sched_ready(comes);
}

/* ---- a core with nothing ready ---- */

static int setup(void **state)
{
	(void)state;
	fake_cpu_reset((struct fake_hooks){.wait = on_wait});
	fake_time(5000);
	memset(&core, 0, sizeof(core));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&second, 0, sizeof(second));
	core.slice = SLICE;
	core.long_slice = LONG;
	core.vcpu = core.only = &vcpu;
	core.promises = 1;
	core.account = &own_account;
	for (int i = 0; i < TIMER_COUNT; i++)
		core.deadline[i] = TIMER_NEVER;
	/* Not plain: only on a shared core from vCPU to vCPU. */
	vcpu.context = second.context =
	    (struct context){.kind = CONTEXT_VCPU, .priority = 5, .hcr = OTHER, .apart = 1};
	console = (struct context){.kind = CONTEXT_CONSOLE, .priority = 5, .hcr = OTHER};
	loader = (struct context){.kind = CONTEXT_LOADER, .priority = 5, .hcr = OTHER};
	memset(accounts, 0, sizeof(accounts));
	vcpu.account = &accounts[0];
	second.account = &accounts[1];
	vcpu.context.trace_id = 0;
	second.context.trace_id = 1;
	console.trace_id = TRACE_CONSOLE;
	loader.trace_id = TRACE_LOADER;
	interrupt_pending = false;
	naps = waits = 0;
	return 0;
}

static int quiet(void **state)
{
	(void)state;
	assert_string_equal(fake_complaint(), "");
	return 0;
}

static struct context *choose(void)
{
	do
		sched_choose();
	while (core.reschedule);
	assert_ptr_equal(fake_running(), core.current);
	assert_int_equal(core.reschedule, 0);
	assert_ptr_equal(core.charged, core.current);
	return core.current;
}

static struct context *turn(void)
{
	sched_end_turn(core.current);
	return choose();
}

/* ---- order ---- */

static void test_priority_decides_whoever_came_first(void **state)
{
	(void)state;
	second.context.priority = 4;
	loader.priority = 6;
	sched_ready(&second.context);
	sched_ready(&vcpu.context);
	sched_ready(&loader);
	assert_ptr_equal(choose(), &loader);
	assert_ptr_equal(turn(), &loader);
	sched_block(&loader, CONTEXT_OFF);
	assert_ptr_equal(choose(), &vcpu.context);
	sched_block(&vcpu.context, CONTEXT_BLOCKED);
	assert_ptr_equal(choose(), &second.context);
}

static void test_equals_take_turns(void **state)
{
	(void)state;
	sched_ready(&vcpu.context);
	sched_ready(&second.context);
	sched_ready(&loader);
	for (int round = 0; round < 3; round++) {
		assert_ptr_equal(choose(), &vcpu.context);
		assert_ptr_equal(turn(), &second.context);
		assert_ptr_equal(turn(), &loader);
		sched_end_turn(core.current);
	}
}

static void test_a_yield_goes_behind_equals_and_before_lower_ones(void **state)
{
	(void)state;
	loader.priority = 4;
	sched_ready(&vcpu.context);
	sched_ready(&loader);
	sched_ready(&second.context);
	assert_ptr_equal(choose(), &vcpu.context);
	assert_ptr_equal(turn(), &second.context);
	assert_ptr_equal(vcpu.context.next, &loader);
}

static void test_the_woken_console_goes_before_its_equals(void **state)
{
	(void)state;
	sched_ready(&vcpu.context);
	sched_ready(&second.context);
	sched_ready(&console);
	assert_ptr_equal(choose(), &console);
	sched_block(&console, CONTEXT_BLOCKED);
	assert_ptr_equal(choose(), &vcpu.context);
}

static void test_the_woken_console_never_goes_before_a_higher_one(void **state)
{
	(void)state;
	vcpu.context.priority = 6;
	sched_ready(&second.context);
	sched_ready(&vcpu.context);
	sched_ready(&console);
	assert_ptr_equal(choose(), &vcpu.context);
	assert_ptr_equal(vcpu.context.next, &console);
	assert_ptr_equal(console.next, &second.context);
}

static void test_a_guests_interrupt_goes_before_the_woken_console(void **state)
{
	(void)state;
	interrupt_pending = true;
	sched_ready(&vcpu.context);
	sched_ready(&console);
	assert_ptr_equal(choose(), &vcpu.context);
	sched_block(&console, CONTEXT_BLOCKED);
	interrupt_pending = false;
	sched_ready(&console);
	assert_ptr_equal(choose(), &console);
}

/* The guest has the core at once, but of two turns in a row only one is taken from a service. */
static void test_an_interrupt_takes_one_turn_of_a_service(void **state)
{
	(void)state;
	sched_ready(&vcpu.context);
	sched_ready(&console);
	sched_ready(&loader);
	for (int round = 0; round < 3; round++) {
		assert_ptr_equal(choose(), &console);
		sched_interrupt(&console, &vcpu.context);
		assert_int_equal(core.reschedule, 1);
		assert_ptr_equal(choose(), &vcpu.context);
		assert_ptr_equal(turn(), &loader);
		sched_interrupt(&loader, &vcpu.context);
		assert_ptr_equal(choose(), &console);
		/* Both are owed a turn: now the guest's interrupts wait. */
		sched_interrupt(&console, &vcpu.context);
		assert_int_equal(core.reschedule, 0);
		assert_ptr_equal(turn(), &vcpu.context);
		assert_ptr_equal(turn(), &loader);
		sched_interrupt(&loader, &vcpu.context);
		assert_int_equal(core.reschedule, 0);
		assert_ptr_equal(turn(), &console);
	}
}

static void test_a_service_that_waits_is_owed_nothing(void **state)
{
	(void)state;
	sched_ready(&vcpu.context);
	sched_ready(&console);
	assert_ptr_equal(choose(), &console);
	sched_interrupt(&console, &vcpu.context);
	assert_ptr_equal(choose(), &vcpu.context);
	assert_ptr_equal(turn(), &console);
	sched_block(&console, CONTEXT_BLOCKED);
	assert_ptr_equal(choose(), &vcpu.context);
	sched_ready(&console);
	assert_ptr_equal(choose(), &console);
	sched_interrupt(&console, &vcpu.context);
	assert_ptr_equal(choose(), &vcpu.context);
}

static void test_an_interrupt_of_a_lower_guest_takes_nothing(void **state)
{
	(void)state;
	console.priority = 6;
	sched_ready(&vcpu.context);
	sched_ready(&console);
	assert_ptr_equal(choose(), &console);
	sched_interrupt(&console, &vcpu.context);
	assert_int_equal(core.reschedule, 0);
}

static void test_a_core_without_vcpu_asks_for_no_interrupt(void **state)
{
	(void)state;
	core.vcpu = NULL;
	interrupt_pending = true;
	sched_ready(&loader);
	sched_ready(&console);
	assert_ptr_equal(choose(), &console);
}

static void test_a_loader_that_wakes_waits_for_its_turn(void **state)
{
	(void)state;
	sched_ready(&second.context);
	sched_ready(&loader);
	assert_ptr_equal(choose(), &second.context);
}

/* ---- states ---- */

static void test_ready_twice_is_ready_once(void **state)
{
	(void)state;
	sched_ready(&vcpu.context);
	sched_ready(&second.context);
	core.reschedule = 0;
	sched_ready(&vcpu.context);
	assert_int_equal(core.reschedule, 0);
	assert_ptr_equal(core.ready, &vcpu.context);
	assert_ptr_equal(vcpu.context.next, &second.context);
	assert_null(second.context.next);
}

static void test_block_in_each_state(void **state)
{
	(void)state;
	sched_ready(&second.context);
	core.reschedule = 0;
	sched_block(&vcpu.context, CONTEXT_BLOCKED); /* it was off */
	assert_int_equal(vcpu.context.state, CONTEXT_BLOCKED);
	sched_block(&vcpu.context, CONTEXT_OFF);
	assert_int_equal(vcpu.context.state, CONTEXT_OFF);
	assert_int_equal(core.reschedule, 0);
	assert_ptr_equal(core.ready, &second.context);
	sched_block(&second.context, CONTEXT_BLOCKED);
	assert_int_equal(core.reschedule, 1);
	assert_int_equal(second.context.state, CONTEXT_BLOCKED);
	assert_null(core.ready);
}

static void test_block_takes_out_of_the_middle_and_the_end(void **state)
{
	(void)state;
	sched_ready(&vcpu.context);
	sched_ready(&second.context);
	sched_ready(&loader);
	sched_block(&second.context, CONTEXT_OFF);
	assert_ptr_equal(vcpu.context.next, &loader);
	sched_block(&loader, CONTEXT_OFF);
	assert_null(vcpu.context.next);
	sched_ready(&second.context);
	assert_ptr_equal(vcpu.context.next, &second.context);
	assert_null(second.context.next);
}

static void test_only_who_is_ready_yields(void **state)
{
	(void)state;
	sched_ready(&vcpu.context);
	core.reschedule = 0;
	sched_end_turn(&second.context);
	second.context.state = CONTEXT_BLOCKED;
	sched_end_turn(&second.context);
	assert_int_equal(core.reschedule, 0);
	assert_ptr_equal(core.ready, &vcpu.context);
	assert_null(vcpu.context.next);
	assert_int_equal(second.context.state, CONTEXT_BLOCKED);
	sched_end_turn(&vcpu.context);
	assert_int_equal(core.reschedule, 1);
	assert_ptr_equal(core.ready, &vcpu.context);
}

/* ---- a turn ---- */

static void test_only_an_equal_makes_a_turn_end(void **state)
{
	(void)state;
	second.context.priority = 4;
	sched_ready(&vcpu.context);
	choose();
	assert_int_equal(core.deadline[TIMER_SLICE], TIMER_NEVER);
	sched_ready(&second.context);
	choose();
	assert_int_equal(core.deadline[TIMER_SLICE], TIMER_NEVER);
	sched_ready(&loader);
	fake_time(7000);
	choose();
	assert_int_equal(core.deadline[TIMER_SLICE], 7000 + SLICE);
	sched_block(&loader, CONTEXT_OFF);
	choose();
	assert_int_equal(core.deadline[TIMER_SLICE], TIMER_NEVER);
	assert_int_equal(core.deadline[TIMER_CONSOLE], TIMER_NEVER);
}

static void test_wfi_traps_only_while_another_is_ready(void **state)
{
	(void)state;
	second.context.priority = 4;
	sched_ready(&vcpu.context);
	choose();
	assert_int_equal(vcpu.context.hcr, OTHER);
	sched_ready(&second.context); /* a lower one is another one, too */
	choose();
	assert_int_equal(vcpu.context.hcr, OTHER | HCR_TWI);
	assert_int_equal(second.context.hcr, OTHER);
	sched_block(&second.context, CONTEXT_BLOCKED);
	choose();
	assert_int_equal(vcpu.context.hcr, OTHER);
}

static void test_a_service_has_no_wfi_to_trap(void **state)
{
	(void)state;
	sched_ready(&vcpu.context);
	sched_ready(&console);
	assert_ptr_equal(choose(), &console);
	assert_int_equal(console.hcr, OTHER);
}

static void test_a_switch_is_traced_once(void **state)
{
	uint64_t before;

	(void)state;
	sched_ready(&vcpu.context);
	before = core_ring->next;
	choose();
	assert_int_equal(core_ring->next, before + 1);
	assert_int_equal(TRACE_TYPE(&core_ring->events[before]), TRACE_SWITCH);
	assert_int_equal(TRACE_VCPU(&core_ring->events[before]), 0);
	turn();
	assert_int_equal(core_ring->next, before + 1);
	assert_int_equal(fake_cpu_counts(0).switches, 1);
}

static void traced(uint64_t number, enum trace_type type, uint8_t vcpu_field)
{
	assert_int_equal(TRACE_TYPE(&core_ring->events[number]), type);
	assert_int_equal(TRACE_VCPU(&core_ring->events[number]), vcpu_field);
}

/* That a vCPU comes to the queue, and that the core sleeps and goes on with the same one. */
static void test_waking_and_sleeping_are_traced(void **state)
{
	uint64_t first = core_ring->next;

	(void)state;
	sched_ready(&vcpu.context);
	sched_ready(&vcpu.context);
	choose();
	sched_block(&vcpu.context, CONTEXT_BLOCKED);
	comes = &vcpu.context;
	naps = 2;
	assert_ptr_equal(choose(), &vcpu.context);
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
static void test_a_switch_can_make_a_more_urgent_one_ready(void **state)
{
	(void)state;
	second.context.priority = vcpu.context.priority + 1;
	sched_ready(&vcpu.context);
	refilled = &second.context;
	assert_ptr_equal(choose(), &second.context);
	assert_ptr_equal(core.ready, &second.context);
	assert_ptr_equal(second.context.next, &vcpu.context);
	sched_block(&second.context, CONTEXT_BLOCKED);
	assert_ptr_equal(choose(), &vcpu.context);
}

static void test_a_core_sleeps_until_somebody_is_ready(void **state)
{
	(void)state;
	sched_ready(&vcpu.context);
	choose();
	sched_block(&vcpu.context, CONTEXT_OFF);
	comes = &loader;
	naps = 3; /* two interrupts that change nothing */
	assert_ptr_equal(choose(), &loader);
	assert_int_equal(waits, 3);
	assert_int_equal(naps, 0);
}

/* ---- at random ---- */

struct model {
	struct context *context;
	uint64_t age; /* of equals, the lower goes first; unique */
	uint32_t state;
	uint64_t left; /* of its turn; 0: the next one is new */
};

/* Whose turn ends when; 0, TIMER_NEVER: nobody's. */
static struct model *turn_of;
static uint64_t turn_ends;

static struct vcpu first;
static struct vcpu rest[MANY - 1];
static struct model model[MANY];
static uint64_t newest, oldest;

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static void model_start(uint32_t seed)
{
	static const enum context_kind kinds[MANY] = {CONTEXT_VCPU,    CONTEXT_CONSOLE,
	                                              CONTEXT_LOADER,  CONTEXT_VCPU,
	                                              CONTEXT_CONSOLE, CONTEXT_LOADER};

	random_state = seed;
	turn_of = NULL;
	turn_ends = TIMER_NEVER;
	newest = oldest = 1ULL << 32;
	memset(&first, 0, sizeof(first));
	memset(rest, 0, sizeof(rest));
	core.vcpu = core.only = &first;
	for (uint32_t i = 0; i < MANY; i++) {
		struct vcpu *of = i == 0 ? &first : &rest[i - 1];
		struct context *context = &of->context;

		of->account = &accounts[i];
		context->kind = (uint8_t)kinds[i];
		context->apart = 1;
		context->priority = (uint8_t)random_below(3);
		context->trace_id = (uint8_t)i;
		model[i] = (struct model){.context = context, .state = CONTEXT_OFF};
	}
}

static void model_ready(struct model *m)
{
	bool front = m->context->kind == CONTEXT_CONSOLE && !interrupt_pending;

	if (m->state == CONTEXT_READY)
		return;
	m->state = CONTEXT_READY;
	m->age = front ? --oldest : ++newest;
}

static struct model *model_best(void)
{
	struct model *best = NULL;

	for (uint32_t i = 0; i < MANY; i++) {
		struct model *m = &model[i];

		if (m->state != CONTEXT_READY)
			continue;
		if (best == NULL || m->context->priority > best->context->priority ||
		    (m->context->priority == best->context->priority && m->age < best->age))
			best = m;
	}
	return best;
}

static uint32_t model_count(int priority)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < MANY; i++)
		count += model[i].state == CONTEXT_READY &&
		         (priority < 0 || model[i].context->priority == priority);
	return count;
}

/* Each ready one once, nobody else, by priority. */
static void check_queue(void)
{
	uint32_t seen = 0;
	int above = 256;

	for (const struct context *c = core.ready; c != NULL; c = c->next) {
		assert_int_equal(c->state, CONTEXT_READY);
		assert_true(c->priority <= above);
		assert_int_equal(seen >> c->trace_id & 1, 0);
		seen |= 1u << c->trace_id;
		above = c->priority;
	}
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(model[i].context->state, model[i].state);
		assert_int_equal(seen >> i & 1, model[i].state == CONTEXT_READY);
	}
}

static uint64_t model_length(const struct context *now)
{
	return now->kind == CONTEXT_VCPU && now->next->kind == CONTEXT_VCPU ? LONG : SLICE;
}

/* It has what is left of its turn, or a new one; unless it is in the middle of it. */
static void model_turn(struct model *best)
{
	bool shared = model_count(best->context->priority) > 1;

	if (turn_of == best && shared && best->left != 0 && turn_ends != TIMER_NEVER)
		return;
	if (turn_of != NULL && turn_of != best && turn_of->left != 0 && turn_ends != TIMER_NEVER)
		turn_of->left = turn_ends > timer_now() ? turn_ends - timer_now() : 1;
	if (shared && best->left == 0)
		best->left = model_length(best->context);
	turn_ends = shared ? timer_now() + best->left : TIMER_NEVER;
}

static void check_turn(void)
{
	const struct context *now = core.current;

	assert_ptr_equal(now, model_best()->context);
	model_turn(model_best());
	turn_of = model_best();
	assert_int_equal(core.deadline[TIMER_SLICE], turn_ends);
	if (now->kind == CONTEXT_VCPU)
		assert_int_equal((now->hcr & HCR_TWI) != 0, now->next != NULL);
}

static void step(void)
{
	struct model *m = &model[random_below(MANY)];
	enum context_state off = random_below(2) ? CONTEXT_OFF : CONTEXT_BLOCKED;

	interrupt_pending = random_below(4) == 0;
	switch (random_below(3)) {
	case 0:
		model_ready(m);
		sched_ready(m->context);
		break;
	case 1:
		m->state = off;
		m->left = 0;
		sched_block(m->context, off);
		break;
	default:
		if (m->state == CONTEXT_READY) {
			m->age = ++newest;
			m->left = 0;
		}
		sched_end_turn(m->context);
		break;
	}
	check_queue();
}

static void test_random_walks(void **state)
{
	for (uint32_t seed = 1; seed <= 40; seed++) {
		setup(state);
		model_start(seed);
		for (uint32_t i = 0; i < 2000; i++) {
			step();
			if (core.ready == NULL || random_below(3) == 0)
				continue;
			fake_time(5000 + i);
			choose();
			check_turn();
		}
		quiet(state);
	}
}

/* An interrupt's report waits for the registers that the vectors store when they choose. */
static void test_a_report_gets_its_last_registers(void **state)
{
	static struct stop_report report;

	(void)state;
	sched_ready(&vcpu.context);
	choose();
	for (uint64_t i = 0; i < 31; i++) {
		vcpu.context.x[i] = i;
		report.x[i] = 99;
	}
	core.report = &report;
	choose();
	assert_null(core.report);
	for (uint64_t i = 0; i < 31; i++)
		assert_int_equal(report.x[i], i >= 19 && i <= 28 ? i : 99);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, quiet)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_priority_decides_whoever_came_first),
	    TEST(test_equals_take_turns),
	    TEST(test_a_report_gets_its_last_registers),
	    TEST(test_a_yield_goes_behind_equals_and_before_lower_ones),
	    TEST(test_the_woken_console_goes_before_its_equals),
	    TEST(test_the_woken_console_never_goes_before_a_higher_one),
	    TEST(test_a_guests_interrupt_goes_before_the_woken_console),
	    TEST(test_an_interrupt_takes_one_turn_of_a_service),
	    TEST(test_a_service_that_waits_is_owed_nothing),
	    TEST(test_an_interrupt_of_a_lower_guest_takes_nothing),
	    TEST(test_a_core_without_vcpu_asks_for_no_interrupt),
	    TEST(test_a_loader_that_wakes_waits_for_its_turn),
	    TEST(test_ready_twice_is_ready_once),
	    TEST(test_block_in_each_state),
	    TEST(test_block_takes_out_of_the_middle_and_the_end),
	    TEST(test_only_who_is_ready_yields),
	    TEST(test_only_an_equal_makes_a_turn_end),
	    TEST(test_wfi_traps_only_while_another_is_ready),
	    TEST(test_a_service_has_no_wfi_to_trap),
	    TEST(test_a_switch_is_traced_once),
	    TEST(test_waking_and_sleeping_are_traced),
	    TEST(test_a_switch_can_make_a_more_urgent_one_ready),
	    TEST(test_a_core_sleeps_until_somebody_is_ready),
	    TEST(test_random_walks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
