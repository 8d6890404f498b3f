/*
 * How long all programs together have computed, for tests whose work waits for a device. A thread
 * that is less urgent than all of these runs while none of them does, and its time is subtracted.
 * So the time counts instructions only, and not how long the host needs for its disk.
 */
#ifndef TESTS_RTOS_TEMPLATES_BUSY_H
#define TESTS_RTOS_TEMPLATES_BUSY_H

#include <stdbool.h>
#include <stdint.h>

/* Starts the thread; call it once. False: the thread can't be made. */
bool busy_begin(void);

/* The time in nanoseconds of the machine's counter, with the time before busy_begin(). */
uint64_t busy_time(void);

#endif
