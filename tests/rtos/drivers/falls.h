/*
 * Puts a fault into a driver. The call that falls_on() chooses kills the first driver that takes
 * it, by a write to an unmapped address, and the next driver gets the call again. This stands in
 * front of a driver's main.c, which takes every call by sys_reply_wait().
 */
#ifndef TESTS_RTOS_DRIVERS_FALLS_H
#define TESTS_RTOS_DRIVERS_FALLS_H

#include <rtos/sys.h>

bool falls_on(const uint64_t word[RTOS_WORDS]);
static uint64_t *volatile falls_place;

static inline enum rtos_status falls_reply_wait(rtos_handle_t port, struct sys_message *message,
                                                uint64_t deadline)
{
	const enum rtos_status status = sys_reply_wait(port, message, deadline);

	if (status == RTOS_OK && message->deliveries == 0 && falls_on(message->word))
		*falls_place = message->identity;
	return status;
}
#define sys_reply_wait falls_reply_wait

#endif
