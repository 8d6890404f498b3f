/*
 * Pages that a server shows in a client's window: only while the client's call is open, only of a
 * region that the server may read, and until they are hidden. And loads that find no page there.
 *
 * Shows: rtos.mapped, kernel.handles.
 */
#include "world.h"

#include <kernel/fault.h>
#include <kernel/window.h>
#include <machine/memory.h>
#include <unit.h>

#define URGENCY 100
#define PLACE   0x1fe000 /* so that a window has two tables */
#define PAGES   6        /* of the window */
#define HANDLER 0x440000
#define OFFERED 10 /* the client's handle of the port */
#define NO_PAGE 0x92000007

/* The server is the thread on CPU 0, in the first process; the client's runs on CPU 1. */
static struct thread *server, *client;
static uint64_t process, port, region;

static uint64_t made(enum rtos_call number, uint64_t handle, uint64_t x0, uint64_t x1)
{
	assert_int_equal(world_call(number, handle, x0, x1, 0, 0, 0), RTOS_OK);
	return server->registers.x[0];
}

static uint64_t client_does(enum rtos_call number, uint64_t handle, uint64_t x0, uint64_t x1,
                            uint64_t x2)
{
	uint64_t *x = client->registers.x;
	uint64_t pc;

	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[4] = 0;
	x[8] = number;
	x[9] = handle;
	x[10] = 0;
	x[11] = 0;
	do {
		pc = client->registers.pc;
		world_svc(&cpus[1]);
	} while (cpus[1].current == client && client->registers.pc == pc);
	return x[8];
}

static uint64_t window_new(uint64_t address, uint64_t pages)
{
	assert_int_equal(client_does(RTOS_WINDOW_CREATE, 0, address, pages, HANDLER), RTOS_OK);
	return client->registers.x[0];
}

/* The client is another process from now on, and its thread runs. */
static void client_new(uint64_t urgency)
{
	process = made(RTOS_PROCESS_CREATE, RTOS_HANDLE_MACHINE, 1, 255);
	assert_int_equal(world_call(RTOS_PROCESS_PAGES, process, 60, 0, 0, 0, 0), RTOS_OK);
	assert_int_equal(
	    world_call(RTOS_HANDLE_GIVE, process, port, RTOS_RIGHT_CALL, 0, OFFERED, 0), RTOS_OK);
	assert_int_equal(world_call(RTOS_THREAD_CREATE, process, 0x400000, 0x500000, 0,
	                            RTOS_THREAD(urgency, 1, 0), 0),
	                 RTOS_OK);
	world_interrupts(&cpus[1]);
	assert_ptr_not_equal(client, cpus[1].current);
	client = cpus[1].current;
}

static void begin(void)
{
	client = NULL;
	server = world_begin(400, 2, URGENCY);
	sched_choose(&cpus[0]);
	port = made(RTOS_PORT_CREATE, 0, 0, 0);
	region = made(RTOS_REGION_CREATE, 0, 8, RTOS_REGION_CONTIGUOUS);
	client_new(URGENCY);
}

static void end(void)
{
	world_check();
	fake_end();
}

/* The client calls with this payload, and the server takes the call. */
static void call_comes(uint64_t payload)
{
	uint64_t *x = client->registers.x;

	x[8] = RTOS_CALL;
	x[9] = OFFERED;
	x[10] = 0;
	x[11] = payload;
	world_svc(&cpus[1]);
	server->registers.x[8] = RTOS_RECEIVE;
	server->registers.x[9] = port;
	server->registers.x[10] = 0;
	server->registers.x[11] = 0;
	world_svc(&cpus[0]);
	assert_int_equal(server->registers.x[8], RTOS_OK);
	assert_ptr_equal(server->serving, client);
}

static void answer(void)
{
	server->registers.x[8] = RTOS_REPLY;
	server->registers.x[11] = 0;
	world_svc(&cpus[0]);
	assert_int_equal(server->registers.x[8], RTOS_OK);
	world_interrupts(&cpus[1]);
	assert_ptr_equal(cpus[1].current, client);
}

/* Up to four pages; x12 and x13 stay. */
static uint64_t show(uint64_t of, uint64_t first, uint64_t count, uint64_t numbers)
{
	uint64_t *x = server->registers.x;
	uint64_t pc;

	x[0] = numbers;
	for (uint32_t i = 1; i < RTOS_WORDS; i++)
		x[i] = 0;
	x[8] = RTOS_SHOW;
	x[9] = of;
	x[10] = RTOS_SHOW_AT(first, count);
	x[11] = 0;
	do {
		pc = server->registers.pc;
		world_svc(&cpus[0]);
	} while (server->registers.pc == pc);
	return x[8];
}

/* In how many windows the page was at this place. */
static uint64_t hide(uint64_t page, uint64_t place)
{
	const uint64_t identity = server->registers.x[12], token = server->registers.x[13];

	assert_int_equal(world_call(RTOS_HIDE, region, page, place, 0, 0, 0), RTOS_OK);
	server->registers.x[12] = identity;
	server->registers.x[13] = token;
	return server->registers.x[0];
}

static bool has(uint64_t place)
{
	return space_has(&client->process->space, PLACE + place * PAGE_SIZE);
}

static const struct region *the_region(void)
{
	return (const struct region *)handle_at(&process_first->handles, region)->object;
}

/* ---- showing and hiding ---- */

TEST(pages_come_and_go)
{
	begin();
	call_comes(RTOS_ANSWER_PAGES(window_new(PLACE, PAGES)));
	assert_int_equal(show(region, 1, 3, 5ULL | 7ULL << 16 | (uint64_t)RTOS_SHOW_ZEROS << 32),
	                 RTOS_OK);
	answer();
	assert_true(!has(0) && has(1) && has(2) && has(3) && !has(4));
	world_check();
	fake_memory.invalidated = 0;
	assert_int_equal(hide(5, 2), 0);
	assert_int_equal(hide(5, PAGES), 0);
	assert_int_equal(hide(5, 1), 1);
	assert_int_equal(hide(5, 1), 0);
	assert_int_equal(hide(RTOS_SHOW_ZEROS, 3), 1);
	assert_int_equal(fake_memory.invalidated, 2);
	assert_true(!has(1) && has(2) && !has(3));
	assert_int_equal(hide(RTOS_HIDE_ALL, 0), RTOS_HIDE_ALL);
	assert_false(has(2));
	assert_null(the_region()->shown);
	end();
}

/* Different pages are exchanged, equal ones stay, and empty places cost no TLB work. */
TEST(pages_instead_of_others)
{
	begin();
	call_comes(RTOS_ANSWER_PAGES(window_new(PLACE, PAGES)));
	fake_memory.invalidated = 0;
	assert_int_equal(show(region, 0, 4, 0 | 1ULL << 16 | 2ULL << 32 | 3ULL << 48), RTOS_OK);
	assert_int_equal(show(region, 2, 4, 2 | 3ULL << 16 | 4ULL << 32 | 5ULL << 48), RTOS_OK);
	assert_int_equal(fake_memory.invalidated, 0);
	assert_int_equal(show(region, 1, 2, 6 | 2ULL << 16), RTOS_OK);
	assert_in_range(fake_memory.invalidated, 1, 2);
	assert_int_equal(hide(1, 1), 0);
	assert_int_equal(hide(6, 1), 1);
	for (uint64_t place = 2; place < PAGES; place++)
		assert_int_equal(hide(place, place), 1);
	answer();
	end();
}

TEST(what_is_refused)
{
	uint64_t window, other, own;

	begin();
	window = window_new(PLACE, PAGES);
	other = made(RTOS_REGION_CREATE, 0, 2, RTOS_REGION_CONTIGUOUS);
	assert_int_equal(world_call(RTOS_HANDLE_GIVE, 0, region, RTOS_RIGHT_READ, 0, 0, 0),
	                 RTOS_OK);
	own = server->registers.x[0];
	assert_int_equal(world_call(RTOS_HIDE, own, 0, 0, 0, 0, 0), RTOS_DENIED);
	assert_int_equal(world_call(RTOS_HIDE, region, 8, 0, 0, 0, 0), RTOS_BAD_ARGUMENT);
	assert_int_equal(world_call(RTOS_HIDE, region, 1 << 16, 0, 0, 0, 0), RTOS_BAD_ARGUMENT);
	assert_int_equal(world_call(RTOS_HIDE, port, 0, 0, 0, 0, 0), RTOS_BAD_HANDLE);
	call_comes(0);
	assert_int_equal(show(region, 0, 1, 0), RTOS_NO_ROOM);
	answer();
	assert_int_equal(show(region, 0, 1, 0), RTOS_GONE);
	call_comes(RTOS_ANSWER_PAGES(OFFERED));
	assert_int_equal(show(region, 0, 1, 0), RTOS_NO_ROOM);
	answer();
	call_comes(RTOS_ANSWER_PAGES(window));
	assert_int_equal(show(region, 0, 0, 0), RTOS_BAD_ARGUMENT);
	assert_int_equal(show(region, 0, RTOS_SHOW_PAGES + 1, 0), RTOS_BAD_ARGUMENT);
	assert_int_equal(show(region, 0, 2, 8ULL << 16), RTOS_BAD_ARGUMENT);
	assert_int_equal(show(region, PAGES, 1, 0), RTOS_NO_ROOM);
	assert_int_equal(show(region, PAGES - 1, 2, 0), RTOS_NO_ROOM);
	assert_int_equal(show(port, 0, 1, 0), RTOS_BAD_HANDLE);
	assert_int_equal(show(own, 0, 1, 0), RTOS_OK);
	assert_int_equal(show(other, 1, 1, 0), RTOS_NO_ROOM);
	answer();
	end();
}

/* Their region goes: nothing is left in the window, which another one's pages can have then. */
TEST(a_region_that_goes)
{
	uint64_t window, next;

	begin();
	window = window_new(PLACE, PAGES);
	call_comes(RTOS_ANSWER_PAGES(window));
	assert_int_equal(show(region, 0, 4, 0 | 1ULL << 16 | 2ULL << 32 | 3ULL << 48), RTOS_OK);
	answer();
	assert_int_equal(world_call(RTOS_DESTROY, region, 0, 0, 0, 0, 0), RTOS_OK);
	for (uint64_t place = 0; place < PAGES; place++)
		assert_false(has(place));
	world_check();
	next = made(RTOS_REGION_CREATE, 0, 1, RTOS_REGION_CONTIGUOUS);
	call_comes(RTOS_ANSWER_PAGES(window));
	assert_int_equal(show(next, 2, 1, 0), RTOS_OK);
	answer();
	assert_true(has(2));
	assert_int_equal(client_does(RTOS_DESTROY, window, 0, 0, 0), RTOS_OK);
	assert_false(has(2));
	end();
}

static struct window *window_of(uint64_t handle)
{
	return (struct window *)handle_at(&client->process->handles, handle)->object;
}

/* Pages are taken out of a window in steps, and other CPUs' calls come between. */
TEST(a_window_that_is_being_emptied)
{
	uint64_t window;

	begin();
	window = window_new(PLACE, PAGES);
	call_comes(RTOS_ANSWER_PAGES(window));
	assert_int_equal(show(region, 0, 4, 0 | 1ULL << 16 | 2ULL << 32 | 3ULL << 48), RTOS_OK);
	window_hide_step(window_of(window));
	assert_false(has(0));
	assert_true(has(3));
	assert_int_equal(show(region, 0, 1, 0), RTOS_NO_ROOM);
	assert_false(has(0));
	answer();
	assert_int_equal(world_call(RTOS_HIDE, region, RTOS_HIDE_ALL, 0, 0, 0, 0), RTOS_OK);
	call_comes(RTOS_ANSWER_PAGES(window));
	assert_int_equal(show(region, 0, 1, 0), RTOS_OK);
	answer();
	end();
}

/* A window has zeros when a call that lent pages to it has ended. Large pieces of zeros are tables
 * that all windows share. */
TEST(a_window_with_zeros)
{
	uint64_t window;

	begin();
	window = window_new(PLACE, PAGES);
	call_comes(RTOS_ANSWER_PAGES(window));
	window_of(window)->mapping->done = PAGES;
	assert_int_equal(show(region, 0, 1, 0), RTOS_NO_ROOM);
	window_of(window)->mapping->done = 0;
	assert_int_equal(show(region, 0, 1, 0), RTOS_OK);
	answer();
	end();
}

/* Shows page 3 in one window after the other. Returns the last one. */
static uint64_t show_in_windows(uint32_t count)
{
	uint64_t window = 0;

	for (uint64_t i = 0; i < count; i++) {
		window = window_new(PLACE + i * PAGE_SIZE, 1);
		call_comes(RTOS_ANSWER_PAGES(window));
		assert_int_equal(show(region, 0, 1, 3),
		                 i < RTOS_SHOW_EACH ? RTOS_OK : RTOS_NO_ROOM);
		answer();
	}
	return window;
}

TEST(too_many_windows)
{
	uint64_t window;

	begin();
	window = show_in_windows(RTOS_SHOW_EACH + 1);
	assert_int_equal(hide(3, 0), RTOS_SHOW_EACH);
	call_comes(RTOS_ANSWER_PAGES(window));
	assert_int_equal(show(region, 0, 1, 3), RTOS_NO_ROOM);
	(void)hide(RTOS_HIDE_ALL, 0);
	assert_int_equal(show(region, 0, 1, 3), RTOS_OK);
	answer();
	assert_int_equal(world_call(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0), RTOS_OK);
	world_interrupts(&cpus[1]);
	assert_int_equal(world_call(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0), RTOS_OK);
	assert_null(the_region()->shown);
	end();
}

/* A process with all of its share leaves that of others alone. */
TEST(too_many_windows_of_all)
{
	uint64_t window;

	begin();
	(void)show_in_windows(RTOS_SHOW_EACH + 1);
	for (uint32_t i = 1; i < RTOS_SHOW_WINDOWS / RTOS_SHOW_EACH; i++) {
		client_new(URGENCY + i);
		(void)show_in_windows(RTOS_SHOW_EACH + 1);
	}
	client_new(URGENCY + RTOS_SHOW_WINDOWS);
	window = window_new(PLACE, 1);
	call_comes(RTOS_ANSWER_PAGES(window));
	assert_int_equal(show(region, 0, 1, 3), RTOS_NO_ROOM);
	assert_int_equal(hide(3, 0), RTOS_SHOW_WINDOWS);
	(void)hide(RTOS_HIDE_ALL, 0);
	assert_int_equal(show(region, 0, 1, 3), RTOS_OK);
	answer();
	end();
}

/* ---- loads that find no page ---- */

static void fault(uint64_t address)
{
	fake.cpu = &cpus[1];
	call_handle_fault(client, NO_PAGE, address);
}

static void begin_with_fault(void)
{
	begin();
	(void)window_new(PLACE, PAGES);
	client->registers.x[0] = 1;
	client->registers.x[8] = 2;
	client->registers.pc = 0x400100;
	client->registers.pstate = 0x60000000;
	fault(PLACE + 0x2008);
	assert_int_equal(client->registers.pc, HANDLER);
	assert_int_equal(client->registers.x[0], PLACE + 0x2008);
	client->registers.pstate = 0;
}

static void assert_as_before(void)
{
	assert_int_equal(client->registers.pc, 0x400100);
	assert_int_equal(client->registers.x[0], 1);
	assert_int_equal(client->registers.x[8], 2);
	assert_int_equal(client->registers.pstate, 0x60000000);
	assert_null(client->process->faults);
}

static void resume(uint64_t x0)
{
	client->registers.x[0] = x0;
	client->registers.x[8] = RTOS_RESUME;
	world_svc(&cpus[1]);
}

TEST(a_fault_that_is_handled)
{
	begin_with_fault();
	resume(0);
	assert_as_before();
	assert_int_equal(client->process->state, RTOS_PROCESS_ALIVE);
	assert_int_equal(client_does(RTOS_RESUME, 0, 0, 0, 0), RTOS_BAD_ARGUMENT);
	end();
}

TEST(a_fault_that_stands)
{
	begin_with_fault();
	resume(1);
	assert_as_before();
	assert_int_equal(client->process->state, RTOS_PROCESS_FAULTED);
	assert_int_equal(client->process->why[1], NO_PAGE);
	assert_int_equal(client->process->why[2], PLACE + 0x2008);
	assert_int_equal(client->process->why[3], 0x400100);
	end();
}

TEST(a_fault_in_a_handler)
{
	begin_with_fault();
	fault(PLACE);
	assert_int_equal(client->process->state, RTOS_PROCESS_FAULTED);
	assert_int_equal(client->process->why[3], HANDLER);
	world_interrupts(&cpus[1]);
	assert_int_equal(world_call(RTOS_PROCESS_RESET, process, 0, 0, 0, 0, 0), RTOS_OK);
	assert_null(
	    ((struct process *)handle_at(&process_first->handles, process)->object)->faults);
	end();
}

/* Elsewhere, a store to what is shown, and a page that is there by now. */
TEST(faults_that_are_none_of_it)
{
	begin();
	call_comes(RTOS_ANSWER_PAGES(window_new(PLACE, PAGES)));
	assert_int_equal(show(region, 0, 1, 0), RTOS_OK);
	answer();
	client->registers.pc = 0x400100;
	fault(PLACE);
	assert_int_equal(client->registers.pc, 0x400100);
	assert_int_equal(client->process->state, RTOS_PROCESS_ALIVE);
	fault(PLACE + PAGES * PAGE_SIZE);
	assert_int_equal(client->process->state, RTOS_PROCESS_FAULTED);
	end();
	begin();
	(void)window_new(PLACE, PAGES);
	fake.cpu = &cpus[1];
	call_handle_fault(client, 0x9200004f, PLACE);
	assert_int_equal(client->process->state, RTOS_PROCESS_FAULTED);
	end();
}
