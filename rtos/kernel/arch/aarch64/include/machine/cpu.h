/* What only AArch64 can do, for the rest of the kernel: the CPU's own registers. */
#ifndef MACHINE_CPU_H
#define MACHINE_CPU_H

#include <kernel/sched.h>
#include <machine/lock.h>

#define sysreg_read(name)                                                                          \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));                                 \
		value_;                                                                            \
	})
#define sysreg_write(name, value) __asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)))

#define MPIDR_AFFINITY 0xff00ffffffULL

static inline struct cpu *machine_cpu(void)
{
	return (struct cpu *)sysreg_read(tpidr_el1);
}

/* An address space of nothing: what TTBR0 has when nobody's is used. */
extern uint64_t machine_no_space;

/* No barrier: nobody looks at these addresses before the return to EL0, which is one. */
static inline void machine_use_space(uint64_t ttbr)
{
	__asm__ volatile("msr ttbr0_el1, %0" : : "r"(ttbr) : "memory");
}

/* The counter at about this instruction: nothing is waited for. */
static inline uint64_t machine_counter(void)
{
	return sysreg_read(cntvct_el0);
}

static inline uint64_t machine_time(void)
{
	__asm__ volatile("isb" ::: "memory");
	return sysreg_read(cntvct_el0);
}

/* What the frame's trace has, too; it isn't hidden from a partition by what it was suspended. */
static inline uint64_t machine_trace_time(void)
{
	return sysreg_read(cntpct_el0);
}

/* Whether the trace is on has changed: this CPU gets the vectors for it at once, the others when
 * they are kicked. */
void machine_follow_trace(void);

static inline uint64_t machine_hz(void)
{
	return sysreg_read(cntfrq_el0);
}

/* This CPU's timer. ~0: never. */
static inline void machine_set_own_timer(uint64_t deadline)
{
	sysreg_write(cntv_cval_el0, deadline);
	sysreg_write(cntv_ctl_el0, deadline == ~0ULL ? 0 : 1);
}

/* Any CPU's: another one sets it itself when it is kicked. */
static inline void machine_set_timer(uint32_t cpu, uint64_t deadline);

/* True: an interrupt waits for the kernel to let it in. */
static inline bool machine_interrupt_pending(void)
{
	return sysreg_read(isr_el1) != 0;
}

/* Between the steps of what is long. True: it goes on later, as an interrupt waits to be let in, or
 * another CPU for its turn. `stepped`: it has come further since it was let in; others' turns come
 * again and again, so it waits for no more of them before it has. */
static inline bool machine_must_leave(bool stepped)
{
	return machine_interrupt_pending() || (stepped && lock_is_wanted());
}

/* An SGI to another CPU. */
void machine_kick(uint32_t cpu);

static inline void machine_set_timer(uint32_t cpu, uint64_t deadline)
{
	if (cpu != machine_cpu()->index) {
		machine_kick(cpu);
		return;
	}
	machine_set_own_timer(deadline);
}

/* ---- floating point and SIMD ---- */

#define CPACR_FPEN     (3 << 20) /* at EL0, too */
#define CPACR_FPEN_EL1 (1 << 20)

static inline void machine_fp_open(bool open)
{
	sysreg_write(cpacr_el1, open ? CPACR_FPEN : CPACR_FPEN_EL1);
}

void machine_fp_save(struct fp_registers *registers);
void machine_fp_load(const struct fp_registers *registers);
void machine_fp_exchange(struct fp_registers *save, const struct fp_registers *load);

/* ---- the machine as a whole ---- */

void machine_set_power(enum rtos_power power);

/* A device's registers: no RAM, and nothing that the kernel drives itself. */
bool machine_is_device(pa_t base, uint64_t pages);

#endif
