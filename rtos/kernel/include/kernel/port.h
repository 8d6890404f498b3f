/*
 * Ports: where calls arrive and servers receive them. What becomes of a call in each case is
 * written in docs/rtos/messages.md.
 */
#ifndef KERNEL_PORT_H
#define KERNEL_PORT_H

#include <kernel/thread.h>

struct port {
	struct object object;
	struct thread *receivers; /* the first of a ring of threads that wait for a message */
	struct heap queue;        /* of waiting calls: by priority, then identity */
	/* Who took the last message, or bits, until it receives again: its `from`. */
	struct thread *servant;
	uint64_t since; /* port_identities when it was made: later calls that name it were made at
	                 * it, earlier ones at another port in its place */
	uint32_t blame_limit; /* a call is set aside when it ended so many processes */
	bool closed;
};
_Static_assert(sizeof(struct port) <= OBJECT_SMALL, "it is cut from a page");

/* Of the last call that anybody made. */
extern uint64_t port_identities;

/* The highest priority that waits; 0: nobody does. */
static inline uint8_t port_waiting_priority(const struct port *port)
{
	return port->queue.first == NULL
	           ? 0
	           : (uint8_t)(THREAD_PRIORITY_TOP - (port->queue.first->key >> THREAD_ORDER_BITS));
}

/* A thread's waiting call leaves the queue; a thread receives no more. */
void port_leave_queue(struct thread *caller);
void port_leave_receivers(struct thread *receiver);

/* Its waiting call has another priority now. */
void port_queue_again(struct thread *caller);

/* The process that took this call. */
static inline struct process *port_taker(const struct thread *caller)
{
	return caller->parked ? caller->taker : caller->server->process;
}

/* A call that was taken has no taker any more: it is over, or goes elsewhere. */
void port_detach(struct thread *caller);

/* The thread serves its call no longer, and the call stays taken by its process. */
void port_park(struct thread *server);

/* The thread isn't the servant of any port. */
void port_drop_servant(struct thread *server);

/* A parked call, whose taker ended or gave it back: back into its port's queue, or set aside. A
 * step: if the call still has its taker then, there is more to do. */
void port_deliver_again(struct thread *caller);

/* One bounded step of ending everything that waits at the port; false: nothing waits there. */
bool port_end_step(struct port *port, enum rtos_status status);

int port_call_call(struct thread *self);
/* Its call is over (thread->outcome), and it goes on when its pages are out of the window. */
int port_withdraw(struct thread *self);
int port_call_send(struct thread *self);
int port_call_receive(struct thread *self);
int port_call_reply(struct thread *self);
int port_call_reply_wait(struct thread *self);
int port_call_again(struct thread *self);
int port_call_create(struct thread *self);
int port_call_close(struct thread *self);

#endif
