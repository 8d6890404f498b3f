/*
 * The machine as the host's tests have it, with as many CPUs as a test wants. The test says which
 * CPU is in the kernel, and can look at everything that the kernel did to the machine.
 */
#ifndef MACHINE_CPU_H
#define MACHINE_CPU_H

#include <kernel/sched.h>

struct fake_cpu {
	uint64_t ttbr;     /* what its TTBR0 has */
	uint64_t deadline; /* what its timer is set to */
	uint32_t kicks;    /* SGIs that it hasn't taken */
	bool fp_is_open;
	const struct fp_registers *fp; /* the values that its FP registers have */
};

struct fake {
	struct cpu *cpu; /* the CPU that is in the kernel */
	struct fake_cpu each[RTOS_CPUS_MAX];
	uint64_t now;
	uint64_t pace;    /* how long a look at the clock takes */
	uint32_t preempt; /* at one of so many looks an interrupt is pending; 0: never */
	bool wanted;      /* another CPU waits for the kernel, always */
	uint32_t looks;
};

extern struct fake fake;

/* Begins a machine with `pages` pages of RAM and `count` CPUs. No byte of RAM is zero. */
void fake_begin(uint32_t pages, uint32_t count);
void fake_end(void);

static inline struct cpu *machine_cpu(void)
{
	return fake.cpu;
}

#define machine_no_space 0ULL

static inline void machine_use_space(uint64_t ttbr)
{
	fake.each[fake.cpu->index].ttbr = ttbr;
}

static inline uint64_t machine_counter(void)
{
	return fake.now;
}

static inline uint64_t machine_trace_time(void)
{
	return fake.now;
}

/* Nothing to do: the tests' way into the kernel asks whether it is traced. */
static inline void machine_follow_trace(void)
{
}

static inline uint64_t machine_time(void)
{
	fake.now += fake.pace;
	return fake.now;
}

static inline uint64_t machine_hz(void)
{
	return 1000000;
}

static inline bool machine_must_leave(bool stepped)
{
	return (stepped && fake.wanted) || (fake.preempt != 0 && ++fake.looks % fake.preempt == 0);
}

static inline void machine_kick(uint32_t cpu)
{
	fake.each[cpu].kicks++;
}

static inline void machine_set_timer(uint32_t cpu, uint64_t deadline)
{
	fake.each[cpu].deadline = deadline;
}

static inline void machine_set_own_timer(uint64_t deadline)
{
	machine_set_timer(fake.cpu->index, deadline);
}

static inline void machine_fp_open(bool open)
{
	fake.each[fake.cpu->index].fp_is_open = open;
}

/* A CPU saves only the values that it has, and only once. */
void machine_fp_save(struct fp_registers *registers);
void machine_fp_load(const struct fp_registers *registers);

void machine_set_power(enum rtos_power power);
bool machine_is_device(pa_t base, uint64_t pages);

#endif
