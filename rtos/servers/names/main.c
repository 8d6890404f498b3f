/*
 * The server of names (docs/reference/rtos-servers.md) says where programs from files have their
 * ports. It keeps nothing. An offer is a call that isn't answered. So the kernel delivers the offer
 * to the next server, and with it the handle of the port. A server that begins takes all offers
 * from its port before it answers any question, so it misses no name that is offered (table.h).
 */
#include "rules.h"
#include "table.h"
#include <lib/string.h>
#include <proto/supervisor.h>
#include <rtos/probe.h>
#include <rtos/sys.h>

static struct {
	struct table table;
	bool begins; /* earlier offers may still be at the port */
} names;

/* ---- rights ---- */

/* Whether the manifest gives the caller this right. */
static bool main_may(uint64_t badge, const char *verb, const char name[NAMES_NAME])
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, badge - 1};
	char program[RTOS_NAME_SIZE + 1] = "";
	const char *sentences;
	uint32_t count;

	if (sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) != RTOS_OK ||
	    word[0] != SUPERVISOR_OK)
		return false;
	memcpy(program, &word[5], RTOS_NAME_SIZE);
	sentences = sys_arguments(&count);
	return rules_allow(sentences, count, program, verb, name);
}

/* Copies a name, padded with NULs, so that names can be compared as a whole. A name without a NUL
 * at its end is no name. */
static void main_name(const uint64_t word[RTOS_WORDS], char name[NAMES_NAME])
{
	const char *said = (const char *)&word[2];

	memset(name, 0, NAMES_NAME);
	if (said[NAMES_NAME - 1] == '\0')
		memcpy(name, said, string_length(said));
}

/* ---- handles ---- */

static void main_close(rtos_handle_t handle)
{
	(void)sys_do(RTOS_HANDLE_CLOSE, handle, 0, 0, 0, 0, 0, NULL);
}

static bool main_inspect(rtos_handle_t handle, struct sys_registers *told)
{
	*told = (struct sys_registers){.x = {[8] = RTOS_HANDLE_INFO, [9] = handle}};
	sys_svc(told);
	return told->x[8] == RTOS_OK;
}

/* Whether this is a port's handle from the port's maker: other handles have a badge. */
static bool main_is_port(rtos_handle_t handle)
{
	const uint64_t rights = RTOS_RIGHT_CALL | RTOS_RIGHT_GIVE;
	struct sys_registers told;

	return handle != 0 && main_inspect(handle, &told) && told.x[0] == RTOS_KIND_PORT &&
	       (told.x[1] & rights) == rights && told.x[2] == 0;
}

/* Drops offers whose ports have ended with their programs; their handles are gone. */
static void main_sweep(void)
{
	struct sys_registers told;

	for (uint32_t i = 0; i < TABLE_OFFERS; i++)
		if (names.table.offers[i].call.badge != 0 &&
		    !main_inspect(names.table.offers[i].port, &told))
			names.table.offers[i].call.badge = 0;
}

/* ---- answers ---- */

/* Answers a call. Its caller may have ended, or given up. */
static void main_answer(const struct table_call *call, enum names_status status)
{
	const struct sys_message answer = {
	    .word = {status}, .identity = call->identity, .token = call->token};

	(void)sys_reply(&answer);
}

/* Gives the caller a handle with the caller's badge. False: the port is gone. */
static bool main_give(const struct table_call *call, const struct offer *offer)
{
	const struct sys_message answer = {
	    .word = {NAMES_OK}, .identity = call->identity, .token = call->token};
	const enum rtos_status status = sys_reply_with(
	    &answer, RTOS_PAYLOAD_HANDLE_AS(offer->port, RTOS_RIGHT_CALL, call->badge));

	if (status == RTOS_NO_ROOM)
		main_answer(call, NAMES_NO_ROOM);
	return status == RTOS_OK || status == RTOS_NO_ROOM || status == RTOS_GONE;
}

static void main_tell_over(const struct offer *offer, enum names_status status)
{
	main_answer(&offer->call, status);
	main_close(offer->port);
}

static void main_end_offer(struct offer *offer, enum names_status status)
{
	main_tell_over(offer, status);
	offer->call.badge = 0;
}

/* ---- calls ---- */

/* Finds a place for an offer. While a server begins, an older offer displaces a younger one that
 * came here first. */
static enum names_status main_place(const struct request *request, struct offer **place)
{
	const uint64_t badge = request->call.badge;
	enum names_status status;
	struct offer *younger;

	if (!main_may(badge, "offers", request->name))
		return NAMES_DENIED;
	main_sweep();
	while ((status = table_place(&names.table, badge, request->name, place)) != NAMES_OK) {
		younger = names.begins ? table_younger(&names.table, request) : NULL;
		if (!younger)
			break;
		main_end_offer(younger, status);
	}
	return status;
}

/* Takes an offer. NAMES_OK: the call stays open, without an answer. */
static enum names_status main_offer(const struct request *request)
{
	struct offer *offer = NULL;
	struct waiter waiter;
	enum names_status status;

	if (!main_is_port(request->port))
		return NAMES_BAD;
	status = main_place(request, &offer);
	if (status != NAMES_OK)
		return status;
	if (names.begins && table_renewed(offer, request))
		return NAMES_OVER;
	if (offer->call.badge != 0)
		main_tell_over(offer, NAMES_OVER);
	table_fill(offer, request);
	while (table_take(&names.table, request->name, &waiter))
		if (!main_give(&waiter.call, offer)) {
			(void)table_wait(&names.table, &waiter, &waiter);
			break; /* the port is gone already */
		}
	return NAMES_OK;
}

static enum names_status main_withdraw(const struct request *request)
{
	struct offer *offer = table_find(&names.table, request->name);

	if (!offer || offer->call.badge != request->call.badge)
		return NAMES_NONE;
	main_end_offer(offer, NAMES_OVER);
	return NAMES_OK;
}

/* Looks for a name. NAMES_OK: the call is answered, or will be. */
static enum names_status main_find(const struct request *request)
{
	const struct offer *offer;
	struct waiter waiter = {.call = request->call}, longest;

	if (!main_may(request->call.badge, "finds", request->name))
		return NAMES_DENIED;
	main_sweep();
	offer = table_find(&names.table, request->name);
	if (offer && main_give(&request->call, offer))
		return NAMES_OK;
	if (!request->patient)
		return NAMES_NONE;
	memcpy(waiter.name, request->name, NAMES_NAME);
	if (table_wait(&names.table, &waiter, &longest))
		main_answer(&longest.call, NAMES_FULL);
	return NAMES_OK;
}

/* Carries out a request. A send is refused: an offer that isn't an open call wouldn't come to the
 * next server. */
static enum names_status main_obey(const struct request *request)
{
	struct offer *place;

	if (request->name[0] == '\0' || request->call.token == 0)
		return NAMES_BAD;
	switch (request->operation) {
	case NAMES_OFFER:
		return main_offer(request);
	case NAMES_ASK:
		return main_place(request, &place);
	case NAMES_WITHDRAW:
		return main_withdraw(request);
	case NAMES_FIND:
		return main_find(request);
	default:
		return NAMES_BAD;
	}
}

/* Serves a request. The handle that came along is only kept for an offer, as long as the offer
 * lasts. */
static void main_serve(const struct request *request)
{
	const enum names_status status = main_obey(request);
	const bool offered = request->operation == NAMES_OFFER && status == NAMES_OK;

	if (request->port != 0 && !offered)
		main_close(request->port);
	if (!offered && !(request->operation == NAMES_FIND && status == NAMES_OK))
		main_answer(&request->call, status);
}

/* ---- begin ---- */

static void main_begun(void)
{
	struct table_call call;
	struct request request;

	names.begins = false;
	while (table_refuse(&names.table, &call))
		main_answer(&call, NAMES_FULL);
	while (table_release(&names.table, &request))
		main_serve(&request);
}

static void main_begins(const struct request *request)
{
	const enum table_begin what = table_begins(&names.table, request);

	if (what == TABLE_SERVE)
		main_serve(request);
	else if (what != TABLE_HELD && request->port != 0)
		main_close(request->port);
	if (what == TABLE_OVER)
		main_begun();
}

/* Receives a request. The handle that came along may have the number of an older handle whose port
 * is gone. */
static void main_receive(const struct sys_message *message)
{
	struct request request = {.call = {message->badge, message->identity, message->token},
	                          .operation = message->word[0],
	                          .port = RTOS_PAYLOAD_NUMBER(message->payload),
	                          .deliveries = message->deliveries,
	                          .patient = message->word[1] != 0};

	main_name(message->word, request.name);
	if (request.port != 0)
		table_strike(&names.table, request.port);
	if (names.begins)
		main_begins(&request);
	else
		main_serve(&request);
}

/* Checks the table. The supervisor offers no name, so it can withdraw none. */
static void main_probe(struct sys_message *message)
{
	const struct request request = {
	    .call = {.token = message->token}, .operation = NAMES_WITHDRAW, .name = "probe"};

	if (!table_is_sound(&names.table))
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message,
		             main_obey(&request) == NAMES_NONE ? PROBE_RIGHT : PROBE_WRONG);
	(void)sys_reply(message);
}

/* Each call is answered by a reply of its own, so the receive answers none. */
int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	struct sys_message message;
	enum rtos_status status;

	names.begins = true;
	sys_well();
	for (;;) {
		message.identity = 0;
		status = sys_reply_wait_with(port, &message, RTOS_ACCEPT_HANDLE,
		                             names.begins ? SYS_AT_ONCE : sys_beat_deadline());
		sys_beat();
		if (status == RTOS_OK && probe_asks(&message))
			main_probe(&message);
		else if (status == RTOS_OK)
			main_receive(&message);
		else if (names.begins)
			main_begun();
	}
}
