/*
 * Ports that programs from files offer by name: the right to offer, the right to find, and the end
 * of their programs. While the server of names is restarted at any moment, nobody notices.
 */
#include "peer.h"
#include <inttypes.h>
#include <libc/expect.h>
#include <pthread.h>
#include <rtos/names.h>
#include <rtos/run.h>
#include <semaphore.h>
#include <stdio.h>
#include <templates/programs.h>

#define OFFERS 8   /* that one program may have */
#define STARTS 200 /* of the server, while names are offered and found */
#define ASKERS 10  /* more than are held of one program while the server begins */
#define BEGINS 20  /* of the server, while they ask without end; and while somebody sends */
#define SENT   100 /* to each of these: more than are held and refused */

static struct names_offer offers[OFFERS + 1];
static rtos_handle_t own; /* port */
static uint64_t server;   /* program */
static bool asked_enough;
static sem_t sends_now;

/* ---- programs ---- */

static enum supervisor_answer command(uint64_t program, enum supervisor_command what)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_COMMAND, program, what};

	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK);
	return (enum supervisor_answer)word[0];
}

static uint64_t memory(void)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_MEMORY};

	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK);
	return word[1];
}

static uint64_t handles(uint64_t program)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_USE, program};

	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK);
	return word[5];
}

static struct run start(const char *slot, const char *verb, const char *name)
{
	const char *const arguments[] = {verb, name};
	struct run run;

	expect(run_start("/boot/bin/names-peer", arguments, 2, (uint32_t)programs_find(slot),
	                 &run) == LOADER_OK);
	return run;
}

static uint64_t wait(const struct run *run)
{
	struct run_end end = {.value = UINT64_MAX};

	expect(run_wait(run, true, &end) && end.state == RTOS_PROCESS_EXITED);
	return end.value;
}

/* ---- names ---- */

static void release(rtos_handle_t handle)
{
	expect(sys_do(RTOS_HANDLE_CLOSE, handle, 0, 0, 0, 0, 0, NULL) == RTOS_OK);
}

static enum names_status look(const char *name)
{
	rtos_handle_t port;
	const enum names_status status = names_find(name, false, &port);

	if (status == NAMES_OK)
		release(port);
	return status;
}

static rtos_handle_t found(const char *name)
{
	rtos_handle_t port;

	expect(names_find(name, true, &port) == NAMES_OK);
	return port;
}

/* The server knows its caller, as with handles from the manifest. */
static void add(rtos_handle_t port, uint64_t a, uint64_t b)
{
	uint64_t word[RTOS_WORDS] = {PEER_ADD, a, b};

	expect(sys_call(port, word, 0) == RTOS_OK && word[0] == PEER_OK);
	expect(word[1] == a + b && word[2] == sys_program->number + 1);
}

/* The finder is there before the offerer; both were loaded. */
static void test_loaded(struct run *offering)
{
	const struct run finding = start("job2", "finds", "sums");
	struct run other;

	expect(look("sums") == NAMES_NONE);
	*offering = start("job1", "offers", "sums");
	expect(wait(&finding) == 42);
	other = start("job2", "offers", "sums");
	expect(wait(&other) == PEER_REFUSED + NAMES_DENIED);
	other = start("job2", "finds", "nothing");
	expect(wait(&other) == PEER_REFUSED + NAMES_DENIED);
}

static void test_handle(void)
{
	const rtos_handle_t port = found("sums");
	struct sys_registers told = {.x = {[8] = RTOS_HANDLE_INFO, [9] = port}};

	add(port, 1, 2);
	sys_svc(&told);
	expect(told.x[0] == RTOS_KIND_PORT && told.x[1] == RTOS_RIGHT_CALL);
	expect(told.x[2] == sys_program->number + 1);
	release(port);
}

/* An offer with an error, which is answered at once. */
static uint64_t offer_of(uint64_t payload, uint64_t first_letters)
{
	uint64_t word[RTOS_WORDS] = {NAMES_OFFER, 0, first_letters};

	expect(sys_call_with(sys_given(RTOS_GIVEN_USE, "names", 0)->handle, word, &payload, 0) ==
	       RTOS_OK);
	return word[0];
}

static void test_refused(void)
{
	static const char longest[] = "a name of forty-eight characters, which is too lo";
	uint64_t word[RTOS_WORDS] = {99, 0, 'x'}, notification = 0;

	expect(look("other") == NAMES_DENIED);
	expect(look("") == NAMES_BAD);
	expect(look(longest) == NAMES_BAD);
	expect(names_offer(&offers[0], "sums", own) == NAMES_TAKEN);
	expect(names_withdraw("sums") == NAMES_NONE);
	expect(sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &notification) == RTOS_OK);
	expect(offer_of(0, 'x') == NAMES_BAD);
	expect(offer_of(RTOS_PAYLOAD_HANDLE(notification), 'x') == NAMES_BAD);
	release((rtos_handle_t)notification);
	expect(offer_of(RTOS_PAYLOAD_HANDLE(own), 0) == NAMES_BAD);
	expect(offer_of(RTOS_PAYLOAD_HANDLE_AS(own, RTOS_RIGHTS_ALL, 7), 'x') == NAMES_BAD);
	expect(offer_of(RTOS_PAYLOAD_HANDLE_AS(own, RTOS_RIGHT_CALL, 0), 'x') == NAMES_BAD);
	expect(sys_call(sys_given(RTOS_GIVEN_USE, "names", 0)->handle, word, 0) == RTOS_OK);
	expect(word[0] == NAMES_BAD);
}

/* A caller that takes no handle is told so, and the name is still there. */
static void test_no_room(void)
{
	uint64_t word[RTOS_WORDS] = {NAMES_FIND, 0, 0x736d7573}; /* sums */

	expect(sys_call(sys_given(RTOS_GIVEN_USE, "names", 0)->handle, word, 0) == RTOS_OK);
	expect(word[0] == NAMES_NO_ROOM);
	expect(look("sums") == NAMES_OK);
}

/* As many as a program may have, one name made anew, and all taken back. */
static void test_many(void)
{
	char name[] = "own 0";

	for (int i = 0; i < OFFERS; i++) {
		name[4] = (char)('1' + i);
		expect(names_offer(&offers[i], name, own) == NAMES_OK);
	}
	release(found("own 8"));
	while (names_offer(&offers[OFFERS], "own 9", own) == NAMES_OK)
		release(found("own 8")); /* not all of them have come */
	expect(names_offer(&offers[OFFERS], "own 9", own) == NAMES_FULL);
	expect(names_offer(&offers[OFFERS], "own 8", own) == NAMES_OK);
	for (int i = 0; i < OFFERS; i++) {
		name[4] = (char)('1' + i);
		expect(names_withdraw(name) == NAMES_OK);
	}
	expect(look("own 8") == NAMES_NONE);
}

/* A name ends with its program, a call that waits there, too. */
static void test_end(const struct run *offering)
{
	const rtos_handle_t port = found("sums");
	uint64_t word[RTOS_WORDS] = {PEER_LEAVE};

	expect(sys_call(port, word, 0) == RTOS_GONE);
	expect(wait(offering) == PEER_LEFT);
	expect(look("sums") == NAMES_NONE);
	word[0] = PEER_ADD;
	expect(sys_call(port, word, 0) == RTOS_BAD_HANDLE);
}

/* ---- the server's ends ---- */

static void round_of(uint64_t number)
{
	const rtos_handle_t sums = found("sums");

	add(sums, number, number * 3);
	release(sums);
	expect(look("nothing") == NAMES_NONE);
	if (number % 4 == 0) {
		expect(names_offer(&offers[0], "own", own) == NAMES_OK);
		release(found("own"));
	} else if (number % 4 == 2) {
		(void)names_withdraw("own"); /* twice, if it comes again */
		expect(look("own") == NAMES_NONE);
	}
}

static void test_restarts(void)
{
	const uint64_t restarter = programs_find("restart");
	uint64_t rounds = 0;

	expect(command(restarter, SUPERVISOR_DO_START) == SUPERVISOR_OK);
	while (programs_starts(server) < STARTS || rounds < STARTS)
		round_of(rounds++);
	expect(command(restarter, SUPERVISOR_DO_STOP) == SUPERVISOR_OK);
	(void)names_withdraw("own");
	printf("%" PRIu64 " rounds while the server of names was started %" PRIu64 " times\n",
	       rounds, programs_starts(server));
}

/* ---- endless questions ---- */

/* Asks for a name that it mustn't find, as if it could wait for it. */
static void *asks(void *nothing)
{
	rtos_handle_t port;

	while (!__atomic_load_n(&asked_enough, __ATOMIC_RELAXED)) {
		const enum names_status status = names_find("other", true, &port);

		expect(status == NAMES_DENIED || status == NAMES_FULL);
	}
	return nothing;
}

/*
 * They keep the port from being empty while they are answered at once, and are more urgent than the
 * offerer. Another caller is answered all the same, and rightly.
 */
static void test_asked_without_end(void)
{
	pthread_t askers[ASKERS];

	for (int i = 0; i < ASKERS; i++)
		expect(pthread_create(&askers[i], NULL, asks, NULL) == 0);
	for (int i = 0; i < BEGINS; i++) {
		expect(command(server, SUPERVISOR_DO_RESTART) == SUPERVISOR_OK);
		expect(look("sums") == NAMES_OK && look("nothing") == NAMES_NONE);
	}
	__atomic_store_n(&asked_enough, true, __ATOMIC_RELAXED);
	for (int i = 0; i < ASKERS; i++)
		expect(pthread_join(askers[i], NULL) == 0);
}

/* ---- a program that sends, and asks on as nobody has to answer ---- */

static void send(uint64_t what, uint64_t payload)
{
	/* A name that begins with "s". */
	struct sys_registers sent = {
	    .x = {what, 1, 's', [8] = RTOS_SEND,
	          [9] = sys_given(RTOS_GIVEN_USE, "names", 0)->handle, [11] = payload}};

	sys_svc(&sent);
	expect(sent.x[8] == RTOS_OK);
}

static void *sends(void *nothing)
{
	for (int i = 0; i < BEGINS; i++) {
		expect(sem_wait(&sends_now) == 0);
		for (int sent = 0; sent < SENT; sent++)
			send(NAMES_FIND + (uint64_t)sent % 2, 0);
	}
	return nothing;
}

/* It is as urgent as the asking program, so what it sends comes between the question and what a
 * less urgent program offered. */
static void test_sent(void)
{
	pthread_t sender;

	expect(sem_init(&sends_now, 0, 0) == 0);
	expect(pthread_create(&sender, NULL, sends, NULL) == 0);
	for (int i = 0; i < BEGINS; i++) {
		expect(command(server, SUPERVISOR_DO_RESTART) == SUPERVISOR_OK);
		expect(sem_post(&sends_now) == 0);
		expect(look("sums") == NAMES_OK && look("nothing") == NAMES_NONE);
	}
	expect(pthread_join(sender, NULL) == 0);
	expect(sem_destroy(&sends_now) == 0);
	send(NAMES_OFFER, RTOS_PAYLOAD_HANDLE(own));
	expect(names_withdraw("s") == NAMES_NONE); /* it wasn't offered */
}

int main(void)
{
	struct run offering;
	uint64_t made = 0, before, before_handles;

	server = programs_find("names");
	expect(sys_do(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0, &made) == RTOS_OK);
	own = (rtos_handle_t)made;
	expect(look("sums") == NAMES_NONE);
	before = memory();
	before_handles = handles(server);
	test_loaded(&offering);
	test_handle();
	test_refused();
	test_no_room();
	test_many();
	test_end(&offering);
	expect(look("sums") == NAMES_NONE && handles(server) == before_handles);
	offering = start("job1", "offers", "sums");
	test_restarts();
	test_asked_without_end();
	test_sent();
	test_end(&offering);
	expect(look("sums") == NAMES_NONE && handles(server) == before_handles);
	expect(memory() == before);
	return expect_end();
}
