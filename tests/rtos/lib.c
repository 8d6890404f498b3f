/* The test programs' own library: see test/rtos.h. */
#include <lib/string.h>
#include <stdarg.h>
#include <test/rtos.h>

const struct rtos_start *test_start;
extern char test_data[], test_data_end[], _start[];

static uint32_t test_failures;

/* ---- calls ---- */

enum rtos_status test_do(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                         uint64_t x2, uint64_t x3, uint64_t x4, uint64_t *answer)
{
	struct test_call call = {.x = {x0, x1, x2, x3, x4}};

	call.x[8] = number;
	call.x[9] = handle;
	test_svc(&call);
	if (answer != NULL)
		*answer = call.x[0];
	return (enum rtos_status)call.x[8];
}

uint64_t test_must(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                   uint64_t x2, uint64_t x3, uint64_t x4)
{
	uint64_t answer = 0;
	enum rtos_status status = test_do(number, handle, x0, x1, x2, x3, x4, &answer);

	if (status != RTOS_OK)
		test_unequal("call", (int)number, "status", status, RTOS_OK);
	return answer;
}

enum rtos_status test_ask(rtos_handle_t port, uint64_t word, uint64_t deadline, uint64_t *answer)
{
	struct test_call call = {.x = {word}};

	call.x[8] = RTOS_CALL;
	call.x[9] = port;
	call.x[10] = deadline;
	test_svc(&call);
	if (answer != NULL)
		*answer = call.x[0];
	return (enum rtos_status)call.x[8];
}

enum rtos_status test_receive(rtos_handle_t port, uint64_t deadline, struct test_call *call)
{
	memset(call, 0, sizeof(*call));
	call->x[8] = RTOS_RECEIVE;
	call->x[9] = port;
	call->x[10] = deadline;
	test_svc(call);
	return (enum rtos_status)call->x[8];
}

enum rtos_status test_answer(struct test_call *call)
{
	struct test_call own = *call;

	own.x[8] = RTOS_REPLY;
	own.x[11] = 0;
	test_svc(&own);
	return (enum rtos_status)own.x[8];
}

struct test_call test_carry(enum rtos_call number, rtos_handle_t port, uint64_t word,
                            uint64_t along)
{
	struct test_call call = {.x = {word}};

	call.x[8] = number;
	call.x[9] = port;
	call.x[11] = along;
	test_svc(&call);
	return call;
}

enum rtos_status test_take(rtos_handle_t port, uint64_t deadline, uint64_t takes,
                           struct test_call *call)
{
	*call = (struct test_call){.x = {0}};
	call->x[8] = RTOS_RECEIVE;
	call->x[9] = port;
	call->x[10] = deadline;
	call->x[11] = takes;
	test_svc(call);
	return (enum rtos_status)call->x[8];
}

enum rtos_status test_give_back(const struct test_call *call)
{
	struct test_call own = *call;

	own.x[8] = RTOS_AGAIN;
	test_svc(&own);
	return (enum rtos_status)own.x[8];
}

enum rtos_status test_answer_with(const struct test_call *call, uint64_t along)
{
	struct test_call own = *call;

	own.x[8] = RTOS_REPLY;
	own.x[11] = along;
	test_svc(&own);
	return (enum rtos_status)own.x[8];
}

/* ---- time ---- */

uint64_t test_now(void)
{
	uint64_t now;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now));
	return now;
}

uint64_t test_in(uint64_t microseconds)
{
	return test_now() + microseconds * (test_start->counter_hz / 1000) / 1000;
}

uint64_t test_wait(rtos_handle_t notification, uint64_t deadline)
{
	struct test_call call = {.x = {0}};

	call.x[8] = RTOS_WAIT;
	call.x[9] = notification;
	call.x[10] = deadline;
	test_svc(&call);
	return call.x[8] == RTOS_OK ? call.x[0] : 0;
}

void test_sleep(uint64_t microseconds)
{
	test_wait(0, test_in(microseconds));
}

/* Less urgent than anybody: on again when all others of this CPU wait or have ended. */
void test_settle(void)
{
	test_must(RTOS_THREAD_SET, RTOS_HANDLE_THREAD, RTOS_THREAD(0, 0, 0), 0, 0, 0, 0);
	test_must(RTOS_THREAD_SET, RTOS_HANDLE_THREAD, RTOS_THREAD(TEST_PRIORITY, 0, 0), 0, 0, 0,
	          0);
}

/* The same on each CPU: a thread that has reported its end has really ended. */
static void settle_everywhere(void)
{
	for (uint64_t cpu = 0; cpu < test_start->cpus; cpu++)
		test_must(RTOS_THREAD_SET, RTOS_HANDLE_THREAD, RTOS_THREAD(0, cpu, 0), 0, 0, 0, 0);
	test_must(RTOS_THREAD_SET, RTOS_HANDLE_THREAD, RTOS_THREAD(TEST_PRIORITY, 0, 0), 0, 0, 0,
	          0);
}

/* ---- threads and processes ---- */

#define STACK_PAGES 2
#define STACK_FIRST 0x10000000ULL
#define STACK_STEP  0x10000ULL
#define STACKS_MAX  16

static rtos_handle_t stack_region[STACKS_MAX];
static uint32_t stack_count;

static uint64_t add_stack(void)
{
	uint64_t address = STACK_FIRST + stack_count * STACK_STEP;
	rtos_handle_t region =
	    (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, STACK_PAGES, 0, 0, 0, 0);

	TEST_EXPECT(stack_count < STACKS_MAX);
	test_must(RTOS_MAP, region, address, 0, STACK_PAGES, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0);
	stack_region[stack_count++] = region;
	return address + STACK_PAGES * RTOS_PAGE_SIZE;
}

void test_stacks_free(void)
{
	settle_everywhere();
	while (stack_count > 0)
		test_must(RTOS_DESTROY, stack_region[--stack_count], 0, 0, 0, 0, 0);
}

rtos_handle_t test_thread(test_function *function, uint64_t argument, uint64_t placed)
{
	return (rtos_handle_t)test_must(RTOS_THREAD_CREATE, 0, (uint64_t)function, add_stack(),
	                                argument, placed, 0);
}

void test_thread_end(void)
{
	test_do(RTOS_THREAD_END, 0, 0, 0, 0, 0, 0, NULL);
	__builtin_trap();
}

static void ask(uint64_t at)
{
	struct test_asked *asked = (struct test_asked *)at;

	asked->answer = test_carry(asked->number, asked->port, asked->word, asked->along);
	asked->done = true;
	test_thread_end();
}

void test_start_asking(struct test_asked *asked)
{
	asked->done = false;
	test_thread(ask, (uint64_t)asked, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
}

#define CHILD_STACK 0x20000000ULL

/* Fresh pages, with a copy of this process's memory at `from`, unless that is NULL. */
static void child_pages(rtos_handle_t process, uint64_t address, uint64_t pages, const void *from)
{
	const uint64_t aside = 0x30000000;
	rtos_handle_t region =
	    (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, pages, 0, 0, 0, process);

	if (from != NULL) {
		test_must(RTOS_MAP, region, aside, 0, pages, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0);
		memcpy((void *)aside, from, pages * RTOS_PAGE_SIZE);
		test_must(RTOS_UNMAP, 0, aside, 0, 0, 0, 0);
	}
	test_must(RTOS_MAP, region, address, 0, pages, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, process);
	test_must(RTOS_HANDLE_CLOSE, region, 0, 0, 0, 0, 0);
}

/* The program's segments that aren't written, from the boot image. */
static void child_code(rtos_handle_t process)
{
	const struct rtos_image *image = (const struct rtos_image *)test_start->image;
	const struct rtos_program *program =
	    (const struct rtos_program *)(test_start->image + image->programs);
	const struct rtos_part *parts =
	    (const struct rtos_part *)(test_start->image + image->parts);

	for (uint32_t i = 0; i < program->segment_count; i++) {
		const struct rtos_segment *segment = &program->segment[i];

		if ((segment->rights & RTOS_RIGHT_WRITE) == 0)
			test_must(RTOS_MAP, RTOS_HANDLE_IMAGE, segment->address,
			          parts[segment->part].offset / RTOS_PAGE_SIZE,
			          (segment->memory + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE,
			          segment->rights, process);
	}
}

void test_process_fill(rtos_handle_t process)
{
	child_code(process);
	child_pages(process, (uint64_t)test_data,
	            (uint64_t)(test_data_end - test_data) / RTOS_PAGE_SIZE, test_data);
	child_pages(process, CHILD_STACK, STACK_PAGES, NULL);
}

rtos_handle_t test_process(uint64_t pages)
{
	rtos_handle_t process = (rtos_handle_t)test_must(
	    RTOS_PROCESS_CREATE, RTOS_HANDLE_MACHINE, 1, RTOS_PRIORITIES - 1, 0x646c696863, 0, 0);

	test_must(RTOS_PROCESS_PAGES, process, pages, 0, 0, 0, 0);
	test_process_fill(process);
	return process;
}

rtos_handle_t test_process_run(rtos_handle_t process, test_function *function, uint64_t argument,
                               uint64_t placed)
{
	return (rtos_handle_t)test_must(RTOS_THREAD_CREATE, process, (uint64_t)function,
	                                CHILD_STACK + STACK_PAGES * RTOS_PAGE_SIZE, argument,
	                                placed, 0);
}

uint64_t test_process_end(rtos_handle_t process)
{
	rtos_handle_t told = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	uint64_t state = 0;

	test_must(RTOS_PROCESS_WATCH, process, told, 1, 0, 0, 0);
	TEST_EQUAL(test_wait(told, test_in(TEST_LONG)), 1);
	test_do(RTOS_PROCESS_STATE, process, 0, 0, 0, 0, 0, &state);
	test_must(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0);
	test_must(RTOS_DESTROY, told, 0, 0, 0, 0, 0);
	return state;
}

rtos_handle_t test_server(rtos_handle_t port, test_function *function, uint64_t argument)
{
	rtos_handle_t process = test_process(TEST_CHILD_PAGES);

	test_give(process, port, RTOS_RIGHT_RECEIVE, 0, TEST_CHILD_PORT);
	test_process_run(process, function, argument, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	return process;
}

void test_process_kill(rtos_handle_t process)
{
	test_must(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0);
	test_process_end(process);
}

void test_process_exit(uint64_t value)
{
	test_do(RTOS_EXIT, 0, value, 0, 0, 0, 0, NULL);
}

rtos_handle_t test_port(void)
{
	return (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
}

void test_destroy(rtos_handle_t object)
{
	test_must(RTOS_DESTROY, object, 0, 0, 0, 0, 0);
}

void test_give(rtos_handle_t process, rtos_handle_t handle, uint32_t rights, uint32_t badge,
               uint32_t place)
{
	test_must(RTOS_HANDLE_GIVE, process, handle, rights, badge, place, 0);
}

/* ---- the judge ---- */

static char line[56];
static uint64_t line_length;

static void flush(void)
{
	struct test_call call;

	memcpy(call.x, line, sizeof(line));
	call.x[7] = line_length;
	call.x[8] = RTOS_PRINT;
	call.x[9] = RTOS_HANDLE_MACHINE;
	test_svc(&call);
	line_length = 0;
}

static void put(char character)
{
	line[line_length++] = character;
	if (line_length == sizeof(line) || character == '\n')
		flush();
}

static void put_text(const char *text)
{
	while (*text != '\0')
		put(*text++);
}

static void put_number(uint64_t number, uint32_t base)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number != 0);
	put_text(&digits[at]);
}

void test_say(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			put(*format);
			continue;
		}
		format++;
		if (*format == 's')
			put_text(va_arg(list, const char *));
		else
			put_number(va_arg(list, uint64_t), *format == 'x' ? 16 : 10);
	}
	va_end(list);
}

void test_failed(const char *file, int at, const char *what)
{
	test_failures++;
	test_say("%s:%u: FAILED: %s\n", file, (uint64_t)at, what);
}

void test_unequal(const char *file, int at, const char *what, uint64_t value, uint64_t wanted)
{
	test_failures++;
	test_say("%s:%u: FAILED: %s is 0x%x, not 0x%x\n", file, (uint64_t)at, what, value, wanted);
}

struct possession {
	uint64_t pages, handles;
};

static struct possession possession(void)
{
	struct test_call call = {.x = {0}};

	call.x[8] = RTOS_PROCESS_STATE;
	test_svc(&call);
	return (struct possession){call.x[5], call.x[7]};
}

/* True: it passed. A leak counts as failure. */
static bool run(const struct test_case *test)
{
	const struct possession before = possession();
	const uint32_t failures = test_failures;
	struct possession after;

	test->run();
	test_stacks_free();
	after = possession();
	TEST_EQUAL(after.handles, before.handles);
	TEST_EQUAL(after.pages, before.pages);
	test_say("%s: %s\n", test->name, test_failures == failures ? "passed" : "FAILED");
	return test_failures == failures;
}

/* Tables stay where something was mapped once: not to be taken for a leak later. */
static void make_tables(void)
{
	for (uint32_t i = 0; i < STACKS_MAX; i++)
		add_stack();
	test_stacks_free();
	child_pages(0, CHILD_STACK, 1, test_data);
	test_must(RTOS_UNMAP, 0, CHILD_STACK, 0, 0, 0, 0);
}

void test_all(const struct test_case *cases, size_t count)
{
	uint64_t passed = 0, failed = 0;

	make_tables();

	for (size_t i = 0; i < count; i++) {
		if (test_start->cpus < cases[i].cpus)
			test_say("%s: skipped (needs %u CPUs)\n", cases[i].name,
			         (uint64_t)cases[i].cpus);
		else if (run(&cases[i]))
			passed++;
		else
			failed++;
	}
	test_say("tests: %u passed, %u failed\n", passed, failed);
	test_do(RTOS_POWER, RTOS_HANDLE_MACHINE, RTOS_POWER_OFF, 0, 0, 0, 0, NULL);
	__builtin_trap();
}
