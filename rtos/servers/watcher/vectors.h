/*
 * The rule `vectors`: VBAR_EL1 leads to a table of the kernel's own, by the physical address that
 * the vCPU itself would fetch from; and by its tables the kernel's own addresses lead to these.
 */
#ifndef WATCHER_VECTORS_H
#define WATCHER_VECTORS_H

#include "findings.h"
#include "guest.h"

/* Looks at one vCPU's registers, between findings_begin() and findings_end(). */
void vectors_look(const struct guest *guest, uint32_t vcpu, const struct watch_record *record,
                  struct findings *findings);

#endif
