/* PSCI (Arm DEN0022): CPUs on, the machine off. */
#include <machine/cpu.h>
#include <machine/start.h>

#define PSCI_CPU_OFF      0x84000002
#define PSCI_CPU_ON       0xc4000003
#define PSCI_CPU_INFO     0xc4000004 /* AFFINITY_INFO */
#define PSCI_SYSTEM_OFF   0x84000008
#define PSCI_SYSTEM_RESET 0x84000009

static bool firmware_smc;

void firmware_begin(const struct board *board)
{
	firmware_smc = board->psci_smc;
}

static int64_t firmware_call(uint64_t function, uint64_t first, uint64_t second, uint64_t third)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = first;
	register uint64_t x2 __asm__("x2") = second;
	register uint64_t x3 __asm__("x3") = third;

	if (firmware_smc)
		__asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
	else
		__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
	return (int64_t)x0;
}

int64_t firmware_cpu_on(uint64_t affinity, uint64_t entry, uint64_t context)
{
	return firmware_call(PSCI_CPU_ON, affinity, entry, context);
}

#define CPU_IS_OFF 1 /* an answer of AFFINITY_INFO */

bool firmware_cpu_is_off(uint64_t affinity)
{
	return firmware_call(PSCI_CPU_INFO, affinity, 0, 0) == CPU_IS_OFF;
}

void firmware_cpu_off(void)
{
	firmware_call(PSCI_CPU_OFF, 0, 0, 0);
}

void machine_set_power(enum rtos_power power)
{
	firmware_call(power == RTOS_POWER_OFF ? PSCI_SYSTEM_OFF : PSCI_SYSTEM_RESET, 0, 0, 0);
}
