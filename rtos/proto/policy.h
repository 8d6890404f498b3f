/* A program's state, as the supervisor has it and tells it (SUPERVISOR_STATE). */
#ifndef PROTO_POLICY_H
#define PROTO_POLICY_H

#include <stdbool.h>

enum policy_state {
	POLICY_RESTS,    /* no process; the next demand starts it */
	POLICY_WAITS,    /* no process; it is started when its time comes */
	POLICY_STARTS,   /* being made */
	POLICY_RUNS,     /* it has a process */
	POLICY_ENDS,     /* its process was killed, and hasn't ended yet */
	POLICY_STOPPED,  /* by a manager, or by the manifest; its ports are closed */
	POLICY_GIVEN_UP, /* it failed at the last level; its ports are closed */
	POLICY_PAUSES,   /* no process, ports closed; it is started when its time comes */
};

/* Whether a program in this state has a process, or will soon have one without a demand. */
static inline bool policy_has_process(enum policy_state state)
{
	return state == POLICY_WAITS || state == POLICY_STARTS || state == POLICY_RUNS ||
	       state == POLICY_ENDS;
}

#endif
