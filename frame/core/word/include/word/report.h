/* Reports of a partition's end, left where the console service finds them. */
#ifndef WORD_REPORT_H
#define WORD_REPORT_H

#include <frame/types.h>
#include <kumiki/report.h>
#include <kumiki/trace.h>

struct context;
struct partition;
struct vcpu;

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
