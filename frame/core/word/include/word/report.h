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
 * Report why a partition ends, with the registers of one of its vCPUs. (If that vCPU is on another
 * core, the registers are those that it had saved.) The console service puts the report into words,
 * and the loader examines it. Only the core that ended the partition (blame_claim()), or refuses to
 * begin its life, calls these.
 */
void report_stop(struct vcpu *vcpu, enum stop_reason reason);
void report_kept(struct partition *partition, enum report_kept kept);
void report_image(struct partition *partition, uint32_t load);
void report_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address);
void report_loader(struct partition *partition, uint64_t syndrome, uint64_t address);

/* Puts into a report the registers of the context: a vCPU, or the loader of the vCPU's partition.
 * The EL1 registers are the vCPU's. */
void report_registers(struct stop_report *report, const struct context *context, struct vcpu *vcpu);

#endif
