/* See rtos/probe.h. */
#include <kumiki/rtos/note.h>
#include <rtos/probe.h>

RTOS_NOTE(RTOS_NOTE_PROBES, 0);

void probe_answer(struct sys_message *message, enum probe_found found)
{
	message->word[0] = found;
	message->word[1] = PROBE_OF(message->word[1]);
}
