/*
 * An SMMU of the fake machine, behind machine/device.h: written from the architecture (IHI 0070),
 * not from the driver. It carries out commands when it is told to, forgets nothing that it has
 * cached until a command says so, and reads memory as it was at the last barrier. Addresses are the
 * host's own. It complains of what a real one would not forgive, or not notice.
 */
#ifndef FAKE_SMMU_H
#define FAKE_SMMU_H

#include <fake/complaint.h>
#include <stdbool.h>
#include <stdint.h>

struct fake_smmu_plan {
	uint64_t base; /* of its registers */
	bool stage2;   /* else it has stage 1 alone */
	bool coherent; /* it sees the cores' caches */
	uint32_t idr0; /* what is else than usual there */
};

/* As a boot loader leaves it: everything goes through, its interrupts are on. The barrier is its
 * own from now on. */
void fake_smmu_reset(const struct fake_smmu_plan *plan);

/* Its registers at another address, too: where a core maps them. */
void fake_smmu_also_at(uint64_t base);

/* Carries out so many commands, if there are so many. */
void fake_smmu_step(uint32_t commands);

/* Each look at how far it is carries out so many by itself. */
void fake_smmu_pace(uint32_t commands);

/* Commands that were given and not carried out. */
uint32_t fake_smmu_waiting(void);

/* A device's access. False: refused, and recorded if that is wanted. */
bool fake_smmu_access(uint32_t stream, uint64_t address, bool write, uint64_t *pa);

/* It stops at the next command; it has failed altogether. */
void fake_smmu_break_commands(void);
void fake_smmu_fail(void);

#endif
