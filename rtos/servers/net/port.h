/* What lwIP asks of its system (lwip/arch/cc.h), and how the server speaks and ends. */
#ifndef NET_PORT_H
#define NET_PORT_H

#include <rtos/text.h>
#include <stdint.h>

/* port_random(): a number that others can't foresee just from the last one. */
void port_seed(uint64_t seed);
uint32_t port_random(void);

/* lwIP's clock: milliseconds. */
uint32_t port_now(void);

/* Says this on the console, behind the program's name. */
void port_say(const char *what);
/* Says this, and ends. The next server begins with what this one kept. */
_Noreturn void port_failed(const char *what);

#endif
