/*
 * The supervisor with two faults put in: asked about the crasher's use, its first start writes to
 * unmapped memory; asked about the log's use, its second start never answers. Linked in front of
 * child_use().
 */
#include <lib/string.h>
#include <rtos/sys.h>
#include <servers/supervisor/child.h>

/* Numbers of programs in crash.dts. */
#define FALLS_LOG     3
#define FALLS_CRASHER 4

void __real_child_use(const struct children *all, uint32_t number, uint64_t use[5]);
void __wrap_child_use(const struct children *all, uint32_t number, uint64_t use[5]);
uint64_t *volatile falls_place;
volatile uint64_t falls_turns = 4711;

static __attribute__((noinline)) void falls(uint64_t number)
{
	*falls_place = number;
}

void __wrap_child_use(const struct children *all, uint32_t number, uint64_t use[5])
{
	if (number == FALLS_CRASHER && sys_first->starts == 0)
		falls(number);
	if (number == FALLS_LOG && sys_first->starts == 1)
		falls_turns++;
	/* It only reads: QEMU is slow with stores to a page that held code before. */
	while (falls_turns != 4711 && sys_first->starts == 1)
		continue;
	__real_child_use(all, number, use);
}
