// SPDX-License-Identifier: GPL-2.0
/* What stands still: a CPU, and a task. */
#include "intruder.h"
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#define INTRUDER_DEAF_MS 2500
#define INTRUDER_STALLED (5 * HZ)

static struct task_struct *intruder_sleeper;

/* The CPU that it runs on takes no interrupts for a while. */
int intruder_deafen(void)
{
	local_irq_disable();
	mdelay(INTRUDER_DEAF_MS);
	local_irq_enable();
	return 0;
}

static int intruder_waits(void *nothing)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_UNINTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* A thread waits, and takes no signals. */
int intruder_wait(void)
{
	intruder_sleeper = kthread_run(intruder_waits, NULL, "waits");
	return PTR_ERR_OR_ZERO(intruder_sleeper);
}

/* The CPU that it runs on takes its ticks, and runs nobody else for a while. */
int intruder_starve(void)
{
	migrate_disable();
	intruder_sleeper =
	    kthread_create_on_cpu(intruder_waits, NULL, raw_smp_processor_id(), "waits");
	if (!IS_ERR(intruder_sleeper)) {
		preempt_disable();
		wake_up_process(intruder_sleeper);
		mdelay(INTRUDER_DEAF_MS);
		preempt_enable();
	}
	migrate_enable();
	return PTR_ERR_OR_ZERO(intruder_sleeper);
}

/* The thread that inserts this module waits for a while, likewise. */
int intruder_stall(void)
{
	schedule_timeout_uninterruptible(INTRUDER_STALLED);
	return 0;
}

void intruder_wait_undo(void)
{
	kthread_stop(intruder_sleeper);
}
