/*
 * The names server's state: offered names, and calls that wait for names. Pure, so that it is
 * tested on the host, too. A call is stored as the two numbers that answer it.
 */
#ifndef NAMES_TABLE_H
#define NAMES_TABLE_H

#include <kumiki/rtos/call.h>
#include <proto/names.h>
#include <stdbool.h>

#define TABLE_OFFERS  32
#define TABLE_EACH    8 /* of one program: offers, and waiting calls */
#define TABLE_WAITERS 32
#define TABLE_REFUSED 64
#define TABLE_SENT    1000

struct table_call {
	uint64_t badge;           /* the caller's; 0: there is no call */
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

/* A program's request. */
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
	struct waiter waiters[TABLE_WAITERS]; /* the longest waiting one first */
	uint32_t waiting;
	struct request held[2 * TABLE_WAITERS]; /* in the order in which they came */
	uint32_t holding;
	struct table_call refused[TABLE_REFUSED];
	uint32_t refusing;
	uint32_t sent; /* requests that were sent, and dropped */
};

/* The way of a request while a server begins. */
enum table_begin {
	TABLE_SERVE,         /* it is served at once */
	TABLE_HELD,          /* it is served when the begin is over */
	TABLE_REFUSED_LATER, /* when the begin is over, it is answered with NAMES_FULL */
	TABLE_DROPPED,       /* it is dropped without an answer */
	TABLE_OVER, /* refused or dropped, and there is no room for more: the begin is over */
};

/* The offer of a name; NULL: there is none. */
struct offer *table_find(struct table *table, const char name[NAMES_NAME]);
/* The place for a program's offer of a name. An offer there is the program's own, and ends. */
enum names_status table_place(struct table *table, uint64_t badge, const char name[NAMES_NAME],
                              struct offer **place);
/* While a server begins: an offer that is in the new one's way, and is younger, as it was delivered
 * less often. NULL: there is none, and the new one is refused with table_place()'s status. */
struct offer *table_younger(struct table *table, const struct request *request);
/* The same between two offers of one program for one place: whether the younger offer has the place
 * already. Then the older one's count of deliveries passes to it. */
bool table_renewed(struct offer *place, const struct request *request);
void table_fill(struct offer *place, const struct request *request);
/* A handle's number was given anew: the offer or held request that had it is gone. */
void table_strike(struct table *table, rtos_handle_t port);

/* Adds a waiter. True: there was no room, or the program had its most; *longest, which had waited
 * longest, was taken out for it. */
bool table_wait(struct table *table, const struct waiter *waiter, struct waiter *longest);
/* Takes out the next waiter for that name; false: there is none. */
bool table_take(struct table *table, const char name[NAMES_NAME], struct waiter *waiter);

/* While a server begins. Offers that its predecessor had taken were delivered before: they are
 * served first. They come to an end, as an answered call isn't made again under its old identity.
 * All other requests are held, a limited number of each program and of all, and as many again of
 * patient ones. Further requests are refused, but later: a caller without an answer can't ask
 * again. So the port is empty after a bounded number of calls, or the begin is over without that. A
 * sender can send again at once, so a send takes no room; but sends without end don't keep all
 * others waiting. */
enum table_begin table_begins(struct table *table, const struct request *request);
/* Takes out the oldest held request; false: there is none. */
bool table_release(struct table *table, struct request *request);
/* Takes out the next call that is to be refused; false: there is none. */
bool table_refuse(struct table *table, struct table_call *call);

/* Whether all counts, names and badges are possible. */
bool table_is_sound(const struct table *table);

#endif
