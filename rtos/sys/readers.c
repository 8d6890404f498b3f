/* See rtos/readers.h. */
#include <lib/string.h>
#include <rtos/readers.h>

static void readers_forget(struct readers *readers, uint32_t index)
{
	readers->count--;
	for (uint32_t i = index; i < readers->count; i++)
		readers->reader[i] = readers->reader[i + 1];
}

/* Makes room for a call. If its program has the most calls already, it loses the first of them.
 * Mostly it doesn't wait for that call any more. */
static void readers_make_room(struct readers *readers, uint64_t badge)
{
	struct sys_message refusal = {.word = {1}};
	uint32_t own = 0, first = 0;

	for (uint32_t i = readers->count; i > 0; i--)
		if (readers->reader[i - 1].badge == badge) {
			first = i - 1;
			own++;
		}
	if (own < READERS_EACH)
		return;
	refusal.identity = readers->reader[first].identity;
	refusal.token = readers->reader[first].token;
	(void)sys_reply(&refusal);
	readers_forget(readers, first);
}

void readers_add(struct readers *readers, struct sys_message *message)
{
	readers_make_room(readers, message->badge);
	if (readers->count == READERS_MAX) {
		message->word[0] = 1;
		return;
	}
	readers->reader[readers->count++] =
	    (struct reader){message->identity, message->token, message->badge};
	message->identity = 0;
}

uint32_t readers_answer(struct readers *readers, const char *bytes, uint32_t count)
{
	struct sys_message answer = {.identity = readers->reader[0].identity,
	                             .token = readers->reader[0].token};
	const uint32_t some = count < READERS_BYTES ? count : READERS_BYTES;

	answer.word[1] = some;
	memcpy(&answer.word[2], bytes, some);
	readers_forget(readers, 0);
	return sys_reply(&answer) == RTOS_OK ? some : 0;
}
