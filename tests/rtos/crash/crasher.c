/*
 * A program of two threads that faults three functions deep, each time it is started: gdb looks at
 * its core file (tests/system/test_rtos_crash.py).
 */
#include <lib/string.h>
#include <proto/log.h>
#include <rtos/sys.h>

struct order {
	uint64_t number;
	uint64_t *place;
};

uint64_t crasher_count = 4711; /* a variable that has a first value, and gets another one */
uint64_t crasher_many[64];     /* and some that have none */
static uint64_t *volatile crasher_nowhere;
static uint8_t crasher_stack[2048] __attribute__((aligned(16)));

/* With values in its FP registers, which nobody takes out of them. */
static _Noreturn void crasher_waits(void)
{
	__asm__ volatile(".arch_extension fp\n\tfmov d8, #1.5\n\tfmov d31, #-2.0" ::: "memory");
	for (;;)
		(void)sys_wait(0, ~0ULL);
}

static __attribute__((noinline)) void crasher_innermost(const struct order *order)
{
	crasher_count++;
	*order->place = order->number;
	__asm__ volatile("" ::: "memory");
}

static __attribute__((noinline)) void crasher_middle(uint64_t number)
{
	const struct order order = {.number = number, .place = crasher_nowhere};

	for (uint64_t i = 0; i < 64; i++)
		crasher_many[i] = number + i;
	crasher_innermost(&order);
	__asm__ volatile("" ::"r"(&order) : "memory");
}

/* As if it had been said when the machine was started. */
static void crasher_writes_of_old(void)
{
	static const char said[] = "said long ago";
	uint64_t word[RTOS_WORDS] = {LOG_WRITE, LOG_TEXT_OF(sizeof(said) - 1, UINT32_MAX)};

	memcpy(&word[2], said, sizeof(said) - 1);
	(void)sys_call(sys_given(RTOS_GIVEN_USE, "log", 0)->handle, word, 0);
}

int main(void)
{
	if (sys_program->starts == 1)
		crasher_writes_of_old();
	(void)sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)crasher_waits,
	             (uint64_t)(crasher_stack + sizeof(crasher_stack)), 0,
	             RTOS_THREAD(sys_program->priority_limit, 0, RTOS_THREAD_FP), 0, NULL);
	/* It is as urgent as this one, and waits then. */
	(void)sys_do(RTOS_YIELD, 0, 0, 0, 0, 0, 0, NULL);
	crasher_middle(42);
	return 0;
}
