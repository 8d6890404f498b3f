/*
 * What the server of names knows: which names are offered, and who waits for some. Pure, so that it
 * is tested on the host, too. Of calls it has the two numbers that answer them.
 */
#ifndef NAMES_TABLE_H
#define NAMES_TABLE_H

#include <kumiki/rtos/call.h>
#include <proto/names.h>
#include <stdbool.h>

#define TABLE_OFFERS  32
#define TABLE_EACH    8 /* of each, of one program */
#define TABLE_WAITERS 32
#define TABLE_REFUSED 64
#define TABLE_SENT    1000

struct table_call {
	uint64_t badge;           /* of who called; 0: there is none */
	uint64_t identity, token; /* token 0: it was sent, so nobody waits for an answer */
};

struct offer {
	struct table_call call; /* badge 0: the place is free */
	rtos_handle_t port;
	uint32_t deliveries; /* of its call, before the one to this server */
	char name[NAMES_NAME];
};

struct waiter {
	struct table_call call;
	char name[NAMES_NAME];
};

/* What somebody asks for. */
struct request {
	struct table_call call;
	uint64_t operation;
	rtos_handle_t port; /* that came along; 0: none */
	uint32_t deliveries;
	bool patient; /* NAMES_FIND: waits until there is an offer */
	char name[NAMES_NAME];
};

struct table {
	struct offer offers[TABLE_OFFERS];
	struct waiter waiters[TABLE_WAITERS]; /* who waits longest comes first */
	uint32_t waiting;
	struct request held[2 * TABLE_WAITERS]; /* in the order in which they came */
	uint32_t holding;
	struct table_call refused[TABLE_REFUSED];
	uint32_t refusing;
	uint32_t sent; /* and dropped */
};

/* What becomes of a request while a server begins. */
enum table_begin {
	TABLE_SERVE,         /* it is done now */
	TABLE_HELD,          /* it is done when the begin is over */
	TABLE_REFUSED_LATER, /* then it is told NAMES_FULL */
	TABLE_DROPPED,       /* nobody is told anything */
	TABLE_OVER,          /* one of both, and no more can be: the begin is over */
};

/* NULL: nobody offers it. */
struct offer *table_find(struct table *table, const char name[NAMES_NAME]);
/* Where that program's offer of a name goes: what is there already is its own, and is over then. */
enum names_status table_place(struct table *table, uint64_t badge, const char name[NAMES_NAME],
                              struct offer **place);
/* While a server begins: the offer that is in the way of that one and was delivered less often, so
 * that it is one of those that a predecessor held and had not come to; NULL: none is, and it is
 * refused as table_place() says. */
struct offer *table_younger(struct table *table, const struct request *request);
/* The same between offers of one program, at the place of both: whether the later one has it
 * already. Whichever came first, it counts as often delivered as the older one. */
bool table_renewed(struct offer *place, const struct request *request);
void table_fill(struct offer *place, const struct request *request);
/* A number that was given anew: whoever had it before, offered or held, is gone. */
void table_strike(struct table *table, rtos_handle_t port);

/* True: there was no room, or not for another one of that program's; *longest waited longest, of
 * those, and doesn't any more. */
bool table_wait(struct table *table, const struct waiter *waiter, struct waiter *longest);
/* The next one that waits for that name, which is taken out; false: nobody does. */
bool table_take(struct table *table, const char name[NAMES_NAME], struct waiter *waiter);

/* While a server begins. What its predecessor had taken (that was delivered before) is offered
 * before anything else is looked at; that comes to an end, as an answered call isn't made again
 * under its old identity. All others are held, so many of each program and of all, and as many
 * again of those who are patient; what is more is refused, but later: who isn't answered can't ask
 * again. So the port is empty after as many calls as there is room for, or the begin is over
 * without. Who sends can do so again at once, so what is sent takes no room; but who sends without
 * end doesn't keep all others waiting. */
enum table_begin table_begins(struct table *table, const struct request *request);
/* The one that came first, which isn't held any more; false: none is. */
bool table_release(struct table *table, struct request *request);
/* The next one that is to be told that it is refused; false: none is. */
bool table_refuse(struct table *table, struct table_call *call);

#endif
