/*
 * Long work takes interrupts in between: choosing among threads of an ended process, its receivers
 * at a port, deadlines that come together, a mapping that begins deep in a region of many pieces,
 * and a call that lends one.
 *
 * Shows: kernel.bounded.
 */
#include "world.h"

#include <string.h>
#include <unit.h>

#define URGENCY 100
#define MANY    20

/* A process with many threads that are less urgent than the running one. */
static uint64_t process_with_threads(void)
{
	uint64_t process;

	assert_int_equal(world_call(RTOS_PROCESS_CREATE, RTOS_HANDLE_MACHINE, 1, 255, 0, 0, 0),
	                 RTOS_OK);
	process = cpus[0].current->registers.x[0];
	assert_int_equal(world_call(RTOS_PROCESS_PAGES, process, 40, 0, 0, 0, 0), RTOS_OK);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(world_call(RTOS_THREAD_CREATE, process, 0x400000, 0x500000, 0,
		                            RTOS_THREAD(URGENCY - 10, 0, 0), 0),
		                 RTOS_OK);
	return process;
}

/* The running thread waits with this deadline; nobody has been chosen yet. */
static void wait_until(uint64_t deadline)
{
	struct thread *self = cpus[0].current;

	self->registers.x[8] = RTOS_WAIT;
	self->registers.x[9] = 0;
	self->registers.x[10] = deadline;
	fake.cpu = &cpus[0];
	call_handle(self);
}

static uint32_t count_ended(const struct process *process)
{
	uint32_t count = 0;

	for (const struct thread *at = process->threads; at != NULL; at = at->next_of_process)
		count += at->state == THREAD_ENDED;
	return count;
}

TEST(threads_of_an_ended_process)
{
	struct thread *main = world_begin(300, 1, URGENCY);
	struct cpu *cpu = &cpus[0];
	const struct process *process;
	uint64_t number;

	sched_choose(cpu);
	number = process_with_threads();
	process = (const struct process *)(const void *)handle_at(&main->process->handles, number)
	              ->object;
	assert_int_equal(world_call(RTOS_PROCESS_KILL, number, 0, 0, 0, 0, 0), RTOS_OK);
	wait_until(1000);
	fake.preempt = 1;
	for (uint32_t stopped = 1; stopped <= MANY; stopped++) {
		assert_null(sched_choose(cpu));
		assert_int_equal(count_ended(process), stopped);
		/* The last one, too, was interrupted: it isn't known yet that nobody is left. */
		assert_true(cpu->choose);
		assert_null(cpu->current);
	}
	assert_null(sched_choose(cpu));
	assert_false(cpu->choose);
	world_check();
	fake_end();
}

TEST(receivers_of_an_ended_process)
{
	struct thread *main = world_begin(300, 1, URGENCY);
	struct cpu *cpu = &cpus[0];
	uint64_t process, port, pc;
	uint32_t times = 0;

	sched_choose(cpu);
	process = process_with_threads();
	assert_int_equal(world_call(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0), RTOS_OK);
	port = main->registers.x[0];
	assert_int_equal(world_call(RTOS_HANDLE_GIVE, process, port, RTOS_RIGHT_RECEIVE, 0, 10, 0),
	                 RTOS_OK);
	wait_until(50);
	for (struct thread *at; (at = sched_choose(cpu)) != NULL;) {
		at->registers.x[8] = RTOS_RECEIVE;
		at->registers.x[9] = 10;
		call_handle(at);
	}
	fake.now = 60;
	world_interrupts(cpu);
	assert_int_equal(world_call(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0), RTOS_OK);
	fake.preempt = 1;
	main->registers.x[8] = RTOS_CALL;
	main->registers.x[9] = port;
	main->registers.x[10] = 1;
	for (pc = main->registers.pc; main->registers.pc == pc; times++)
		world_svc(cpu);
	assert_int_equal(main->registers.x[8], RTOS_TIMED_OUT);
	assert_int_equal(times, MANY + 1);
	world_check();
	fake_end();
}

static uint64_t count_waits(const struct cpu *cpu)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < SCHED_CLASSES; i++)
		count += cpu->deadlines[i].waits.count;
	return count;
}

/* The most urgent one is first, though its deadline is the last, and is left alone then; the others
 * come one by one when it waits. */
TEST(deadlines_that_come_together)
{
	const struct thread *main = world_begin(300, 1, URGENCY);
	struct cpu *cpu = &cpus[0];

	sched_choose(cpu);
	process_with_threads();
	wait_until(55);
	while (sched_choose(cpu) != NULL)
		wait_until(50);
	assert_int_equal(count_waits(cpu), MANY + 1);
	fake.now = 60;
	world_interrupts(cpu);
	assert_ptr_equal(cpu->current, main);
	assert_int_equal(count_waits(cpu), MANY);
	world_interrupts(cpu);
	assert_ptr_equal(cpu->current, main);
	assert_int_equal(count_waits(cpu), MANY);
	assert_int_equal(fake.each[0].deadline, ~0ULL);
	world_check();
	wait_until(1000);
	assert_null(sched_choose(cpu));
	for (uint64_t left = MANY; left > 0; left--) {
		assert_int_equal(fake.each[0].deadline, 50);
		world_interrupts(cpu);
		assert_int_equal(count_waits(cpu), left);
	}
	assert_int_equal(fake.each[0].deadline, 1000);
	world_check();
	fake_end();
}

#define PIECES 200

TEST(a_mapping_deep_in_a_region)
{
	uint64_t looks, region;

	world_begin(600, 1, URGENCY);
	sched_choose(&cpus[0]);
	assert_int_equal(world_call(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0), RTOS_OK);
	region = cpus[0].current->registers.x[0];
	/* A page at a time: each is a block of its own. */
	for (uint64_t pages = 2; pages <= PIECES; pages++)
		assert_int_equal(world_call(RTOS_REGION_CREATE, region, pages, 0, 0, 0, 0),
		                 RTOS_OK);
	fake.preempt = 1u << 30;
	looks = fake.looks;
	assert_int_equal(world_call(RTOS_MAP, region, 0x10000, PIECES - 1, 1, RTOS_RIGHT_READ, 0),
	                 RTOS_OK);
	assert_in_range(fake.looks - looks, PIECES / 32, PIECES / 16);
	assert_int_equal(world_call(RTOS_UNMAP, 0, 0x10000, 0, 0, 0, 0), RTOS_OK);
	/* Interrupted at every step, it comes to its end as well. */
	fake.preempt = 3;
	assert_int_equal(world_call(RTOS_MAP, region, 0x10000, 0, PIECES, RTOS_RIGHT_READ, 0),
	                 RTOS_OK);
	world_check();
	fake_end();
}

#define LENT 40

/* Pages that lie alone are shown several in a step, wherever a table ends. */
TEST(a_call_that_lends_pieces)
{
	struct thread *main = world_begin(300, 1, URGENCY);
	struct cpu *cpu = &cpus[0];
	uint64_t looks, region, window, port;
	uint64_t *x = main->registers.x;

	sched_choose(cpu);
	assert_int_equal(world_call(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0), RTOS_OK);
	region = x[0];
	for (uint64_t pages = 2; pages <= LENT; pages++)
		assert_int_equal(world_call(RTOS_REGION_CREATE, region, pages, 0, 0, 0, 0),
		                 RTOS_OK);
	/* So that the second of the window's tables doesn't lie behind the first one. */
	assert_int_equal(world_call(RTOS_MAP, region, 0x300000, 0, 1, RTOS_RIGHT_READ, 0), RTOS_OK);
	assert_int_equal(world_call(RTOS_WINDOW_CREATE, 0, 0x1fb000, LENT, 0, 0, 0), RTOS_OK);
	window = x[0];
	assert_int_equal(world_call(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0), RTOS_OK);
	port = x[0];
	assert_int_equal(world_call(RTOS_THREAD_CREATE, 0, 0x400000, 0x500000, 0,
	                            RTOS_THREAD(URGENCY + 1, 0, 0), 0),
	                 RTOS_OK);
	cpu->current->registers.x[8] = RTOS_RECEIVE;
	cpu->current->registers.x[9] = port;
	cpu->current->registers.x[11] = RTOS_ACCEPT_PAGES(window);
	world_svc(cpu);
	assert_ptr_equal(cpu->current, main);
	x[8] = RTOS_CALL;
	x[9] = port;
	x[10] = 0;
	x[11] = RTOS_PAYLOAD_LEND(region, 0, LENT);
	world_svc(cpu);
	fake.preempt = 1u << 30;
	looks = fake.looks;
	world_svc(cpu);
	assert_int_equal(cpu->current->registers.x[12], main->identity);
	assert_in_range(fake.looks - looks, 3, 6);
	world_check();
	fake_end();
}

/* How often the call was let in until it was done. */
static uint32_t times_of(enum rtos_call number, uint64_t handle, uint64_t x0, uint64_t x1,
                         uint64_t x2, uint64_t x3)
{
	struct thread *self = cpus[0].current;
	const uint64_t pc = self->registers.pc;
	uint32_t times = 0;

	world_ask(number, handle, x0, x1, x2, x3, 0);
	for (; self->registers.pc == pc; times++) {
		assert_true(times < 10 * PIECES);
		world_svc(&cpus[0]);
	}
	assert_int_equal(self->registers.x[8], RTOS_OK);
	return times;
}

/*
 * Others wait for the kernel at each look: long work lets them in between its steps, and ends all
 * the same.
 */
TEST(others_always_wait)
{
	const struct thread *main = world_begin(600, 1, URGENCY);
	uint64_t region, port;

	sched_choose(&cpus[0]);
	fake.wanted = true;
	assert_in_range(times_of(RTOS_REGION_CREATE, 0, 1, 0, 0, 0), 2, 3);
	region = main->registers.x[0];
	for (uint64_t pages = 2; pages <= PIECES; pages++)
		assert_in_range(times_of(RTOS_REGION_CREATE, region, pages, 0, 0, 0), 1, 3);
	assert_in_range(times_of(RTOS_MAP, region, 0x10000, 0, PIECES, RTOS_RIGHT_READ), 5,
	                2 * PIECES);
	assert_in_range(times_of(RTOS_UNMAP, 0, 0x10000, 0, 0, 0), 5, 2 * PIECES);
	assert_in_range(times_of(RTOS_REGION_SEAL, region, 0, 0, 0, 0), PIECES, 2 * PIECES);
	assert_in_range(times_of(RTOS_DESTROY, region, 0, 0, 0, 0), 5, 2 * PIECES);
	assert_in_range(times_of(RTOS_WINDOW_CREATE, 0, 0x1fb000, 2 * 512, 0, 0), 3, 6);
	(void)times_of(RTOS_DESTROY, main->registers.x[0], 0, 0, 0, 0);
	assert_int_equal(world_call(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0), RTOS_OK);
	port = main->registers.x[0];
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(world_call(RTOS_HANDLE_GIVE, 0, port, RTOS_RIGHT_CALL, 0, 0, 0),
		                 RTOS_OK);
	assert_in_range(times_of(RTOS_DESTROY, port, 0, 0, 0, 0), MANY, 2 * MANY);
	world_check();
	fake_end();
}
