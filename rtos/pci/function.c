/* See function.h. */
#include <pci/function.h>

#define FUNCTION_ASSERTS  (1u << 19) /* of the status, which is the upper half */
#define FUNCTION_BAR_WIDE 4u
#define FUNCTION_BAR_BITS 0xfu
#define FUNCTION_BARS     6u

uint32_t function_read(const struct function *function, uint32_t at)
{
	return function->space[at / 4];
}

/* A BAR of 64 bits has two words. */
static uint64_t function_read_bar(const struct function *function, uint32_t at)
{
	const uint64_t low = function_read(function, at);

	return (low & ~(uint64_t)FUNCTION_BAR_BITS) |
	       ((low & FUNCTION_BAR_WIDE) != 0 ? (uint64_t)function_read(function, at + 4) << 32
	                                       : 0);
}

bool function_place(struct function *function, uint32_t number)
{
	const uint32_t at = FUNCTION_BAR + 4 * number;
	uint64_t base;

	if (function->bar != 0)
		return function->number == number;
	if (number >= FUNCTION_BARS)
		return false;
	if (function_read_bar(function, at) == 0)
		function->space[at / 4] = (uint32_t)function->physical;
	base = function_read_bar(function, at);
	if (base < function->physical || base - function->physical >= function->size)
		return false;
	function->bar = function->window + (base - function->physical);
	function->number = number;
	return true;
}

uint64_t function_left(const struct function *function)
{
	return function->window + function->size - function->bar;
}

void function_set(const struct function *function, enum function_state state)
{
	function->space[FUNCTION_COMMAND / 4] = state;
}

bool function_asserts(const struct function *function)
{
	return (function_read(function, FUNCTION_COMMAND) & FUNCTION_ASSERTS) != 0;
}
