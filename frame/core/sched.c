/*
 * A core's ready queue. Each core has one of its own and nobody else touches it; it holds as many
 * contexts as the core may run (its vCPUs, their loaders, the console service), so walking it is
 * short.
 */
#include <frame/account.h>
#include <frame/core.h>
#include <frame/resident.h>
#include <frame/sched.h>
#include <frame/trace.h>
#include <frame/vgic.h>
#include <kumiki/report.h>
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/wait.h>

#define HCR_TWI (1ULL << 13)

void core_idle_interrupt(void);

static void queue_remove(struct context *context)
{
	struct context **link = &core.ready;

	while (*link != 0 && *link != context)
		link = &(*link)->next;
	if (*link != 0)
		*link = context->next;
	core.reschedule = 1;
}

/* Before its equals, or behind them. */
static void queue_insert(struct context *context, bool before)
{
	struct context **link = &core.ready;

	while (*link != 0 && ((*link)->priority > context->priority ||
	                      (!before && (*link)->priority == context->priority)))
		link = &(*link)->next;
	context->next = *link;
	*link = context;
	core.reschedule = 1;
}

/* A service that wakes has something short to do; but not before a guest's interrupt. */
static bool goes_first(const struct context *context)
{
	return context->kind == CONTEXT_CONSOLE && (core.vcpu == 0 || !vgic_cpu_pending(core.vcpu));
}

void sched_ready(struct context *context)
{
	if (context->state == CONTEXT_READY)
		return;
	context->state = CONTEXT_READY;
	if (context->kind == CONTEXT_VCPU)
		context->state = (uint8_t)account_ready(vcpu_of(context));
	if (context->state == CONTEXT_READY)
		queue_insert(context, goes_first(context));
}

void sched_block(struct context *context, enum context_state state)
{
	if (context->state == CONTEXT_READY)
		queue_remove(context);
	context->state = (uint8_t)state;
	context->owed = 0;
	context->turn = 0;
	if (context->kind == CONTEXT_VCPU)
		account_rests(vcpu_of(context));
}

void sched_priority(struct context *context, uint8_t priority)
{
	bool before = priority < context->priority;

	if (context->priority == priority)
		return;
	if (context->state == CONTEXT_READY)
		queue_remove(context);
	context->priority = priority;
	if (context->state == CONTEXT_READY)
		queue_insert(context, before);
}

void sched_end_turn(struct context *context)
{
	if (context->state != CONTEXT_READY)
		return;
	queue_remove(context);
	queue_insert(context, false);
	context->owed = 0;
	context->turn = 0;
}

void sched_interrupt(struct context *running, const struct context *vcpu)
{
	if (running->owed || running->priority > vcpu->priority)
		return;
	sched_end_turn(running);
	running->owed = 1;
}

static uint64_t length_of_turn(const struct context *next)
{
	bool both = next->kind == CONTEXT_VCPU && next->next->kind == CONTEXT_VCPU;

	return both ? core.long_slice : core.slice;
}

/* Who was interrupted in its turn by somebody more urgent has the rest of it left. */
static void leave_turn(struct context *old)
{
	uint64_t end = core.deadline[TIMER_SLICE], now;

	if (old->state != CONTEXT_READY || old->turn == 0 || end == TIMER_NEVER)
		return;
	now = timer_now();
	old->turn = end > now ? end - now : 1;
}

/* With an equal waiting, a turn is a slice long, and a guest that waits gives the rest away. */
static void take_turn(struct context *old, struct context *next)
{
	bool equals = next->next != 0 && next->next->priority == next->priority;
	bool others = next->next != 0 || core.only == 0;

	if (equals && next->turn != 0 && next == old && core.deadline[TIMER_SLICE] != TIMER_NEVER)
		return; /* goes on in its turn */
	if (old != 0 && old != next)
		leave_turn(old);
	if (equals && next->turn == 0)
		next->turn = length_of_turn(next);
	timer_set(TIMER_SLICE, equals ? timer_now() + next->turn : TIMER_NEVER);
	if (next->kind == CONTEXT_VCPU)
		next->hcr = others ? next->hcr | HCR_TWI : next->hcr & ~HCR_TWI;
}

/* Nobody has read it yet: its partition's vCPUs stand still before that. */
RARELY static void complete_report(const struct context *old)
{
	memcpy(&core.report->x[19], &old->x[19], 10 * sizeof(old->x[0]));
	core.report = 0;
}

void sched_choose(void)
{
	struct context *old = core.current;

	if (core.report != 0)
		complete_report(old);
	resident_look();
	while (core.ready == 0) {
		if (core.charged != 0) {
			account_switch(0);
			continue;
		}
		resident_arm(0);
		wait_idle();
		core_idle_interrupt();
		resident_look();
	}
	if (core.only == 0)
		resident_choose(core.ready);
	core.reschedule = 0;
	take_turn(old, core.ready);
	core.current = core.ready;
	if (core.current != core.charged)
		account_switch(core.current);
	if (core.current != old)
		trace(TRACE_SWITCH, core.current->trace_id, 0);
	context_switch(old, core.current);
}
