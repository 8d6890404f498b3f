/*
 * The server of names (docs/rtos/names.md): says where the ports of programs are that were loaded
 * from files. It keeps nothing: an offer is a call that isn't answered, so the kernel delivers it
 * to the next server, with the handle on the port along.
 */
#include "rules.h"
#include "table.h"
#include <lib/string.h>
#include <proto/supervisor.h>
#include <rtos/sys.h>

static struct {
	struct table table;
	bool begins; /* offers may still be at the port: nobody is told yet that one isn't there */
} names;

/* ---- rights ---- */

/* Of who calls, as the manifest has it. */
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

/* Padded with NULs, so that names can be compared as a whole. */
static bool main_name(const uint64_t word[RTOS_WORDS], char name[NAMES_NAME])
{
	size_t length;

	memcpy(name, &word[2], NAMES_NAME);
	if (name[NAMES_NAME - 1] != '\0')
		return false;
	length = string_length(name);
	memset(name + length, 0, NAMES_NAME - length);
	return length > 0;
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

/* One that its maker gave: others have a badge. */
static bool main_is_port(rtos_handle_t handle)
{
	const uint64_t rights = RTOS_RIGHT_CALL | RTOS_RIGHT_GIVE;
	struct sys_registers told;

	return handle != 0 && main_inspect(handle, &told) && told.x[0] == RTOS_KIND_PORT &&
	       (told.x[1] & rights) == rights && told.x[2] == 0;
}

/* Offers whose ports have ended with their programs. Their handles are nobody's any more. */
static void main_sweep(void)
{
	struct sys_registers told;

	for (uint32_t i = 0; i < TABLE_OFFERS; i++)
		if (names.table.offers[i].call.badge != 0 &&
		    !main_inspect(names.table.offers[i].port, &told))
			names.table.offers[i].call.badge = 0;
}

/* ---- answers ---- */

/* Who asked may have ended, or given up. */
static void main_answer(const struct table_call *call, enum names_status status)
{
	const struct sys_message answer = {
	    .word = {status}, .identity = call->identity, .token = call->token};

	(void)sys_reply(&answer);
}

/* With the caller's badge. False: the port isn't there any more. */
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

static void main_end_offer(struct offer *offer)
{
	main_answer(&offer->call, NAMES_OVER);
	main_close(offer->port);
	offer->call.badge = 0;
}

/* Nobody is there who could come to offer it, but for the patient. */
static void main_tell_impatient(void)
{
	struct waiter waiter;

	while (table_take_impatient(&names.table, &waiter))
		main_answer(&waiter.call, NAMES_NONE);
}

/* ---- calls ---- */

static enum names_status main_place(uint64_t badge, const char name[NAMES_NAME],
                                    struct offer **place)
{
	if (!main_may(badge, "offers", name))
		return NAMES_DENIED;
	main_sweep();
	return table_place(&names.table, badge, name, place);
}

/* Not answered, if all is well. */
static enum names_status main_offer(const struct table_call *call, const char name[NAMES_NAME],
                                    rtos_handle_t port)
{
	struct offer *offer = NULL;
	struct waiter waiter;
	enum names_status status;

	if (!main_is_port(port))
		return NAMES_BAD;
	status = main_place(call->badge, name, &offer);
	if (status != NAMES_OK)
		return status;
	if (offer->call.badge != 0)
		main_end_offer(offer);
	*offer = (struct offer){.call = *call, .port = port};
	memcpy(offer->name, name, NAMES_NAME);
	while (table_take(&names.table, name, &waiter))
		if (!main_give(&waiter.call, offer)) {
			(void)table_wait(&names.table, &waiter, &waiter);
			break; /* its port is gone already */
		}
	return NAMES_OK;
}

static enum names_status main_withdraw(uint64_t badge, const char name[NAMES_NAME])
{
	struct offer *offer = table_find(&names.table, name);

	if (!offer || offer->call.badge != badge)
		return NAMES_NONE;
	main_end_offer(offer);
	return NAMES_OK;
}

/* NAMES_OK: it is answered, or will be. */
static enum names_status main_find(const struct table_call *call, const char name[NAMES_NAME],
                                   bool patient)
{
	const struct offer *offer;
	struct waiter waiter = {.call = *call, .patient = patient}, longest;

	if (!main_may(call->badge, "finds", name))
		return NAMES_DENIED;
	main_sweep();
	offer = table_find(&names.table, name);
	if (offer && main_give(call, offer))
		return NAMES_OK;
	if (!patient && !names.begins)
		return NAMES_NONE;
	memcpy(waiter.name, name, NAMES_NAME);
	if (table_wait(&names.table, &waiter, &longest))
		main_answer(&longest.call, NAMES_FULL);
	return NAMES_OK;
}

static void main_serve(struct sys_message *message, rtos_handle_t port)
{
	const struct table_call call = {message->badge, message->identity, message->token};
	const uint64_t operation = message->word[0];
	enum names_status status = NAMES_BAD;
	struct offer *place;
	char name[NAMES_NAME];
	bool later = false;

	if (main_name(message->word, name)) {
		if (operation == NAMES_OFFER)
			status = main_offer(&call, name, port);
		else if (operation == NAMES_ASK)
			status = main_place(call.badge, name, &place);
		else if (operation == NAMES_WITHDRAW)
			status = main_withdraw(call.badge, name);
		else if (operation == NAMES_FIND)
			status = main_find(&call, name, message->word[1] != 0);
		later = status == NAMES_OK && (operation == NAMES_OFFER || operation == NAMES_FIND);
	}
	if (port != 0 && !(later && operation == NAMES_OFFER))
		main_close(port);
	message->word[0] = status;
	if (later)
		message->identity = 0;
}

/* The number of a handle that came may have been that of one whose port is gone. */
static void main_receive(struct sys_message *message)
{
	const rtos_handle_t port = RTOS_PAYLOAD_NUMBER(message->payload);

	if (port != 0)
		table_strike(&names.table, port);
	main_serve(message, port);
}

int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	struct sys_message message = {.identity = 0};
	enum rtos_status status;

	names.begins = true;
	for (;;) {
		status = sys_reply_wait_with(port, &message, RTOS_ACCEPT_HANDLE,
		                             names.begins ? SYS_AT_ONCE : sys_beat_deadline());
		sys_beat();
		if (status == RTOS_OK) {
			main_receive(&message);
		} else if (names.begins) {
			names.begins = false;
			main_tell_impatient();
		}
	}
}
