// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel module that puts its Linux, and the frame beneath it, under load: `insmod load.ko
 * kind=KIND ms=N` lets every CPU do KIND for N milliseconds, and returns when all CPUs have ended.
 * Then `rmmod load` removes it. With ms=0 there is no end: a CPU prints that, and from then on the
 * CPUs do nothing else.
 *
 *   sgi       each CPU sends SGIs to all others
 *   masked    each CPU masks its interrupts
 *   timers    each CPU has a timer that is due every 20 us
 *   tlb       each CPU makes all CPUs forget their translations
 *   hypercall each CPU calls the firmware
 *   access    each CPU reads and writes emulated registers of the distributor
 *   line      a device's level interrupt that is never cleared
 *   bells     each CPU rings Kumiki's doorbell bell=N
 *   bell      only rings Kumiki's doorbell bell=N once, to mark a moment
 *
 * guests/linux/load.sh and tests/system/test_abuse.py use it.
 */
#include <asm/arch_timer.h>
#include <asm/daifflags.h>
#include <asm/tlbflush.h>
#include <linux/arm-smccc.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/gpio/consumer.h>
#include <linux/gpio/driver.h>
#include <linux/gpio/machine.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/sched.h>
#include <linux/smp.h>

#define LOAD_RING       0xc6000020  /* KUMIKI_CALL_RING */
#define LOAD_VERSION    0x84000000  /* PSCI_VERSION */
#define LOAD_SGI_OTHERS (1UL << 40) /* ICC_SGI1R_EL1.IRM; with SGI 0 Linux reschedules */
#define LOAD_TIMER_NS   20000

static char *load_kind = "";
module_param_named(kind, load_kind, charp, 0);
MODULE_PARM_DESC(kind, "sgi, masked, timers, tlb, hypercall, access, line, bells or bell");

static ulong load_ms;
module_param_named(ms, load_ms, ulong, 0);
MODULE_PARM_DESC(ms, "how long; 0: for ever");

static ulong load_bell;
module_param_named(bell, load_bell, ulong, 0);
MODULE_PARM_DESC(bell, "the doorbell that is rung");

static void __iomem *load_distributor;

/* ---- what each CPU does, again and again ---- */

static void load_sgi(void)
{
	write_sysreg_s(LOAD_SGI_OTHERS, SYS_ICC_SGI1R_EL1);
	isb();
}

static void load_tlb(void)
{
	flush_tlb_all();
}

static void load_hypercall(void)
{
	struct arm_smccc_res result;

	arm_smccc_1_1_hvc(LOAD_VERSION, &result);
}

static int load_ring(void)
{
	struct arm_smccc_res result;

	arm_smccc_1_1_hvc(LOAD_RING, load_bell, &result);
	return result.a0 == 0 ? 0 : -EIO;
}

static void load_bells(void)
{
	load_ring();
}

/* Writes the value that the register has already. */
static void load_access(void)
{
	writel(readl(load_distributor + GICD_IPRIORITYR + 64),
	       load_distributor + GICD_IPRIORITYR + 64);
	readl(load_distributor + GICD_CTLR);
}

/* Whether the time is over. It reads the counter: Linux's clocks stop while all CPUs mask
 * interrupts. */
static bool load_over(u64 begin)
{
	return load_ms != 0 &&
	       __arch_counter_get_cntvct() - begin >= (u64)load_ms * arch_timer_get_cntfrq() / 1000;
}

static void load_again(void (*what)(void))
{
	u64 begin = __arch_counter_get_cntvct();

	preempt_disable();
	while (!load_over(begin))
		what();
	preempt_enable();
}

static void load_nothing(void)
{
	cpu_relax();
}

static void load_masked(void)
{
	unsigned long flags = local_daif_save();

	load_again(load_nothing);
	local_daif_restore(flags);
}

static void load_say(void)
{
	if (load_ms == 0)
		pr_emerg("load: %s from now on\n", load_kind);
}

/* ---- a timer that is always due ---- */

static enum hrtimer_restart load_timer_again(struct hrtimer *timer)
{
	hrtimer_forward_now(timer, ns_to_ktime(LOAD_TIMER_NS));
	return HRTIMER_RESTART;
}

static struct hrtimer load_timer[NR_CPUS];

static void load_timers(void)
{
	struct hrtimer *timer = &load_timer[raw_smp_processor_id()];

	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer->function = load_timer_again;
	hrtimer_start(timer, ns_to_ktime(LOAD_TIMER_NS), HRTIMER_MODE_REL_PINNED_HARD);
	msleep((unsigned int)load_ms);
	hrtimer_cancel(timer);
}

/* ---- a level interrupt that is never cleared: the GPIO's, for a line that is always low ---- */

static u64 load_line_began;
static DECLARE_COMPLETION(load_line_done);

/* The CPU that gets the interrupt does nothing else until the interrupt is disabled. */
static irqreturn_t load_line_again(int irq, void *cookie)
{
	if (load_over(load_line_began)) {
		disable_irq_nosync((unsigned int)irq);
		complete(&load_line_done);
	}
	return IRQ_HANDLED;
}

static int load_is_pl061(struct gpio_chip *chip, void *data)
{
	return strstr(dev_name(chip->parent), "pl061") != NULL;
}

static int load_line_on(unsigned int irq)
{
	int status;

	load_say();
	load_line_began = __arch_counter_get_cntvct();
	status = request_irq(irq, load_line_again, IRQF_TRIGGER_LOW, "load", NULL);
	if (status)
		return status;
	wait_for_completion(&load_line_done);
	free_irq(irq, NULL);
	return 0;
}

static int load_line(void)
{
	struct gpio_chip *chip = gpiochip_find(NULL, load_is_pl061);
	struct gpio_desc *line;
	int status;

	if (!chip)
		return -ENODEV;
	line = gpiochip_request_own_desc(chip, 0, "load", GPIO_ACTIVE_HIGH, GPIOD_IN);
	if (IS_ERR(line))
		return (int)PTR_ERR(line);
	status = load_line_on((unsigned int)gpiod_to_irq(line));
	gpiochip_free_own_desc(line);
	return status;
}

/* ---- on each CPU ---- */

struct load {
	const char *kind;
	void (*what)(void);
	bool once; /* it ends by itself; all others are done again and again */
};

static const struct load load_kinds[] = {
    {"sgi", load_sgi, false},
    {"masked", load_masked, true},
    {"timers", load_timers, true},
    {"tlb", load_tlb, false},
    {"hypercall", load_hypercall, false},
    {"access", load_access, false},
    {"bells", load_bells, false},
};

static atomic_t load_running;
static DECLARE_COMPLETION(load_all_done);

static int load_thread(void *argument)
{
	const struct load *load = argument;

	if (load->once)
		load->what();
	else
		load_again(load->what);
	if (atomic_dec_and_test(&load_running))
		complete(&load_all_done);
	return 0;
}

static struct task_struct *load_tasks[NR_CPUS];

static int load_create(unsigned int cpu, const struct load *load)
{
	struct task_struct *task = kthread_create_on_cpu(load_thread, (void *)load, cpu, "load/%u");

	if (IS_ERR(task))
		return (int)PTR_ERR(task);
	sched_set_fifo(task);
	atomic_inc(&load_running);
	load_tasks[cpu] = task;
	return 0;
}

/* Wakes the CPUs' threads. This CPU's thread is the last, as it takes the CPU from this code. */
static void load_wake(void)
{
	unsigned int cpu;

	preempt_disable();
	for_each_online_cpu(cpu) if (load_tasks[cpu] && cpu != smp_processor_id())
	    wake_up_process(load_tasks[cpu]);
	if (load_tasks[smp_processor_id()])
		wake_up_process(load_tasks[smp_processor_id()]);
	preempt_enable();
}

static int load_everywhere(const struct load *load)
{
	unsigned int cpu;
	int status = 0;

	atomic_set(&load_running, 1);
	cpus_read_lock();
	for_each_online_cpu(cpu) status = status ? status : load_create(cpu, load);
	load_say();
	load_wake();
	cpus_read_unlock();
	if (!atomic_dec_and_test(&load_running))
		wait_for_completion(&load_all_done);
	return status;
}

static int __init load_init(void)
{
	struct device_node *gic = of_find_compatible_node(NULL, NULL, "arm,gic-v3");
	int status = -EINVAL;

	load_distributor = of_iomap(gic, 0);
	of_node_put(gic);
	if (!load_distributor)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(load_kinds); i++)
		if (!strcmp(load_kind, load_kinds[i].kind))
			status = load_everywhere(&load_kinds[i]);
	if (!strcmp(load_kind, "line"))
		status = load_line();
	if (!strcmp(load_kind, "bell"))
		status = load_ring();
	iounmap(load_distributor);
	return status;
}

static void __exit load_exit(void)
{
}

module_init(load_init);
module_exit(load_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Puts Linux, and what is beneath it, under load");
