/* Messages: see kernel/port.h. These are the long ways; the short ones are in kernel/switch.h. */
#include <kernel/admit.h>
#include <kernel/lend.h>
#include <kernel/payload.h>
#include <kernel/switch.h>
#include <kernel/trace.h>
#include <kernel/window.h>
#include <machine/cpu.h>

uint64_t port_identities;

/* ---- receivers ---- */

static void add_receiver(struct port *port, struct thread *receiver)
{
	struct thread *first = port->receivers;

	receiver->port = port;
	if (first == NULL) {
		receiver->next = receiver;
		receiver->prev = receiver;
		port->receivers = receiver;
		return;
	}
	receiver->next = first;
	receiver->prev = first->prev;
	first->prev->next = receiver;
	first->prev = receiver;
}

static void remove_receiver(struct port *port, struct thread *receiver)
{
	if (receiver->next == receiver) {
		port->receivers = NULL;
		return;
	}
	receiver->next->prev = receiver->prev;
	receiver->prev->next = receiver->next;
	if (port->receivers == receiver)
		port->receivers = receiver->next;
}

void port_leave_receivers(struct thread *receiver)
{
	remove_receiver(receiver->port, receiver);
}

void port_drop_servant(struct thread *server)
{
	if (server->from != NULL)
		server->from->servant = NULL;
	server->from = NULL;
}

/* ---- the queue of calls ---- */

/* By priority first, then by the order in which the calls were made. */
static uint64_t queue_key(const struct thread *caller)
{
	return thread_queue_key(caller, caller->identity);
}

static void port_enqueue(struct thread *caller)
{
	struct port *port = caller->port;

	heap_insert(&port->queue, &caller->queued, queue_key(caller));
	if (port->servant != NULL)
		lend_priority(port->servant);
}

void port_leave_queue(struct thread *caller)
{
	struct port *port = caller->port;

	heap_remove(&port->queue, &caller->queued);
	if (port->servant != NULL)
		lend_priority(port->servant);
}

void port_queue_again(struct thread *caller)
{
	heap_change(&caller->port->queue, &caller->queued, queue_key(caller));
}

/* ---- calls that were taken ---- */

static void port_unpark(struct thread *caller)
{
	if (caller->next != NULL)
		caller->next->prev = caller->prev;
	if (caller->prev != NULL)
		caller->prev->next = caller->next;
	else
		caller->taker->parked = caller->next;
	caller->parked = 0;
}

void port_detach(struct thread *caller)
{
	struct thread *server = caller->server;

	if (caller->parked) {
		port_unpark(caller);
		return;
	}
	server->serving = NULL;
	lend_priority(server);
}

void port_park(struct thread *server)
{
	struct thread *caller = server->serving;
	struct process *process = server->process;

	if (caller == NULL)
		return;
	server->serving = NULL;
	caller->taker = process;
	caller->parked = THREAD_PARKED;
	lend_end(caller);
	caller->prev = NULL;
	caller->next = process->parked;
	if (caller->next != NULL)
		caller->next->prev = caller;
	process->parked = caller;
}

/* ---- delivery ---- */

static void port_take(struct thread *receiver, struct thread *caller)
{
	caller->state = THREAD_TAKEN;
	caller->server = receiver;
	receiver->serving = caller;
}

static enum payload_way way_of(const struct thread *caller)
{
	return caller->sends ? PAYLOAD_SEND : PAYLOAD_CALL;
}

/* Gives the receiver the message: the payload, the words, and what names the call. */
static void port_tell(struct thread *receiver, const struct thread *caller)
{
	uint64_t along = payload_pass(caller, receiver);

	switch_copy_words(receiver, caller);
	switch_tell(receiver, caller, caller->badge, caller->deliveries - 1, caller->identity);
	receiver->registers.x[X_PAYLOAD] = along;
}

/* Delivers the caller's message. The caller waits in no queue, the receiver is in no list, and
 * there is room for the payload. Lent pages have to be put in before the receiver is told. */
static void port_deliver(struct port *port, struct thread *receiver, struct thread *caller)
{
	struct thread *old;

	trace_thread(RTOS_EVENT_TAKE, receiver, caller->deliveries, caller->identity);
	caller->deliveries++;
	receiver->filling = payload_lends(caller);
	if (receiver->filling)
		window_promise(
		    window_offered(receiver, RTOS_PAYLOAD_PAGES(caller->registers.x[X_PAYLOAD])),
		    caller);
	else
		port_tell(receiver, caller);
	receiver->took = (uint32_t)caller->identity;
	if (caller->sends)
		receiver->registers.x[X_CALLER] = 0;
	else
		port_take(receiver, caller);
	old = switch_set_servant(port, receiver);
	if (old != NULL)
		lend_priority(old);
	lend_priority(receiver);
}

/* A sender goes on; a caller waits for the answer. */
static void end_send(struct thread *caller)
{
	if (!caller->sends)
		return;
	if (caller->timed)
		sched_clear_deadline(caller);
	thread_set_status(caller, RTOS_OK);
	sched_ready(caller);
}

/* ---- calls ---- */

/* Stops the first receiver if its process ended; false: there was no such receiver. */
static bool drop_receiver(struct port *port)
{
	struct thread *receiver = port->receivers;

	if (receiver == NULL || receiver->process->state == RTOS_PROCESS_ALIVE)
		return false;
	thread_stop(receiver);
	return true;
}

static bool is_late(uint64_t deadline)
{
	return deadline != 0 && deadline <= machine_time();
}

/* Delivers the call to a receiver that waits, on whatever CPU. */
static void port_hand_over(struct port *port, struct thread *receiver, struct thread *caller)
{
	remove_receiver(port, receiver);
	if (receiver->timed)
		sched_clear_deadline(receiver);
	receiver->state = THREAD_NOWHERE;
	port_deliver(port, receiver, caller);
	if (receiver->filling)
		thread_repeat(receiver);
	sched_ready(receiver);
}

/* Prepares a region that is given. False: there is more to do. */
static inline bool prepare_payload(const struct thread *self)
{
	while (payload_prepare_step(self))
		if (machine_must_leave(true))
			return false;
	return true;
}

static int port_make_call(struct thread *self, const struct handle *handle, bool sends)
{
	struct port *port = (struct port *)handle->object;
	uint64_t deadline = self->registers.x[X_DEADLINE];
	struct thread *receiver;

	enum payload_way way = sends ? PAYLOAD_SEND : PAYLOAD_CALL;
	int status = (int)payload_wrong(self, way);

	if (status != RTOS_OK)
		return status;
	if (port->special != 0)
		status = (int)admit_call(port, handle->badge, self->registers.x[0]);
	if (status != RTOS_OK)
		return status;
	if (!prepare_payload(self))
		return thread_repeat(self);
	while (drop_receiver(port))
		if (machine_must_leave(true))
			return thread_repeat(self);
	receiver = port->receivers;
	if (is_late(deadline) && (receiver == NULL || !sends))
		return RTOS_TIMED_OUT;
	if (receiver != NULL && (status = payload_make_room(self, receiver, way)) != RTOS_OK)
		return status == CALL_LATER ? thread_repeat(self) : status;
	self->port = port;
	self->badge = handle->badge;
	self->identity = ++port_identities;
	self->deliveries = 0;
	self->blame = 0;
	self->sends = sends;
	trace_thread(RTOS_EVENT_CALL, self, sends, self->identity);
	if (receiver != NULL && sends) {
		port_hand_over(port, receiver, self);
		return RTOS_OK;
	}
	thread_wait(self, THREAD_CALLS, deadline);
	if (receiver == NULL)
		port_enqueue(self);
	else
		port_hand_over(port, receiver, self);
	return CALL_LATER;
}

int port_withdraw(struct thread *self)
{
	enum rtos_status status = (enum rtos_status)self->outcome;

	while (self->lent && window_withdraw_step(self))
		if (machine_must_leave(true))
			return thread_repeat(self);
	self->outcome = RTOS_OK;
	return (int)status;
}

int port_call_call(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);

	if (!handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_CALL))
		return (int)handle_wrong(handle, RTOS_KIND_PORT);
	return port_make_call(self, handle, false);
}

int port_call_send(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);

	if (!handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_CALL))
		return (int)handle_wrong(handle, RTOS_KIND_PORT);
	return port_make_call(self, handle, true);
}

/* ---- receiving ---- */

/* Takes bits of the bound notification, which come before messages. False: there are none. */
static bool take_bits(struct thread *self, struct port *port)
{
	struct notification *bound = self->bound;

	if (bound == NULL || bound->bits == 0)
		return false;
	self->registers.x[0] = bound->bits;
	bound->bits = 0;
	lend_to_signalled(port, self);
	return true;
}

/* Parks the call that the thread served and didn't answer. The thread is lent nothing until it
 * takes the next call. */
static void receive_anew(struct thread *self)
{
	port_park(self);
	port_drop_servant(self);
	if (self->priority != self->base)
		lend_priority(self);
}

/* Puts in the lent pages of the call that the thread has taken; then the thread gets the message.
 * The call may have ended meanwhile, or ends now because the window or the caller's pages are gone.
 * In both cases the thread receives anew. */
static int fill_window(struct thread *self)
{
	struct thread *caller = self->serving;
	int status = RTOS_NO_ROOM;

	while (caller != NULL && (status = window_fill_step(caller)) == CALL_LATER)
		if (machine_must_leave(true))
			return thread_repeat(self);
	self->filling = false;
	if (caller != NULL && status == RTOS_OK) {
		port_tell(self, caller);
		return RTOS_OK;
	}
	if (caller != NULL)
		thread_end_call(caller, (enum rtos_status)status);
	return thread_repeat(self);
}

/* Takes the first waiting call. A call that isn't admitted, or whose payload can't be delivered,
 * ends. Its caller is woken and may run at once, so the next call is looked at in another step. */
static int receive_first(struct thread *self, struct port *port)
{
	struct thread *caller = container_of(port->queue.first, struct thread, queued);
	int status = (int)admit_waiting(port, caller);

	if (status == RTOS_OK)
		status = payload_make_room(caller, self, way_of(caller));
	if (status != RTOS_OK) {
		if (status != CALL_LATER)
			thread_wake(caller, (enum rtos_status)status);
		return thread_repeat(self);
	}
	heap_remove(&port->queue, &caller->queued);
	caller->state = THREAD_NOWHERE;
	lend_end(caller);
	port_deliver(port, self, caller);
	if (self->filling)
		return fill_window(self);
	end_send(caller);
	return RTOS_OK;
}

static int port_receive(struct thread *self, struct port *port)
{
	receive_anew(self);
	if (take_bits(self, port))
		return RTOS_SIGNALLED;
	if (port->queue.first != NULL)
		return receive_first(self, port);
	if (is_late(self->registers.x[X_DEADLINE]))
		return RTOS_TIMED_OUT;
	add_receiver(port, self);
	thread_wait(self, THREAD_RECEIVES, self->registers.x[X_DEADLINE]);
	return CALL_LATER;
}

int port_call_receive(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);

	if (self->filling)
		return fill_window(self);
	if (!handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_RECEIVE))
		return (int)handle_wrong(handle, RTOS_KIND_PORT);
	return port_receive(self, (struct port *)handle->object);
}

/* ---- answers ---- */

/* The open call that x12 and x13 name, if this process took it; otherwise NULL. */
static struct thread *named_call(const struct thread *self)
{
	uint64_t identity = self->registers.x[X_IDENTITY];
	struct thread *caller =
	    object_referred(self->registers.x[X_CALLER], RTOS_KIND_THREAD, OBJECT_LARGE);

	if (caller == NULL || caller->state != THREAD_TAKEN || caller->identity != identity ||
	    port_taker(caller) != self->process)
		return NULL;
	return caller;
}

/* The call that the thread answers. If it is the call that the thread serves, the identity alone
 * names it. */
static struct thread *call_to_answer(const struct thread *self)
{
	struct thread *caller = self->serving;

	if (caller != NULL && caller->identity == self->registers.x[X_IDENTITY])
		return caller;
	return named_call(self);
}

struct thread *port_open_call(const struct thread *self)
{
	return call_to_answer(self);
}

/* Takes the lent pages out before the answer. False: there is more to do. */
static bool take_out(struct thread *caller)
{
	while (caller->lent && window_empty_step(caller))
		if (machine_must_leave(true))
			return false;
	return true;
}

/* Answers the caller. It isn't ready yet: the callers of port_answer() make it ready. */
static inline void port_answer(struct thread *caller, const struct thread *server, uint64_t along)
{
	trace_thread(RTOS_EVENT_ANSWER, server, 0, caller->identity);
	switch_copy_words(caller, server);
	caller->registers.x[X_PAYLOAD] = along;
	thread_set_status(caller, RTOS_OK);
	thread_unwait(caller, RTOS_OK);
}

int port_call_reply(struct thread *self)
{
	struct thread *caller = call_to_answer(self);
	int status = (int)payload_wrong(self, PAYLOAD_ANSWER);

	if (status != RTOS_OK)
		return status;
	if (caller == NULL)
		return RTOS_GONE;
	status = payload_make_room(self, caller, PAYLOAD_ANSWER);
	if (status != RTOS_OK)
		return status == CALL_LATER ? thread_repeat(self) : status;
	if (!prepare_payload(self) || !take_out(caller))
		return thread_repeat(self);
	port_answer(caller, self, payload_pass(self, caller));
	sched_ready(caller);
	return RTOS_OK;
}

int port_call_reply_wait(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	struct thread *caller = call_to_answer(self);
	int status;

	if (self->filling)
		return fill_window(self);
	if (!handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_RECEIVE))
		return (int)handle_wrong(handle, RTOS_KIND_PORT);
	if (caller != NULL && !take_out(caller))
		return thread_repeat(self);
	if (caller != NULL)
		port_answer(caller, self, 0);
	status = port_receive(self, (struct port *)handle->object);
	/* This comes last: the caller may run at once, and a thread that has given up its CPU can't
	 * begin to wait. */
	if (caller != NULL)
		sched_ready(caller);
	return status;
}

/* ---- ends ---- */

/* RTOS_OK, or why a call whose taker ended can't wait for another taker. */
static enum rtos_status deliver_again_wrong(const struct thread *caller)
{
	struct port *port =
	    object_referred(memory_reference(caller->port), RTOS_KIND_PORT, OBJECT_SMALL);

	if (port == NULL || port->since >= caller->identity)
		return RTOS_GONE;
	if ((port->special & PORT_CLOSED) != 0)
		return RTOS_NO_SERVER;
	if (caller->blame >= port->blame_limit)
		return RTOS_SET_ASIDE;
	return admit_waiting(port, caller);
}

void port_deliver_again(struct thread *caller)
{
	enum rtos_status status = deliver_again_wrong(caller);
	struct port *port = caller->port;
	struct thread *receiver;
	int fits;

	if (caller->lent)
		window_leave(caller);
	if (status != RTOS_OK) {
		thread_wake(caller, status);
		return;
	}
	/* This is a step of its own, and the call stays in its place meanwhile. */
	if (drop_receiver(port))
		return;
	receiver = port->receivers;
	if (receiver != NULL) {
		fits = payload_make_room(caller, receiver, PAYLOAD_CALL);
		if (fits == CALL_LATER)
			return;
		if (fits != RTOS_OK) {
			thread_wake(caller, (enum rtos_status)fits);
			return;
		}
	}
	trace_thread(RTOS_EVENT_AGAIN, caller, caller->blame, caller->identity);
	caller->state = THREAD_NOWHERE;
	port_detach(caller);
	if (receiver != NULL) {
		port_hand_over(port, receiver, caller);
		return;
	}
	caller->state = THREAD_CALLS;
	port_enqueue(caller);
}

/* If a thread serves the call, the call is parked first, as at its taker's end. From then on only
 * X_CALLER and X_IDENTITY together lead to the call, and named_call() has checked both. */
int port_call_again(struct thread *self)
{
	struct thread *caller = named_call(self);

	if (caller == NULL)
		return RTOS_GONE;
	if (caller->deliveries > 1)
		return RTOS_BUSY;
	if (!take_out(caller))
		return thread_repeat(self);
	if (!caller->parked) {
		struct thread *server = caller->server;

		port_park(server);
		lend_priority(server);
	}
	port_deliver_again(caller);
	return caller->state == THREAD_TAKEN && caller->deliveries == 1 ? thread_repeat(self)
	                                                                : RTOS_OK;
}

bool port_end_step(struct port *port, enum rtos_status status)
{
	if (port->queue.first != NULL) {
		thread_wake(container_of(port->queue.first, struct thread, queued), status);
		return true;
	}
	if (status == RTOS_GONE && port->receivers != NULL) {
		thread_wake(port->receivers, RTOS_GONE);
		return true;
	}
	if (status == RTOS_GONE && port->servant != NULL)
		port_drop_servant(port->servant);
	return false;
}
