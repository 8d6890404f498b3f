/*
 * A change of priority goes along a chain of threads in steps: between two of them interrupts are
 * taken, and a thread that is more urgent than the lent priority runs; wherever the chain changes
 * meanwhile, all priorities fit at its end.
 *
 * Shows: kernel.inheritance.
 */
#include "world.h"

#include <unit.h>

#define URGENCY 100
#define LINKS   8
#define URGENT  150
#define OTHER   200

static struct thread *main_thread, *links[LINKS];
static uint64_t ports[LINKS + 1], locks[LINKS + 1];

static uint64_t made(enum rtos_call number)
{
	assert_int_equal(world_call(number, 0, 0, 0, 0, 0, 0), RTOS_OK);
	return main_thread->registers.x[0];
}

/* The call of this CPU's running thread; x10 is its deadline. */
static void svc(struct cpu *cpu, enum rtos_call number, uint64_t handle, uint64_t deadline)
{
	uint64_t *x = cpu->current->registers.x;

	x[8] = number;
	x[9] = handle;
	x[10] = deadline;
	x[11] = 0;
	world_svc(cpu);
}

/* A thread of this urgency, which runs at once. */
static struct thread *thread_of(uint64_t urgency)
{
	assert_int_equal(
	    world_call(RTOS_THREAD_CREATE, 0, 0x400000, 0x500000, 0, RTOS_THREAD(urgency, 0, 0), 0),
	    RTOS_OK);
	return cpus[0].current;
}

/* Each has one lock and waits for the next one's; the last one has one, and waits for a time. */
static void chain_of_locks(void)
{
	for (uint32_t i = 0; i < LINKS; i++)
		locks[i] = made(RTOS_LOCK_CREATE);
	for (uint32_t i = LINKS; i-- > 0;) {
		links[i] = thread_of(URGENCY + 1);
		svc(&cpus[0], RTOS_LOCK, locks[i], 0);
		if (i == LINKS - 1)
			svc(&cpus[0], RTOS_WAIT, 0, 1000);
		else
			svc(&cpus[0], RTOS_LOCK, locks[i + 1], 0);
		assert_ptr_equal(cpus[0].current, main_thread);
	}
}

/* Each has taken a call of a client of its own, and waits at the next one's port. */
static void chain_of_calls(void)
{
	for (uint32_t i = 0; i <= LINKS; i++)
		ports[i] = made(RTOS_PORT_CREATE);
	for (uint32_t i = LINKS; i-- > 0;) {
		thread_of(URGENCY + 1);
		svc(&cpus[0], RTOS_CALL, ports[i], 0);
		links[i] = thread_of(URGENCY + 1);
		svc(&cpus[0], RTOS_RECEIVE, ports[i], 0);
		svc(&cpus[0], RTOS_CALL, ports[i + 1], 0);
		assert_ptr_equal(cpus[0].current, main_thread);
	}
}

/* Each serves the one before it. */
static void chain_of_served(void)
{
	for (uint32_t i = 0; i < LINKS; i++) {
		ports[i] = made(RTOS_PORT_CREATE);
		links[i] = thread_of(URGENCY + 1);
		svc(&cpus[0], RTOS_RECEIVE, ports[i], 0);
	}
	thread_of(URGENCY + 1);
	svc(&cpus[0], RTOS_CALL, ports[0], 0);
	for (uint32_t i = 0; i + 1 < LINKS; i++) {
		assert_ptr_equal(cpus[0].current, links[i]);
		svc(&cpus[0], RTOS_CALL, ports[i + 1], 0);
	}
	svc(&cpus[0], RTOS_WAIT, 0, 1000);
	assert_ptr_equal(cpus[0].current, main_thread);
}

static const struct kind {
	void (*make)(void);
	enum rtos_call by;
	const uint64_t *first;
} kinds[] = {
    {chain_of_locks, RTOS_LOCK, &locks[0]},
    {chain_of_calls, RTOS_CALL, &ports[0]},
    {chain_of_served, RTOS_CALL, &ports[0]},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void begin(const struct kind *kind)
{
	main_thread = world_begin(300, 3, URGENCY);
	sched_choose(&cpus[0]);
	kind->make();
	world_check();
}

static uint32_t count_of(uint8_t priority)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < LINKS; i++)
		count += links[i]->priority == priority;
	return count;
}

static uint32_t count_to_come(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < LINKS; i++)
		count += links[i]->lends != 0;
	return count;
}

/* An urgent thread wants the lock of the chain's first; nothing has been chosen yet. */
static struct thread *ask(const struct kind *kind, uint64_t deadline)
{
	struct thread *asking = thread_of(URGENT);

	asking->registers.x[8] = kind->by;
	asking->registers.x[9] = *kind->first;
	asking->registers.x[10] = deadline;
	asking->registers.x[11] = 0;
	fake.cpu = &cpus[0];
	call_handle(asking);
	return asking;
}

/* Each step is followed by a look; the one before the first is answered once. */
TEST(one_step_at_a_time)
{
	for (uint32_t i = 0; i < KINDS; i++) {
		uint32_t before;

		begin(&kinds[i]);
		ask(&kinds[i], 0);
		fake.preempt = 1;
		before = count_of(URGENT);
		while (count_to_come() > 0) {
			assert_int_equal(count_to_come(), 1);
			assert_null(sched_choose(&cpus[0]));
			assert_true(cpus[0].choose);
			assert_in_range(count_of(URGENT), before, before + 2);
			before = count_of(URGENT);
		}
		assert_int_equal(count_of(URGENT), LINKS);
		fake.preempt = 0;
		assert_ptr_equal(sched_choose(&cpus[0]), main_thread);
		world_check();
		fake_end();
	}
}

/*
 * A thread that becomes ready meanwhile, and is more urgent than the lent priority, doesn't wait
 * for it.
 */
TEST(after_the_more_urgent)
{
	for (uint32_t i = 0; i < KINDS; i++) {
		struct thread *other;

		begin(&kinds[i]);
		other = thread_of(OTHER);
		svc(&cpus[0], RTOS_WAIT, 0, 10);
		ask(&kinds[i], 0);
		fake.preempt = 1;
		for (uint32_t step = 0; step < 3; step++)
			assert_null(sched_choose(&cpus[0]));
		fake.preempt = 0;
		fake.now = 10;
		sched_handle_due(&cpus[0]);
		assert_ptr_equal(sched_choose(&cpus[0]), other);
		assert_int_equal(count_to_come(), 1);
		assert_in_range(count_of(URGENT), 1, LINKS - 1);
		world_check();
		svc(&cpus[0], RTOS_WAIT, 0, 2000);
		assert_int_equal(count_of(URGENT), LINKS);
		assert_ptr_equal(cpus[0].current, main_thread);
		world_check();
		fake_end();
	}
}

/* Its time is over while its lent priority is on its way: the next change takes it back. */
TEST(given_up_on_the_way)
{
	for (uint32_t i = 0; i < KINDS; i++) {
		struct thread *asking;

		begin(&kinds[i]);
		asking = ask(&kinds[i], 10);
		fake.preempt = 1;
		for (uint32_t step = 0; step < 4; step++)
			assert_null(sched_choose(&cpus[0]));
		fake.preempt = 0;
		fake.now = 10;
		sched_handle_due(&cpus[0]);
		world_interrupts(&cpus[0]);
		assert_ptr_equal(cpus[0].current, asking);
		assert_int_equal(asking->registers.x[8], RTOS_TIMED_OUT);
		world_check();
		svc(&cpus[0], RTOS_WAIT, 0, 2000);
		assert_int_equal(count_to_come(), 0);
		assert_int_equal(count_of(URGENT), 0);
		world_check();
		fake_end();
	}
}

/* One in the middle has its step to come when it is moved, or its own priority is set. */
TEST(moved_on_the_way)
{
	for (uint32_t i = 0; i < KINDS; i++) {
		uint64_t handle = 0;

		begin(&kinds[i]);
		ask(&kinds[i], 0);
		fake.preempt = 1;
		for (uint32_t step = 0; step < 4; step++)
			assert_null(sched_choose(&cpus[0]));
		fake.preempt = 0;
		for (uint32_t j = 0; j < LINKS; j++)
			if (links[j]->lends != 0)
				handle = links[j]->object.handles->number;
		/* No thread runs meanwhile: the call is made for the next one. */
		main_thread->registers.x[9] = handle;
		main_thread->registers.x[0] = RTOS_THREAD(URGENCY - 1, 1, 0);
		assert_int_equal(thread_call_set(main_thread), CALL_LATER);
		world_interrupts(&cpus[1]);
		while (cpus[0].choose)
			sched_choose(&cpus[0]);
		world_interrupts(&cpus[0]);
		world_interrupts(&cpus[1]);
		assert_int_equal(count_to_come(), 0);
		assert_int_equal(count_of(URGENT), LINKS);
		world_check();
		fake_end();
	}
}

/* All of them end while it is on its way. */
TEST(ended_on_the_way)
{
	for (uint32_t i = 0; i < KINDS; i++) {
		begin(&kinds[i]);
		ask(&kinds[i], 0);
		fake.preempt = 1;
		for (uint32_t step = 0; step < 4; step++)
			assert_null(sched_choose(&cpus[0]));
		fake.preempt = 0;
		assert_int_equal(count_to_come(), 1);
		for (uint32_t j = 0; j < LINKS; j++)
			thread_stop(links[j]);
		assert_int_equal(count_to_come(), 0);
		while (cpus[0].choose)
			sched_choose(&cpus[0]);
		assert_ptr_equal(cpus[0].current, main_thread);
		fake_end();
	}
}

/* The one that has its step to come, and its place in the chain. */
static struct thread *half_way(const struct kind *kind, uint32_t *place)
{
	begin(kind);
	ask(kind, 0);
	fake.preempt = 1;
	for (uint32_t step = 0; step < 4; step++)
		assert_null(sched_choose(&cpus[0]));
	fake.preempt = 0;
	for (*place = 0; links[*place]->lends == 0;)
		++*place;
	assert_int_equal(links[*place]->priority, URGENCY + 1);
	return links[*place];
}

/* Its call is taken by another thread, or its server leaves it for later: it is lent what it was,
 * at once, and lends it to the thread that serves it now, or to none. */
TEST(taken_on_the_way)
{
	const struct thread *one;
	uint32_t place;

	one = half_way(&kinds[1], &place);
	assert_int_equal(one->state, THREAD_CALLS);
	main_thread->registers.x[8] = RTOS_RECEIVE;
	main_thread->registers.x[9] = ports[place + 1];
	call_handle(main_thread);
	assert_int_equal(one->state, THREAD_TAKEN);
	assert_int_equal(one->lends, 0);
	assert_int_equal(one->priority, URGENT);
	assert_int_equal(main_thread->priority, URGENT);
	while (cpus[0].choose)
		sched_choose(&cpus[0]);
	world_check();
	fake_end();

	one = half_way(&kinds[2], &place);
	assert_int_equal(one->state, THREAD_TAKEN);
	port_park(links[place + 1]);
	assert_int_equal(one->lends, 0);
	assert_int_equal(one->priority, URGENT);
	while (cpus[0].choose)
		sched_choose(&cpus[0]);
	assert_int_equal(links[place + 1]->priority, URGENCY + 1);
	world_check();
	fake_end();
}

/* All of them wait for one another in a circle: it ends, however they are urged. */
TEST(in_a_circle)
{
	struct thread *asking;

	begin(&kinds[0]);
	fake.now = 1000;
	world_interrupts(&cpus[0]);
	assert_ptr_equal(cpus[0].current, links[LINKS - 1]);
	svc(&cpus[0], RTOS_LOCK, locks[0], 0);
	asking = ask(&kinds[0], 1100);
	while (cpus[0].choose)
		sched_choose(&cpus[0]);
	assert_int_equal(count_of(URGENT), LINKS);
	fake.now = 1100;
	world_interrupts(&cpus[0]);
	assert_ptr_equal(cpus[0].current, asking);
	svc(&cpus[0], RTOS_WAIT, 0, 2000);
	assert_int_equal(count_to_come(), 0);
	assert_ptr_equal(cpus[0].current, main_thread);
	world_check();
	fake_end();
}

/*
 * A thread that took a message, whichever way it came, is lent the priority of the callers at its
 * port.
 */
static void servant_of(enum rtos_call first)
{
	const struct thread *server;
	uint64_t port;

	main_thread = world_begin(300, 3, URGENCY);
	sched_choose(&cpus[0]);
	port = made(RTOS_PORT_CREATE);
	for (uint64_t cpu = 1; cpu <= 2; cpu++)
		assert_int_equal(world_call(RTOS_THREAD_CREATE, 0, 0x400000, 0x500000, 0,
		                            RTOS_THREAD(cpu, cpu, 0), 0),
		                 RTOS_OK);
	world_interrupts(&cpus[1]);
	world_interrupts(&cpus[2]);
	server = cpus[1].current;
	svc(&cpus[1], RTOS_RECEIVE, port, 0);
	svc(&cpus[2], first, port, 0);
	world_interrupts(&cpus[1]);
	assert_ptr_equal(cpus[1].current, server);
	svc(&cpus[0], RTOS_CALL, port, 0);
	assert_int_equal(main_thread->state, THREAD_CALLS);
	assert_int_equal(server->priority, URGENCY);
	world_check();
	fake_end();
}

/* So is a thread that took bits instead, which came while it waited, or before. */
static void servant_with_bits(bool before)
{
	const struct thread *server;
	uint64_t port, bits;

	main_thread = world_begin(300, 2, URGENCY);
	sched_choose(&cpus[0]);
	port = made(RTOS_PORT_CREATE);
	bits = made(RTOS_NOTIFICATION_CREATE);
	assert_int_equal(
	    world_call(RTOS_THREAD_CREATE, 0, 0x400000, 0x500000, 0, RTOS_THREAD(1, 1, 0), 0),
	    RTOS_OK);
	world_interrupts(&cpus[1]);
	server = cpus[1].current;
	svc(&cpus[1], RTOS_THREAD_BIND, bits, 0);
	if (before)
		svc(&cpus[0], RTOS_SIGNAL, bits, 0);
	svc(&cpus[1], RTOS_RECEIVE, port, 0);
	if (!before)
		svc(&cpus[0], RTOS_SIGNAL, bits, 0);
	world_interrupts(&cpus[1]);
	assert_ptr_equal(cpus[1].current, server);
	assert_int_equal(server->registers.x[8], RTOS_SIGNALLED);
	assert_int_equal(server->priority, 1);
	svc(&cpus[0], RTOS_CALL, port, 0);
	assert_int_equal(server->priority, URGENCY);
	world_check();
	svc(&cpus[1], RTOS_RECEIVE, port, 0);
	assert_int_equal(main_thread->state, THREAD_TAKEN);
	world_check();
	fake_end();
}

TEST(whichever_way_it_came)
{
	servant_of(RTOS_CALL);
	servant_of(RTOS_SEND);
	servant_with_bits(false);
	servant_with_bits(true);
}
