/* See rtos/names.h. */
#include <lib/string.h>
#include <rtos/names.h>
#include <rtos/sys.h>

/* Fills in the words of a call about a name. The server refuses a name that is empty or too long.
 */
static void names_words(uint64_t word[RTOS_WORDS], enum names_operation operation, const char *name)
{
	const size_t length = string_length(name);

	memset(word, 0, RTOS_WORDS * sizeof(word[0]));
	word[0] = operation;
	memcpy(&word[2], name, length < NAMES_NAME ? length : NAMES_NAME);
}

static rtos_handle_t names_server(void)
{
	const struct rtos_given *given = sys_given(RTOS_GIVEN_USE, "names", 0);

	return given ? given->handle : 0;
}

static enum names_status names_call(uint64_t word[RTOS_WORDS], uint64_t *payload)
{
	const enum rtos_status status = sys_call_anew_with(names_server(), word, payload, 0);

	if (status == RTOS_NO_ROOM)
		return NAMES_NO_ROOM;
	return status == RTOS_OK ? (enum names_status)word[0] : NAMES_NO_SERVER;
}

/* After the signal, this thread doesn't touch its stack any more: the next offer's thread may use
 * the same stack. */
static _Noreturn void names_end(rtos_handle_t ended)
{
	register uint64_t x8 __asm__("x8") = RTOS_SIGNAL;
	register uint64_t x9 __asm__("x9") = ended;

	__asm__ volatile("svc #0\n\tmov x8, %2\n\tsvc #0"
	                 : "+r"(x8), "+r"(x9)
	                 : "i"(RTOS_THREAD_END)
	                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x10", "x11", "x12",
	                   "x13", "memory");
	__builtin_unreachable();
}

/* The offer's thread waits as long as the offer lasts. */
static _Noreturn void names_wait(const struct names_offer *offer)
{
	const rtos_handle_t ended = offer->ended;
	uint64_t word[RTOS_WORDS], payload;

	memcpy(word, offer->word, sizeof(word));
	payload = RTOS_PAYLOAD_HANDLE_AS(offer->port, RTOS_RIGHT_CALL | RTOS_RIGHT_GIVE, 0);
	(void)sys_call_anew_with(offer->server, word, &payload, 0);
	names_end(ended);
}

/* If the offer had a thread before, waits until that thread has ended. Otherwise makes the
 * notification. */
static bool names_prepare(struct names_offer *offer)
{
	uint64_t made = 0;

	if (offer->ended != 0)
		return sys_wait(offer->ended, 0) != 0;
	if (sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &made) != RTOS_OK)
		return false;
	offer->ended = (rtos_handle_t)made;
	return true;
}

/* Makes the offer's objects from this program's own memory. NAMES_NO_ROOM: the memory is used up.
 */
static enum names_status names_begin(struct names_offer *offer)
{
	uint64_t thread = 0;

	if (!names_prepare(offer))
		return NAMES_NO_ROOM;
	if (sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)names_wait,
	           (uint64_t)(offer->stack + sizeof(offer->stack)), (uint64_t)offer,
	           RTOS_THREAD(sys_program->priority, sys_program->cpu, 0), 0,
	           &thread) != RTOS_OK) {
		(void)sys_signal(offer->ended);
		return NAMES_NO_ROOM;
	}
	(void)sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)thread, 0, 0, 0, 0, 0, NULL);
	return NAMES_OK;
}

enum names_status names_offer(struct names_offer *offer, const char *name, rtos_handle_t port)
{
	uint64_t word[RTOS_WORDS], payload = 0;
	enum names_status status;

	names_words(word, NAMES_ASK, name);
	status = names_call(word, &payload);
	if (status != NAMES_OK)
		return status;
	offer->server = names_server();
	offer->port = port;
	names_words(offer->word, NAMES_OFFER, name);
	return names_begin(offer);
}

enum names_status names_withdraw(const char *name)
{
	uint64_t word[RTOS_WORDS], payload = 0;

	names_words(word, NAMES_WITHDRAW, name);
	return names_call(word, &payload);
}

enum names_status names_find(const char *name, bool waits, rtos_handle_t *port)
{
	uint64_t word[RTOS_WORDS], payload = RTOS_ANSWER_HANDLE;
	enum names_status status;

	names_words(word, NAMES_FIND, name);
	word[1] = waits;
	status = names_call(word, &payload);
	*port = status == NAMES_OK ? RTOS_PAYLOAD_NUMBER(payload) : 0;
	return status;
}
