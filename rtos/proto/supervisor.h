/*
 * The supervisor's port: what programs ask of it. The operation is in word 0, its answer's word 0
 * is an enum supervisor_answer. All of them are repeatable. Who calls is known by the badge: the
 * program's number plus 1.
 */
#ifndef PROTO_SUPERVISOR_H
#define PROTO_SUPERVISOR_H

enum supervisor_operation {
	/* word 1: port. From now on until SUPERVISOR_CLOSE, or its own end, the caller uses it: a
	 * program on demand is started, and doesn't leave. */
	SUPERVISOR_OPEN = 1,
	SUPERVISOR_CLOSE = 2,
	/* word 1: program. Words 1 to 4 of the answer: enum policy_state, its level, how often it
	 * was started, how long it runs (milliseconds). Words 5 and 6: its name. */
	SUPERVISOR_STATE = 3,
	/* word 1: program, which the caller manages; word 2: enum supervisor_command. */
	SUPERVISOR_COMMAND = 4,
	/* Words 1 to 3 of the answer: pages that the supervisor has free, all that it has, its
	 * handles in use. What programs have is taken from it when they start, and comes back when
	 * they end. */
	SUPERVISOR_MEMORY = 5,
	/* word 1: an offset. Of the last crash, if the caller manages that program: words 1 and 2
	 * of the answer: its number (0: nothing crashed yet), its size; words 3 to 7: the bytes
	 * from that offset on (kumiki/rtos/crash.h). */
	SUPERVISOR_CRASH = 6,
	/* The caller loads a file into a slot (docs/rtos/services.md). word 1: the slot, 0: any
	 * that is free; word 2: badge of who asked for it; word 3: identity of that call; word 4:
	 * pages of its segments; words 5, 6: its entry, its first thread's variables. Answer: word
	 * 1: the slot; word 2: the number of this start; words 4, 5: RTOS_THREAD(…) of its first
	 * thread, size of its stack; along: its process, as it is before that. Should the caller
	 * end when it has placed the stack, which is to come last, and answered that call, the
	 * supervisor makes that thread. */
	SUPERVISOR_LOAD = 7,
	/* word 1: program, which the caller manages; word 2: number of a start, 0: the last one;
	 * word 3: 0: answered when that is over; 1: at once, if need be with RTOS_PROCESS_ALIVE.
	 * Words 1 to 4: enum rtos_process_state, and RTOS_PROCESS_STATE's x2 to x4. */
	SUPERVISOR_WAIT = 8,
	/* word 1: program. Words 1 to 5 of the answer: ticks that it computed since its start,
	 * threads that it had, pages that it has free, all that it has, its handles in use. */
	SUPERVISOR_USE = 9,
};

#define SUPERVISOR_CRASH_BYTES 40 /* of one answer */

enum supervisor_command {
	SUPERVISOR_DO_START = 0,
	SUPERVISOR_DO_STOP = 1,
	SUPERVISOR_DO_RESTART = 2,
	SUPERVISOR_DO_KILL = 3, /* as if it had crashed */
};

enum supervisor_answer {
	SUPERVISOR_OK = 0,
	SUPERVISOR_BAD = 1,       /* no such operation, program or port */
	SUPERVISOR_DENIED = 2,    /* the manifest doesn't give the caller that */
	SUPERVISOR_BUSY = 3,      /* no slot is free */
	SUPERVISOR_NO_ROOM = 4,   /* its process can't be made */
	SUPERVISOR_ELSEWHERE = 5, /* another one waits now, in this one's place */
};

#endif
