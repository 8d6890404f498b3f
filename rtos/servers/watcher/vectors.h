/*
 * The rule `vectors`: VBAR_EL1 leads to a table of the kernel's own, by the physical address that
 * the vCPU itself would fetch from; and by its tables the kernel's own addresses lead to these.
 * SCTLR_EL1 is as it was at the baseline, but for what Linux itself changes.
 */
#ifndef WATCHER_VECTORS_H
#define WATCHER_VECTORS_H

#include "findings.h"
#include "guest.h"

/* Looks at one vCPU's registers, between findings_begin() and findings_end(). `sctlr`: what the
 * baseline has. */
void vectors_look(const struct guest *guest, uint32_t vcpu, const struct watch_record *record,
                  uint64_t sctlr, struct findings *findings);

#endif
