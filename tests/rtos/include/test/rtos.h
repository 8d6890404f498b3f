/*
 * Helpers of all test programs of the RTOS: every system call with all its registers, threads and
 * processes that run a function of the same program, and the count of tests that passed.
 */
#ifndef TEST_RTOS_H
#define TEST_RTOS_H

#include <kumiki/rtos/call.h>
#include <kumiki/rtos/image.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* x0 to x13. */
struct test_call {
	uint64_t x[14];
};
void test_svc(struct test_call *call);

/* Makes a call with a handle and up to five arguments, and returns the status. The answer's x0 goes
 * to *answer, if that isn't NULL. */
enum rtos_status test_do(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                         uint64_t x2, uint64_t x3, uint64_t x4, uint64_t *answer);

/* The same for a call that must succeed; returns the answer's x0. */
uint64_t test_must(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                   uint64_t x2, uint64_t x3, uint64_t x4);

extern const struct rtos_start *test_start;

rtos_handle_t test_port(void);
void test_destroy(rtos_handle_t object);

/* ---- messages ---- */

/* Calls with one word; the answer's first word goes to *answer. */
enum rtos_status test_ask(rtos_handle_t port, uint64_t word, uint64_t deadline, uint64_t *answer);

/* Receives a message; `call` gets it. */
enum rtos_status test_receive(rtos_handle_t port, uint64_t deadline, struct test_call *call);

/* Answers the message in `call` with its words. */
enum rtos_status test_answer(struct test_call *call);

/* Calls or sends a word with a payload; returns the registers afterwards. */
struct test_call test_carry(enum rtos_call number, rtos_handle_t port, uint64_t word,
                            uint64_t along);
/* Receives a message, and takes these kinds of payload. */
enum rtos_status test_take(rtos_handle_t port, uint64_t deadline, uint64_t takes,
                           struct test_call *call);
/* Gives the call back to its port (RTOS_AGAIN). */
enum rtos_status test_give_back(const struct test_call *call);
/* test_answer() with a payload. */
enum rtos_status test_answer_with(const struct test_call *call, uint64_t along);

/* ---- time ---- */

/* Microseconds to wait for events that must come: a busy host gives a machine little time. */
#define TEST_LONG 180000000u

uint64_t test_now(void);
/* The counter's value some microseconds from now. */
uint64_t test_in(uint64_t microseconds);
void test_sleep(uint64_t microseconds);
/* Waits until all other threads on CPU 0 wait or have ended, however long that takes. */
void test_settle(void);
/* Waits for bits, and returns them; 0: none came before the deadline. */
uint64_t test_wait(rtos_handle_t notification, uint64_t deadline);

/* ---- threads and processes ---- */

#define TEST_PRIORITY 100 /* the priority of the thread that runs the tests */

typedef void test_function(uint64_t argument);

/* Starts a thread of this process, on a stack of its own, which stays until test_stacks_free(). */
rtos_handle_t test_thread(test_function *function, uint64_t argument, uint64_t placed);
_Noreturn void test_thread_end(void);
/* Frees these stacks. All other threads must wait or have ended, on each CPU: a thread that only
 * says that it is done still uses its stack. */
void test_stacks_free(void);

/* A client: a thread of this process, more urgent than the tests, and the result of its call. */
struct test_asked {
	rtos_handle_t port;
	enum rtos_call number;
	uint64_t word, along;
	struct test_call answer;
	volatile bool done;
};
void test_start_asking(struct test_asked *asked);

/* Makes a process with this program's code and variables of its own; no thread runs in it yet. Its
 * table doesn't have its own handle, nor the machine. */
rtos_handle_t test_process(uint64_t pages);
/* Gives a process its first contents. test_process() does that; call it again after a reset. */
void test_process_fill(rtos_handle_t process);
/* Starts its first thread. */
rtos_handle_t test_process_run(rtos_handle_t process, test_function *function, uint64_t argument,
                               uint64_t placed);
/* Waits until the process has ended, reaps it, and returns its state. */
uint64_t test_process_end(rtos_handle_t process);
/* A server in a process of its own, more urgent than the tests. It has the port as this handle. */
#define TEST_CHILD_PORT  10
#define TEST_CHILD_PAGES 64

/* A page that isn't memory on any board. */
#define TEST_DEVICE 0xff010000u
rtos_handle_t test_server(rtos_handle_t port, test_function *function, uint64_t argument);
/* Kills the process, and reaps it. */
void test_process_kill(rtos_handle_t process);
/* Ends the calling process with this value. */
void test_process_exit(uint64_t value);
/* Gives the process a handle at this place of its table. */
void test_give(rtos_handle_t process, rtos_handle_t handle, uint32_t rights, uint32_t badge,
               uint32_t place);

/* ---- the judge ---- */

void test_say(const char *format, ...);

#define TEST_EXPECT(condition)                                                                     \
	do {                                                                                       \
		if (!(condition))                                                                  \
			test_failed(__FILE__, __LINE__, #condition);                               \
	} while (0)
#define TEST_EQUAL(value, wanted)                                                                  \
	do {                                                                                       \
		uint64_t value_ = (value), wanted_ = (wanted);                                     \
		if (value_ != wanted_)                                                             \
			test_unequal(__FILE__, __LINE__, #value, value_, wanted_);                 \
	} while (0)

void test_failed(const char *file, int line, const char *what);
void test_unequal(const char *file, int line, const char *what, uint64_t value, uint64_t wanted);

struct test_case {
	const char *name;
	void (*run)(void);
	uint32_t cpus; /* how many it needs; it is skipped with fewer */
};

/* Runs the tests, counts each one's leaks, and switches the machine off. */
_Noreturn void test_all(const struct test_case *cases, size_t count);

#endif
