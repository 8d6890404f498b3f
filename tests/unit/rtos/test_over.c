/*
 * What is over, on its way out or only half there isn't gone on with as something else, though a
 * program can have another system call where one was interrupted (by exchanging its code), or
 * another thread look at what is being made. A right that was never granted can't be had by asking.
 *
 * Shows: kernel.handles.
 */
#include "world.h"

#include <kernel/interrupt.h>
#include <kernel/window.h>
#include <machine/gic.h>
#include <unit.h>

#define URGENCY 100
#define PLACE   0x10000
#define TIME    50

static uint64_t made(enum rtos_call number, uint64_t handle, uint64_t x0, uint64_t x1)
{
	assert_int_equal(world_call(number, handle, x0, x1, 0, 0, 0), RTOS_OK);
	return cpus[0].current->registers.x[0];
}

static struct object *object_of(uint64_t handle)
{
	return handle_at(&process_first->handles, handle)->object;
}

/* One svc of this CPU's running thread, with any outcome. */
static void svc(struct cpu *cpu, enum rtos_call number, uint64_t handle, uint64_t along)
{
	uint64_t *x = cpu->current->registers.x;

	x[8] = number;
	x[9] = handle;
	x[10] = 0;
	x[11] = along;
	world_svc(cpu);
}

/* RTOS_AGAIN of the thread that runs on CPU 0, in as many steps as it takes. */
static uint64_t again(uint64_t identity, uint64_t token)
{
	struct thread *self = cpus[0].current;
	const uint64_t pc = self->registers.pc;

	self->registers.x[12] = identity;
	self->registers.x[13] = token;
	do
		svc(&cpus[0], RTOS_AGAIN, 0, 0);
	while (cpus[0].current == self && self->registers.pc == pc);
	return self->registers.x[8];
}

/* A thread that receives from this port. */
static void receiver(uint64_t process, uint64_t port, uint32_t cpu, uint64_t takes)
{
	assert_int_equal(world_call(RTOS_THREAD_CREATE, process, 0x400000, 0x500000, 0,
	                            RTOS_THREAD(URGENCY + 1, cpu, 0), 0),
	                 RTOS_OK);
	world_interrupts(&cpus[cpu]);
	svc(&cpus[cpu], RTOS_RECEIVE, port, takes);
}

/* A thread on CPU 2 that has called this port. */
static const struct thread *calls(uint64_t port)
{
	const struct thread *caller;

	assert_int_equal(
	    world_call(RTOS_THREAD_CREATE, 0, 0x400000, 0x500000, 0, RTOS_THREAD(URGENCY, 2, 0), 0),
	    RTOS_OK);
	world_interrupts(&cpus[2]);
	caller = cpus[2].current;
	svc(&cpus[2], RTOS_CALL, port, 0);
	return caller;
}

/* A process with some pages. */
static uint64_t another(void)
{
	const uint64_t process = made(RTOS_PROCESS_CREATE, RTOS_HANDLE_MACHINE, 1, 255);

	assert_int_equal(world_call(RTOS_PROCESS_PAGES, process, 40, 0, 0, 0, 0), RTOS_OK);
	return process;
}

/* ---- calls ---- */

/* Another call in place of one that lent pages and timed out. */
static void done_instead(enum rtos_call number)
{
	struct thread *main = world_begin(300, 2, URGENCY);
	uint64_t port, other, region, window;

	sched_choose(&cpus[0]);
	port = made(RTOS_PORT_CREATE, 0, 0, 0);
	other = made(RTOS_PORT_CREATE, 0, 0, 0);
	region = made(RTOS_REGION_CREATE, 0, 2, 0);
	window = made(RTOS_WINDOW_CREATE, 0, PLACE, 4);
	receiver(0, port, 1, RTOS_ACCEPT_PAGES(window));
	receiver(0, other, 0, 0);
	main->registers.x[8] = RTOS_CALL;
	main->registers.x[9] = port;
	main->registers.x[10] = TIME;
	main->registers.x[11] = RTOS_PAYLOAD_LEND(region, 0, 2);
	world_svc(&cpus[0]);
	world_interrupts(&cpus[1]);
	world_svc(&cpus[1]);
	assert_int_equal(main->state, THREAD_TAKEN);
	assert_ptr_equal(((struct window *)object_of(window))->caller, main);
	fake.now = TIME;
	world_interrupts(&cpus[0]);
	assert_ptr_equal(cpus[0].current, main);
	svc(&cpus[0], number, other, 0);
	assert_int_equal(main->registers.x[8], RTOS_TIMED_OUT);
	assert_ptr_equal(cpus[0].current, main);
	assert_null(((struct window *)object_of(window))->caller);
	world_check();
	fake_end();
}

/* Shows: kernel.timeouts. */
TEST(a_call_that_is_over)
{
	done_instead(RTOS_CALL); /* which could go the short way */
	done_instead(RTOS_YIELD);
	done_instead(RTOS_SEND);
}

/* The port goes, and another one is made in its place, while the call is taken. */
TEST(a_port_in_the_place_of_another)
{
	const struct thread *caller;
	uint64_t process, port, again;
	const struct object *place;

	world_begin(300, 3, URGENCY);
	sched_choose(&cpus[0]);
	process = another();
	port = made(RTOS_PORT_CREATE, 0, 0, 0);
	place = object_of(port);
	assert_int_equal(world_call(RTOS_HANDLE_GIVE, process, port, RTOS_RIGHT_RECEIVE, 0, 10, 0),
	                 RTOS_OK);
	receiver(process, 10, 1, 0);
	caller = calls(port);
	assert_int_equal(caller->state, THREAD_TAKEN);
	assert_int_equal(world_call(RTOS_DESTROY, port, 0, 0, 0, 0, 0), RTOS_OK);
	again = made(RTOS_PORT_CREATE, 0, 0, 0);
	assert_ptr_equal(object_of(again), place);
	assert_int_equal(world_call(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0), RTOS_OK);
	world_interrupts(&cpus[1]);
	assert_int_equal(world_call(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0), RTOS_OK);
	world_interrupts(&cpus[2]);
	assert_ptr_equal(cpus[2].current, caller);
	assert_int_equal(caller->registers.x[8], RTOS_GONE);
	assert_null(((const struct port *)object_of(again))->queue.first);
	world_check();
	fake_end();
}

/* A server gives the call that it serves back by one number that is right and one that is wrong,
 * where that takes more than one step, as who receives there has ended.
 * Shows: kernel.timeouts. */
TEST(a_call_by_half_its_name)
{
	const struct thread *main, *caller;
	uint64_t process, port, identity, token;

	main = world_begin(300, 3, URGENCY);
	sched_choose(&cpus[0]);
	process = another();
	port = made(RTOS_PORT_CREATE, 0, 0, 0);
	assert_int_equal(world_call(RTOS_HANDLE_GIVE, process, port, RTOS_RIGHT_RECEIVE, 0, 10, 0),
	                 RTOS_OK);
	caller = calls(port);
	svc(&cpus[0], RTOS_RECEIVE, port, 0);
	identity = main->registers.x[12];
	token = main->registers.x[13];
	receiver(process, 10, 1, 0);
	assert_int_equal(world_call(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0), RTOS_OK);
	assert_int_equal(again(identity, token + 1), RTOS_GONE);
	assert_ptr_equal(main->serving, caller);
	assert_int_equal(again(identity + 1, token), RTOS_GONE);
	assert_ptr_equal(main->serving, caller);
	assert_int_equal(again(identity, token), RTOS_OK);
	assert_null(main->serving);
	assert_int_equal(caller->state, THREAD_CALLS);
	world_check();
	fake_end();
}

/* ---- regions ---- */

TEST(a_region_that_is_going)
{
	const struct region *region;
	uint64_t handle, kept;

	world_begin(300, 1, URGENCY);
	sched_choose(&cpus[0]);
	handle = made(RTOS_REGION_CREATE, 0, 7, 0);
	region = (const struct region *)object_of(handle);
	assert_int_equal(world_call(RTOS_HANDLE_GIVE, 0, handle, RTOS_RIGHTS_ALL, 0, 0, 0),
	                 RTOS_OK);
	kept = cpus[0].current->registers.x[0];
	fake.preempt = 1;
	svc(&cpus[0], RTOS_DESTROY, handle, 0);
	fake.preempt = 0;
	assert_in_range(region->pages, 1, 6);
	assert_int_equal(world_call(RTOS_REGION_CREATE, kept, 20, 0, 0, 0, 0), RTOS_DENIED);
	assert_int_equal(world_call(RTOS_MAP, kept, PLACE, 0, 1, RTOS_RIGHT_READ, 0),
	                 RTOS_BAD_ARGUMENT);
	assert_int_equal(world_call(RTOS_DESTROY, handle, 0, 0, 0, 0, 0), RTOS_OK);
	world_check();
	fake_end();
}

TEST(a_region_that_is_half_made)
{
	const struct region *region;
	struct thread *main;
	uint64_t port, handle;

	main = world_begin(300, 1, URGENCY);
	sched_choose(&cpus[0]);
	port = made(RTOS_PORT_CREATE, 0, 0, 0);
	main->registers.x[0] = 8;
	main->registers.x[1] = 0;
	main->registers.x[4] = 0;
	fake.looks = 0;
	fake.preempt = 3;
	svc(&cpus[0], RTOS_REGION_CREATE, 0, 0);
	fake.preempt = 0;
	handle = main->registers.x[9];
	region = (const struct region *)object_of(handle);
	assert_true(region->zeroed < region->pages);
	svc(&cpus[0], RTOS_SEND, port, RTOS_PAYLOAD_GIVE(handle));
	assert_ptr_equal(cpus[0].current, main);
	assert_int_equal(main->registers.x[8], RTOS_BAD_ARGUMENT);
	assert_int_equal(world_call(RTOS_REGION_CREATE, handle, 8, 0, 0, 0, 0), RTOS_OK);
	assert_int_equal(region->zeroed, 8);
	world_check();
	fake_end();
}

/* ---- time ---- */

#define PERIOD 20

/* A CPU that didn't get to it for long owes one, not one for each period; and what comes next comes
 * when it would have. */
TEST(a_timer_whose_time_has_passed)
{
	uint64_t notification, timer;
	struct thread *main;

	main = world_begin(300, 1, URGENCY);
	sched_choose(&cpus[0]);
	notification = made(RTOS_NOTIFICATION_CREATE, 0, 0, 0);
	timer = made(RTOS_TIMER_CREATE, notification, 1, 0);
	/* Each takes from the running thread: less than 1/65536 s isn't to be had. */
	main->registers.x[0] = 14;
	svc(&cpus[0], RTOS_TIMER_SET, timer, 0);
	assert_int_equal(main->registers.x[8], RTOS_BAD_ARGUMENT);
	main->registers.x[0] = PERIOD;
	main->registers.x[8] = RTOS_TIMER_SET;
	main->registers.x[10] = TIME;
	world_svc(&cpus[0]);
	assert_int_equal(main->registers.x[8], RTOS_OK);
	fake.now = TIME + 1000 * PERIOD + 5;
	world_interrupts(&cpus[0]);
	assert_int_equal(((const struct notification *)object_of(notification))->bits, 1);
	assert_int_equal(fake.each[0].deadline, TIME + 1001 * PERIOD);
	fake_end();
}

/* ---- rights ---- */

/* Its mappings tell a process where they are; only its maker gets what they show. */
TEST(what_was_mapped_for_it)
{
	uint64_t process, region;

	world_begin(300, 1, URGENCY);
	sched_choose(&cpus[0]);
	process = another();
	region = made(RTOS_REGION_CREATE, 0, 4, 0);
	for (uint64_t to = process, i = 0; i < 2; to = 0, i++) {
		const uint64_t *x = cpus[0].current->registers.x;

		assert_int_equal(world_call(RTOS_MAP, region, PLACE, 1, 2, RTOS_RIGHT_READ, to),
		                 RTOS_OK);
		assert_int_equal(world_call(RTOS_MAPPING, to, 0, 0, 0, 0, 0), RTOS_OK);
		assert_int_equal(x[0], PLACE);
		assert_int_equal(x[1], 2);
		if (to == 0)
			assert_int_equal(x[4], 0);
		else
			assert_ptr_equal(object_of(x[4]), object_of(region));
	}
	fake_end();
}

/*
 * A region that others can destroy isn't given for reading: its reader would fault.
 * Shows: kernel.examined.
 */
TEST(what_others_can_destroy)
{
	const uint64_t *x;
	uint64_t process, third, region;

	world_begin(300, 1, URGENCY);
	sched_choose(&cpus[0]);
	x = cpus[0].current->registers.x;
	process = another();
	third = another();
	region = made(RTOS_REGION_CREATE, 0, 4, 0);
	assert_int_equal(world_call(RTOS_MAP, region, PLACE, 1, 2, RTOS_RIGHT_READ, process),
	                 RTOS_OK);
	for (uint32_t i = 0; i < 2; i++) {
		const uint64_t to = i == 0 ? process : third;
		const uint64_t rights =
		    RTOS_RIGHTS_ALL & ~(uint64_t)(i == 0 ? 0 : RTOS_RIGHT_MANAGE);

		assert_int_equal(world_call(RTOS_HANDLE_GIVE, to, region, rights, 0, 0, 0),
		                 RTOS_OK);
		assert_int_equal(world_call(RTOS_MAPPING, process, 0, 0, 0, 0, 0), RTOS_OK);
		assert_ptr_equal(object_of(x[4]), object_of(region));
	}
	assert_int_equal(world_call(RTOS_HANDLE_GIVE, third, region, RTOS_RIGHT_MANAGE, 0, 0, 0),
	                 RTOS_OK);
	assert_int_equal(world_call(RTOS_MAPPING, process, 0, 0, 0, 0, 0), RTOS_OK);
	assert_int_equal(x[0], PLACE);
	assert_int_equal(x[4], 0);
	fake_end();
}

/* Nobody gets a handle from a call that waits still when its caller's process has ended. */
TEST(a_call_of_an_ended_process_brings_no_handles)
{
	uint64_t process, port, region, *x;
	const struct thread *caller;

	world_begin(300, 2, URGENCY);
	sched_choose(&cpus[0]);
	process = another();
	port = made(RTOS_PORT_CREATE, 0, 0, 0);
	region = made(RTOS_REGION_CREATE, 0, 1, 0);
	assert_int_equal(world_call(RTOS_HANDLE_GIVE, process, port, RTOS_RIGHT_CALL, 0, 10, 0),
	                 RTOS_OK);
	assert_int_equal(world_call(RTOS_HANDLE_GIVE, process, region, RTOS_RIGHTS_ALL, 0, 11, 0),
	                 RTOS_OK);
	assert_int_equal(world_call(RTOS_THREAD_CREATE, process, 0x400000, 0x500000, 0,
	                            RTOS_THREAD(URGENCY, 1, 0), 0),
	                 RTOS_OK);
	world_interrupts(&cpus[1]);
	caller = cpus[1].current;
	svc(&cpus[1], RTOS_CALL, 10, RTOS_PAYLOAD_HANDLE(11));
	assert_int_equal(caller->state, THREAD_CALLS);
	assert_int_equal(world_call(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0), RTOS_OK);
	x = cpus[0].current->registers.x;
	do {
		svc(&cpus[0], RTOS_RECEIVE, port, RTOS_ACCEPT_HANDLE);
	} while (x[8] == RTOS_RECEIVE && cpus[0].current != NULL &&
	         cpus[0].current->registers.x == x);
	assert_ptr_not_equal(cpus[0].current == NULL ? NULL : cpus[0].current->registers.x, x);
	world_check();
	fake_end();
}

/* A thread that was given the right to manage a process lays it out and ends it. The end is told to
 * the process's maker, which takes it back and has a handle on it until then. */
TEST(only_its_maker_takes_it_back)
{
	static const enum rtos_call denied[] = {RTOS_PROCESS_WATCH, RTOS_PROCESS_REAP,
	                                        RTOS_PROCESS_RESET};
	uint64_t process, manager, region, told, *x;

	world_begin(300, 2, URGENCY);
	sched_choose(&cpus[0]);
	process = made(RTOS_PROCESS_CREATE, RTOS_HANDLE_MACHINE, 1, 255);
	manager = made(RTOS_PROCESS_CREATE, RTOS_HANDLE_MACHINE, 1, 255);
	assert_int_equal(world_call(RTOS_PROCESS_PAGES, process, 40, 0, 0, 0, 0), RTOS_OK);
	assert_int_equal(world_call(RTOS_PROCESS_PAGES, manager, 40, 0, 0, 0, 0), RTOS_OK);
	told = made(RTOS_NOTIFICATION_CREATE, 0, 0, 0);
	assert_int_equal(world_call(RTOS_PROCESS_WATCH, process, told, 1, 0, 0, 0), RTOS_OK);
	region = made(RTOS_REGION_CREATE, 0, 4, 0);
	assert_int_equal(world_call(RTOS_MAP, region, PLACE, 1, 2, RTOS_RIGHT_READ, process),
	                 RTOS_OK);
	assert_int_equal(
	    world_call(RTOS_HANDLE_GIVE, manager, process, RTOS_RIGHT_MANAGE, 0, 10, 0), RTOS_OK);
	assert_int_equal(world_call(RTOS_THREAD_CREATE, manager, 0x400000, 0x500000, 0,
	                            RTOS_THREAD(URGENCY, 1, 0), 0),
	                 RTOS_OK);
	world_interrupts(&cpus[1]);
	x = cpus[1].current->registers.x;
	x[0] = 0;
	svc(&cpus[1], RTOS_MAPPING, 10, 0);
	assert_int_equal(x[8], RTOS_OK);
	assert_int_equal(x[0], PLACE);
	assert_int_equal(x[4], 0);
	for (size_t ended = 0; ended < 2; ended++) {
		for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
			x[0] = 0;
			svc(&cpus[1], denied[i], 10, 0);
			assert_int_equal(x[8], RTOS_DENIED);
		}
		svc(&cpus[1], RTOS_PROCESS_KILL, 10, 0);
		assert_int_equal(x[8], RTOS_OK);
	}
	assert_int_equal(((const struct notification *)object_of(told))->bits, 1);
	assert_non_null(object_of(process));
	assert_int_equal(world_call(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0), RTOS_OK);
	assert_null(object_of(process));
	world_check();
	fake_end();
}

/* ---- interrupts ---- */

#define LINE 40

static void comes(uint32_t cpu)
{
	fake_interrupts[LINE].active = true;
	fake.cpu = &cpus[cpu];
	interrupt_take(&cpus[cpu], LINE);
	fake.cpu = &cpus[0];
}

static uint64_t line_on(uint64_t notification, uint64_t cpu)
{
	assert_int_equal(
	    world_call(RTOS_INTERRUPT_CREATE, RTOS_HANDLE_MACHINE, LINE, notification, 1, 0, cpu),
	    RTOS_OK);
	return cpus[0].current->registers.x[0];
}

/* Its CPU hasn't heard yet that it is done, or it isn't done, when it is destroyed in steps; in
 * between, another one has its number: which nothing becomes of. */
TEST(an_interrupt_that_is_going)
{
	for (uint32_t is_done = 0; is_done < 2; is_done++) {
		uint64_t bits, going, next;

		world_begin(300, 2, URGENCY);
		sched_choose(&cpus[0]);
		bits = made(RTOS_NOTIFICATION_CREATE, 0, 0, 0);
		going = line_on(bits, 1);
		made(RTOS_HANDLE_GIVE, 0, going, RTOS_RIGHTS_ALL);
		comes(1);
		if (is_done)
			made(RTOS_INTERRUPT_DONE, going, 0, 0);
		assert_true(fake_interrupts[LINE].active);
		fake.preempt = 1;
		svc(&cpus[0], RTOS_DESTROY, going, 0);
		fake.preempt = 0;
		assert_non_null(object_of(going));
		assert_null(cpus[1].dones);
		assert_false(fake_interrupts[LINE].active);
		next = line_on(bits, 0);
		comes(0);
		made(RTOS_INTERRUPT_DONE, going, 0, 0);
		assert_null(cpus[1].dones);
		assert_int_equal(world_call(RTOS_DESTROY, going, 0, 0, 0, 0, 0), RTOS_OK);
		assert_true(fake_interrupts[LINE].enabled);
		assert_true(fake_interrupts[LINE].active);
		made(RTOS_INTERRUPT_DONE, next, 0, 0);
		assert_false(fake_interrupts[LINE].active);
		assert_int_equal(world_call(RTOS_DESTROY, next, 0, 0, 0, 0, 0), RTOS_OK);
		assert_false(fake_interrupts[LINE].enabled);
		world_check();
		fake_end();
	}
}
