/* See table.h. */
#include "table.h"
#include <kumiki/rtos/image.h>
#include <lib/string.h>

static bool table_same(const char a[NAMES_NAME], const char b[NAMES_NAME])
{
	return memcmp(a, b, NAMES_NAME) == 0;
}

/* ---- offers ---- */

struct offer *table_find(struct table *table, const char name[NAMES_NAME])
{
	for (uint32_t i = 0; i < TABLE_OFFERS; i++)
		if (table->offers[i].call.badge != 0 && table_same(table->offers[i].name, name))
			return &table->offers[i];
	return NULL;
}

/* The first free place. NULL: there is none, or the program has as many offers as it may have. */
static struct offer *table_free(struct table *table, uint64_t badge)
{
	struct offer *place = NULL;
	uint32_t own = 0;

	for (uint32_t i = TABLE_OFFERS; i-- > 0;) {
		own += table->offers[i].call.badge == badge;
		if (table->offers[i].call.badge == 0)
			place = &table->offers[i];
	}
	return own < TABLE_EACH ? place : NULL;
}

enum names_status table_place(struct table *table, uint64_t badge, const char name[NAMES_NAME],
                              struct offer **place)
{
	struct offer *offer = table_find(table, name);

	if (offer && offer->call.badge != badge)
		return NAMES_TAKEN;
	*place = offer ? offer : table_free(table, badge);
	return *place ? NAMES_OK : NAMES_FULL;
}

/* The offer that was delivered least often, among those of one program (0: of all programs). */
static struct offer *table_youngest(struct table *table, uint64_t badge)
{
	struct offer *youngest = NULL;

	for (uint32_t i = 0; i < TABLE_OFFERS; i++) {
		struct offer *offer = &table->offers[i];

		if (offer->call.badge != 0 && (badge == 0 || offer->call.badge == badge) &&
		    (!youngest || offer->deliveries < youngest->deliveries))
			youngest = offer;
	}
	return youngest;
}

struct offer *table_younger(struct table *table, const struct request *request)
{
	struct offer *offer, *found = table_find(table, request->name);
	uint32_t own = 0;

	for (uint32_t i = 0; i < TABLE_OFFERS; i++)
		own += table->offers[i].call.badge == request->call.badge;
	offer = found ? found : table_youngest(table, own < TABLE_EACH ? 0 : request->call.badge);
	return offer && offer->deliveries < request->deliveries ? offer : NULL;
}

bool table_renewed(struct offer *place, const struct request *request)
{
	if (place->call.badge == 0 || place->deliveries >= request->deliveries)
		return false;
	place->deliveries = request->deliveries;
	return true;
}

void table_fill(struct offer *place, const struct request *request)
{
	if (place->call.badge == 0 || place->deliveries < request->deliveries)
		place->deliveries = request->deliveries;
	place->call = request->call;
	place->port = request->port;
	memcpy(place->name, request->name, NAMES_NAME);
}

void table_strike(struct table *table, rtos_handle_t port)
{
	for (uint32_t i = 0; i < TABLE_OFFERS; i++)
		if (table->offers[i].call.badge != 0 && table->offers[i].port == port)
			table->offers[i].call.badge = 0;
	for (uint32_t i = 0; i < table->holding; i++)
		if (table->held[i].port == port)
			table->held[i].port = 0;
}

/* ---- waiting calls ---- */

static void table_remove(struct table *table, uint32_t at, struct waiter *waiter)
{
	*waiter = table->waiters[at];
	table->waiting--;
	for (; at < table->waiting; at++)
		table->waiters[at] = table->waiters[at + 1];
}

/* Which waiter has to make room for one more of this program. It is the program's longest waiting
 * one if the program has the most that it may have. TABLE_WAITERS: none has to. */
static uint32_t table_crowded(const struct table *table, uint64_t badge)
{
	uint32_t own = 0, longest = 0;

	for (uint32_t i = table->waiting; i-- > 0;)
		if (table->waiters[i].call.badge == badge) {
			own++;
			longest = i;
		}
	if (own == TABLE_EACH)
		return longest;
	return table->waiting == TABLE_WAITERS ? 0 : TABLE_WAITERS;
}

bool table_wait(struct table *table, const struct waiter *waiter, struct waiter *longest)
{
	const uint32_t at = table_crowded(table, waiter->call.badge);
	const bool full = at != TABLE_WAITERS;

	if (full)
		table_remove(table, at, longest);
	table->waiters[table->waiting++] = *waiter;
	return full;
}

bool table_take(struct table *table, const char name[NAMES_NAME], struct waiter *waiter)
{
	for (uint32_t i = 0; i < table->waiting; i++)
		if (table_same(table->waiters[i].name, name)) {
			table_remove(table, i, waiter);
			return true;
		}
	return false;
}

/* ---- held requests ---- */

static bool table_is_patient(const struct request *request)
{
	return request->operation == NAMES_FIND && request->patient;
}

static bool table_hold(struct table *table, const struct request *request)
{
	uint32_t own = 0, all = 0;

	for (uint32_t i = 0; i < table->holding; i++)
		if (table_is_patient(&table->held[i]) == table_is_patient(request)) {
			own += table->held[i].call.badge == request->call.badge;
			all++;
		}
	if (own == TABLE_EACH || all == TABLE_WAITERS)
		return false;
	table->held[table->holding++] = *request;
	return true;
}

enum table_begin table_begins(struct table *table, const struct request *request)
{
	if (request->call.token == 0)
		return ++table->sent < TABLE_SENT ? TABLE_DROPPED : TABLE_OVER;
	if (request->operation == NAMES_OFFER && request->deliveries > 0)
		return TABLE_SERVE;
	if (table_hold(table, request))
		return TABLE_HELD;
	table->refused[table->refusing++] = request->call;
	return table->refusing == TABLE_REFUSED ? TABLE_OVER : TABLE_REFUSED_LATER;
}

bool table_release(struct table *table, struct request *request)
{
	if (table->holding == 0)
		return false;
	*request = table->held[0];
	table->holding--;
	for (uint32_t i = 0; i < table->holding; i++)
		table->held[i] = table->held[i + 1];
	return true;
}

bool table_refuse(struct table *table, struct table_call *call)
{
	if (table->refusing == 0)
		return false;
	*call = table->refused[--table->refusing];
	return true;
}

/* ---- the state as a whole ---- */

static bool table_good(const struct table_call *call, const char name[NAMES_NAME])
{
	return call->badge >= 1 && call->badge <= RTOS_IMAGE_PROGRAMS_MAX && call->identity != 0 &&
	       call->token != 0 && name[0] != '\0' && name[NAMES_NAME - 1] == '\0';
}

static bool table_offers_good(const struct table *table)
{
	for (uint32_t i = 0; i < TABLE_OFFERS; i++) {
		const struct offer *offer = &table->offers[i];

		if (offer->call.badge == 0)
			continue;
		if (!table_good(&offer->call, offer->name) || offer->port == 0)
			return false;
		for (uint32_t j = 0; j < i; j++)
			if (table->offers[j].call.badge != 0 &&
			    table_same(table->offers[j].name, offer->name))
				return false;
	}
	return true;
}

bool table_is_sound(const struct table *table)
{
	if (table->waiting > TABLE_WAITERS || table->holding > 2 * TABLE_WAITERS ||
	    table->refusing > TABLE_REFUSED || table->sent > TABLE_SENT)
		return false;
	for (uint32_t i = 0; i < table->waiting; i++)
		if (!table_good(&table->waiters[i].call, table->waiters[i].name))
			return false;
	return table_offers_good(table);
}
