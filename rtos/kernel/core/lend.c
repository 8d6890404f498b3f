/* Priorities that are lent: see kernel/lend.h. */
#include <kernel/lend.h>
#include <kernel/lock.h>
#include <kernel/port.h>
#include <kernel/sched.h>

/* How far along a chain of threads a change of priority is lent on. This ends circles, too. */
#define LENDING_CHAIN 8

/* Returns the priority that the thread shall have, and sets its base, which the short ways look at.
 */
static uint8_t lend_claim(struct thread *thread)
{
	uint8_t lent = lock_lent(thread);
	uint8_t priority = lent > thread->own ? lent : thread->own;

	thread->base = priority;
	if (thread->serving != NULL && thread->serving->priority > priority)
		priority = thread->serving->priority;
	if (thread->from != NULL && port_waiting_priority(thread->from) > priority)
		priority = port_waiting_priority(thread->from);
	return priority;
}

/* Whether the thread lends to another thread. In these states it is in no list, so the ready queue
 * can use its links. */
static bool may_lend(const struct thread *thread)
{
	return thread->state == THREAD_CALLS || thread->state == THREAD_LOCKS ||
	       (thread->state == THREAD_TAKEN && !thread->parked);
}

/* Puts the thread into the ready queue, at the higher of its old and its new priority. So its step
 * comes before any less urgent thread runs. */
static void lend_stand(struct thread *thread, uint8_t priority, uint8_t chain)
{
	uint8_t at = priority > thread->priority ? priority : thread->priority;

	if (thread->lends != 0) {
		sched_remove_lender(thread);
		at = at > thread->lends_at ? at : thread->lends_at;
		chain = chain > thread->lends ? chain : thread->lends;
	}
	thread->lends = chain;
	sched_add_lender(thread, at);
}

/* Sets the priority of a thread that lends to nobody. */
static void lend_set(struct thread *thread, uint8_t priority)
{
	if (thread->state == THREAD_RUNS && priority < thread->priority)
		sched_choose_on(thread->cpu);
	if (thread->state == THREAD_READY)
		sched_ready_again(thread, priority);
	else
		thread->priority = priority;
	sched_urge(thread);
}

static void lend_change(struct thread *thread, uint8_t chain)
{
	uint8_t priority = lend_claim(thread);

	if (priority == thread->priority)
		return;
	if (may_lend(thread))
		lend_stand(thread, priority, chain);
	else
		lend_set(thread, priority);
}

void lend_priority(struct thread *thread)
{
	lend_change(thread, LENDING_CHAIN);
}

/* Moves the thread to the place in its queue that fits its priority. Returns the thread that it
 * lends to; NULL: none. */
static struct thread *queue_again(struct thread *thread)
{
	if (thread->state == THREAD_TAKEN)
		return thread->server;
	if (thread->state == THREAD_LOCKS) {
		lock_queue_again(thread);
		return thread->lock->owner;
	}
	port_queue_again(thread);
	return thread->port->servant;
}

void lend_step(struct thread *thread)
{
	uint8_t chain = thread->lends, priority = lend_claim(thread);
	struct thread *next;

	lend_forget(thread);
	if (priority == thread->priority)
		return;
	thread->priority = priority;
	sched_urge(thread);
	next = queue_again(thread);
	if (next != NULL && chain > 1)
		lend_change(next, chain - 1);
}

void lend_forget(struct thread *thread)
{
	if (thread->lends != 0)
		sched_remove_lender(thread);
	thread->lends = 0;
}

void lend_end_now(struct thread *thread)
{
	lend_forget(thread);
	lend_priority(thread);
}

void lend_to_signalled(struct port *port, struct thread *receiver)
{
	if (port->servant != NULL)
		return;
	port->servant = receiver;
	receiver->from = port;
	if (port->queue.first != NULL)
		lend_priority(receiver);
}
