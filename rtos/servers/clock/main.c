/*
 * The clock (docs/reference/rtos-servers.md) tells the offset of people's time from the counter. If
 * no offset is kept, the clock reads the PL031 (Arm DDI 0224). It lets programs that the manifest
 * names set it. A program that wants to know when the clock is set makes a call, which isn't
 * answered before that.
 */
#include "awaits.h"
#include "setting.h"
#include <lib/string.h>
#include <proto/supervisor.h>
#include <rtos/keep.h>
#include <rtos/probe.h>
#include <rtos/sys.h>

static struct setting main_setting;
static struct keep main_keep;
static struct awaits main_awaits;

static uint64_t main_now(void)
{
	return clock_nanoseconds(sys_now(), sys_hertz());
}

/* Begins with the seconds in a PL031's first register. Without the device, nobody knows the time
 * yet. */
static void main_read_device(void)
{
	const struct rtos_given *device = sys_given(RTOS_GIVEN_DEVICE, NULL, 0);

	if (!device)
		return;
	setting_begin(&main_setting, *(volatile uint32_t *)device->address, main_now());
	keep_write_twice(&main_keep, &main_setting);
}

/* Whether the server's arguments name a program, which may set the clock then. */
static bool main_is_named(const char *name)
{
	const size_t size = string_length(name) + 1;
	uint32_t count;
	const char *argument = sys_arguments(&count);

	for (; count > 0; count--) {
		const size_t length = string_length(argument) + 1;

		if (length == size && memcmp(argument, name, size) == 0)
			return true;
		argument += length;
	}
	return false;
}

static bool main_may_set(uint64_t badge)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, badge - 1};
	char name[RTOS_NAME_SIZE + 1] = "";

	if (sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) != RTOS_OK ||
	    word[0] != SUPERVISOR_OK)
		return false;
	memcpy(name, &word[5], RTOS_NAME_SIZE);
	return main_is_named(name);
}

static void main_answer(const struct await *await, uint64_t word[RTOS_WORDS])
{
	struct sys_message answer = {.identity = await->identity, .token = await->token};

	memcpy(answer.word, word, sizeof(answer.word));
	(void)sys_reply(&answer);
}

static void main_await(struct sys_message *message)
{
	const struct await call = {message->identity, message->token};
	uint64_t busy[RTOS_WORDS] = {CLOCK_BUSY};
	struct await out;

	message->word[0] = CLOCK_BUSY;
	if (awaits_take(&main_awaits, message->badge, &call, &out))
		message->identity = 0; /* it is answered later */
	if (out.identity != 0)
		main_answer(&out, busy);
}

/* Answers all waiting calls. If the server ends in between, the other calls come to the next
 * server, which finds the clock set. */
static void main_tell(void)
{
	struct await await;

	while (awaits_next(&main_awaits, &await)) {
		uint64_t word[RTOS_WORDS] = {CLOCK_READ};

		(void)setting_serve(&main_setting, 0, false, word);
		main_answer(&await, word);
	}
}

static void main_serve(struct sys_message *message)
{
	const bool may_set = message->word[0] == CLOCK_SET && main_may_set(message->badge);

	if (setting_awaits(&main_setting, message->word)) {
		main_await(message);
	} else if (setting_serve(&main_setting, main_now(), may_set, message->word)) {
		keep_write_twice(&main_keep, &main_setting);
		main_tell();
	}
}

/* Checks that the clock tells what is kept. */
static void main_probe(struct sys_message *message)
{
	uint64_t word[RTOS_WORDS] = {CLOCK_READ};

	(void)setting_serve(&main_setting, 0, false, word);
	if (!keep_holds(&main_keep, &main_setting))
		probe_answer(message, PROBE_UNSOUND);
	else if (word[0] == (main_setting.known ? CLOCK_OK : CLOCK_UNSET))
		probe_answer(message, PROBE_RIGHT);
	else
		probe_answer(message, PROBE_WRONG);
}

/* Without memory to keep the offset in there is no clock: the time would jump at each restart. */
int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	const struct rtos_given *area = sys_given(RTOS_GIVEN_KEEP, NULL, 0);
	struct sys_message message = {.identity = 0};

	if (!area)
		return 1;
	if (keep_open(&main_keep, (void *)area->address, &main_setting, sizeof(main_setting),
	              SETTING_VERSION) != KEEP_FOUND)
		main_read_device();
	sys_well();
	for (;;) {
		const enum rtos_status status = sys_reply_wait(port, &message, sys_beat_deadline());

		if (status == RTOS_OK && probe_asks(&message))
			main_probe(&message);
		else if (status == RTOS_OK)
			main_serve(&message);
		sys_beat();
	}
}
