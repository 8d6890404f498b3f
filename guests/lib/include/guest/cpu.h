/* SPDX-License-Identifier: MIT-0 */
/*
 * A CPU: its system registers, its number, sleep, the start of other CPUs, and the machine's end. A
 * program defines guest_main(). The library calls it on the first CPU, with the MMU on, the GIC
 * ready and interrupts masked.
 */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define cpu_read(name)                                                                             \
	({                                                                                         \
		uint64_t cpu_value_;                                                               \
		__asm__ volatile("mrs %0, " #name : "=r"(cpu_value_)::"memory");                   \
		cpu_value_;                                                                        \
	})
#define cpu_write(name, value)                                                                     \
	__asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define cpu_isb()               __asm__ volatile("isb" ::: "memory")
#define cpu_dsb()               __asm__ volatile("dsb sy" ::: "memory")
#define cpu_wfi()               __asm__ volatile("dsb sy\n\twfi" ::: "memory")
#define cpu_wfe()               __asm__ volatile("wfe" ::: "memory")
#define cpu_sev()               __asm__ volatile("dsb ish\n\tsev" ::: "memory")
#define cpu_mask_interrupts()   __asm__ volatile("msr daifset, #2" ::: "memory")
#define cpu_unmask_interrupts() __asm__ volatile("msr daifclr, #2" ::: "memory")

/* The program. */
void guest_main(void *device_tree);

/* This CPU's number: 0 for the first CPU, otherwise the number given to cpu_start(). It is in
 * TPIDR_EL1; 0 if that has no CPU's number any more. */
unsigned int cpu_number(void);

/*
 * Starts the CPU `number` (its affinity is its number), with its GIC interface ready and interrupts
 * masked. It goes off when `function` returns. The result is PSCI's.
 */
int64_t cpu_start(unsigned int number, void (*function)(void));

/* How many CPUs this machine has; CPUs that are off count, too. */
unsigned int cpu_count(void);

/* Waits until `*flag` is `value`; another CPU sets it and calls cpu_sev(). */
void cpu_wait_for(volatile uint32_t *flag, uint32_t value);

/* Sleeps and takes interrupts, until a handler has let `*flag` reach `value`. */
void cpu_sleep_until(volatile uint32_t *flag, uint32_t value);

/* Maps whole GiB a second time, as device memory, at an address that isn't used yet. */
void cpu_map_devices(uint64_t at, uint64_t physical, uint64_t gibs);

/* Whether an address is in the page below a CPU's stack, which nothing may touch. */
bool cpu_is_guard(uint64_t address);

/* The counters at this guest's very first instruction. */
enum cpu_counter { CPU_PHYSICAL_COUNTER, CPU_VIRTUAL_COUNTER };
uint64_t cpu_first_counter(enum cpu_counter counter);

/* True if this is a partition. It asks by HVC, so a machine must have PSCI by HVC. */
bool guest_under_kumiki(void);

__attribute__((noreturn)) void guest_power_off(void);

#endif
