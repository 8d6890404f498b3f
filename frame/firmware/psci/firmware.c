/* PSCI: the firmware below the frame, called by SMC. */
#include <machine/firmware.h>
#include <machine/smc.h>
#include <machine/sysreg.h>
#include <pure/psci.h>
#include <stdbool.h>

#define PSCI_CPU_OFF        0x84000002u
#define PSCI_CPU_ON         0xc4000003u
#define PSCI_FEATURES       0x8400000au
#define SMCCC_VERSION       0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define PSCI_SYSTEM_OFF     0x84000008u
#define PSCI_SYSTEM_RESET   0x84000009u

AT_START int64_t firmware_cpu_on(uint64_t affinity, uint64_t entry, uint64_t argument)
{
	barrier_full();
	return smc_call(PSCI_CPU_ON, affinity, entry, argument);
}

AT_START int64_t firmware_cpu_off(void)
{
	barrier_full();
	return smc_call(PSCI_CPU_OFF, 0, 0, 0);
}

AT_START static uint32_t workaround_function(uint32_t number)
{
	AT_START_CONST static const uint32_t functions[] = {0x80008000, 0x80007fff, 0x80003fff};

	return functions[number - 1];
}

/* True: the firmware has SMCCC 1.1. PSCI from 1.0 on says so. Older firmware isn't asked, as an
 * unknown function might do anything there. */
AT_START static bool has_smccc_1_1(void)
{
	return smc_call(PSCI_VERSION, 0, 0, 0) >= 0x10000 &&
	       smc_call(PSCI_FEATURES, SMCCC_VERSION, 0, 0) == 0 &&
	       smc_call(SMCCC_VERSION, 0, 0, 0) >= 0x10001;
}

AT_START int32_t firmware_workaround(uint32_t number)
{
	int32_t answer = -1;

	if (has_smccc_1_1())
		answer = (int32_t)smc_call(SMCCC_ARCH_FEATURES, workaround_function(number), 0, 0);
	return answer == 0 || answer == 1 ? answer : -1;
}

void firmware_mitigate(uint32_t function)
{
	(void)smc_call(function, 0, 0, 0);
}

AT_START void firmware_reset(void)
{
	(void)smc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

_Noreturn void firmware_off(void)
{
	(void)smc_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		__asm__ volatile("wfe");
}
