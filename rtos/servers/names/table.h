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

struct table_call {
	uint64_t badge; /* of who called; 0: there is none */
	uint64_t identity, token;
};

struct offer {
	struct table_call call; /* badge 0: the place is free */
	rtos_handle_t port;
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
	bool patient;       /* NAMES_FIND: waits until there is an offer */
	char name[NAMES_NAME];
};

struct table {
	struct offer offers[TABLE_OFFERS];
	struct waiter waiters[TABLE_WAITERS]; /* who waits longest comes first */
	uint32_t waiting;
	struct request held[TABLE_WAITERS]; /* in the order in which they came */
	uint32_t holding;
};

/* NULL: nobody offers it. */
struct offer *table_find(struct table *table, const char name[NAMES_NAME]);
/* Where that program's offer of a name goes: what is there already is its own, and is over then. */
enum names_status table_place(struct table *table, uint64_t badge, const char name[NAMES_NAME],
                              struct offer **place);
/* A number that was given anew: whoever had it before, offered or held, is gone. */
void table_strike(struct table *table, rtos_handle_t port);

/* True: there was no room, or not for another one of that program's; *longest waited longest, of
 * those, and doesn't any more. */
bool table_wait(struct table *table, const struct waiter *waiter, struct waiter *longest);
/* The next one that waits for that name, which is taken out; false: nobody does. */
bool table_take(struct table *table, const char name[NAMES_NAME], struct waiter *waiter);

/* While a server begins: whether that is served at once. What its predecessor had taken (again) is
 * offered before anything else is looked at, and who is patient may begin to wait. All others are
 * held, and can't ask again before they are answered: so the port is empty some time, unless it is
 * those that are served first who never let it be. */
bool table_serves_first(const struct request *request, bool again);
/* For later. False: too many are held, or too many of that program's. */
bool table_hold(struct table *table, const struct request *request);
/* The one that came first, which isn't held any more; false: none is. */
bool table_release(struct table *table, struct request *request);

#endif
