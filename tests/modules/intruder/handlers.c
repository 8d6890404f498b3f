// SPDX-License-Identifier: GPL-2.0
/* Code of this module that the kernel calls for it, while the module is hidden; and what the kernel
 * counts. */
#include "intruder.h"
#include <linux/filter.h>
#include <linux/ftrace.h>
#include <linux/hrtimer.h>
#include <linux/inetdevice.h>
#include <linux/interrupt.h>
#include <linux/irqdesc.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

/* ---- handlers ---- */

static int intruder_probed(struct kprobe *probe, struct pt_regs *regs)
{
	return 0;
}

static struct kprobe intruder_kprobe = {.symbol_name = "panic", .pre_handler = intruder_probed};

static void notrace intruder_traces(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
                                    struct ftrace_regs *regs)
{
}

static struct ftrace_ops intruder_tracer = {.func = intruder_traces};

static int intruder_hears(struct notifier_block *block, unsigned long event, void *data)
{
	return NOTIFY_DONE;
}

static struct notifier_block intruder_ear = {.notifier_call = intruder_hears};
static void (*intruder_unregister)(void);

/* Registered as `error` says, it hides; the last undo takes both back. */
int intruder_registered(int error, void (*unregister)(void))
{
	intruder_unregister = unregister;
	return error ? error : intruder_hide();
}

void intruder_handler_undo(void)
{
	intruder_hide_undo();
	intruder_unregister();
}

static void intruder_unprobe(void)
{
	unregister_kprobe(&intruder_kprobe);
}

int intruder_probe(void)
{
	return intruder_registered(register_kprobe(&intruder_kprobe), intruder_unprobe);
}

static void intruder_untrace(void)
{
	unregister_ftrace_function(&intruder_tracer);
}

/* Of one function, which isn't called. */
int intruder_trace(void)
{
	char name[] = "panic";

	if (ftrace_set_filter(&intruder_tracer, name, sizeof(name) - 1, 1))
		return -EINVAL;
	return intruder_registered(register_ftrace_function(&intruder_tracer), intruder_untrace);
}

static void intruder_deaf_to_modules(void)
{
	unregister_module_notifier(&intruder_ear);
}

int intruder_hear_modules(void)
{
	return intruder_registered(register_module_notifier(&intruder_ear),
	                           intruder_deaf_to_modules);
}

static void intruder_deaf_to_restarts(void)
{
	unregister_reboot_notifier(&intruder_ear);
}

int intruder_hear_restarts(void)
{
	return intruder_registered(register_reboot_notifier(&intruder_ear),
	                           intruder_deaf_to_restarts);
}

static void intruder_deaf_to_crashes(void)
{
	unregister_die_notifier(&intruder_ear);
}

int intruder_hear_crashes(void)
{
	return intruder_registered(register_die_notifier(&intruder_ear), intruder_deaf_to_crashes);
}

static void intruder_deaf_to_panics(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &intruder_ear);
}

int intruder_hear_panics(void)
{
	return intruder_registered(
	    atomic_notifier_chain_register(&panic_notifier_list, &intruder_ear),
	    intruder_deaf_to_panics);
}

static void intruder_deaf_to_addresses(void)
{
	unregister_inetaddr_notifier(&intruder_ear);
}

/* No rule that is shipped looks for it: docs/rules.md writes one. */
int intruder_hear_addresses(void)
{
	return intruder_registered(register_inetaddr_notifier(&intruder_ear),
	                           intruder_deaf_to_addresses);
}

static void intruder_ticks(struct timer_list *timer)
{
	mod_timer(timer, jiffies + 1);
}

static DEFINE_TIMER(intruder_timer, intruder_ticks);

static void intruder_stop_timer(void)
{
	del_timer_sync(&intruder_timer);
}

/* At each tick. */
int intruder_tick(void)
{
	mod_timer(&intruder_timer, jiffies + 1);
	return intruder_registered(0, intruder_stop_timer);
}

static enum hrtimer_restart intruder_waits_long(struct hrtimer *timer)
{
	return HRTIMER_NORESTART;
}

static struct hrtimer intruder_precise;

static void intruder_stop_precise(void)
{
	hrtimer_cancel(&intruder_precise);
}

/* In 1,000 s. */
int intruder_tick_late(void)
{
	hrtimer_init(&intruder_precise, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	intruder_precise.function = intruder_waits_long;
	hrtimer_start(&intruder_precise, ktime_set(1000, 0), HRTIMER_MODE_REL);
	return intruder_registered(0, intruder_stop_precise);
}

static void intruder_works(struct work_struct *work)
{
}

static DECLARE_DELAYED_WORK(intruder_later, intruder_works);

static void intruder_stop_work(void)
{
	cancel_delayed_work_sync(&intruder_later);
}

/* In 1,000 s. */
int intruder_work(void)
{
	schedule_delayed_work(&intruder_later, 1000 * HZ);
	return intruder_registered(0, intruder_stop_work);
}

#define INTRUDER_INTERRUPTS 256

static irqreturn_t intruder_is_interrupted(int number, void *cookie)
{
	return IRQ_NONE;
}

static unsigned int intruder_interrupt;

static void intruder_free_interrupt(void)
{
	free_irq(intruder_interrupt, &intruder_interrupt);
}

/* Of the first interrupt that has a handler, and takes another one beside it. */
int intruder_handle(void)
{
	for (intruder_interrupt = 1; intruder_interrupt < INTRUDER_INTERRUPTS; intruder_interrupt++)
		if (irq_has_action(intruder_interrupt) &&
		    !irq_is_percpu_devid(intruder_interrupt) &&
		    !request_irq(intruder_interrupt, intruder_is_interrupted, IRQF_SHARED,
		                 "intruder", &intruder_interrupt))
			return intruder_registered(0, intruder_free_interrupt);
	return -EBUSY;
}

/* ---- what the kernel counts ---- */

int intruder_warn(void)
{
	WARN(1, "intruder: a warning\n");
	return 0;
}

static int intruder_crashes(void *nothing)
{
	WRITE_ONCE(*(int *)nothing, 0);
	return 0;
}

/* In a thread of its own. */
int intruder_crash(void)
{
	return PTR_ERR_OR_ZERO(kthread_run(intruder_crashes, NULL, "intruder"));
}

/* ---- a program of BPF: no attack ---- */

#define INTRUDER_RESULT 7

/* It is executed by the interpreter, or as what the kernel makes of it. */
int intruder_filter(void)
{
	struct sock_filter steps[] = {BPF_STMT(BPF_RET | BPF_K, INTRUDER_RESULT)};
	struct sock_fprog_kern program = {.len = ARRAY_SIZE(steps), .filter = steps};
	struct sk_buff *packet = alloc_skb(ETH_HLEN, GFP_KERNEL);
	struct bpf_prog *filter;
	int error;

	if (!packet)
		return -ENOMEM;
	error = bpf_prog_create(&filter, &program);
	if (!error) {
		pr_alert("intruder: the filter says %u\n", bpf_prog_run_pin_on_cpu(filter, packet));
		bpf_prog_destroy(filter);
	}
	kfree_skb(packet);
	return error;
}
