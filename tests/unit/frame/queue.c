/*
 * The scheduler of one core, without the frame below it. Functions of the frame that it mustn't
 * call fail the test.
 */
#include "queue.h"

#include <run/broker.h>
#include <run/move.h>
#include <run/progress.h>
#include <run/promise.h>
#include <run/resident.h>
#include <run/sched.h>
#include <stdlib.h>
#include <string.h>
#include <turn/idle.h>
#include <turn/trap.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/timer.h>
#include <word/vcpu.h>

struct core core;
struct vcpu one, two;
struct context console, loader;
struct queue queue;

static struct core_account own_account;

/* ---- the functions that the scheduler needs ---- */

bool vgic_cpu_pending(const struct vcpu *of)
{
	assert_ptr_equal(of, core.vcpu);
	return queue.interrupt_pending;
}

uint64_t timer_now(void)
{
	return sysreg_read(cntpct_el0);
}

/* Turns are as short as the tests want them. */
uint64_t timer_ticks(uint64_t nanoseconds)
{
	return nanoseconds == SCHED_SLICE_NS ? QUEUE_SLICE : QUEUE_LONG;
}

bool vcpu_is_here(const struct vcpu *vcpu)
{
	(void)vcpu;
	return false;
}

bool promise_pays(struct vcpu *vcpu, uint64_t from, uint64_t to)
{
	(void)vcpu;
	(void)from;
	(void)to;
	fail_msg("this core has no broker");
	return false;
}

void broker_stop(struct broker *broker)
{
	(void)broker;
	fail_msg("this core has no broker");
}

void broker_pass(struct context *old, struct context *next)
{
	(void)old;
	(void)next;
	fail_msg("this core has no broker");
}

void resident_look(void)
{
}

/* No vCPU waits for its timer here. */
void resident_arm_choice(void)
{
	assert_null(core.sleepers);
}

void resident_return(struct vcpu *next)
{
	(void)next;
	fail_msg("this core isn't shared");
}

/* The next vCPU gets the virtual GIC interface, which is always empty here. */
void resident_hush(struct vcpu *old)
{
	resident_return(old);
}

void resident_exchange_private(const struct vcpu *old, const struct vcpu *next)
{
	(void)old;
	resident_return((struct vcpu *)next);
}

uint64_t resident_physical_deadline(const struct vcpu *of, uint32_t open, uint64_t deadline)
{
	(void)open;
	resident_return((struct vcpu *)of);
	return deadline;
}

void gic_set_enable(va_t bits, uint32_t mask)
{
	(void)bits;
	(void)mask;
	fail_msg("this core isn't shared");
}

void gic_clear_enable(va_t bits, uint32_t mask)
{
	gic_set_enable(bits, mask);
}

void gic_set_timers_class(uint32_t rank)
{
	(void)rank;
	fail_msg("this core isn't shared");
}

void resident_follow(struct vcpu *of)
{
	resident_return(of);
}

void resident_stir(struct vcpu *of)
{
	resident_return(of);
}

void vgic_returned(struct vcpu *of)
{
	resident_return(of);
}

uint32_t resident_save_gic(struct resident_gic *gic, uint32_t lists)
{
	(void)gic;
	return lists;
}

void resident_load_gic(const struct resident_gic *gic, uint32_t used)
{
	(void)gic;
	(void)used;
}

/* There are no promises. */
enum context_state promise_ready(struct vcpu *of, uint64_t now)
{
	(void)of;
	(void)now;
	fail_msg("nothing was promised");
	return CONTEXT_READY;
}

void promise_rests(struct vcpu *of)
{
	(void)of;
	fail_msg("nothing was promised");
}

/* Called once for each change of the running context. */
void promise_waits(struct vcpu *of)
{
	(void)of;
	fail_msg("nothing was promised");
}

void promise_ran(struct vcpu *of, uint64_t from, uint64_t to)
{
	(void)of;
	(void)from;
	(void)to;
	fail_msg("nothing was promised");
}

uint64_t promise_comes(struct context *next, uint64_t now)
{
	assert_ptr_not_equal(next, core.charged);
	return now;
}

void promise_switch(uint8_t context, uint64_t now)
{
	assert_int_equal(context, core.charged != NULL ? core.charged->trace_id : TRACE_NO_VCPU);
	assert_int_equal(now, timer_now());
	if (queue.refilled != 0)
		sched_ready(queue.refilled);
	queue.refilled = 0;
}

void progress_sleep(void)
{
}

void progress_hold(void)
{
}

void move_leave(void)
{
	assert_null(core.leaving);
}

void move_idle(void)
{
	fail_msg("nobody may move");
}

void move_balance(void)
{
	fail_msg("nobody may move");
}

static void on_wait(void)
{
	assert_null(core.charged);
	queue.waits++;
}

void trap_idle_interrupt(void);

void trap_idle_interrupt(void)
{
	if (queue.naps == 0)
		fail_msg("the core sleeps for ever");
	if (--queue.naps == 0)
		sched_ready(queue.comes);
}

/* ---- a core with nothing ready ---- */

void queue_setup(void)
{
	fake_cpu_reset((struct fake_hooks){.wait = on_wait});
	fake_time(5000);
	memset(&core, 0, sizeof(core));
	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	one.run.due = two.run.due = TIMER_NEVER;
	memset(&queue, 0, sizeof(queue));
	sched_begin();
	core.here = 0;
	core.vcpu = core.only = &one;
	core.promises = 1;
	core.account = &own_account;
	for (int i = 0; i < TIMER_COUNT; i++)
		core.deadline[i] = TIMER_NEVER;
	one.context = two.context =
	    (struct context){.kind = CONTEXT_VCPU, .priority = 5, .hcr = QUEUE_OTHER};
	console = (struct context){.kind = CONTEXT_CONSOLE, .priority = 5, .hcr = QUEUE_OTHER};
	loader = (struct context){.kind = CONTEXT_LOADER, .priority = 5, .hcr = QUEUE_OTHER};
	one.run.account = &queue.accounts[0];
	two.run.account = &queue.accounts[1];
	one.context.trace_id = 0;
	two.context.trace_id = 1;
	console.trace_id = TRACE_CONSOLE;
	loader.trace_id = TRACE_LOADER;
}

void queue_quiet(void)
{
	assert_string_equal(fake_complaint(), "");
}

struct context *queue_choose(void)
{
	do
		turn_choose();
	while (core.reschedule);
	assert_ptr_equal(fake_running(), core.current);
	assert_int_equal(core.reschedule, 0);
	assert_ptr_equal(core.charged, core.current);
	return core.current;
}

struct context *queue_turn(void)
{
	sched_end_turn(core.current);
	return queue_choose();
}
