/*
 * The rule `vectors`: VBAR_EL1 leads to a table of the kernel's own, by the physical address that
 * the vCPU itself would fetch from; and by its tables the kernel's own addresses lead to these.
 * SCTLR_EL1 is as it was at the baseline, but for what Linux itself changes. Of a program that is
 * no Linux both are as at the baseline, or as the vCPU had them first. A register's finding lacks
 * its right value, if one is known.
 */
#ifndef WATCHER_VECTORS_H
#define WATCHER_VECTORS_H

#include "findings.h"
#include "guest.h"

/* What a vCPU's registers should be. */
struct vectors_good {
	uint64_t sctlr, before; /* SCTLR_EL1 and VBAR_EL1 at the baseline */
	uint64_t vbar; /* the last one that led to a table for the kernel; 0: none was seen */
	/* Of a program: this vCPU's first ones, VBAR_EL1 from when it led to text. 0: not seen */
	uint64_t own_sctlr, own_vbar;
};

/* Looks at one vCPU's registers, between findings_begin() and findings_end(). */
void vectors_look(const struct guest *guest, uint32_t vcpu, const struct watch_record *record,
                  struct vectors_good *good, struct findings *findings);

/* Of a Linux: kind.h. */
bool vectors_are_linux(const struct guest *guest, uint32_t vcpu, const struct watch_record *record,
                       struct vectors_good *good, struct finding *found);

#endif
