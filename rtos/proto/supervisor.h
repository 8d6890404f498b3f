/*
 * The supervisor's port: programs' requests. The operation is in word 0, the answer's word 0 is an
 * enum supervisor_answer. All operations are repeatable. The badge names the caller: the program's
 * number plus 1.
 */
#ifndef PROTO_SUPERVISOR_H
#define PROTO_SUPERVISOR_H

enum supervisor_operation {
	/* word 1: port. The caller uses the port until SUPERVISOR_CLOSE, or its own end: meanwhile
	 * the port's program is started if it runs on demand, and doesn't leave. */
	SUPERVISOR_OPEN = 1,
	SUPERVISOR_CLOSE = 2,
	/* word 1: program. Words 1 to 4 of the answer: enum policy_state (policy.h), its level, how
	 * often it was started, how long it runs (milliseconds). Words 5 and 6: its name. Word 7:
	 * probes that it failed. */
	SUPERVISOR_STATE = 3,
	/* word 1: program, which the caller manages; word 2: enum supervisor_command. */
	SUPERVISOR_COMMAND = 4,
	/* Words 1 to 3 of the answer: the supervisor's free pages, all its pages, its handles in
	 * use. Programs take their pages from the supervisor at their start, and give them back at
	 * their end. */
	SUPERVISOR_MEMORY = 5,
	/* word 1: an offset. Reads the record of the last crash (kumiki/rtos/crash.h), if the
	 * caller manages that program. Words 1 and 2 of the answer: the crash's number (0: nothing
	 * crashed yet), the record's size; words 3 to 7: the bytes from the offset on. */
	SUPERVISOR_CRASH = 6,
	/* The loader loads a file into a slot (docs/rtos/services.md) for a call of its client.
	 * word 1: the slot, 0: any free slot; word 2: the client's badge; word 3: the client's
	 * call's identity; word 4: pages of the segments; words 5, 6: the entry, the first thread's
	 * variables. Answer: word 1: the slot; word 2: the number of this start; words 4, 5:
	 * RTOS_THREAD(…) of the first thread, the size of its stack; along: the process, without a
	 * thread. The loader places the stack last, then answers its client. If the loader ends
	 * after that, the supervisor makes the thread. */
	SUPERVISOR_LOAD = 7,
	/* word 1: program, which the caller manages; word 2: number of a start, 0: the last one;
	 * word 3: 0: answered when the program has ended; 1: answered at once, with
	 * RTOS_PROCESS_ALIVE if it hasn't. Words 1 to 4 of the answer: enum rtos_process_state, and
	 * RTOS_PROCESS_STATE's x2 to x4. */
	SUPERVISOR_WAIT = 8,
	/* word 1: program. Words 1 to 5 of the answer: ticks that the program ran since its start,
	 * threads that it had, its free pages, all its pages, its handles in use. */
	SUPERVISOR_USE = 9,
	/* The loader lays out a new version of a program (docs/rtos/replace.md) for its client.
	 * word 1: program; word 2: the client's badge; word 4: pages of the segments; words 5, 6:
	 * the entry, the first thread's variables. Answer: word 5: the size of the stack; along: a
	 * process that never runs, for the segments and the stack. A version that was laid out
	 * before and not ordered yet is forgotten. */
	SUPERVISOR_STORE = 10,
	/* word 1: program, which the caller manages. The version that was laid out last takes the
	 * program's place. Answered when it is well, or when the former version serves again: then
	 * words 1 to 4 are as of SUPERVISOR_WAIT, if the new one ended. */
	SUPERVISOR_REPLACE = 11,
	/* A version that took its program's place is well. */
	SUPERVISOR_PROVED = 12,
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
	SUPERVISOR_BAD = 1,        /* no such operation, program or port */
	SUPERVISOR_DENIED = 2,     /* the manifest doesn't give the caller this right */
	SUPERVISOR_BUSY = 3,       /* no slot is free */
	SUPERVISOR_NO_ROOM = 4,    /* the slot's process can't be made */
	SUPERVISOR_ELSEWHERE = 5,  /* a newer SUPERVISOR_WAIT took this call's place */
	SUPERVISOR_NO_SERVER = 6,  /* the program offers no port, or it doesn't run */
	SUPERVISOR_NO_VERSION = 7, /* nothing was laid out for this program */
	SUPERVISOR_NOT_QUIET = 8,  /* it served a call for too long, or ended by itself */
	SUPERVISOR_FAILED = 9,     /* the new version ended before it was well, or soon after */
};

#endif
