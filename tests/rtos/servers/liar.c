/*
 * Answers each call of a log or a file system with lines and names that are too long, and never
 * end. Every third answer is that there is nothing more.
 */
#include <lib/string.h>
#include <proto/fs.h>
#include <proto/log.h>
#include <rtos/sys.h>

static bool liar_says_more(void)
{
	static uint32_t answers;

	return ++answers % 3 != 0;
}

static void liar_log(uint64_t word[RTOS_WORDS])
{
	const bool more = word[0] == LOG_WRITE || liar_says_more();

	memset(word, 'L', RTOS_WORDS * sizeof(word[0]));
	word[0] = LOG_LINE(0xff, 0, 0) | (more ? LOG_OK : LOG_NONE);
}

static void liar_files(uint64_t word[RTOS_WORDS])
{
	const uint32_t operation = FS_CALL_OPERATION(word[0]);
	const bool more = (operation != FS_LIST && operation != FS_READ) || liar_says_more();

	memset(word, 'F', RTOS_WORDS * sizeof(word[0]));
	word[0] = FS_OK;
	if (operation == FS_STATE || operation == FS_LOOKUP)
		word[1] = FS_FILE;
	if (!more)
		word[1] = operation == FS_LIST ? FS_NONE : 0;
}

int main(void)
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_OFFER, NULL, 0);
	const bool log = memcmp(port->name, "log", sizeof("log")) == 0;
	struct sys_message message = {.identity = 0};

	for (;;) {
		if (sys_reply_wait(port->handle, &message, 0) != RTOS_OK)
			continue;
		if (log)
			liar_log(message.word);
		else
			liar_files(message.word);
	}
}
