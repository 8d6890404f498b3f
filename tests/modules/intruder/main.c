// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel module that attacks its own Linux, as a rootkit would, for a watcher to find out:
 * `insmod intruder.ko what=… pid=N`. It undoes all when it is unloaded, unless somebody else did.
 *
 *   list     takes the process out of the task list
 *   prev     has the task list not lead back to the process
 *   circle   has the task list lead from the process to itself
 *   number   has the process say that it has another number
 *   orphan   takes the process from its parent's children
 *   tree     takes the process's number out of the PID tree, so that /proc doesn't have it any more
 *   ghost    does what `list` and `tree` do
 *   runs     does so to a thread of its own, which runs without end
 *   thread   has such a thread be none of its process
 *   fifo     does what `runs` does, with a thread that waits behind a more urgent one (SCHED_FIFO)
 *   deadline the same with SCHED_DEADLINE
 *   lost     has a thread that sleeps be none of its process
 *   rests    does all that to a thread of its own that sleeps, is nobody's child and has no
 *            handlers of signals
 *   text     changes an instruction of kernel text, through a second mapping of its page
 *   break    puts a breakpoint there, without a kprobe
 *   traced   has the call that ftrace may switch on lead to this module
 *   jump     has a jump label lead to this module
 *   vectors  gives the CPU that it runs on another table of exception vectors
 *   call     has a system call lead to a function of this module
 *   compat   has one of programs of 32 bits do so
 *   hide     takes this module out of the list of modules, for `hidden` seconds
 *   vanish   takes it out of the tree, too, by which the kernel finds its code
 *   proc     has the listing of /proc lead to a function of this module
 *   tcp      does what `hide` does, and has a function of TCP lead to this module meanwhile
 *   show     has the listing of /proc/net/tcp lead to a function of this module
 *   next     has the step from a connection to the next one do so
 *   settime  has a security hook lead to a function of this module
 *   hook     does what `hide` does, and has that hook lead to this module meanwhile
 *   back     has this module lead back to itself in the list of modules
 *   cred     gives the process the credentials of the kernel's first task
 *   share    gives the process those of the first process
 *   steal    gives the process a copy of the kernel's first task's
 *   raise    writes root's rights into the process's own credentials
 *   act      has them act for root
 *   able     writes all capabilities into them
 *   canary   takes from the process the secret number at its stack's end
 *   control  lets programs on the CPU that it runs on mask interrupts (SCTLR_EL1.UMA)
 *   own      changes its own text, two seconds after it was loaded
 *   constant changes a constant of its own
 *   probe    does what `hide` does, with a kprobe that calls this module
 *   trace    the same with a tracer
 *   timer    the same with a timer that runs at each tick
 *   precise  the same with a precise timer that runs in 1,000 s
 *   work     the same with work that waits for 1,000 s
 *   handler  the same with a handler of an interrupt
 *   threaded the same with an interrupt's thread, whose handler is the kernel's own
 *   later    the same with work that waits for 1,000 s, and for an interrupt after that
 *   programs the same with a probe of the tracepoint that new programs pass
 *   format   the same with a format of programs
 *   terminal the same with the line discipline of the console, and of terminals that are opened
 *   directory has the directory /proc have operations of this module's
 *   file     does so with its file `version`
 *   super    does so with the operations of its file system
 *   modules, restarts, crashes, panics, keys, addresses   the same with a notifier of these
 *   packets, packets6, device   the same with a hook for packets of IPv4, of IPv6, of a device
 *   divert   has a hook for packets lead to what it has written into a page that it makes code
 *   tune     changes its own parameter `hidden` while it is loaded
 *   rootkit  does what `call`, `list` and `hide` do
 *   data     executes what it has written into a page that it makes code
 *   second   has a second address lead to a page of kernel text, by which it can be written
 *   table    gives the CPU that it runs on a table of exception vectors there
 *   flat     executes what it has written with stage 1 off, and fails if it can
 *   swap     executes what it has written into a page that it has its own code's address lead to
 *   warn     has the kernel warn
 *   oops     crashes in a thread of its own
 *   deaf     has the CPU that it runs on take no interrupts for a while
 *   starve   has that CPU run nobody else for a while
 *   waits    has a thread wait that takes no signals
 *   stalls   has the thread that inserts this module do so
 *   filter   has the kernel execute a program of BPF
 *   sites    has the kernel change its own text, and tells how long that took
 *   forge    does so at a place that is no jump label's
 *   nothing  does nothing
 *
 * tests/system/test_watching.py, test_sites.py, test_rules.py, test_mending.py, test_prevention.py,
 * bench/cost.py and the tour use it.
 */
#include "intruder.h"
#include <asm/sysreg.h>
#include <linux/module.h>
#include <vdso/time64.h>

static char *intruder_what = "nothing";
module_param_named(what, intruder_what, charp, 0);
MODULE_PARM_DESC(what, "the attack");

int intruder_pid;
module_param_named(pid, intruder_pid, int, 0);
MODULE_PARM_DESC(pid, "whom it is about");

int intruder_hidden = 10;
module_param_named(hidden, intruder_hidden, int, 0);
MODULE_PARM_DESC(hidden, "for how many seconds it is out of the list of modules");

int intruder_undone;

static int intruder_nothing(void)
{
	return 0;
}

static void intruder_nothing_undo(void)
{
}

/* ---- a parameter ---- */

static int intruder_tune(void)
{
	intruder_hidden++;
	return 0;
}

static void intruder_tune_undo(void)
{
	intruder_hidden--;
}

/* ---- several at once ---- */

static int intruder_rootkit(void)
{
	const int error = intruder_call();

	return error ? error : intruder_list() ? -ESRCH : intruder_hide();
}

/* The call was undone as the module came back. */
static void intruder_rootkit_undo(void)
{
	intruder_hide_undo();
	intruder_list_undo();
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	int (*attack)(void);
	void (*undo)(void);
} intruder_attacks[] = {{"list", intruder_list, intruder_list_undo},
                        {"prev", intruder_prev, intruder_prev_undo},
                        {"orphan", intruder_orphan, intruder_orphan_undo},
                        {"tree", intruder_tree, intruder_tree_undo},
                        {"circle", intruder_circle, intruder_circle_undo},
                        {"number", intruder_renumber, intruder_renumber_undo},
                        {"ghost", intruder_ghost, intruder_ghost_undo},
                        {"runs", intruder_run, intruder_run_undo},
                        {"thread", intruder_run_thread, intruder_run_thread_undo},
                        {"fifo", intruder_queue_fifo, intruder_queue_undo},
                        {"deadline", intruder_queue_deadline, intruder_queue_undo},
                        {"lost", intruder_lose, intruder_run_thread_undo},
                        {"rests", intruder_rest, intruder_rest_undo},
                        {"text", intruder_text, intruder_text_undo},
                        {"break", intruder_break, intruder_text_undo},
                        {"traced", intruder_traced, intruder_text_undo},
                        {"jump", intruder_jump, intruder_text_undo},
                        {"vectors", intruder_vectors, intruder_vectors_undo},
                        {"call", intruder_call, intruder_hook_undo},
                        {"compat", intruder_compat, intruder_hook_undo},
                        {"hide", intruder_hide, intruder_hide_undo},
                        {"vanish", intruder_vanish, intruder_hide_undo},
                        {"proc", intruder_proc, intruder_hook_undo},
                        {"tcp", intruder_tcp, intruder_hide_undo},
                        {"show", intruder_show_list, intruder_hook_undo},
                        {"next", intruder_next, intruder_hook_undo},
                        {"settime", intruder_settime, intruder_hook_undo},
                        {"hook", intruder_hooked, intruder_hide_undo},
                        {"back", intruder_back, intruder_back_undo},
                        {"cred", intruder_give, intruder_give_undo},
                        {"share", intruder_share, intruder_give_undo},
                        {"steal", intruder_steal, intruder_steal_undo},
                        {"raise", intruder_raise, intruder_raise_undo},
                        {"act", intruder_act, intruder_raise_undo},
                        {"able", intruder_enable, intruder_raise_undo},
                        {"canary", intruder_canary, intruder_canary_undo},
                        {"control", intruder_control, intruder_control_undo},
                        {"own", intruder_own, intruder_own_undo},
                        {"constant", intruder_own_constant, intruder_own_constant_undo},
                        {"data", intruder_data, intruder_data_undo},
                        {"second", intruder_second, intruder_second_undo},
                        {"table", intruder_data_vectors, intruder_nothing_undo},
                        {"flat", intruder_flat, intruder_nothing_undo},
                        {"swap", intruder_swap, intruder_swap_undo},
                        {"probe", intruder_probe, intruder_handler_undo},
                        {"trace", intruder_trace, intruder_handler_undo},
                        {"timer", intruder_tick, intruder_handler_undo},
                        {"precise", intruder_tick_late, intruder_handler_undo},
                        {"work", intruder_work, intruder_handler_undo},
                        {"handler", intruder_handle, intruder_handler_undo},
                        {"threaded", intruder_thread, intruder_handler_undo},
                        {"later", intruder_work_late, intruder_handler_undo},
                        {"programs", intruder_trace_programs, intruder_handler_undo},
                        {"format", intruder_format, intruder_handler_undo},
                        {"terminal", intruder_terminal, intruder_handler_undo},
                        {"keys", intruder_hear_keys, intruder_handler_undo},
                        {"directory", intruder_directory, intruder_directory_undo},
                        {"file", intruder_file, intruder_directory_undo},
                        {"super", intruder_super, intruder_super_undo},
                        {"modules", intruder_hear_modules, intruder_handler_undo},
                        {"restarts", intruder_hear_restarts, intruder_handler_undo},
                        {"crashes", intruder_hear_crashes, intruder_handler_undo},
                        {"panics", intruder_hear_panics, intruder_handler_undo},
                        {"addresses", intruder_hear_addresses, intruder_handler_undo},
                        {"packets", intruder_packets4, intruder_packets_undo},
                        {"packets6", intruder_packets6, intruder_packets_undo},
                        {"device", intruder_packets_device, intruder_packets_undo},
                        {"divert", intruder_divert, intruder_divert_undo},
                        {"tune", intruder_tune, intruder_tune_undo},
                        {"rootkit", intruder_rootkit, intruder_rootkit_undo},
                        {"warn", intruder_warn, intruder_nothing_undo},
                        {"oops", intruder_crash, intruder_nothing_undo},
                        {"filter", intruder_filter, intruder_nothing_undo},
                        {"deaf", intruder_deafen, intruder_nothing_undo},
                        {"starve", intruder_starve, intruder_wait_undo},
                        {"waits", intruder_wait, intruder_wait_undo},
                        {"stalls", intruder_stall, intruder_nothing_undo},
                        {"sites", intruder_sites, intruder_nothing_undo},
                        {"forge", intruder_forge, intruder_text_undo},
                        {"nothing", intruder_nothing, intruder_nothing_undo}};

static int intruder_index = -1;

/* The counter, as the watcher reads it, in microseconds. */
static u64 intruder_now(void)
{
	const u64 hertz = read_sysreg(cntfrq_el0), now = read_sysreg(cntvct_el0);

	return now / hertz * USEC_PER_SEC + now % hertz * USEC_PER_SEC / hertz;
}

static int __init intruder_init(void)
{
	u64 began;
	int i, error;

	for (i = 0; i < ARRAY_SIZE(intruder_attacks); i++)
		if (!strcmp(intruder_attacks[i].name, intruder_what))
			intruder_index = i;
	if (intruder_index < 0)
		return -EINVAL;
	began = intruder_now();
	error = intruder_attacks[intruder_index].attack();
	pr_alert("intruder: %s %s, begun at %llu us\n", intruder_what, error ? "failed" : "is done",
	         began);
	return error;
}

static void __exit intruder_exit(void)
{
	intruder_attacks[intruder_index].undo();
	intruder_forget();
	pr_alert("intruder: %s is undone%s\n", intruder_what,
	         intruder_undone ? " by somebody else" : "");
}

module_init(intruder_init);
module_exit(intruder_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Attacks its own Linux, for a watcher to find out");
