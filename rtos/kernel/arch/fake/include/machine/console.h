/* No console. */
#ifndef MACHINE_CONSOLE_H
#define MACHINE_CONSOLE_H

void console_put(char character);

#endif
