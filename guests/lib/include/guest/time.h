/* SPDX-License-Identifier: MIT-0 */
/* The generic timer's counters and the cycle counter. */
#ifndef GUEST_TIME_H
#define GUEST_TIME_H

#include <guest/cpu.h>

#define TIMER_ENABLE 1u
#define TIMER_MASK   2u
#define TIMER_STATUS 4u

static inline uint64_t time_counter(void)
{
	cpu_isb();
	return cpu_read(cntvct_el0);
}

static inline uint64_t time_frequency(void)
{
	return cpu_read(cntfrq_el0);
}

/* Keeps this CPU busy for this time. */
static inline void time_spin(uint64_t microseconds)
{
	uint64_t end = time_counter() + microseconds * time_frequency() / 1000000;

	while (time_counter() < end)
		__asm__ volatile("yield");
}

/* Waits until `condition` is true, for at most five seconds: even a busy host doesn't delay so
 * long. */
#define time_wait_until(condition)                                                                 \
	({                                                                                         \
		uint64_t time_end_ = time_counter() + 5 * time_frequency();                        \
		bool time_holds_ = (condition);                                                    \
		while (!time_holds_ && time_counter() < time_end_) {                               \
			__asm__ volatile("yield");                                                 \
			time_holds_ = (condition);                                                 \
		}                                                                                  \
		time_holds_;                                                                       \
	})

/* True if this CPU has a performance monitor. */
static inline bool time_has_pmu(void)
{
	uint64_t version = (cpu_read(id_aa64dfr0_el1) >> 8) & 0xf;

	return version != 0 && version != 0xf;
}

/* True if time counts instructions: QEMU has the event INST_RETIRED only with icount. */
static inline bool time_is_exact(void)
{
	return time_has_pmu() && (cpu_read(pmceid0_el0) >> 8 & 1) != 0;
}

/* Starts the cycle counter at 0. It counts at every exception level (bit 27: at the hypervisor's,
 * too). */
static inline void time_cycles_start(void)
{
	cpu_write(pmccfiltr_el0, 1ul << 27);
	cpu_write(pmcntenset_el0, 1ul << 31);
	cpu_write(pmcr_el0, cpu_read(pmcr_el0) | (1 << 6) | (1 << 2) | 1); /* LC, C, E */
	cpu_isb();
}

static inline uint64_t time_cycles(void)
{
	return cpu_read(pmccntr_el0);
}

#endif
