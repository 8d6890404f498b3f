/*
 * What init and the supervisor share: the handles and the memory of the supervisor's process, which
 * stay from one supervisor to the next (docs/rtos/recovery.md). init makes them once.
 */
#ifndef PROTO_RECOVER_H
#define PROTO_RECOVER_H

#include <kumiki/rtos/call.h>

/* These come after the first five handles, which equal init's own (kumiki/rtos/call.h). */
enum recover_handle {
	RECOVER_KEEP = 6, /* region: kept memory */
	RECOVER_ENDS = 7, /* the notification that the supervisor's watch waits for */
	RECOVER_WELL = 8, /* init's notification: a signal says that all is well */
	/* init's notification: a signal orders a restart of the supervisor. For the supervisor's
	 * managers. */
	RECOVER_AGAIN = 9,
	RECOVER_CRASH = 10, /* region: the record of the last crash, the supervisor's included */
	RECOVER_INIT = 11,  /* init's process: the supervisor kills it if it stops asking */
};

/* A bit of RECOVER_ENDS: init asks whether all is well. Bit i stands for the ends of programs i and
 * i + 32. Bit 0 is free for this use: program 0 is init, which isn't watched by this notification.
 */
#define RECOVER_ASKED 1u

/* Where the supervisor's kept memory is mapped. Its pieces have fixed sizes: the objects that were
 * made once, then the supervisor's lines, then a piece for each program. */
#define RECOVER_KEEP_ADDRESS 0x6800000000ULL
#define RECOVER_OBJECTS_SIZE 4096u
#define RECOVER_WORDS_SIZE   4096u
#define RECOVER_PROGRAM_SIZE 1536u
#define RECOVER_PAGES(programs)                                                                    \
	((RECOVER_OBJECTS_SIZE + RECOVER_WORDS_SIZE + (programs)*RECOVER_PROGRAM_SIZE +            \
	  RTOS_PAGE_SIZE - 1) /                                                                    \
	 RTOS_PAGE_SIZE)

/* Places in the table of what outlives the kernel (RTOS_REGION_KEPT). */
enum recover_place {
	RECOVER_PLACE_KEEP = 0,
	RECOVER_PLACE_CRASH = 1,
	RECOVER_PLACE_PROGRAMS = 2, /* two for each program: its kept memory, its memory for DMA */
};

/* Where init and the supervisor map RECOVER_CRASH. Collecting a crash needs a window in the 2 MiB
 * from there on. */
#define RECOVER_CRASH_ADDRESS 0x6200000000ULL

#endif
