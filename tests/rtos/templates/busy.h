/*
 * How long all programs together have computed, for tests whose work waits for a device: a thread
 * that is less urgent than all who work runs where none of them does, and what it ran is taken off.
 * So the counter goes on by instructions alone, and how long the host needs for its disk isn't in
 * it.
 */
#ifndef TESTS_RTOS_TEMPLATES_BUSY_H
#define TESTS_RTOS_TEMPLATES_BUSY_H

#include <stdbool.h>
#include <stdint.h>

/* Once; false: the thread couldn't be made. */
bool busy_begin(void);

/* In nanoseconds of the machine's counter, the time before busy_begin() included. */
uint64_t busy_time(void);

#endif
