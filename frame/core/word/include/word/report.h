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
 * Reports why a partition ends, with the registers of its vCPU on this core. The console service
 * puts the report into words, and the loader examines it. Only the core that ended the partition
 * (life_claim()) calls this.
 */
void report_stop(struct vcpu *vcpu, enum stop_reason reason);
void report_image(struct partition *partition, uint32_t load);
void report_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address);
void report_loader(struct partition *partition, uint64_t syndrome, uint64_t address);

/* Puts into a report the registers of a vCPU, or of its partition's loader. On the vCPU's core. */
void report_registers(struct stop_report *report, const struct context *context, struct vcpu *vcpu);

#endif
