/* The boot image's version: counts. */
#include <replace/counter.h>
#include <rtos/heir.h>
#include <rtos/sys.h>

static struct counter_old state;
static struct heir heir;

static const struct heir_of old_of = {.version = COUNTER_OLD_VERSION, .size = sizeof(state)};

static void old_add(struct sys_message *message)
{
	uint64_t before = state.value[message->word[1]];

	if (!journal_find(&state.journal, message->identity, &before)) {
		state.value[message->word[1]]++;
		journal_note(&state.journal, message->identity, before);
		heir_write(&heir, &state);
	}
	message->word[1] = before;
}

int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	struct sys_message message = {.identity = 0};

	(void)heir_begin(&heir, &old_of, &state);
	journal_begin(&state.journal);
	for (;;) {
		if (sys_reply_wait(port, &message, 0) != RTOS_OK)
			continue;
		if (message.word[0] == COUNTER_ADD && message.word[1] < COUNTERS)
			old_add(&message);
		else
			message.word[1] = COUNTER_OLD_VERSION;
	}
}
