/*
 * Between init and the supervisor: what the supervisor's process has, whoever runs in it
 * (docs/rtos/recovery.md). init makes it all, once.
 */
#ifndef PROTO_RECOVER_H
#define PROTO_RECOVER_H

#include <kumiki/rtos/call.h>

/* Beside the first five, which are as init's own (kumiki/rtos/call.h). */
enum recover_handle {
	RECOVER_KEEP = 6, /* region: kept memory */
	RECOVER_ENDS = 7, /* the notification that its watch waits for */
	RECOVER_WELL = 8, /* init's notification: signalling it says that all is well */
	/* The same: signalling it orders that the supervisor be started anew; for who manages it.
	 */
	RECOVER_AGAIN = 9,
	RECOVER_CRASH = 10, /* region: what is left of the last crash, its own included */
};

/* A bit of RECOVER_ENDS: init asks whether all is well. Bit i stands for the end of programs i and
 * i + 32, too; init is program 0, which nobody watches. */
#define RECOVER_ASKED 1u

/* Where its kept memory is mapped: pieces of a fixed size, first the one about what it made once,
 * then what it says, then one for each program. */
#define RECOVER_KEEP_ADDRESS 0x6800000000ULL
#define RECOVER_OBJECTS_SIZE 4096u
#define RECOVER_WORDS_SIZE   4096u
#define RECOVER_PROGRAM_SIZE 1024u
#define RECOVER_PAGES(programs)                                                                    \
	((RECOVER_OBJECTS_SIZE + RECOVER_WORDS_SIZE + (programs)*RECOVER_PROGRAM_SIZE +            \
	  RTOS_PAGE_SIZE - 1) /                                                                    \
	 RTOS_PAGE_SIZE)

/* Where that of the last crash is mapped, by init, too; who collects one needs a window in the
 * 2 MiB from there on. */
#define RECOVER_CRASH_ADDRESS 0x6200000000ULL

#endif
