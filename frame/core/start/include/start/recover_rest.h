/*
 * A core comes to rest for a recovery (docs/proof/recovery.md): what it was in the middle of, and
 * what it has of its vCPUs. Part of start/recover.c's steps.
 */
#ifndef START_RECOVER_REST_H
#define START_RECOVER_REST_H

#include <frame/types.h>

struct crash_registers;
struct vcpu;

/* Returns the vCPU's index in the bundle + 1; 0: this is no vCPU of this core. `partition` becomes
 * its partition's index. */
uint32_t recover_name_of(const struct vcpu *vcpu, uint32_t *partition);

/* This core has crashed at `pc`. Finds where the registers of its current context are. */
void recover_find_registers(uint64_t pc, const struct crash_registers *registers);

/* Makes the fixed part of each partition that this core maps as it was. */
void recover_mend_fixed(void);

/* Undoes what this core hadn't finished. The next crash must not find it again. */
void recover_undo(void);

/* Puts down what this core has of its vCPUs. The partitions whose registers are lost end. */
void recover_put_down(void);

#endif
