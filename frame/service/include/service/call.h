/*
 * A service's calls to the frame (include/kumiki/service.h). frame/service/lib/call.c makes them by
 * SVC; host tests link a fake frame in its place.
 */
#ifndef SERVICE_CALL_H
#define SERVICE_CALL_H

#include <stdbool.h>
#include <stdint.h>

/* Waits for events. Returns the events that came; 0: none came within `nanoseconds`. */
uint64_t service_wait(uint64_t nanoseconds, uint64_t events);

/* Sends events to another service. */
void service_tell(uint64_t events);

/* Ends the run. Each service's own contract says what the 32 bytes of the answer mean. */
_Noreturn void service_done(uint64_t status, const uint64_t answer[4]);

void service_notify(uint64_t ring);

/* Gives a partition a command (enum life_command). 0: it was told. */
uint64_t service_command(uint64_t partition, uint64_t command);
uint64_t service_move(uint64_t partition, uint64_t vcpu, uint64_t core);

/* Asks for a core's state, by enum service_power. */
uint64_t service_power(uint64_t core, uint64_t what);

/* Returns the request's number; negative: an error of kumiki/hypercall.h. With HOLD_WITHDRAW as the
 * partition, the call withdraws the request whose number is in `time` (kumiki/hold.h). */
int64_t service_hold(uint64_t core, uint64_t partition, uint64_t time);

/* Makes the traces' rings stand still, or go on. */
void service_trace(bool hold);

/* Says that a request lies in the debug box of a partition. */
void service_debug(uint64_t partition);

/* Replaces the frame by the image in the spare memory. Returns an enum update_fault if that can't
 * be done, and otherwise doesn't return. */
uint64_t service_update(uint64_t size);

/* The physical counter. */
uint64_t service_time(void);

#endif
