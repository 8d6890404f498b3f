/*
 * The record of a crashed program. The supervisor writes it before the process goes; init writes
 * the supervisor's. It is put into words afterwards, and the host's command makes an ELF core file
 * of it (docs/rtos/recovery.md). This header, then the bytes of the memory that it names.
 */
#ifndef KUMIKI_RTOS_CRASH_H
#define KUMIKI_RTOS_CRASH_H

#include <kumiki/rtos/call.h>

#define RTOS_CRASH_MAGIC    0x4853415243534b4bULL
#define RTOS_CRASH_REVISION 3

#define RTOS_CRASH_PAGES       12 /* the whole record: the rest is left out */
#define RTOS_CRASH_THREADS     8
#define RTOS_CRASH_CALLERS     16
#define RTOS_CRASH_PIECES      16
#define RTOS_CRASH_REGISTERS   35 /* as RTOS_THREAD_READ numbers them */
#define RTOS_CRASH_SP          31
#define RTOS_CRASH_PC          32
#define RTOS_CRASH_PSTATE      33
#define RTOS_CRASH_TPIDR       34
#define RTOS_CRASH_STACK_BYTES (8u << 10) /* of each thread, at most */

struct rtos_crash_thread {
	uint64_t number;
	uint64_t x[RTOS_CRASH_REGISTERS];
	uint64_t has_fp; /* 0: it has none, or they were still in another CPU */
	uint64_t fp[RTOS_FP_REGISTERS];
};

struct rtos_crash_mapping {
	uint64_t address, pages, rights;
};

struct rtos_crash_piece {
	uint64_t address;
	uint64_t size;
	uint64_t offset; /* from the header */
};

struct rtos_crash {
	uint64_t magic;  /* last; 0 while the rest is being written */
	uint64_t number; /* of the crash, from 1 */
	uint64_t told;   /* the number, when all of it was put into words */
	uint32_t revision;
	uint32_t size; /* with all pieces */
	uint32_t program;
	uint32_t starts;    /* of the program, this one included */
	char name[16];      /* with the closing NUL, unless all are used */
	uint64_t ms;        /* since the machine's start */
	uint64_t state[5];  /* RTOS_PROCESS_STATE's x0 to x4 */
	uint64_t answering; /* identity of the oldest call that it had taken; 0: none */
	char asker[16];     /* the program that made it; as `name` */
	uint32_t thread_count, caller_count, mapping_count, piece_count;
	struct rtos_crash_thread threads[RTOS_CRASH_THREADS]; /* [0] ended the process */
	uint64_t callers[RTOS_CRASH_CALLERS];                 /* return addresses of that thread */
	struct rtos_crash_mapping mappings[RTOS_MAPPINGS_MAX];
	struct rtos_crash_piece pieces[RTOS_CRASH_PIECES];
};
_Static_assert(sizeof(struct rtos_crash) == 8720, "the supervisor and the host tool agree on this");

/* The kernel's own crash, as the next kernel tells it to program 0. */
struct rtos_kernel_crash {
	uint64_t starts;  /* of the kernel behind a crash; 0: there was none */
	uint64_t counter; /* CNTVCT_EL0 */
	uint64_t esr, far;
	uint64_t x[RTOS_CRASH_PSTATE + 1];
	uint64_t callers[RTOS_CRASH_CALLERS]; /* addresses of its text on the stack */
	uint32_t caller_count;
	uint32_t cpu;
	uint32_t thread;  /* that it worked for, by its number */
	char program[16]; /* and that thread's program; empty: nobody */
	char what[64];    /* with the closing NUL */
	uint32_t reserved;
};
_Static_assert(sizeof(struct rtos_kernel_crash) == 528, "the kernel and init agree on this");

#define RTOS_CRASH_SIZE ((uint64_t)RTOS_CRASH_PAGES * RTOS_PAGE_SIZE)

#endif
