/*
 * Suspends its CPU with power down, again and again; each round begins at an entry, as after a
 * reset. A timer ends the suspend, each second one at once. A round waits for an interrupt of that
 * timer, and says so if it doesn't come. For QEMU, which has no caches: the entry, with the MMU
 * off, finds what was written before.
 */
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <stdio.h>

#define SUSPEND_POWERDOWN  0x10000ul
#define SUSPEND_LINE_EVERY 50

extern const char __attribute__((visibility("hidden"))) guest_secondary[]; /* of start.S */

static volatile uint64_t suspend_rounds, suspend_ticks, suspend_lost;

static void suspend_on_tick(uint32_t intid)
{
	(void)intid;
	suspend_ticks++;
	cpu_write(cntv_ctl_el0, 0);
}

static void suspend_arm(uint64_t milliseconds)
{
	cpu_write(cntv_cval_el0, time_counter() + milliseconds * time_frequency() / 1000);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_isb();
}

/* The entry leads here. A debugger finds the call by its name. */
__attribute__((noinline)) static void suspend_round(void)
{
	register uint64_t x0 __asm__("x0"), x1 __asm__("x1"), x2 __asm__("x2"), x3 __asm__("x3");

	suspend_arm(1);
	cpu_unmask_interrupts();
	if (!time_wait_until(suspend_ticks > suspend_rounds))
		suspend_lost++;
	cpu_mask_interrupts();
	if (++suspend_rounds % SUSPEND_LINE_EVERY == 0 || suspend_lost != 0) {
		gic_enable(BOARD_VTIMER_INTERRUPT, suspend_on_tick); /* it is */
		printf("suspend: %lu rounds, %lu lost\n", (unsigned long)suspend_rounds,
		       (unsigned long)suspend_lost);
	}
	suspend_arm(suspend_rounds % 2);
	x0 = PSCI_CPU_SUSPEND, x1 = SUSPEND_POWERDOWN, x2 = (uintptr_t)guest_secondary, x3 = 0;
	__asm__ volatile("suspend_at: hvc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3) : "memory");
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	cpu_start(0, suspend_round); /* it is on, and from now on has a function */
	gic_enable(BOARD_VTIMER_INTERRUPT, suspend_on_tick);
	suspend_round();
}
