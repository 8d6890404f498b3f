/*
 * Ports, where calls arrive and servers receive them. docs/reference/rtos-messages.md says what
 * becomes of a call in each case.
 */
#ifndef KERNEL_PORT_H
#define KERNEL_PORT_H

#include <kernel/thread.h>

/* Why calls at a port don't go the short way. */
enum port_special {
	PORT_CLOSED = 1u << 0,
	PORT_BARS = 1u << 1,   /* some of its bars may be in force */
	PORT_UNTOLD = 1u << 2, /* some callers weren't told of the new epoch yet */
};

/* A sender's calls that are refused for a while (kernel/admit.h). */
struct port_bar {
	uint64_t kind;  /* RTOS_CALL_KIND(); PORT_BAR_ALL: every kind */
	uint64_t until; /* a time of the counter */
	uint32_t badge; /* 0: the place is free */
};
#define PORT_BAR_ALL  UINT64_MAX
#define PORT_BARS_MAX 2

struct port {
	struct object object;
	struct thread *receivers; /* the first of a ring of threads that wait for a message */
	struct heap queue;        /* threads whose calls wait: by priority, then identity */
	/* The thread that took the last message or bits, until it receives again. Its `from` leads
	 * back. */
	struct thread *servant;
	uint64_t since; /* port_identities when it was made: earlier calls were another port's */
	uint8_t blame_limit; /* after a call ended so many processes, it is set aside */
	uint8_t special;     /* enum port_special */
	uint32_t epoch;      /* how often what its servers kept was wiped */
	uint64_t anew;       /* port_identities at the last wipe: earlier calls end */
	uint64_t untold; /* bits for the badges, by their low bits, that weren't told of it yet */
	struct port_bar bars[PORT_BARS_MAX];
};
_Static_assert(sizeof(struct port) <= OBJECT_SMALL, "it is cut from a page");

/* The identity of the last call that was made. */
extern uint64_t port_identities;

/* The highest priority of a waiting call; 0: no call waits. */
static inline uint8_t port_waiting_priority(const struct port *port)
{
	return port->queue.first == NULL
	           ? 0
	           : (uint8_t)(THREAD_PRIORITY_TOP - (port->queue.first->key >> THREAD_ORDER_BITS));
}

/* port_leave_queue(): the caller's call leaves the port's queue. port_leave_receivers(): the
 * receiver leaves the port's list. */
void port_leave_queue(struct thread *caller);
void port_leave_receivers(struct thread *receiver);

/* The caller has another priority now: its place in the queue follows. */
void port_queue_again(struct thread *caller);

/* The open call that x12 and x13 name, if this thread's process took it; else NULL. */
struct thread *port_open_call(const struct thread *self);

/* The process that took this call. */
static inline struct process *port_taker(const struct thread *caller)
{
	return caller->parked ? caller->taker : caller->server->process;
}

/* Takes the caller's call away from its taker: the call is over, or goes elsewhere. */
void port_detach(struct thread *caller);

/* The thread stops serving its call. Its process still has the call. */
void port_park(struct thread *server);

/* The thread is the servant of no port any more. */
void port_drop_servant(struct thread *server);

/* A parked call goes back to its port, or ends: its taker ended, or gave it back. This is a step:
 * while the call still has its taker, there is more to do. */
void port_deliver_again(struct thread *caller);

/* Does one bounded step of ending all that waits at the port. False: nothing waits there. */
bool port_end_step(struct port *port, enum rtos_status status);

int port_call_call(struct thread *self);
/* Ends the thread's call, which is over (thread->outcome). The thread goes on when the pages that
 * it lent are out of the window. */
int port_withdraw(struct thread *self);
int port_call_send(struct thread *self);
int port_call_receive(struct thread *self);
int port_call_reply(struct thread *self);
int port_call_reply_wait(struct thread *self);
int port_call_again(struct thread *self);

#endif
