// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel module that makes all CPUs of its Linux useless by interrupts, each in a way of its own:
 *
 *   insmod storm.ko kind=line     asks for the GPIO's line while it is low, which it always is, and
 * never quiets it: a device's level interrupt that comes again and again insmod storm.ko kind=sgi
 * each CPU sends SGIs to all others and itself, with no end insmod storm.ko kind=bell bell=N each
 * CPU rings Kumiki's doorbell N, with no end insmod storm.ko kind=masked ms=N each CPU masks all of
 * its interrupts for so long; 0: for ever
 *
 * The first CPU says so before it begins. Driven by tests/system/test_abuse.py.
 */
#include <asm/arch_timer.h>
#include <asm/daifflags.h>
#include <linux/arm-smccc.h>
#include <linux/cpu.h>
#include <linux/gpio/consumer.h>
#include <linux/gpio/driver.h>
#include <linux/gpio/machine.h>
#include <linux/interrupt.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/smp.h>

#define STORM_RING       0xc6000020  /* KUMIKI_CALL_RING */
#define STORM_SGI_OTHERS (1UL << 40) /* ICC_SGI1R_EL1.IRM; of SGI 0: "look whom to schedule" */

static char *storm_kind = "";
module_param_named(kind, storm_kind, charp, 0);
MODULE_PARM_DESC(kind, "line, sgi, bell or masked");

static ulong storm_bell;
module_param_named(bell, storm_bell, ulong, 0);
MODULE_PARM_DESC(bell, "the doorbell that is rung");

static ulong storm_ms;
module_param_named(ms, storm_ms, ulong, 0);
MODULE_PARM_DESC(ms, "how long interrupts are masked");

/* ---- a level interrupt that nobody clears ---- */

static irqreturn_t storm_again(int irq, void *cookie)
{
	return IRQ_HANDLED;
}

static int storm_is_pl061(struct gpio_chip *chip, void *data)
{
	return strstr(dev_name(chip->parent), "pl061") != NULL;
}

static int storm_line(void)
{
	struct gpio_chip *chip = gpiochip_find(NULL, storm_is_pl061);
	struct gpio_desc *line;

	if (!chip)
		return -ENODEV;
	line = gpiochip_request_own_desc(chip, 0, "storm", GPIO_ACTIVE_HIGH, GPIOD_IN);
	if (IS_ERR(line))
		return (int)PTR_ERR(line);
	pr_emerg("storm: the line is low from now on\n");
	return request_irq((unsigned int)gpiod_to_irq(line), storm_again, IRQF_TRIGGER_LOW, "storm",
	                   NULL);
}

/* ---- what each CPU does ---- */

static void storm_sgi(void)
{
	write_sysreg_s(STORM_SGI_OTHERS, SYS_ICC_SGI1R_EL1);
	isb();
}

static void storm_ring(void)
{
	struct arm_smccc_res result;

	arm_smccc_1_1_hvc(STORM_RING, storm_bell, &result);
}

static int storm_for_ever(void *what)
{
	void (*again)(void) = what;

	preempt_disable();
	for (;;)
		again();
	return 0;
}

/* The counter is read by itself: no clock of Linux's goes on while interrupts are masked
 * everywhere. */
static int storm_masked(void *unused)
{
	const u64 ticks = (u64)storm_ms * arch_timer_get_cntfrq() / 1000;
	u64 begin;

	local_daif_mask();
	begin = __arch_counter_get_cntvct();
	while (!storm_ms || __arch_counter_get_cntvct() - begin < ticks)
		cpu_relax();
	local_daif_restore(DAIF_PROCCTX);
	return 0;
}

static struct task_struct *storm_threads[NR_CPUS];

static int storm_create(int (*thread)(void *), void *argument)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
	{
		struct task_struct *task = kthread_create_on_cpu(thread, argument, cpu, "storm/%u");

		if (IS_ERR(task))
			return (int)PTR_ERR(task);
		sched_set_fifo(task);
		storm_threads[cpu] = task;
	}
	return 0;
}

/* This CPU's thread begins last: it takes the CPU away from whoever wakes the others. */
static int storm_everywhere(int (*thread)(void *), void *argument)
{
	int status;
	unsigned int cpu;

	cpus_read_lock();
	status = storm_create(thread, argument);
	if (!status) {
		pr_emerg("storm: %s from now on\n", storm_kind);
		preempt_disable();
		for_each_online_cpu(cpu) if (cpu != smp_processor_id())
		    wake_up_process(storm_threads[cpu]);
		wake_up_process(storm_threads[smp_processor_id()]);
		preempt_enable();
	}
	cpus_read_unlock();
	return status;
}

static int __init storm_init(void)
{
	if (!strcmp(storm_kind, "line"))
		return storm_line();
	if (!strcmp(storm_kind, "sgi"))
		return storm_everywhere(storm_for_ever, storm_sgi);
	if (!strcmp(storm_kind, "bell"))
		return storm_everywhere(storm_for_ever, storm_ring);
	if (!strcmp(storm_kind, "masked"))
		return storm_everywhere(storm_masked, NULL);
	pr_err("storm: kind is line, sgi, bell or masked\n");
	return -EINVAL;
}

module_init(storm_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Makes all CPUs useless by interrupts");
