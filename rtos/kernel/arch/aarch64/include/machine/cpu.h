/* The CPU's own registers, which only AArch64 has, for the rest of the kernel. */
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

/* An empty address space, for TTBR0 while no process's is used. */
extern uint64_t machine_no_space;

/* No barrier: these addresses aren't used before the return to EL0, which is a barrier. */
static inline void machine_use_space(uint64_t ttbr)
{
	__asm__ volatile("msr ttbr0_el1, %0" : : "r"(ttbr) : "memory");
}

/* The counter at about this instruction. The CPU waits for nothing. */
static inline uint64_t machine_counter(void)
{
	return sysreg_read(cntvct_el0);
}

static inline uint64_t machine_time(void)
{
	__asm__ volatile("isb" ::: "memory");
	return sysreg_read(cntvct_el0);
}

/* The counter of the frame's trace, too. Unlike the virtual counter it goes on while a partition is
 * suspended. */
static inline uint64_t machine_trace_time(void)
{
	return sysreg_read(cntpct_el0);
}

/* The trace was begun or ended: this CPU gets the vectors for that at once, the others when they
 * are kicked. */
void machine_follow_trace(void);

static inline uint64_t machine_hz(void)
{
	return sysreg_read(cntfrq_el0);
}

/* Sets this CPU's timer. ~0: never. */
static inline void machine_set_own_timer(uint64_t deadline)
{
	sysreg_write(cntv_cval_el0, deadline);
	sysreg_write(cntv_ctl_el0, deadline == ~0ULL ? 0 : 1);
}

/* Sets any CPU's timer: another CPU is kicked, and sets its own. */
static inline void machine_set_timer(uint32_t cpu, uint64_t deadline);

/* True: an interrupt waits until the kernel lets it in. */
static inline bool machine_interrupt_pending(void)
{
	return sysreg_read(isr_el1) != 0;
}

/* Asked between the steps of long work. True: the rest has to wait, because an interrupt is pending
 * or another CPU waits for the kernel. `stepped`: the work has come further since it began or went
 * on. Other CPUs come again and again, so the work gives way to them only after a step. */
static inline bool machine_must_leave(bool stepped)
{
	return machine_interrupt_pending() || (stepped && lock_is_wanted());
}

/* Sends an SGI to another CPU. */
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

#define CPACR_FPEN     (3 << 20) /* open at EL0, too */
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

/* Whether these are a device's registers: no RAM, and no device of the kernel. */
bool machine_is_device(pa_t base, uint64_t pages);

#endif
