/*
 * What the RTOS's test programs stand on: every system call as it is, with all registers to look
 * at, threads and processes that run a function of the same program, and the count of what passed.
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

/* A call with a handle and up to five arguments; the status. Answers' x0 goes to *answer, if that
 * isn't NULL. */
enum rtos_status test_do(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                         uint64_t x2, uint64_t x3, uint64_t x4, uint64_t *answer);

/* The same, for what has to succeed: the answer's x0. */
uint64_t test_must(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                   uint64_t x2, uint64_t x3, uint64_t x4);

extern const struct rtos_start *test_start;

rtos_handle_t test_port(void);
void test_destroy(rtos_handle_t object);

/* ---- messages ---- */

/* Calls with one word; the answer's first word goes to *answer. */
enum rtos_status test_ask(rtos_handle_t port, uint64_t word, uint64_t deadline, uint64_t *answer);

/* Receives; `call` has the message. */
enum rtos_status test_receive(rtos_handle_t port, uint64_t deadline, struct test_call *call);

/* Answers the message in `call` with its words. */
enum rtos_status test_answer(struct test_call *call);

/* Calls or sends a word with something along; the registers afterwards. */
struct test_call test_carry(enum rtos_call number, rtos_handle_t port, uint64_t word,
                            uint64_t along);
/* Receives, and takes this along. */
enum rtos_status test_take(rtos_handle_t port, uint64_t deadline, uint64_t takes,
                           struct test_call *call);
/* RTOS_AGAIN. */
enum rtos_status test_give_back(const struct test_call *call);
/* test_answer() with something along. */
enum rtos_status test_answer_with(const struct test_call *call, uint64_t along);

/* ---- time ---- */

/* Microseconds, for what comes in the end: a busy host gives a machine little. */
#define TEST_LONG 180000000u

uint64_t test_now(void);
/* The counter so many microseconds from now. */
uint64_t test_in(uint64_t microseconds);
void test_sleep(uint64_t microseconds);
/* Until all others on CPU 0 wait or have ended, however long that takes. */
void test_settle(void);
/* Waits for bits; 0: they didn't come before the deadline. */
uint64_t test_wait(rtos_handle_t notification, uint64_t deadline);

/* ---- threads and processes ---- */

#define TEST_PRIORITY 100 /* of the thread that runs the tests */

typedef void test_function(uint64_t argument);

/* A thread of this process, on a stack of its own, which stays until test_stacks_free(). */
rtos_handle_t test_thread(test_function *function, uint64_t argument, uint64_t placed);
_Noreturn void test_thread_end(void);
/* Once all others wait or have ended, on each CPU: who says that it is done still has its own. */
void test_stacks_free(void);

/* A client: a thread of this process, more urgent than the tests, and what became of its call. */
struct test_asked {
	rtos_handle_t port;
	enum rtos_call number;
	uint64_t word, along;
	struct test_call answer;
	volatile bool done;
};
void test_start_asking(struct test_asked *asked);

/* A process of this program's code, with variables of its own; nobody runs in it yet. Its own
 * handle and the machine aren't in its table. */
rtos_handle_t test_process(uint64_t pages);
/* What it begins with: done by test_process(), and again when it was reset. */
void test_process_fill(rtos_handle_t process);
/* Its first thread. */
rtos_handle_t test_process_run(rtos_handle_t process, test_function *function, uint64_t argument,
                               uint64_t placed);
/* Until it has ended: its state. It is reaped then. */
uint64_t test_process_end(rtos_handle_t process);
/* A server in a process of its own, more urgent than who tests, with the port at its place. */
#define TEST_CHILD_PORT  10
#define TEST_CHILD_PAGES 64

/* A page that is memory on no board. */
#define TEST_DEVICE 0xff010000u
rtos_handle_t test_server(rtos_handle_t port, test_function *function, uint64_t argument);
/* Killed, and reaped. */
void test_process_kill(rtos_handle_t process);
/* The calling process ends with this value. */
void test_process_exit(uint64_t value);
/* Gives it a handle at this place. */
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
	uint32_t cpus; /* that it needs; skipped with fewer */
};

/* Runs them, each with a count of what leaked, and powers off. */
_Noreturn void test_all(const struct test_case *cases, size_t count);

#endif
