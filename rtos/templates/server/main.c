/*
 * A server to start a new one from (docs/rtos/write-a-server.md): it counts. It may be killed
 * between any two instructions: its state is kept, and calls that weren't answered come again.
 */
#include "counters.h"
#include <rtos/keep.h>
#include <rtos/sys.h>

static struct counters counters;
static struct keep keep;

/* Takes over the state that an earlier server left. Without a usable state it begins with zeros.
 * False: the manifest's kumiki,keep is missing, or too small. */
static bool server_begin(void)
{
	const struct rtos_given *area = sys_given(RTOS_GIVEN_KEEP, NULL, 0);

	if (!area || area->size < keep_area(sizeof(counters)))
		return false;
	(void)keep_open(&keep, (void *)area->address, &counters, sizeof(counters),
	                COUNTERS_VERSION);
	journal_begin(&counters.journal);
	return true;
}

int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	struct sys_message message = {.identity = 0};

	if (!server_begin())
		return 1;
	for (;;) {
		if (sys_reply_wait(port, &message, sys_beat_deadline()) == RTOS_OK &&
		    counters_serve(&counters, message.identity, message.word))
			keep_write(&keep, &counters);
		sys_beat();
	}
}
