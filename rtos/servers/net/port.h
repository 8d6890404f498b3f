/* What lwIP asks its system for (lwip/arch/cc.h), and how the server speaks and ends. */
#ifndef NET_PORT_H
#define NET_PORT_H

#include <rtos/text.h>
#include <stdint.h>

/* Numbers that others don't foresee from the last one alone. */
void port_seed(uint64_t seed);
uint32_t port_random(void);

/* lwIP's clock: milliseconds. */
uint32_t port_now(void);

/* On the console: the program's name, and what. */
void port_say(const char *what);
/* Says it, and ends: the next server begins with what this one kept. */
_Noreturn void port_failed(const char *what);

#endif
