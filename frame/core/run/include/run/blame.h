/*
 * A vCPU ends its partition, on its own core. It goes no further. Of all who would end this life
 * the first does; whoever comes second changes nothing.
 */
#ifndef RUN_BLAME_H
#define RUN_BLAME_H

#include <frame/types.h>
#include <kumiki/life.h>
#include <kumiki/report.h>

struct partition;
struct vcpu;

/* For a reason that needs no more words. */
void life_end(struct vcpu *vcpu, enum stop_reason reason);

/* By an error that can't be given back to it; the trap's registers are current. */
void life_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address);

/* True: this one ends the life, and it alone writes the report. */
bool life_claim(struct partition *partition, enum stop_reason reason);

#endif
