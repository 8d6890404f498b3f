/*
 * The firmware of a board without PSCI: it has left all cores at EL2, and all but the first one in
 * a spin table. There is nothing to call: an SMC is an undefined instruction on some of these
 * boards. So no core goes off, and the machine doesn't, either.
 */
#include <frame/gic_registers.h>
#include <frame/hardware.h>
#include <frame/stop.h>
#include <machine/firmware.h>
#include <machine/sysreg.h>
#include <machine/wait.h>
#include <state/core.h>
#include <state/shared.h>
#include <stdbool.h>

/* PSCI's answers (Arm DEN0022). */
#define NOT_SUPPORTED    (-1)
#define ALREADY_ON       (-4)
#define INTERNAL_FAILURE (-6)

/* From head.S and entry.S. */
extern const uint64_t firmware_slots;
extern const uint8_t core_entry[], spin_entry[];

/* The core reads and writes its slot with its caches off. */
AT_START static void tell(volatile uint64_t *slot, uint64_t value)
{
	*slot = value;
	hw_clean_invalidate_to_poc((const void *)slot, sizeof(*slot));
	__asm__ volatile("sev");
}

/* False: the core hasn't come within a second. */
AT_START static bool has_come(const volatile uint64_t *slot)
{
	const uint64_t end = sysreg_read(cntpct_el0) + sysreg_read(cntfrq_el0);

	while (sysreg_read(cntpct_el0) < end) {
		hw_clean_invalidate_to_poc((const void *)slot, sizeof(*slot));
		if (*slot == 0)
			return true;
		wait_pause();
	}
	return false;
}

/* At the start memory is mapped at its physical addresses. Later no core is off. */
AT_START int64_t firmware_cpu_on(uint64_t affinity, uint64_t entry, uint64_t argument)
{
	volatile uint64_t *slot =
	    (volatile uint64_t *)(uintptr_t)(firmware_slots + 8 * MPIDR_AFF0(affinity));

	if (core.root != 0)
		return ALREADY_ON;
	tell(slot, entry + (uint64_t)(spin_entry - core_entry));
	if (!has_come(slot))
		return INTERNAL_FAILURE;
	tell(slot, argument);
	return 0;
}

AT_START int64_t firmware_cpu_off(void)
{
	return NOT_SUPPORTED;
}

AT_START int32_t firmware_workaround(uint32_t number)
{
	(void)number;
	return -1;
}

void firmware_mitigate(uint32_t function)
{
	(void)function;
}

AT_START void firmware_reset(void)
{
}

static bool parked CORE_LOCAL;

/* Says so, and parks this core. */
_Noreturn void firmware_off(void)
{
	/* This core gets on no more: no other one takes it for hung (run/hang.c). */
	if (core.root != 0)
		__atomic_store_n(&shared_memory->recovery.started, 0, __ATOMIC_SEQ_CST);
	if (!parked) {
		parked = true;
		stop_machine("this board can't be turned off by a program: take its power away");
	}
	for (;;)
		__asm__ volatile("wfe");
}
