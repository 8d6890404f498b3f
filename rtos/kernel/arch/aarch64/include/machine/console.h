/* The early console: a PL011 that is polled. */
#ifndef MACHINE_CONSOLE_H
#define MACHINE_CONSOLE_H

/* Nothing, if there is none. */
void console_put(char character);

#endif
