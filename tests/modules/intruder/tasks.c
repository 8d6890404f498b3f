// SPDX-License-Identifier: GPL-2.0
/* Attacks on processes: they hide one, or give it rights. */
#include "intruder.h"
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <uapi/linux/sched/types.h>

static struct pid *intruder_number;
static struct task_struct *intruder_task;
static struct list_head *intruder_before; /* the process in the task list */

/* ---- masked interrupts keep this CPU from forking; other CPUs aren't kept from it ---- */

static int intruder_find(void)
{
	intruder_number = find_get_pid(intruder_pid);
	intruder_task = intruder_number ? get_pid_task(intruder_number, PIDTYPE_TGID) : NULL;
	return intruder_task ? 0 : -ESRCH;
}

int intruder_list(void)
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

void intruder_list_undo(void)
{
	intruder_undone = intruder_is_listed();
	if (intruder_undone)
		return;
	local_irq_disable();
	list_add_tail(&intruder_task->tasks, &init_task.tasks);
	local_irq_enable();
}

/* Its parent doesn't have it any more. */
int intruder_orphan(void)
{
	if (intruder_find())
		return -ESRCH;
	local_irq_disable();
	list_del_init(&intruder_task->sibling);
	local_irq_enable();
	return 0;
}

void intruder_orphan_undo(void)
{
	intruder_undone = !list_empty(&intruder_task->sibling);
	if (intruder_undone)
		return;
	local_irq_disable();
	list_add_tail(&intruder_task->sibling, &intruder_task->real_parent->children);
	local_irq_enable();
}

/* The task list doesn't lead back to the process. */
int intruder_prev(void)
{
	if (intruder_find())
		return -ESRCH;
	intruder_before = intruder_task->tasks.prev;
	intruder_task->tasks.prev = &intruder_task->tasks;
	return 0;
}

void intruder_prev_undo(void)
{
	intruder_undone = intruder_task->tasks.prev != &intruder_task->tasks;
	if (!intruder_undone)
		intruder_task->tasks.prev = intruder_before;
}

/* The task list leads from a process to itself. A walk along it never ends, so none may begin. */
int intruder_circle(void)
{
	if (intruder_find())
		return -ESRCH;
	intruder_before = intruder_task->tasks.next;
	WRITE_ONCE(intruder_task->tasks.next, &intruder_task->tasks);
	return 0;
}

void intruder_circle_undo(void)
{
	intruder_undone = intruder_task->tasks.next != &intruder_task->tasks;
	if (!intruder_undone)
		WRITE_ONCE(intruder_task->tasks.next, intruder_before);
}

#define INTRUDER_PID 31337

/* The process says that it has another number. */
int intruder_renumber(void)
{
	if (intruder_find())
		return -ESRCH;
	WRITE_ONCE(intruder_task->pid, INTRUDER_PID);
	return 0;
}

void intruder_renumber_undo(void)
{
	intruder_undone = intruder_task->pid != INTRUDER_PID;
	if (!intruder_undone)
		WRITE_ONCE(intruder_task->pid, pid_nr(intruder_number));
}

int intruder_tree(void)
{
	if (intruder_find())
		return -ESRCH;
	idr_remove(&init_pid_ns.idr, intruder_pid);
	return 0;
}

void intruder_tree_undo(void)
{
	intruder_undone = idr_find(&init_pid_ns.idr, intruder_pid) == intruder_number;
	if (!intruder_undone && idr_alloc(&init_pid_ns.idr, intruder_number, intruder_pid,
	                                  intruder_pid + 1, GFP_KERNEL) < 0)
		pr_err("intruder: the number is somebody else's now\n");
}

/* ---- a thread that runs, and is in no list ---- */

int intruder_ghost(void)
{
	return intruder_list() ? -ESRCH : intruder_tree();
}

void intruder_ghost_undo(void)
{
	intruder_tree_undo();
	intruder_list_undo();
}

static int intruder_runs(void *nothing)
{
	while (!kthread_should_stop()) {
		cpu_relax();
		cond_resched();
	}
	return 0;
}

static int intruder_start(int (*lives)(void *), const char *name)
{
	struct task_struct *thread = kthread_run(lives, NULL, "%s", name);

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	intruder_pid = thread->pid;
	return 0;
}

int intruder_run(void)
{
	const int error = intruder_start(intruder_runs, "runs");

	return error ? error : intruder_ghost();
}

void intruder_run_undo(void)
{
	intruder_ghost_undo();
	kthread_stop(intruder_task);
}

/* Its process is listed, but doesn't have it as a thread. */
int intruder_run_thread(void)
{
	const int error = intruder_start(intruder_runs, "runs");

	if (error || intruder_find())
		return error ? error : -ESRCH;
	list_del_rcu(&intruder_task->thread_node);
	return 0;
}

void intruder_run_thread_undo(void)
{
	list_add_tail_rcu(&intruder_task->thread_node, &intruder_task->signal->thread_head);
	kthread_stop(intruder_task);
}

static int intruder_rests(void *nothing)
{
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* Likewise, while it sleeps. */
int intruder_lose(void)
{
	const int error = intruder_start(intruder_rests, "rests");

	if (error || intruder_find())
		return error ? error : -ESRCH;
	list_del_rcu(&intruder_task->thread_node);
	return 0;
}

static struct sighand_struct *intruder_handlers;

/* It is in a control group still. */
int intruder_rest(void)
{
	const int error = intruder_start(intruder_rests, "rests");

	if (error || intruder_ghost())
		return error ? error : -ESRCH;
	list_del_rcu(&intruder_task->thread_node);
	list_del(&intruder_task->sibling);
	intruder_handlers = intruder_task->sighand;
	intruder_task->sighand = NULL;
	return 0;
}

void intruder_rest_undo(void)
{
	intruder_task->sighand = intruder_handlers;
	list_add_tail(&intruder_task->sibling, &intruder_task->real_parent->children);
	list_add_tail_rcu(&intruder_task->thread_node, &intruder_task->signal->thread_head);
	intruder_run_undo();
}

/* ---- a thread in no list that waits for a CPU in the queue of another class: a listed thread has
 * that CPU nearly always ---- */

#define INTRUDER_PERIOD (10 * NSEC_PER_MSEC)
#define INTRUDER_BUSY   (9 * NSEC_PER_MSEC) /* of that time */

static struct task_struct *intruder_hog;

static int intruder_hogs(void *nothing)
{
	while (!kthread_should_stop()) {
		const u64 until = ktime_get_ns() + INTRUDER_BUSY;

		while (ktime_get_ns() < until)
			cpu_relax();
		usleep_range(USEC_PER_MSEC, USEC_PER_MSEC);
	}
	return 0;
}

/* A thread of that class, on the CPU that doesn't run this. */
static struct task_struct *intruder_bound(int (*lives)(void *), const char *name,
                                          const struct sched_attr *class)
{
	const unsigned int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	struct task_struct *thread = kthread_create(lives, NULL, "%s", name);
	int error;

	if (IS_ERR(thread))
		return thread;
	kthread_bind(thread, cpu);
	error = sched_setattr_nocheck(thread, class);
	if (error) {
		kthread_stop(thread);
		return ERR_PTR(error);
	}
	wake_up_process(thread);
	return thread;
}

static int intruder_queue(const struct sched_attr *first, const struct sched_attr *hidden)
{
	struct task_struct *thread;

	intruder_hog = intruder_bound(intruder_hogs, "hogs", first);
	if (IS_ERR(intruder_hog))
		return PTR_ERR(intruder_hog);
	thread = intruder_bound(intruder_runs, "runs", hidden);
	if (IS_ERR(thread)) {
		kthread_stop(intruder_hog);
		return PTR_ERR(thread);
	}
	intruder_pid = thread->pid;
	return intruder_ghost();
}

int intruder_queue_fifo(void)
{
	const struct sched_attr first = {.sched_policy = SCHED_FIFO, .sched_priority = 50},
	                        hidden = {.sched_policy = SCHED_FIFO, .sched_priority = 1};

	return intruder_queue(&first, &hidden);
}

/* It never uses up its time, which would take it out of the queue. */
int intruder_queue_deadline(void)
{
	const struct sched_attr first = {.sched_policy = SCHED_DEADLINE,
	                                 .sched_runtime = INTRUDER_PERIOD,
	                                 .sched_deadline = INTRUDER_PERIOD,
	                                 .sched_period = INTRUDER_PERIOD},
	                        hidden = {.sched_policy = SCHED_DEADLINE,
	                                  .sched_runtime = NSEC_PER_SEC / 2,
	                                  .sched_deadline = NSEC_PER_SEC,
	                                  .sched_period = NSEC_PER_SEC};

	return intruder_queue(&first, &hidden);
}

void intruder_queue_undo(void)
{
	kthread_stop(intruder_hog);
	intruder_run_undo();
}

/* ---- credentials ---- */

static const struct cred *intruder_cred, *intruder_given;

static int intruder_give_those_of(const struct task_struct *other)
{
	if (intruder_find())
		return -ESRCH;
	intruder_cred = intruder_task->cred;
	intruder_given = get_cred(get_cred(other->cred));
	rcu_assign_pointer(intruder_task->real_cred, intruder_given);
	rcu_assign_pointer(intruder_task->cred, intruder_given);
	return 0;
}

int intruder_give(void)
{
	return intruder_give_those_of(&init_task);
}

int intruder_share(void)
{
	return intruder_give_those_of(init_pid_ns.child_reaper);
}

/* A mend leaves these references. */
void intruder_give_undo(void)
{
	intruder_undone = intruder_task->cred != intruder_given;
	if (intruder_undone)
		return;
	rcu_assign_pointer(intruder_task->real_cred, intruder_cred);
	rcu_assign_pointer(intruder_task->cred, intruder_cred);
	put_cred(intruder_given);
	put_cred(intruder_given);
}

static struct cred *intruder_copy;

int intruder_steal(void)
{
	if (intruder_find())
		return -ESRCH;
	intruder_copy = prepare_kernel_cred(&init_task);
	if (!intruder_copy)
		return -ENOMEM;
	intruder_cred = intruder_task->cred;
	rcu_assign_pointer(intruder_task->real_cred, get_cred(intruder_copy));
	rcu_assign_pointer(intruder_task->cred, get_cred(intruder_copy));
	return 0;
}

void intruder_steal_undo(void)
{
	intruder_undone = intruder_task->cred != intruder_copy;
	if (intruder_undone)
		return;
	rcu_assign_pointer(intruder_task->real_cred, intruder_cred);
	rcu_assign_pointer(intruder_task->cred, intruder_cred);
	put_cred(intruder_copy);
	put_cred(intruder_copy);
	put_cred(intruder_copy);
}

static struct cred *intruder_raised, intruder_lowered;

/* Keeps what the process has, for the undoing. */
static int intruder_keep(void)
{
	if (intruder_find())
		return -ESRCH;
	intruder_raised = (struct cred *)get_task_cred(intruder_task);
	intruder_lowered = *intruder_raised;
	return 0;
}

/* Into what the process has, as most exploits do. */
int intruder_raise(void)
{
	if (intruder_keep())
		return -ESRCH;
	intruder_raised->uid = intruder_raised->euid = GLOBAL_ROOT_UID;
	intruder_raised->suid = intruder_raised->fsuid = GLOBAL_ROOT_UID;
	intruder_raised->cap_permitted = intruder_raised->cap_effective = CAP_FULL_SET;
	return 0;
}

/* The effective user alone. */
int intruder_act(void)
{
	if (intruder_keep())
		return -ESRCH;
	intruder_raised->euid = GLOBAL_ROOT_UID;
	return 0;
}

/* Its capabilities alone. */
int intruder_enable(void)
{
	if (intruder_keep())
		return -ESRCH;
	intruder_raised->cap_permitted = intruder_raised->cap_effective = CAP_FULL_SET;
	return 0;
}

void intruder_raise_undo(void)
{
	intruder_undone = intruder_task->cred != intruder_raised;
	if (!intruder_undone) {
		intruder_raised->uid = intruder_lowered.uid;
		intruder_raised->euid = intruder_lowered.euid;
		intruder_raised->suid = intruder_lowered.suid;
		intruder_raised->fsuid = intruder_lowered.fsuid;
		intruder_raised->cap_permitted = intruder_lowered.cap_permitted;
		intruder_raised->cap_effective = intruder_lowered.cap_effective;
	}
	put_cred(intruder_raised);
}

/* ---- its stack ---- */

static unsigned long intruder_number_of_stack;

/* The process mustn't run meanwhile: it would take its stack for damaged. */
int intruder_canary(void)
{
	if (intruder_find())
		return -ESRCH;
	intruder_number_of_stack = intruder_task->stack_canary;
	intruder_task->stack_canary = 0;
	return 0;
}

void intruder_canary_undo(void)
{
	intruder_task->stack_canary = intruder_number_of_stack;
}

void intruder_forget(void)
{
	if (intruder_task)
		put_task_struct(intruder_task);
	put_pid(intruder_number);
}
