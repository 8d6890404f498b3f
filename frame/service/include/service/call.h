/*
 * A service's calls to the frame (include/kumiki/service.h). Made by frame/service/lib/call.c with
 * SVC; host tests link a fake frame in its place.
 */
#ifndef SERVICE_CALL_H
#define SERVICE_CALL_H

#include <stdbool.h>
#include <stdint.h>

/* Waits for events; returns those that came, 0 after `nanoseconds` without any. */
uint64_t service_wait(uint64_t nanoseconds, uint64_t events);

/* Sends events to another service. */
void service_tell(uint64_t events);

/* Ends the run. The meaning of the 32 bytes of answer is the service's own contract. */
_Noreturn void service_done(uint64_t status, const uint64_t answer[4]);

void service_notify(uint64_t ring);

/* enum life_command for a partition; 0: it was told. */
uint64_t service_command(uint64_t partition, uint64_t command);
uint64_t service_move(uint64_t partition, uint64_t vcpu, uint64_t core);

/* Asks for a core's state, by enum service_power. */
uint64_t service_power(uint64_t core, uint64_t what);

/* Returns the request's number; negative: an error of kumiki/hypercall.h. HOLD_WITHDRAW as the
 * partition, with the request's number as the time, withdraws a request (kumiki/hold.h). */
int64_t service_hold(uint64_t core, uint64_t partition, uint64_t time);

/* The traces' rings stand still, or go on. */
void service_trace(bool hold);

/* A request lies in the debug box of a partition. */
void service_debug(uint64_t partition);

/* The physical counter. */
uint64_t service_time(void);

#endif
