/*
 * Deadlines by urgency: a deadline of a less urgent thread than the running one is held back until
 * a less urgent thread is to run. It isn't held back if the thread is lent a higher priority.
 *
 * Shows: kernel.timers.
 */
#include "world.h"

#include <kernel/timer.h>
#include <unit.h>

enum { IDLE = 10, LOW = 40, MIDDLE = 100, HIGH = 200 };
#define TIME 50

static struct cpu *cpu;
static struct thread *main_thread;

static void begin(void)
{
	main_thread = world_begin(300, 1, MIDDLE);
	cpu = &cpus[0];
	sched_choose(cpu);
}

static void end(void)
{
	world_check();
	fake_end();
}

static uint64_t made(enum rtos_call number, uint64_t handle, uint64_t x0)
{
	assert_int_equal(world_call(number, handle, x0, 0, 0, 0, 0), RTOS_OK);
	return cpu->current->registers.x[0];
}

static struct thread *thread(uint8_t priority)
{
	uint64_t handle;

	assert_int_equal(world_call(RTOS_THREAD_CREATE, 0, 0x400000, 0x500000, 0,
	                            RTOS_THREAD(priority, 0, 0), 0),
	                 RTOS_OK);
	handle = main_thread->registers.x[0];
	return (struct thread *)(void *)handle_at(&process_first->handles, handle)->object;
}

/* A call of the running thread. */
static void svc(enum rtos_call number, uint64_t handle, uint64_t x0, uint64_t deadline)
{
	uint64_t *x = cpu->current->registers.x;

	x[0] = x0;
	x[8] = number;
	x[9] = handle;
	x[10] = deadline;
	x[11] = 0;
	x[12] = 0;
	world_svc(cpu);
}

/* main_thread goes on alone, which waited for a moment so that others got here. */
static void let_others(void)
{
	svc(RTOS_WAIT, 0, 0, fake.now + 1);
}

static void back(void)
{
	fake.now += 1;
	while (cpu->current != main_thread)
		world_interrupts(cpu);
}

/* The timer's interrupts until there is none. */
static void pass_to(uint64_t now)
{
	fake.now = now;
	while (fake.each[0].deadline <= now)
		world_interrupts(cpu);
}

TEST(what_is_less_urgent)
{
	uint64_t bits, timer;
	struct thread *low;

	begin();
	low = thread(LOW);
	bits = made(RTOS_NOTIFICATION_CREATE, 0, 0);
	timer = made(RTOS_TIMER_CREATE, bits, 1);
	let_others();
	assert_ptr_equal(cpu->current, low);
	svc(RTOS_TIMER_SET, timer, 20, TIME);
	svc(RTOS_WAIT, bits, 0, TIME + 1000);
	back();
	/* Its time comes again and again, and interrupts the running thread only once. */
	pass_to(TIME);
	assert_int_equal(cpu->held, sched_class(MIDDLE));
	assert_int_equal(low->state, THREAD_WAITS);
	assert_int_equal(fake.each[0].deadline, ~0ULL);
	pass_to(TIME + 500);
	world_check();
	/* Its own deadline isn't held back. */
	svc(RTOS_WAIT, 0, 0, TIME + 510);
	assert_int_equal(cpu->held, 0);
	pass_to(TIME + 500);
	assert_ptr_equal(cpu->current, low);
	assert_int_equal(low->registers.x[8], RTOS_OK);
	assert_int_equal(low->registers.x[0], 1);
	pass_to(TIME + 510);
	assert_ptr_equal(cpu->current, main_thread);
	end();
}

/* A thread between them in urgency runs only after the held-back deadlines were checked. */
TEST(who_is_between)
{
	struct thread *between, *low;

	begin();
	low = thread(LOW);
	let_others();
	svc(RTOS_WAIT, 0, 0, TIME);
	back();
	pass_to(TIME);
	between = thread(LOW - 20);
	assert_int_equal(cpu->held, sched_class(MIDDLE));
	svc(RTOS_WAIT, 0, 0, TIME + 1000);
	pass_to(TIME);
	assert_ptr_equal(cpu->current, low);
	svc(RTOS_WAIT, 0, 0, TIME + 1000);
	assert_ptr_equal(cpu->current, between);
	end();
}

/* ---- lent priority ---- */

/* The wait of the less urgent owner of the lock. */
enum way { FOR_DEADLINE, FOR_TIMER, TO_RECEIVE, FOR_LOCK, FOR_ANSWER, WAYS };

static uint64_t lock, other_lock, bits, timer, port, silent;

static void wait_as(enum way way, uint64_t deadline)
{
	if (way == FOR_TIMER || way == TO_RECEIVE)
		svc(RTOS_TIMER_SET, timer, 0, deadline);
	switch (way) {
	case FOR_DEADLINE:
		svc(RTOS_WAIT, 0, 0, deadline);
		break;
	case FOR_TIMER:
		svc(RTOS_WAIT, bits, 0, 0);
		break;
	case TO_RECEIVE:
		svc(RTOS_THREAD_BIND, bits, 0, 0);
		svc(RTOS_RECEIVE, port, 0, 0);
		break;
	case FOR_LOCK:
		svc(RTOS_LOCK, other_lock, 0, deadline);
		break;
	default:
		svc(RTOS_CALL, silent, 0, deadline);
		break;
	}
}

/* With one of each to wait for; the other lock is taken. */
static void begin_with_all(void)
{
	begin();
	lock = made(RTOS_LOCK_CREATE, 0, 0);
	other_lock = made(RTOS_LOCK_CREATE, 0, 0);
	port = made(RTOS_PORT_CREATE, 0, 0);
	silent = made(RTOS_PORT_CREATE, 0, 0);
	bits = made(RTOS_NOTIFICATION_CREATE, 0, 0);
	timer = made(RTOS_TIMER_CREATE, bits, 1);
	svc(RTOS_LOCK, other_lock, 0, 0);
}

/* A more urgent thread waits for a lock whose owner waits for its time; one in between runs. The
 * owner's time comes, whether something is held back before, or when the lock is asked for. */
static void lent_in_time(enum way way, bool before)
{
	struct thread *low, *high, *idle;

	begin_with_all();
	low = thread(LOW);
	idle = thread(IDLE);
	let_others();
	assert_ptr_equal(cpu->current, low);
	svc(RTOS_LOCK, lock, 0, 0);
	wait_as(way, 2 * TIME);
	assert_ptr_equal(cpu->current, idle);
	svc(RTOS_WAIT, 0, 0, TIME);
	back();
	if (before)
		pass_to(TIME);
	high = thread(HIGH);
	assert_ptr_equal(cpu->current, high);
	svc(RTOS_LOCK, lock, 0, 0);
	assert_ptr_equal(cpu->current, main_thread);
	assert_int_equal(low->priority, HIGH);
	world_check();
	pass_to(TIME + 1);
	assert_ptr_equal(cpu->current, main_thread);
	pass_to(2 * TIME);
	assert_ptr_equal(cpu->current, low);
	svc(RTOS_UNLOCK, lock, 0, 0);
	assert_ptr_equal(cpu->current, high);
	end();
}

TEST(what_is_lent)
{
	for (enum way way = 0; way < WAYS; way++) {
		lent_in_time(way, false);
		lent_in_time(way, true);
	}
}

/* The same where it was lent before it began to wait. */
TEST(what_was_lent_before)
{
	for (enum way way = 0; way < WAYS; way++) {
		struct thread *low, *high;

		begin_with_all();
		low = thread(LOW);
		let_others();
		svc(RTOS_LOCK, lock, 0, 0);
		back();
		high = thread(HIGH);
		svc(RTOS_LOCK, lock, 0, 0);
		assert_ptr_equal(cpu->current, low);
		wait_as(way, TIME);
		assert_ptr_equal(cpu->current, main_thread);
		world_check();
		pass_to(TIME);
		assert_ptr_equal(cpu->current, low);
		svc(RTOS_UNLOCK, lock, 0, 0);
		assert_ptr_equal(cpu->current, high);
		end();
	}
}

/* A server that goes on from an answer to its next message the short way. */
TEST(what_was_lent_to_a_server)
{
	const struct thread *client;
	struct thread *server, *high;

	begin();
	lock = made(RTOS_LOCK_CREATE, 0, 0);
	port = made(RTOS_PORT_CREATE, 0, 0);
	bits = made(RTOS_NOTIFICATION_CREATE, 0, 0);
	timer = made(RTOS_TIMER_CREATE, bits, 1);
	server = thread(LOW);
	client = thread(MIDDLE);
	high = thread(HIGH);
	svc(RTOS_WAIT, 0, 0, 2);
	svc(RTOS_WAIT, 0, 0, 100 * TIME);
	assert_ptr_equal(cpu->current, client);
	svc(RTOS_CALL, port, 0, 0);
	assert_ptr_equal(cpu->current, server);
	svc(RTOS_LOCK, lock, 0, 0);
	svc(RTOS_THREAD_BIND, bits, 0, 0);
	svc(RTOS_TIMER_SET, timer, 0, TIME);
	svc(RTOS_RECEIVE, port, 0, 0);
	assert_ptr_equal(server->serving, client);
	pass_to(2);
	assert_ptr_equal(cpu->current, high);
	svc(RTOS_LOCK, lock, 0, 0);
	assert_ptr_equal(cpu->current, server);
	server->registers.x[8] = RTOS_REPLY_WAIT;
	server->registers.x[9] = port;
	server->registers.x[10] = 0;
	server->registers.x[12] = client->identity;
	world_svc(cpu);
	assert_int_equal(server->state, THREAD_RECEIVES);
	assert_ptr_equal(cpu->current, client);
	world_check();
	pass_to(TIME);
	assert_ptr_equal(cpu->current, server);
	assert_int_equal(server->registers.x[8], RTOS_SIGNALLED);
	svc(RTOS_UNLOCK, lock, 0, 0);
	assert_ptr_equal(cpu->current, high);
	end();
}

/* Another priority of its own: its deadline has that, too. */
TEST(another_priority)
{
	struct thread *low;
	uint64_t handle;

	begin();
	low = thread(LOW);
	handle = main_thread->registers.x[0];
	let_others();
	svc(RTOS_WAIT, 0, 0, TIME);
	back();
	pass_to(TIME);
	assert_ptr_equal(cpu->current, main_thread);
	svc(RTOS_THREAD_SET, handle, RTOS_THREAD(HIGH, 0, 0), 0);
	pass_to(TIME);
	assert_ptr_equal(cpu->current, low);
	end();
}
