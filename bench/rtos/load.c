/*
 * The calls that take long: see bench/load.h. Each step leaves nothing behind. All memory comes
 * from the calling process's quota.
 */
#include <bench/load.h>
#include <test/rtos.h>

#define LOAD_KINDS 12
#define AT         0x50000000ULL
#define READ_WRITE (RTOS_RIGHT_READ | RTOS_RIGHT_WRITE)

static rtos_handle_t region_of(uint64_t pages)
{
	return (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, pages, 0, 0, 0, 0);
}

/* As many mappings as the address space has room for. */
static void mappings(void)
{
	rtos_handle_t region = region_of(1);
	uint64_t count = 0;

	while (test_do(RTOS_MAP, region, AT + count * 0x200000, 0, 1, READ_WRITE, 0, NULL) ==
	       RTOS_OK)
		count++;
	test_do(RTOS_MAPPING, 0, AT + count * 0x200000, 0, 0, 0, 0, NULL);
	test_do(RTOS_UNMAP, 0, AT, 0, 0, 0, 0, NULL);
	test_must(RTOS_DESTROY, region, 0, 0, 0, 0, 0);
}

#define PIECES 40

/* A region of single pages, mapped from its last page to its first, and sealed. */
static void pieces(void)
{
	rtos_handle_t odd[PIECES], even[PIECES], region;

	for (uint32_t i = 0; i < PIECES; i++) {
		odd[i] = region_of(1);
		even[i] = region_of(1);
	}
	for (uint32_t i = 0; i < PIECES; i++)
		test_must(RTOS_DESTROY, odd[i], 0, 0, 0, 0, 0);
	region = region_of(PIECES);
	test_must(RTOS_MAP, region, AT, PIECES - 1, 1, READ_WRITE, 0);
	test_must(RTOS_UNMAP, 0, AT, 0, 0, 0, 0);
	test_must(RTOS_REGION_SEAL, region, 0, 0, 0, 0, 0);
	test_must(RTOS_MAP, region, AT, 0, PIECES, RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE, 0);
	for (uint32_t i = 0; i < PIECES; i++)
		test_must(RTOS_DESTROY, even[i], 0, 0, 0, 0, 0);
	test_must(RTOS_DESTROY, region, 0, 0, 0, 0, 0);
}

/* A large region, in blocks of 2 MiB where these are free. */
static void large(void)
{
	rtos_handle_t region = region_of(1024);

	test_must(RTOS_MAP, region, AT, 0, 1024, READ_WRITE, 0);
	test_must(RTOS_UNMAP, 0, AT, 0, 0, 0, 0);
	test_must(RTOS_DESTROY, region, 0, 0, 0, 0, 0);
}

/* Many handles on one object, which is destroyed. */
static void handles(void)
{
	rtos_handle_t port = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);

	for (uint32_t i = 0; i < 200; i++)
		test_must(RTOS_HANDLE_GIVE, 0, port, RTOS_RIGHT_CALL, 0, 0, 0);
	test_must(RTOS_DESTROY, port, 0, 0, 0, 0, 0);
}

#define THREADS    24
#define CHILD_PORT 10

static void child_asks(uint64_t deadline)
{
	test_ask(CHILD_PORT, 1, deadline, NULL);
	test_thread_end();
}

/* Threads of another process, each with a higher priority than the one before. Their calls all have
 * this deadline. The process is killed at once, or after `wait` microseconds. */
static void threads(uint64_t priority, uint64_t deadline, uint64_t wait)
{
	rtos_handle_t port = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t process = test_process(48);

	test_give(process, port, RTOS_RIGHT_CALL, 0, CHILD_PORT);
	for (uint32_t i = 0; i < THREADS; i++) {
		rtos_handle_t thread = test_process_run(process, child_asks, deadline,
		                                        RTOS_THREAD(priority + i, 0, 0));

		test_must(RTOS_HANDLE_CLOSE, thread, 0, 0, 0, 0, 0);
	}
	if (wait != 0)
		test_sleep(wait);
	test_must(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0);
	test_process_end(process);
	test_must(RTOS_DESTROY, port, 0, 0, 0, 0, 0);
}

#define CHAIN      9
#define CROWD      56
#define CHILD_NEXT 11

/* Takes a call of a thread of its own process, and calls the next port before it has answered. */
static void child_passes_on(uint64_t unused)
{
	struct test_call call;

	(void)unused;
	test_receive(CHILD_PORT, 0, &call);
	test_ask(CHILD_NEXT, 1, 0, NULL);
	test_thread_end();
}

/* A server of the chain. It waits at the next server's port. Many threads wait at its own port. */
static rtos_handle_t link_of_chain(rtos_handle_t port, rtos_handle_t next, uint64_t priority)
{
	rtos_handle_t process = test_process(64);

	test_give(process, port, RTOS_RIGHT_CALL | RTOS_RIGHT_RECEIVE, 0, CHILD_PORT);
	test_give(process, next, RTOS_RIGHT_CALL, 0, CHILD_NEXT);
	for (uint32_t i = 0; i < CROWD; i++)
		test_must(RTOS_HANDLE_CLOSE,
		          test_process_run(process, child_asks, 0, RTOS_THREAD(priority, 0, 0)), 0,
		          0, 0, 0, 0);
	test_process_run(process, child_passes_on, 0, RTOS_THREAD(priority, 0, 0));
	return process;
}

/* A more urgent thread calls the first server of a chain, in which each server waits for the next
 * one, and gives up after a while. So its priority goes along the whole chain twice: lent, and
 * taken back. */
static void chain(uint64_t priority)
{
	rtos_handle_t ports[CHAIN + 1], links[CHAIN], urgent = test_process(48);

	for (uint32_t i = 0; i <= CHAIN; i++)
		ports[i] = test_port();
	for (uint32_t i = CHAIN; i-- > 0;)
		links[i] = link_of_chain(ports[i], ports[i + 1], priority + 1);
	test_give(urgent, ports[0], RTOS_RIGHT_CALL, 0, CHILD_PORT);
	test_process_run(urgent, child_asks, test_in(50), RTOS_THREAD(priority + 2, 0, 0));
	test_process_end(urgent);
	for (uint32_t i = 0; i < CHAIN; i++)
		test_process_kill(links[i]);
	for (uint32_t i = 0; i <= CHAIN; i++)
		test_destroy(ports[i]);
}

#define LOCKS       32
#define CHILD_LOCKS 20
#define URGENCIES   22

/* Owns all locks until its call is answered. */
static void child_owns(uint64_t unused)
{
	(void)unused;
	for (uint32_t i = 0; i < LOCKS; i++)
		test_do(RTOS_LOCK, CHILD_LOCKS + i, 0, 0, 0, 0, 0, NULL);
	test_ask(CHILD_PORT, 1, 0, NULL);
	for (uint32_t i = 0; i < LOCKS; i++)
		test_do(RTOS_UNLOCK, CHILD_LOCKS + i, 0, 0, 0, 0, 0, NULL);
	test_thread_end();
}

static void child_locks(uint64_t deadline)
{
	struct test_call call = {.x = {[8] = RTOS_LOCK, [9] = CHILD_LOCKS + LOCKS - 1}};

	call.x[10] = deadline;
	test_svc(&call);
	if (call.x[8] == RTOS_OK)
		test_do(RTOS_UNLOCK, CHILD_LOCKS + LOCKS - 1, 0, 0, 0, 0, 0, NULL);
	test_thread_end();
}

/* An owner has many locks, and many threads wait for one of these. Their priorities rise, over as
 * many as the load may use. Their deadlines, if they have any, aren't reached. */
static void locks(uint64_t priority, uint64_t deadline)
{
	rtos_handle_t port = test_port(), process = test_process(64), lock[LOCKS];
	struct test_call owner;

	test_give(process, port, RTOS_RIGHT_CALL, 0, CHILD_PORT);
	for (uint32_t i = 0; i < LOCKS; i++) {
		lock[i] = (rtos_handle_t)test_must(RTOS_LOCK_CREATE, 0, 0, 0, 0, 0, 0);
		test_give(process, lock[i], RTOS_RIGHT_USE, 0, CHILD_LOCKS + i);
	}
	test_process_run(process, child_owns, 0, RTOS_THREAD(priority + 1, 0, 0));
	test_receive(port, 0, &owner);
	for (uint32_t i = 0; i < CROWD; i++)
		test_must(RTOS_HANDLE_CLOSE,
		          test_process_run(process, child_locks, deadline,
		                           RTOS_THREAD(priority + 2 + i * URGENCIES / CROWD, 0, 0)),
		          0, 0, 0, 0, 0);
	test_answer(&owner);
	test_process_kill(process);
	for (uint32_t i = 0; i < LOCKS; i++)
		test_destroy(lock[i]);
	test_destroy(port);
}

/* A call goes back to its port, where many less urgent calls wait. */
static void given_back(uint64_t priority)
{
	rtos_handle_t port = test_port(), process = test_process(64);
	struct test_call call;

	test_give(process, port, RTOS_RIGHT_CALL, 0, CHILD_PORT);
	for (uint32_t i = 0; i <= CROWD; i++)
		test_must(RTOS_HANDLE_CLOSE,
		          test_process_run(process, child_asks, 0,
		                           RTOS_THREAD(priority + 1 + (i == CROWD), 0, 0)),
		          0, 0, 0, 0, 0);
	test_receive(port, 0, &call);
	test_give_back(&call);
	test_process_kill(process);
	test_destroy(port);
}

void load_step(uint64_t priority)
{
	static uint32_t step;

	switch (step++ % LOAD_KINDS) {
	case 0:
		mappings();
		break;
	case 1:
		pieces();
		break;
	case 2:
		large();
		break;
	case 3:
		handles();
		break;
	case 4: /* the threads are ready, but less urgent: they never ran */
		threads(1, 0, 0);
		break;
	case 5: /* the threads wait at the port when their process ends */
		threads(priority + 1, 0, 0);
		break;
	case 6: /* all their deadlines pass at the same time */
		threads(priority + 1, test_in(200), 400);
		break;
	case 7:
		chain(priority);
		break;
	case 8:
		locks(priority, 0);
		break;
	case 9:
		locks(priority, test_in(10000000));
		break;
	case 10:
		given_back(priority);
		break;
	default:
		test_must(RTOS_YIELD, 0, 0, 0, 0, 0, 0);
		break;
	}
}
