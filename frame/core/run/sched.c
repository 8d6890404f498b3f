/*
 * A core's ready queue, which that core alone touches. It holds at most the contexts that the core
 * may run (its vCPUs, their loaders and brokers, the services that last), so walking it is short.
 */
#include "exchange.h"

#include <machine/contexts.h>
#include <run/account.h>
#include <run/broker.h>
#include <run/move.h>
#include <run/resident.h>
#include <run/sched.h>
#include <state/services.h>
#include <vgic/vgic.h>
#include <word/trace.h>

static uint32_t sched_turn_halved CORE_LOCAL; /* SCHED_TURN_HALVED_NS, in ticks */
/* A turn is cut into pieces if a service waits directly behind its vCPU: take_turn(). This is the
 * length of the piece that runs now, in ticks. */
static uint32_t sched_piece CORE_LOCAL;

static void queue_remove(struct context *context)
{
	struct context **link = &core.ready;

	core.reschedule = 1;
	while (*link != 0 && *link != context)
		link = &(*link)->next;
	if (*link != 0)
		*link = context->next;
}

/*
 * The context has come into the queue. True: the core must choose again. There are three reasons.
 * The context is as urgent as the first one of the queue, or is now the first. The context is a
 * vCPU: sched_switch() then calls the balancer, which may find another core for it. The core has
 * only one vCPU, so the context is a service: from now on this vCPU's WFI must trap, and let the
 * service run. On a shared core WFI always traps.
 */
static inline bool is_chosen_for(const struct context *context)
{
	return core.only != 0 || context->kind == CONTEXT_VCPU ||
	       core.ready->priority <= context->priority;
}

/* Puts the context into the queue, before its equals or behind them. */
static void queue_insert(struct context *context, bool before)
{
	struct context **link = &core.ready;

	while (*link != 0 && ((*link)->priority > context->priority ||
	                      (!before && (*link)->priority == context->priority)))
		link = &(*link)->next;
	context->next = *link;
	*link = context;
	if (is_chosen_for(context))
		core.reschedule = 1;
}

/*
 * A service that wakes goes before its equals, as its work is short. It goes behind them if the
 * resident vCPU has an interrupt pending. There is an exception: a service that wakes because vCPUs
 * need cores always goes before its equals. Such vCPUs have just woken, so one of them nearly
 * always has an interrupt pending, and the service would always be late. This can't keep the equals
 * waiting: the service is told of the next need only after it has asked for it. In a recovery the
 * guests go first, as all of them have waited.
 */
static bool goes_first(const struct context *context)
{
	if (context->kind == CONTEXT_VCPU || service_row_of(context)->is_job || core.recovers)
		return false;
	return (context->x[0] & SERVICE_EVENT_NEED) != 0 || core.vcpu == 0 ||
	       !vgic_cpu_pending(core.vcpu);
}

void sched_ready(struct context *context)
{
	enum context_state state = CONTEXT_READY;

	if (context->state == CONTEXT_READY)
		return;
	if (context->kind == CONTEXT_VCPU) {
		trace(TRACE_READY, context->trace_id, 0);
		/* account_ready() may fill the budget, which changes the priority. As the vCPU
		 * counts as blocked, the queue stays as it is. */
		context->state = CONTEXT_BLOCKED;
		state = account_ready(vcpu_of(context));
	}
	context->state = (uint8_t)state;
	if (state == CONTEXT_READY)
		queue_insert(context, goes_first(context));
}

void sched_block(struct context *context, enum context_state state)
{
	if (context->state == CONTEXT_READY)
		queue_remove(context);
	sched_stand(context, state);
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
	core.reschedule = 1; /* a waiting vCPU's timers may matter with its new priority */
	if (context->state == CONTEXT_READY)
		queue_insert(context, before);
}

void sched_leave(struct context *context)
{
	if (context->state == CONTEXT_READY)
		queue_remove(context);
	core.reschedule = 1;
	context->owed = 0;
	context->turn = 0;
	if (context == core.charged)
		account_idle();
}

void sched_come(struct context *context)
{
	if (context->state == CONTEXT_READY)
		queue_insert(context, false);
	core.reschedule = 1; /* the choice sets the timer for the context's deadlines, too */
}

static inline bool has_equal(const struct context *next)
{
	return next->next != 0 && next->next->priority == next->priority;
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

static inline bool is_service(const struct context *context)
{
	return context->kind != CONTEXT_VCPU;
}

/* If only a piece of a vCPU's turn is over, the service behind the vCPU runs, and the turn goes on
 * afterwards. If the turn ended here, the vCPU would lose the rest of it each time that the service
 * has work. */
void sched_turn_over(struct context *context)
{
	struct context *service = context->next;

	if (core.ready != context || context->turn <= sched_piece || !has_equal(context) ||
	    !is_service(service)) {
		sched_end_turn(context);
		return;
	}
	core.reschedule = 1;
	core.ready = service;
	context->next = service->next;
	service->next = context;
	context->turn -= sched_piece;
}

void sched_interrupt(struct context *running, const struct context *vcpu)
{
	if (running->owed || running->priority > vcpu->priority)
		return;
	sched_end_turn(running);
	running->owed = 1;
}

/* Another context is to run before this one's turn is over, or a guarantee interrupts the turn at
 * priority 0: keeps the rest of the turn. */
static void leave_turn(struct context *old)
{
	uint64_t end = core.deadline[TIMER_SLICE], now;

	if (old->priority == 0)
		old->last_began = 0;
	if (end == TIMER_NEVER)
		return;
	now = timer_now();
	old->turn += (end > now ? end - now : 1) - sched_piece;
}

/* Returns the length of a vCPU's turn on this core. All vCPUs that are here count, whether they
 * want the core now or not. If only ready vCPUs counted, a vCPU that waits now and then would have
 * shorter turns than the others. */
static inline uint32_t turn_here(void)
{
	const uint32_t turn = (uint32_t)((uint64_t)sched_turn_halved >> core.here);

	return turn > core.slice ? turn : core.slice;
}

/*
 * An equal waits: begins a turn of `next`, or goes on with its present turn. If that turn began
 * elsewhere, or before other vCPUs came, its rest is cut to the length of a turn here. A service's
 * turn is short. If a service waits directly behind a vCPU, the vCPU's turn is cut into pieces of
 * that length.
 */
static void take_turn(const struct context *old, struct context *next)
{
	uint64_t now;
	uint32_t turn;

	if (next->turn != 0 && next == old && core.deadline[TIMER_SLICE] != TIMER_NEVER)
		return; /* goes on in its turn */
	now = timer_now();
	turn = is_service(next) ? core.slice : turn_here();
	if (next->turn != 0 && next->turn < turn)
		turn = (uint32_t)next->turn;
	next->turn = turn;
	sched_piece = is_service(next->next) ? (turn - 1) % core.slice + 1 : turn;
	if (next->priority == 0)
		next->last_began = now;
	core.deadline[TIMER_SLICE] = now + sched_piece;
}

/* `context` comes to priority 0. True: `other` stays before it. The queue's order at priority 0 is:
 * services that waited or were interrupted; vCPUs that were interrupted; all others by the start of
 * their last turn. An interrupted vCPU becomes the first of the interrupted vCPUs. last_began is 0
 * after an interruption, and in a service that has waited. A broker that rested keeps it. */
static inline bool is_before(const struct context *other, const struct context *context)
{
	return other->priority > 0 || other->last_began + !is_service(other) <= context->last_began;
}

/* The turn at the higher priority ends. The context had a turn at priority 0 before, and goes on
 * with what is left of that turn. */
void sched_lower(struct context *context)
{
	struct context **link = &core.ready;

	if (context->priority == 0)
		return;
	if (context == core.current)
		core.deadline[TIMER_SLICE] = TIMER_NEVER;
	context->turn = context->last_turn;
	context->priority = 0;
	core.reschedule = 1;
	if (context->state != CONTEXT_READY)
		return;
	queue_remove(context);
	while (*link != 0 && is_before(*link, context))
		link = &(*link)->next;
	context->next = *link;
	*link = context;
}

void sched_raise(struct context *context, uint8_t priority)
{
	if (context == core.current) {
		if (context->turn != 0)
			leave_turn(context);
		core.deadline[TIMER_SLICE] = TIMER_NEVER;
	}
	context->last_turn = context->turn;
	context->turn = 0;
	sched_priority(context, priority);
}

/* On a core with one vCPU: has WFI trap only while another context is ready. */
static inline void trap_waiting(struct context *next)
{
	if (next->kind == CONTEXT_VCPU)
		next->hcr =
		    next->next != 0 ? next->hcr | CONTEXT_HCR_TWI : next->hcr & ~CONTEXT_HCR_TWI;
}

static inline void begin_turn(const struct context *old, struct context *next)
{
	if (has_equal(next))
		take_turn(old, next);
	else
		core.deadline[TIMER_SLICE] = TIMER_NEVER;
}

/* Notes in accounts, promises and the trace that the context has the core from now on. */
static void put_down(struct context *next, uint64_t now)
{
	account_switch(next, now);
	trace_at(now, TRACE_SWITCH, next->trace_id, 0);
}

/* Switches from one vCPU to another. Most switches are of this kind, so this function is all inline
 * and tests little. */
static inline void sched_pass(struct vcpu *old, struct vcpu *next)
{
	uint64_t now;

	if (old->context.turn != 0)
		leave_turn(&old->context);
	begin_turn(&old->context, &next->context);
	exchange_resident(next);
	resident_arm(next->context.priority);
	follow_class(next);
	now = timer_read();
	if (account_is_plain(old)) {
		account_pass(old, next, now);
		trace_at(now, TRACE_SWITCH, next->context.trace_id, 0);
		timer_program(TIMER_SLICE);
	} else {
		put_down(&next->context, now);
		timer_program(TIMER_SLICE);
	}
	context_pass(old, next);
}

static inline bool is_broker(const struct context *context)
{
	return context != 0 && context->kind == CONTEXT_BROKER;
}

static void sched_change(struct context *old, struct context *next)
{
	if (is_broker(old) || is_broker(next))
		broker_pass(old, next);
	if (old != next && old != 0 && old->turn != 0)
		leave_turn(old);
	begin_turn(old, next);
	if (core.only != 0) {
		trap_waiting(next);
	} else {
		if (next->kind == CONTEXT_VCPU)
			resident_return(vcpu_of(next));
		resident_arm(next->priority);
		if (core.vcpu != 0)
			follow_class(core.vcpu);
	}
	if (next != core.charged)
		put_down(next, timer_read());
	core.interrupted = 0;
	timer_program(TIMER_SLICE);
	if (old == next && context_goes_on(next))
		context_stay(next);
	else
		context_switch(old, next);
}

void sched_switch(struct context *next)
{
	struct context *old = core.current;

	core.reschedule = 0;
	core.let_go = 0;
	core.current = next;
	if (next->forgets != 0)
		resident_follow(vcpu_of(next));
	if (old != 0 && old != next && context_goes_on(old) && context_goes_on(next))
		sched_pass(vcpu_of(old), vcpu_of(next));
	else
		sched_change(old, next);
	if (core.roams != 0)
		move_balance();
}

AT_START void sched_begin(void)
{
	core.slice = (uint32_t)timer_ticks(SCHED_SLICE_NS);
	sched_turn_halved = (uint32_t)timer_ticks(SCHED_TURN_HALVED_NS);
}
