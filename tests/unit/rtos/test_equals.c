/*
 * Of ready equals, the one that has been ready longest goes first: also where one takes the CPU
 * from another without any queue.
 *
 * Shows: kernel.priorities.
 */
#include "world.h"

#include <unit.h>

#define URGENCY 100

static struct cpu *cpu;

/* A call of the running thread; x12 keeps its value of the last message. */
static void svc(enum rtos_call number, uint64_t handle)
{
	uint64_t *x = cpu->current->registers.x;

	x[8] = number;
	x[9] = handle;
	x[10] = 0;
	x[11] = 0;
	world_svc(cpu);
	world_check();
}

static uint64_t made(enum rtos_call number, uint64_t x0, uint64_t x1, uint64_t x3)
{
	struct thread *maker = cpu->current;

	assert_int_equal(world_call(number, 0, x0, x1, 0, x3, 0), RTOS_OK);
	return maker->registers.x[0];
}

static struct thread *thread(uint8_t priority)
{
	uint64_t handle = made(RTOS_THREAD_CREATE, 0x400000, 0x500000, RTOS_THREAD(priority, 0, 0));

	return (struct thread *)(void *)handle_at(&process_first->handles, handle)->object;
}

/* Two that call one server without a pause. */
static void callers_take_turns(uint8_t server_priority)
{
	struct thread *caller[2] = {world_begin(300, 1, URGENCY)}, *server;
	uint64_t port;

	cpu = &cpus[0];
	sched_choose(cpu);
	port = made(RTOS_PORT_CREATE, 0, 0, 0);
	server = thread(server_priority);
	if (cpu->current != server)
		svc(RTOS_YIELD, 0);
	svc(RTOS_RECEIVE, port);
	caller[1] = thread(URGENCY);
	for (unsigned int i = 0; i < 6; i++) {
		assert_ptr_equal(cpu->current, caller[i % 2]);
		svc(RTOS_CALL, port);
		assert_ptr_equal(cpu->current, server);
		svc(RTOS_REPLY_WAIT, port);
	}
	fake_end();
}

TEST(of_a_server_as_urgent)
{
	callers_take_turns(URGENCY);
}

TEST(of_a_more_urgent_server)
{
	callers_take_turns(URGENCY + 1);
}
