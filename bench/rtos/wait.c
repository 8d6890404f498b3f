/*
 * All CPUs make long calls at the same time, so that they wait for the kernel's lock. bench/lock.py
 * counts in QEMU's log of the kernel how long they wait.
 */
#include <bench/stamp.h>
#include <test/rtos.h>

#define WAIT_AT     0x60000000ULL
#define WAIT_STEP   0x1000000ULL
#define WAIT_PAGES  640 /* a block of 2 MiB, and 128 single pages */
#define WAIT_TABLE  100 /* handles */
#define WAIT_ROUNDS 4
#define WAIT_CPUS   8

static rtos_handle_t wait_done[WAIT_CPUS]; /* notifications */

static void give_back(rtos_handle_t object)
{
	test_must(RTOS_DESTROY, object, 0, 0, 0, 0, 0);
}

static void map_and_unmap(uint64_t at)
{
	const rtos_handle_t region =
	    (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, WAIT_PAGES, 0, 0, 0, 0);

	test_must(RTOS_MAP, region, at, 0, WAIT_PAGES, RTOS_RIGHT_READ, 0);
	test_must(RTOS_UNMAP, 0, at, 0, 0, 0, 0);
	give_back(region);
}

static void end_with_handles(void)
{
	const rtos_handle_t port = test_port();

	for (uint32_t i = 0; i < WAIT_TABLE; i++)
		test_must(RTOS_HANDLE_GIVE, 0, port, RTOS_RIGHT_CALL, 0, 0, 0);
	give_back(port);
}

static void work(uint64_t cpu)
{
	for (uint32_t i = 0; i < WAIT_ROUNDS; i++) {
		map_and_unmap(WAIT_AT + cpu * WAIT_STEP);
		end_with_handles();
	}
}

static void wait_thread(uint64_t cpu)
{
	work(cpu);
	test_must(RTOS_SIGNAL, wait_done[cpu], 0, 0, 0, 0, 0);
	test_thread_end();
}

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	stamp_begin(start);
	for (uint32_t cpu = 1; cpu < start->cpus; cpu++) {
		wait_done[cpu] =
		    (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
		test_thread(wait_thread, cpu, RTOS_THREAD(TEST_PRIORITY, cpu, 0));
	}
	work(0);
	for (uint32_t cpu = 1; cpu < start->cpus; cpu++)
		test_wait(wait_done[cpu], 0);
	stamp_done();
}
