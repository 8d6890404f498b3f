/*
 * The probe of a server (docs/rtos/recovery.md): a call with a known answer, and a check of the
 * server's own state. The server makes this call to itself, on the same way as its clients' calls.
 * A program that is linked with probe.c declares by this that it answers probes; `kumiki rtos pack`
 * sees the declaration.
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

/* Replaces the call's words by the answer. */
void probe_answer(struct sys_message *message, enum probe_found found);

#endif
