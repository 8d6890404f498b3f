/*
 * An SMMU of the fake machine, behind machine/device.h: written from the architecture (IHI 0070),
 * not from the driver. It carries out commands when the test says so, keeps what it has cached
 * until a command drops it, and reads entries and commands as they were at the last barrier.
 * Addresses are the host's own. It complains of errors that a real SMMU would punish, or not
 * notice.
 */
#ifndef FAKE_SMMU_H
#define FAKE_SMMU_H

#include <fake/complaint.h>
#include <stdbool.h>
#include <stdint.h>

struct fake_smmu_plan {
	uint64_t base; /* of the SMMU's registers */
	bool stage2;   /* it has stage 2, too; false: only stage 1 */
	bool coherent; /* its accesses see the cores' caches */
	uint32_t idr0; /* bits that differ from the usual value */
};

/* Resets the SMMU to what a boot loader may leave: all accesses go through, and interrupts are on.
 * From now on it uses fake_on_barrier. */
void fake_smmu_reset(const struct fake_smmu_plan *plan);

/* Gives its registers another address, too, at which a core maps them. */
void fake_smmu_also_at(uint64_t base);

/* Carries out so many commands, or as many as there are. */
void fake_smmu_step(uint32_t commands);

/* From now on each read of CMDQ_CONS carries out so many commands. */
void fake_smmu_pace(uint32_t commands);

/* Returns the number of commands that were given and not carried out. */
uint32_t fake_smmu_waiting(void);

/* A device's access. False: the SMMU refuses it, and records that if it is to. */
bool fake_smmu_access(uint32_t stream, uint64_t address, bool write, uint64_t *pa);

/* fake_smmu_break_commands(): the SMMU stops with an error at the next command. fake_smmu_fail():
 * it has failed altogether. */
void fake_smmu_break_commands(void);
void fake_smmu_fail(void);

#endif
