/* See waiter.h. */
#include "waiter.h"
#include <kumiki/rtos/image.h>
#include <lib/string.h>
#include <proto/supervisor.h>

static struct {
	uint64_t identity, token; /* identity 0: nobody waits */
} waiters[RTOS_IMAGE_PROGRAMS_MAX];

/* Answers the waiting call. The reply fails if the caller doesn't wait any more. */
static void waiter_tell(uint32_t program, struct sys_message *answer)
{
	answer->identity = waiters[program].identity;
	answer->token = waiters[program].token;
	waiters[program].identity = 0;
	if (answer->identity != 0)
		(void)sys_reply(answer);
}

void waiter_take(uint32_t program, struct sys_message *message)
{
	struct sys_message answer = {.word = {SUPERVISOR_ELSEWHERE}};

	waiter_tell(program, &answer);
	waiters[program].identity = message->identity;
	waiters[program].token = message->token;
	message->identity = 0;
}

void waiter_answer(uint32_t program, const uint64_t end[4])
{
	struct sys_message answer = {.word = {SUPERVISOR_OK}};

	memcpy(&answer.word[1], end, 4 * sizeof(end[0]));
	waiter_tell(program, &answer);
}
