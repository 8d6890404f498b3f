/*
 * A vCPU ends its partition and runs no further. It does so on its own core; only for the watchdog
 * and for refused DMA the core that noticed names the first vCPU, which may be elsewhere. The first
 * end of a life counts; a later one changes nothing.
 */
#ifndef RUN_BLAME_H
#define RUN_BLAME_H

#include <frame/types.h>
#include <kumiki/life.h>
#include <kumiki/report.h>

struct partition;
struct vcpu;

/* Ends the vCPU's partition for this reason. */
void blame_vcpu(struct vcpu *vcpu, enum stop_reason reason);

/* Ends the vCPU's partition by an error that can't be given back to the guest. The trap's
 * registers are current. */
void blame_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address);

/* True: this is the first end of the life, and the caller alone writes the report. */
bool blame_claim(struct partition *partition, enum stop_reason reason);

#endif
