/*
 * The switch from one thread to another on a CPU, and the short ways of call and of
 * answer-and-wait. On a short way one thread takes the CPU from the other without any queue. A call
 * goes it if its only receiver waits on this CPU. An answer goes it if the caller is the most
 * urgent thread of this CPU. Everything else takes the long way (port.c), which leaves the same
 * state. The short ways are inline, as they are the kernel's most frequent ones.
 */
#ifndef KERNEL_SWITCH_H
#define KERNEL_SWITCH_H

#include <kernel/port.h>
#include <kernel/sched.h>
#include <machine/cpu.h>

/* Charges the time since the last switch to `last`, the thread that ran. NULL: that thread is
 * freed, and the time goes to the next thread. The time of a CPU that slept goes to nobody. */
static inline void sched_charge(struct cpu *cpu, struct thread *last)
{
	uint64_t now = machine_counter();

	if (last != NULL)
		last->time += now - cpu->since;
	else if (cpu->used != NULL)
		return;
	cpu->since = now;
}

/* From now on `next` runs on this CPU instead of `last`, in its address space. */
static inline void sched_switch(struct cpu *cpu, struct thread *last, struct thread *next)
{
	struct process *process = next->process;

	sched_charge(cpu, last);
	cpu->current = next;
	next->state = THREAD_RUNS;
	if (process == cpu->used)
		return;
	cpu->used = process;
	process->space.cpus |= cpu->bit;
	machine_use_space(process->space.ttbr);
}

/* Whether the FP registers may have to change hands, or to be closed. */
static inline bool sched_needs_fp(const struct cpu *cpu, const struct thread *next)
{
	return ((next->flags & RTOS_THREAD_FP) != 0 || cpu->fp_is_open);
}

/* Opens the FP registers for a thread that uses them, and closes them for others. Values of another
 * thread are saved to it, and this thread's are loaded. */
void sched_exchange_fp(struct cpu *cpu, struct thread *next);

/* ---- what both ways of a call do ---- */

static inline void switch_copy_words(struct thread *to, const struct thread *from)
{
	for (uint32_t i = 0; i < RTOS_WORDS; i++)
		to->registers.x[i] = from->registers.x[i];
}

/* Sets the registers that a receiver finds besides the words. */
static inline void switch_tell(struct thread *receiver, const struct thread *caller, uint32_t badge,
                               uint32_t deliveries, uint64_t identity)
{
	uint64_t *x = receiver->registers.x;

	x[X_STATUS] = RTOS_OK;
	x[X_BADGE] = badge;
	x[X_DELIVERIES] = deliveries;
	x[X_PAYLOAD] = 0;
	x[X_IDENTITY] = identity;
	x[X_CALLER] = memory_reference(caller);
}

/* Makes the thread the port's servant. Returns the old servant, which isn't it any more. */
static inline struct thread *switch_set_servant(struct port *port, struct thread *server)
{
	struct thread *old = port->servant;

	if (old != NULL)
		old->from = NULL;
	port->servant = server;
	server->from = port;
	return old;
}

/* ---- the short ways ---- */

/* The place of a handle of any kind; NULL: the number is beyond the table's end. */
static inline const struct handle *switch_handle(const struct thread *self)
{
	return handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
}

/* RTOS_CALL on the short way. False: nothing was done, and the call goes the long way. */
static inline bool switch_call(struct cpu *cpu, struct thread *self)
{
	const struct handle *handle = switch_handle(self);
	struct thread *receiver;
	uint32_t badge;
	uint64_t identity;
	struct port *port;

	if (!handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_CALL))
		return false;
	port = (struct port *)handle->object;
	receiver = port->receivers;
	/* With no receiver, or with several, there is a list to keep. */
	if (receiver == NULL || receiver->next != receiver || receiver->cpu != cpu ||
	    (self->registers.x[X_DEADLINE] | self->registers.x[X_PAYLOAD]) != 0 ||
	    receiver->timed || port->special != 0 || receiver->process->state != RTOS_PROCESS_ALIVE)
		return false;
	badge = handle->badge;
	identity = ++port_identities;
	port->receivers = NULL;
	self->deliveries = 1;
	self->state = THREAD_TAKEN;
	self->blame = 0;
	self->sends = false;
	self->parked = 0;
	self->badge = badge;
	self->port = port;
	self->identity = identity;
	self->server = receiver;
	receiver->serving = self;
	receiver->took = (uint32_t)identity;
	switch_set_servant(port, receiver);
	switch_copy_words(receiver, self);
	switch_tell(receiver, self, badge, 0, identity);
	if (receiver->priority < self->priority)
		receiver->priority = self->priority;
	sched_switch(cpu, self, receiver);
	return true;
}

/* RTOS_REPLY_WAIT on the short way. False: nothing was done, and the call goes the long way. */
static inline bool switch_reply_wait(struct cpu *cpu, struct thread *self)
{
	const struct handle *handle = switch_handle(self);
	struct thread *caller = self->serving;
	struct port *port;

	/* Marked as unlikely, so that both branches come behind the short way (ipc.reply, 20
	 * instructions). */
	if (UNLIKELY(!handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_RECEIVE) || caller == NULL))
		return false;
	port = (struct port *)handle->object;
	if (UNLIKELY(caller->identity != self->registers.x[X_IDENTITY] || caller->cpu != cpu ||
	             self->registers.x[X_DEADLINE] != 0 || caller->timed || caller->lent ||
	             port->queue.first != NULL || port->receivers != NULL ||
	             (self->bound != NULL && (self->bound->bits != 0 || self->base != self->own)) ||
	             sched_top(cpu) >= caller->priority || /* an equal has been ready for longer */
	             caller->process->state != RTOS_PROCESS_ALIVE))
		return false;
	switch_copy_words(caller, self);
	caller->registers.x[X_STATUS] = RTOS_OK;
	caller->registers.x[X_PAYLOAD] = 0;
	self->serving = NULL;
	if (self->from != NULL)
		self->from->servant = NULL;
	self->from = NULL;
	self->priority = self->base;
	self->state = THREAD_RECEIVES;
	self->port = port;
	self->next = self;
	self->prev = self;
	port->receivers = self;
	sched_switch(cpu, self, caller);
	return true;
}

#endif
