/* What the frame says of errors: a guest's, in words, and its own, which end the machine. */
#ifndef FRAME_REPORT_H
#define FRAME_REPORT_H

#include <frame/types.h>
#include <kumiki/report.h>
#include <kumiki/trace.h>

struct context;
struct partition;
struct vcpu;

/*
 * The frame itself can't go on: says why, on the UART, and turns the machine off. Never returns.
 * During start: a broken bundle or board; later: an error of ours.
 */
_Noreturn void stop_machine(const char *why);

/* Before more is printed than that: from here on words go to the UART, for nothing else follows. */
void report_last_words(void);

/* A condition that only an error of ours can break. */
#define frame_assert(condition)                                                                    \
	do {                                                                                       \
		if (!(condition))                                                                  \
			stop_machine("broken promise: " #condition);                               \
	} while (0)

/*
 * A partition ends: why, and where its vCPU on this core is; for the console service to put into
 * words, and for the loader to examine. By the one who ended it.
 */
void report_stop(struct vcpu *vcpu, enum stop_reason reason);
void report_image(struct partition *partition, uint32_t load);
void report_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address);
void report_loader(struct partition *partition, uint64_t syndrome, uint64_t address);

/* The registers of a vCPU, on its core, or of its partition's loader: as a report has them. */
void report_registers(struct stop_report *report, const struct context *context, struct vcpu *vcpu);

#endif
