/* See rtos/sys.h. */
#include <kumiki/rtos/manifest.h>
#include <proto/supervisor.h>
#include <rtos/begin.h>
#include <rtos/sys.h>

const struct rtos_program_start *sys_program;
const struct rtos_start *sys_first;
static uint64_t sys_hz;

/* ---- start ---- */

void sys_begin(const void *told)
{
	const uint64_t *magic = told;

	if (*magic == RTOS_PROGRAM_MAGIC) {
		sys_program = told;
		sys_hz = sys_program->counter_hz;
	} else {
		sys_first = told;
		sys_hz = sys_first->counter_hz;
	}
}

_Noreturn void sys_exit(uint64_t value)
{
	for (;;)
		(void)sys_do(RTOS_EXIT, 0, value, 0, 0, 0, 0, NULL);
}

static bool sys_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct rtos_given *sys_given(enum rtos_given_kind kind, const char *name, uint32_t index)
{
	for (uint32_t i = 0; sys_program && i < sys_program->given_count; i++) {
		const struct rtos_given *given = &sys_program->given[i];

		if (given->kind != kind || (name && !sys_same(given->name, name)))
			continue;
		if (index-- == 0)
			return given;
	}
	return NULL;
}

const char *sys_arguments(uint32_t *count)
{
	const struct rtos_arguments_below *below =
	    (const void *)(RTOS_START_PAGE - RTOS_ARGUMENTS_BELOW_SIZE);

	*count = sys_program ? sys_program->argument_count : 0;
	if (*count != RTOS_ARGUMENTS_BELOW)
		return *count == 0 ? "" : (const char *)sys_program + sys_program->arguments;
	*count = below->count;
	return (const char *)(below + 1);
}

/* ---- calls ---- */

enum rtos_status sys_do(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                        uint64_t x2, uint64_t x3, uint64_t x4, uint64_t *answer)
{
	struct sys_registers call = {.x = {x0, x1, x2, x3, x4, 0, 0, 0, number, handle}};

	sys_svc(&call);
	if (answer)
		*answer = call.x[8] == RTOS_OK ? call.x[0] : 0;
	return (enum rtos_status)call.x[8];
}

enum rtos_status sys_do_until(enum rtos_call number, rtos_handle_t handle, uint64_t x0,
                              uint64_t deadline)
{
	struct sys_registers call = {.x = {x0, 0, 0, 0, 0, 0, 0, 0, number, handle, deadline}};

	sys_svc(&call);
	return (enum rtos_status)call.x[8];
}

static void sys_set_words(struct sys_registers *call, const uint64_t word[RTOS_WORDS])
{
	for (uint32_t i = 0; i < RTOS_WORDS; i++)
		call->x[i] = word[i];
}

static void sys_get_words(const struct sys_registers *call, uint64_t word[RTOS_WORDS])
{
	for (uint32_t i = 0; i < RTOS_WORDS; i++)
		word[i] = call->x[i];
}

enum rtos_status sys_call_with(rtos_handle_t port, uint64_t word[RTOS_WORDS], uint64_t *payload,
                               uint64_t deadline)
{
	struct sys_registers call = {
	    .x = {[8] = RTOS_CALL, [9] = port, [10] = deadline, [11] = *payload}};

	sys_set_words(&call, word);
	sys_svc(&call);
	sys_get_words(&call, word);
	*payload = call.x[8] == RTOS_OK ? call.x[11] : 0;
	return (enum rtos_status)call.x[8];
}

enum rtos_status sys_call_anew_with(rtos_handle_t port, uint64_t word[RTOS_WORDS],
                                    uint64_t *payload, uint64_t deadline)
{
	const uint64_t along = *payload;
	const enum rtos_status status = sys_call_with(port, word, payload, deadline);

	if (status != RTOS_NEW_EPOCH)
		return status;
	*payload = along;
	return sys_call_with(port, word, payload, deadline);
}

enum rtos_status sys_reply_wait_with(rtos_handle_t port, struct sys_message *message,
                                     uint64_t accepts, uint64_t deadline)
{
	struct sys_registers call = {.x = {[8] = RTOS_REPLY_WAIT,
	                                   [9] = port,
	                                   [10] = deadline,
	                                   [11] = accepts,
	                                   [12] = message->identity,
	                                   [13] = message->token}};

	sys_set_words(&call, message->word);
	sys_svc(&call);
	*message = (struct sys_message){.identity = 0};
	sys_get_words(&call, message->word);
	if (call.x[8] == RTOS_OK) {
		message->badge = call.x[9];
		message->deliveries = RTOS_DELIVERIES(call.x[10]);
		message->payload = call.x[11];
		message->identity = call.x[12];
		message->token = call.x[13];
	}
	return (enum rtos_status)call.x[8];
}

enum rtos_status sys_show(rtos_handle_t region, uint32_t first, uint32_t count,
                          const uint64_t pages[RTOS_WORDS], uint64_t identity, uint64_t token)
{
	struct sys_registers call = {.x = {pages[0], pages[1], pages[2], pages[3], pages[4],
	                                   pages[5], pages[6], pages[7], RTOS_SHOW, region,
	                                   RTOS_SHOW_AT(first, count), 0, identity, token}};

	sys_svc(&call);
	return (enum rtos_status)call.x[8];
}

enum rtos_status sys_again(uint64_t identity, uint64_t token)
{
	struct sys_registers call = {.x = {[8] = RTOS_AGAIN, [12] = identity, [13] = token}};

	sys_svc(&call);
	return (enum rtos_status)call.x[8];
}

enum rtos_status sys_reply(const struct sys_message *message)
{
	return sys_reply_with(message, 0);
}

enum rtos_status sys_reply_with(const struct sys_message *message, uint64_t payload)
{
	struct sys_registers call = {.x = {message->word[0], message->word[1], message->word[2],
	                                   message->word[3], message->word[4], message->word[5],
	                                   message->word[6], message->word[7], RTOS_REPLY, 0, 0,
	                                   payload, message->identity, message->token}};

	sys_svc(&call);
	return (enum rtos_status)call.x[8];
}

enum rtos_status sys_signal(rtos_handle_t notification)
{
	return sys_do(RTOS_SIGNAL, notification, 0, 0, 0, 0, 0, NULL);
}

uint64_t sys_wait(rtos_handle_t notification, uint64_t deadline)
{
	struct sys_registers call = {.x = {[8] = RTOS_WAIT, [9] = notification, [10] = deadline}};

	sys_svc(&call);
	return call.x[8] == RTOS_OK ? call.x[0] : 0;
}

/* ---- time ---- */

uint64_t sys_now(void)
{
	uint64_t now;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now)::"memory");
	return now;
}

uint64_t sys_hertz(void)
{
	return sys_hz;
}

uint64_t sys_ticks(uint64_t milliseconds)
{
	return milliseconds * (sys_hz / 1000) + milliseconds * (sys_hz % 1000) / 1000;
}

/* The counter begins with the machine, so the product never overflows. */
uint64_t sys_milliseconds(void)
{
	const uint64_t now = sys_now();

	return now / sys_hz * 1000 + now % sys_hz * 1000 / sys_hz;
}

void sys_sleep(uint64_t milliseconds)
{
	(void)sys_wait(0, sys_now() + sys_ticks(milliseconds));
}

void sys_beat(void)
{
	const struct rtos_given *beat = sys_given(RTOS_GIVEN_BEAT, NULL, 0);

	if (beat)
		(void)sys_signal(beat->handle);
}

void sys_well(void)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_PROVED};

	if (sys_given(RTOS_GIVEN_HEIR, NULL, 0))
		(void)sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0);
}

uint64_t sys_beat_deadline(void)
{
	return sys_program->heartbeat_ms ? sys_now() + sys_ticks(sys_program->heartbeat_ms) / 2 : 0;
}
