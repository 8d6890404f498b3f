/*
 * The probe of a server (docs/rtos/recovery.md): a call with a known answer, which the server makes
 * to itself by the way of its clients' calls, and a check of its own state. A program that is
 * linked with probe.c declares by this that it answers probes: `kumiki rtos pack` sees it.
 */
#ifndef RTOS_PROBE_H
#define RTOS_PROBE_H

#include <proto/probe.h>
#include <rtos/sys.h>

/* Whether the call that was received is a probe. */
static inline bool probe_asks(const struct sys_message *message)
{
	return message->word[0] == PROBE_ASK;
}

/* Makes the call's words the answer. */
void probe_answer(struct sys_message *message, enum probe_found found);

#endif
