/* See port.h. */
#include "port.h"
#include <lib/string.h>
#include <rtos/console.h>
#include <rtos/sys.h>
#include <string.h>

static uint64_t port_state = 1;

void port_seed(uint64_t seed)
{
	port_state ^= seed * 0x9e3779b97f4a7c15ULL;
	if (port_state == 0)
		port_state = 1;
}

/* Marsaglia's xorshift64*, with the counter's last bits at each call. */
uint32_t port_random(void)
{
	port_seed(sys_now());
	port_state ^= port_state >> 12;
	port_state ^= port_state << 25;
	port_state ^= port_state >> 27;
	return (uint32_t)(port_state * 0x2545f4914f6cdd1dULL >> 32);
}

void port_say(const char *what)
{
	struct text text = {.length = 0};

	text_add(&text, sys_program->name);
	text_add(&text, ": ");
	text_add(&text, what);
	text_add(&text, "\n");
	(void)console_print(&text);
}

_Noreturn void port_failed(const char *what)
{
	port_say(what);
	sys_exit(1);
}

/* lwIP calls this sys_now(): mk/rtos.mk renames it, as rtos/sys.h has another sys_now(). */
uint32_t port_now(void)
{
	return (uint32_t)sys_milliseconds();
}

/* ---- what lwIP takes from a C library ---- */

size_t strlen(const char *string)
{
	return string_length(string);
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}
