/* What the frame says of errors: a guest's, in words, and its own, which end the machine. */
#ifndef FRAME_REPORT_H
#define FRAME_REPORT_H

#include <frame/types.h>

struct vcpu;

/*
 * The frame itself can't go on: says why, on the UART, and turns the machine off. Never returns.
 * During start: a broken bundle or board; later: an error of ours.
 */
_Noreturn void stop_machine(const char *why);

/* A condition that only an error of ours can break. */
#define frame_assert(condition)                                                                    \
	do {                                                                                       \
		if (!(condition))                                                                  \
			stop_machine("broken promise: " #condition);                               \
	} while (0)

/*
 * A guest's error that can't be given back to it: partition, vCPU, what, syndrome, address and its
 * owner, registers.
 */
void report_guest(struct vcpu *vcpu, const char *what, uint64_t syndrome, uint64_t address);

#endif
