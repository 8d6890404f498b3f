/*
 * The names server's state: offered names, and calls that wait for names. Pure, so that it is
 * tested on the host, too. A call is stored as its caller's badge and the two numbers that answer
 * it.
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
	uint64_t identity, token; /* token 0: a send, so nobody waits for an answer */
};

struct offer {
	struct table_call call; /* badge 0: the place is free */
	rtos_handle_t port;
	uint32_t deliveries; /* how often its call was delivered before it came to this server */
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
	rtos_handle_t port; /* the handle that came along; 0: none */
	uint32_t deliveries;
	bool patient; /* NAMES_FIND: waits until there is an offer */
	char name[NAMES_NAME];
};

struct table {
	struct offer offers[TABLE_OFFERS];
	struct waiter waiters[TABLE_WAITERS]; /* the longest waiting call first */
	uint32_t waiting;
	struct request held[2 * TABLE_WAITERS]; /* in the order in which they came */
	uint32_t holding;
	struct table_call refused[TABLE_REFUSED];
	uint32_t refusing;
	uint32_t sent; /* requests that were sent, and dropped */
};

/* What is done with a request while a server begins. */
enum table_begin {
	TABLE_SERVE,         /* served at once */
	TABLE_HELD,          /* served when the begin is over */
	TABLE_REFUSED_LATER, /* answered with NAMES_FULL when the begin is over */
	TABLE_DROPPED,       /* dropped without an answer */
	TABLE_OVER,          /* refused or dropped, and there is no more room: the begin is over */
};

/* The offer of a name; NULL: there is none. */
struct offer *table_find(struct table *table, const char name[NAMES_NAME]);
/* The place for a program's offer of a name. If an offer is there, it is the program's own, and
 * ends. */
enum names_status table_place(struct table *table, uint64_t badge, const char name[NAMES_NAME],
                              struct offer **place);
/* While a server begins: the offer in the new offer's way that is younger, as it was delivered less
 * often. NULL: there is none, and the new offer is refused with table_place()'s status. */
struct offer *table_younger(struct table *table, const struct request *request);
/* Whether `place` has a younger offer of the same program, and the request is an older one. Then
 * the older one's count of deliveries passes to the younger one, which keeps the place. */
bool table_renewed(struct offer *place, const struct request *request);
void table_fill(struct offer *place, const struct request *request);
/* A handle's number was given anew: the offer that had it is gone, and a held request lost it. */
void table_strike(struct table *table, rtos_handle_t port);

/* Adds a waiter. True: there was no room, or the program had the most that it may have. Then
 * *longest, which had waited longest, was taken out. */
bool table_wait(struct table *table, const struct waiter *waiter, struct waiter *longest);
/* Takes out the next waiter for that name. False: there is none. */
bool table_take(struct table *table, const char name[NAMES_NAME], struct waiter *waiter);

/* Decides about a request while a server begins. Offers that the earlier server had taken were
 * delivered before, and are served first. They come to an end, as an answered call isn't made again
 * under its old identity. All other requests are held: a limited number of each program and of all,
 * and as many again of patient ones. Further calls are refused, but later, since a caller without
 * an answer can't ask again. So the port is empty after a bounded number of calls, or the begin is
 * over without that. A sender can send again at once, so a send takes no room; but endless sends
 * don't keep all others waiting. */
enum table_begin table_begins(struct table *table, const struct request *request);
/* Takes out the oldest held request. False: there is none. */
bool table_release(struct table *table, struct request *request);
/* Takes out the next call to be refused. False: there is none. */
bool table_refuse(struct table *table, struct table_call *call);

/* Whether all counts, names and badges are possible. */
bool table_is_sound(const struct table *table);

#endif
