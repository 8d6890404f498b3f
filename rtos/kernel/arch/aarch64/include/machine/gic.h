/* The interrupt controller: a GICv3 that drops priorities apart from deactivation. */
#ifndef MACHINE_GIC_H
#define MACHINE_GIC_H

#include <kernel/types.h>

#define GIC_KICK 0 /* the SGI that has a CPU look again */
#define GIC_NONE 1020

static inline uint32_t gic_acknowledge(void)
{
	uint64_t number;

	__asm__ volatile("mrs %0, S3_0_C12_C12_0" : "=r"(number)); /* ICC_IAR1_EL1 */
	return (uint32_t)number;
}

/* Drops the priority: other interrupts of the same priority can come, this interrupt can't. */
static inline void gic_drop(uint32_t number)
{
	__asm__ volatile("msr S3_0_C12_C12_1, %0" : : "r"((uint64_t)number)); /* ICC_EOIR1_EL1 */
}

static inline void gic_deactivate(uint32_t number)
{
	__asm__ volatile("msr S3_0_C12_C11_1, %0" : : "r"((uint64_t)number)); /* ICC_DIR_EL1 */
}

/* The end of the shared interrupts' numbers. */
uint32_t gic_limit(void);

/* MPIDR's affinity fields of a CPU that has begun. */
uint64_t gic_affinity_of(uint32_t cpu);

void gic_enable(uint32_t number, uint32_t cpu, bool edge);
void gic_disable(uint32_t number);
/* Clears the active state, from any CPU. For an interrupt that its own CPU won't deactivate. */
void gic_clear_active(uint32_t number);

/* At start, gic_begin() sets up the distributor. Then gic_begin_cpu() sets up this CPU's part, with
 * one private interrupt (the timer's). */
void gic_begin(volatile char *distributor, volatile char *redistributors, uint64_t size);
bool gic_begin_cpu(uint32_t cpu, uint32_t timer);

#endif
