/* Instants, samples and their output: see bench/stamp.h. */
#include <bench/stamp.h>
#include <stddef.h>
#include <test/rtos.h>

#define SAMPLES_MAX 4096
#define TO_SVC      26 /* instructions from the first reading: stamp.S */

_Static_assert(offsetof(struct stamp_call, kept) == 112 &&
                   offsetof(struct stamp_call, before) == 224 &&
                   offsetof(struct stamp_call, behind) == 360,
               "the assembler knows the places");

void stamp_store_read(uint64_t address, uint32_t value, uint64_t reading[STAMP_READINGS]);

static uint32_t samples[SAMPLES_MAX];
static uint32_t count;
static uint32_t seed = 12345;

/* Nanoseconds of a counter step. It is kept here, as the kernel's start page isn't mapped in every
 * process. */
static uint64_t tick;

void stamp_begin(const struct rtos_start *start)
{
	test_start = start;
	tick = 1000000000 / start->counter_hz;
	test_sleep(5000); /* so that the output of the kernel's own line isn't measured */
}

/* The instant of the first reading; 0: the readings aren't one instruction apart. */
static uint64_t instant(const uint64_t reading[STAMP_READINGS])
{
	uint32_t i = 1;

	if (reading[STAMP_READINGS - 1] - reading[0] != 1)
		return 0;
	while (reading[i] == reading[0])
		i++;
	return reading[i] * tick - i;
}

uint64_t stamp_left(const struct stamp_call *call)
{
	uint64_t first = instant(call->before);

	return first == 0 ? 0 : first + TO_SVC;
}

uint64_t stamp_came(const struct stamp_call *call)
{
	return instant(call->behind);
}

uint64_t stamp_store(uint64_t address, uint32_t value)
{
	uint64_t reading[STAMP_READINGS], first;

	stamp_store_read(address, value, reading);
	first = instant(reading);
	return first == 0 ? 0 : first - 1;
}

uint64_t stamp_of_counter(uint64_t counter)
{
	return counter * tick;
}

uint32_t stamp_random(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 16) % below;
}

void stamp_sample(uint64_t from, uint64_t to)
{
	if (from != 0 && to != 0 && count < SAMPLES_MAX)
		samples[count++] = (uint32_t)(to - from);
}

static void sort(void)
{
	for (uint32_t gap = count / 2; gap > 0; gap /= 2) {
		for (uint32_t i = gap; i < count; i++) {
			uint32_t value = samples[i], j = i;

			for (; j >= gap && samples[j - gap] > value; j -= gap)
				samples[j] = samples[j - gap];
			samples[j] = value;
		}
	}
}

void stamp_report(const char *name)
{
	sort();
	if (count > 0)
		test_say("FIGURE %s %u %u %u\n", name, (uint64_t)samples[count / 2],
		         (uint64_t)samples[count - 1], (uint64_t)count);
	count = 0;
	test_sleep(5000); /* so that the console's work for these lines isn't in the next figure */
}

void stamp_done(void)
{
	test_say("bench: done\n");
	test_do(RTOS_POWER, RTOS_HANDLE_MACHINE, RTOS_POWER_OFF, 0, 0, 0, 0, NULL);
	__builtin_trap();
}
