/* A program's state, as the supervisor has it and tells it (SUPERVISOR_STATE). */
#ifndef PROTO_POLICY_H
#define PROTO_POLICY_H

#include <stdbool.h>

enum policy_state {
	POLICY_RESTS,    /* no process; the next demand starts it */
	POLICY_WAITS,    /* no process; started when it is due */
	POLICY_STARTS,   /* being made */
	POLICY_RUNS,     /* it has a process */
	POLICY_ENDS,     /* its process was killed, and hasn't ended yet */
	POLICY_STOPPED,  /* by a manager, or as the manifest says; its ports are closed */
	POLICY_GIVEN_UP, /* behind the last level; ports closed */
	POLICY_PAUSES,   /* no process, ports closed; started when it is due */
};

/* Whether a program in that state has a process, or will have one by itself soon. */
static inline bool policy_has_process(enum policy_state state)
{
	return state == POLICY_WAITS || state == POLICY_STARTS || state == POLICY_RUNS ||
	       state == POLICY_ENDS;
}

#endif
