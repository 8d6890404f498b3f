/*
 * The supervisor's port: programs' requests. Word 0 of a call is the operation, word 0 of the
 * answer an enum supervisor_answer. All operations are repeatable. The badge names the caller: it
 * is the program's number plus 1.
 */
#ifndef PROTO_SUPERVISOR_H
#define PROTO_SUPERVISOR_H

enum supervisor_operation {
	/* word 1: port. The caller uses the port until SUPERVISOR_CLOSE, or until its own end.
	 * Meanwhile the port's program doesn't leave; if it runs on demand, it is started. */
	SUPERVISOR_OPEN = 1,
	SUPERVISOR_CLOSE = 2,
	/* word 1: program. Answer: words 1 to 4: enum policy_state (policy.h), the program's level,
	 * how often it was started, how long it has run (milliseconds); words 5 and 6: its name;
	 * word 7: how many probes it failed. */
	SUPERVISOR_STATE = 3,
	/* word 1: program, which the caller manages; word 2: enum supervisor_command. */
	SUPERVISOR_COMMAND = 4,
	/* Answer: words 1 to 3: the supervisor's free pages, all its pages, its handles in use. A
	 * program takes its pages from the supervisor at its start, and gives them back at its end.
	 */
	SUPERVISOR_MEMORY = 5,
	/* word 1: an offset. Reads the record of the last crash (kumiki/rtos/crash.h), if the
	 * caller manages the program that crashed. Answer: word 1: the crash's number (0: nothing
	 * crashed yet); word 2: the record's size; words 3 to 7: its bytes from the offset on. */
	SUPERVISOR_CRASH = 6,
	/* The loader loads a file into a slot (docs/reference/rtos-servers.md) for a call of its
	 * client. word 1: the slot, 0: any free slot; word 2: the client's badge; word 3: the
	 * identity of the client's call; word 4: pages of the segments; words 5, 6: the entry, the
	 * first thread's variables. Answer: word 1: the slot; word 2: the number of this start;
	 * words 4, 5: RTOS_THREAD(…) of the first thread, the size of its stack; along: the
	 * process, without a thread. The loader places the stack last, then answers its client. If
	 * the loader ends after it has placed the stack, the supervisor makes the thread. */
	SUPERVISOR_LOAD = 7,
	/* word 1: program, which the caller manages; word 2: number of a start, 0: the last one;
	 * word 3: 0: the answer comes when the program has ended; 1: the answer comes at once, with
	 * RTOS_PROCESS_ALIVE if the program hasn't ended. Answer: word 1: enum rtos_process_state;
	 * words 2 to 4: RTOS_PROCESS_STATE's x2 to x4. */
	SUPERVISOR_WAIT = 8,
	/* word 1: program. Answer: words 1 to 5: ticks that the program has run since its start,
	 * threads that it has had, its free pages, all its pages, its handles in use. */
	SUPERVISOR_USE = 9,
	/* The loader lays out a new version of a program (docs/rtos/replace.md) for its client.
	 * word 1: program; word 2: the client's badge; word 4: pages of the segments; words 5, 6:
	 * the entry, the first thread's variables. Answer: word 5: the size of the stack; along: a
	 * process that never runs, for the segments and the stack. The supervisor forgets an
	 * earlier version that was laid out and not ordered yet. */
	SUPERVISOR_STORE = 10,
	/* word 1: program, which the caller manages. The version that was laid out last takes the
	 * program's place. The answer comes when the new version is well, or when it has failed and
	 * the boot image's version takes its place. If the new version ended, words 1 to 4 of the
	 * answer are those of SUPERVISOR_WAIT. */
	SUPERVISOR_REPLACE = 11,
	/* The caller, a version that took its program's place, is well. */
	SUPERVISOR_PROVED = 12,
};

#define SUPERVISOR_CRASH_BYTES 40 /* of one answer */

enum supervisor_command {
	SUPERVISOR_DO_START = 0,
	SUPERVISOR_DO_STOP = 1,
	SUPERVISOR_DO_RESTART = 2,
	SUPERVISOR_DO_KILL = 3, /* as if the program had crashed */
};

enum supervisor_answer {
	SUPERVISOR_OK = 0,
	SUPERVISOR_BAD = 1,        /* no such operation, program or port */
	SUPERVISOR_DENIED = 2,     /* the manifest doesn't give the caller this right */
	SUPERVISOR_BUSY = 3,       /* no slot is free */
	SUPERVISOR_NO_ROOM = 4,    /* the slot's process can't be made */
	SUPERVISOR_ELSEWHERE = 5,  /* a newer SUPERVISOR_WAIT took the place of this call */
	SUPERVISOR_NO_SERVER = 6,  /* the program offers no port, or isn't running */
	SUPERVISOR_NO_VERSION = 7, /* nothing was laid out for this program */
	SUPERVISOR_NOT_QUIET = 8,  /* the old version served a call for too long, or ended */
	SUPERVISOR_FAILED = 9, /* the new version ended before it was well, or soon after that */
};

#endif
