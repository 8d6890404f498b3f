/*
 * The contract between the RTOS's kernel and its programs: the system calls.
 * docs/reference/reference.md says what each does and which registers it reads and writes;
 * docs/reference/rtos-messages.md says what happens to messages when a process ends.
 *
 * SVC #0 with the number in x8. Words and arguments are x0 to x7, the handle is x9, a deadline x10,
 * a payload x11, the answered call x12 and x13. Answers come in the same registers. x14 to x30 and
 * SP are kept by every call.
 */
#ifndef KUMIKI_RTOS_CALL_H
#define KUMIKI_RTOS_CALL_H

#include <stdint.h>

#define RTOS_CALL_REVISION 1

enum rtos_call {
	/* ---- messages ---- */
	RTOS_CALL = 0,       /* to the port x9, and wait for the answer */
	RTOS_REPLY_WAIT = 1, /* answer x12/x13, then receive from the port x9 */
	RTOS_RECEIVE = 2,    /* from the port x9 */
	RTOS_REPLY = 3,      /* answer x12/x13 */
	RTOS_SEND = 4,       /* to the port x9, and wait until a receiver takes it */
	RTOS_SIGNAL = 5,     /* the badge's bits of x9 to its notification */
	RTOS_WAIT = 6,       /* for bits of the notification x9; 0: for the deadline alone */
	RTOS_YIELD = 7,      /* behind other threads of its priority */
	RTOS_LOCK = 8,       /* the lock x9 */
	RTOS_UNLOCK = 9,
	RTOS_AGAIN = 10, /* the call x12/x13 back to its port, once */
	RTOS_SHOW = 11,  /* pages of the region x9 in the window that the call x12/x13 offers */

	/* ---- handles and objects ---- */
	RTOS_HANDLE_GIVE = 16, /* a copy of x0 for the process x9 */
	RTOS_HANDLE_CLOSE = 17,
	RTOS_HANDLE_INFO = 18,
	RTOS_DESTROY = 19, /* the object of x9 */
	RTOS_PORT_CREATE = 20,
	RTOS_PORT_CLOSE = 21, /* calls end with RTOS_NO_SERVER; x0 = 0: open it again */
	RTOS_NOTIFICATION_CREATE = 22,
	RTOS_LOCK_CREATE = 23,
	RTOS_TIMER_CREATE = 24, /* for the notification x9; 0: it ends the own process */
	RTOS_TIMER_SET = 25,
	RTOS_WINDOW_CREATE = 26,
	RTOS_PORT_EPOCH = 27, /* what the server of the port x9 kept is wiped */
	RTOS_PORT_BAR = 28,   /* calls of a badge at the port x9 are refused for a while */
	RTOS_BLAMED = 29,     /* calls at the port x9 that ended the process x0 */
	RTOS_HIDE = 30,       /* a page of the region x9, or all, in the windows that show it */

	/* ---- threads and processes ---- */
	RTOS_THREAD_CREATE = 32, /* in the process x9 */
	RTOS_THREAD_BIND = 33,   /* the notification x9 to the calling thread's receiving */
	RTOS_THREAD_SET = 34,    /* priority and CPU of the thread x9 */
	RTOS_THREAD_END = 35,    /* the calling one */
	RTOS_RESUME = 31,        /* what a fault in a window interrupted */
	RTOS_OLDEST = 39,        /* call that waits at the port, or was taken by the process x9 */
	RTOS_THREAD_READ = 36,   /* registers of a thread of an ended process x9 */
	RTOS_THREAD_TIME = 37,   /* that the thread x9 ran */
	RTOS_PROCESS_TIME = 38,  /* that the threads of the process x9 ran */
	RTOS_PROCESS_CREATE = 40,
	RTOS_PROCESS_PAGES = 41, /* to the process x9 from the own quota */
	RTOS_PROCESS_WATCH = 42,
	RTOS_PROCESS_STATE = 43,
	RTOS_PROCESS_KILL = 44,
	RTOS_PROCESS_REAP = 45,
	RTOS_PROCESS_RESET = 46,
	RTOS_EXIT = 47, /* of the own process */

	/* ---- memory ---- */
	RTOS_REGION_CREATE = 48,
	RTOS_REGION_DEVICE = 49, /* of the machine x9 */
	RTOS_REGION_SEAL = 50,
	RTOS_MAP = 51, /* the region x9 */
	RTOS_UNMAP = 52,
	RTOS_REGION_PHYSICAL = 53, /* address of the region x9 */
	RTOS_MAPPING = 54,         /* of the process x9, and what is mapped there */
	RTOS_REGION_KEPT = 55,     /* of the machine x9: memory that outlives the kernel */

	/* ---- the machine ---- */
	RTOS_INTERRUPT_CREATE = 56, /* of the machine x9 */
	RTOS_INTERRUPT_DONE = 57,
	RTOS_PRINT = 58,       /* on the early console of the machine x9 */
	RTOS_POWER = 59,       /* the machine x9: off, or anew */
	RTOS_TRACE = 60,       /* of the machine x9, into the region x0, or no more */
	RTOS_TRACE_STATE = 61, /* of the machine x9: what the CPU x0 wrote */
	RTOS_TRACE_NAME = 62,  /* of the machine x9: the process x0, as events have it */
};

/* The status in x8 afterwards. */
enum rtos_status {
	RTOS_OK = 0,
	RTOS_SIGNALLED = 1, /* RTOS_RECEIVE: bits of the bound notification, in x0; no message */
	RTOS_TIMED_OUT = 2,
	RTOS_GONE = 3,        /* the call, the object or the process isn't there any more */
	RTOS_NO_SERVER = 4,   /* the port is closed */
	RTOS_SET_ASIDE = 5,   /* too many servers ended at this call, or at such calls */
	RTOS_NO_ROOM = 6,     /* the other side has no room for a handle, or no window for pages */
	RTOS_OWNER_ENDED = 7, /* RTOS_LOCK: it is yours, and its last owner ended with it */
	RTOS_NEW_EPOCH = 8,   /* the server lost what it kept; the call wasn't carried out */
	RTOS_BAD_CALL = 16,   /* no such call number */
	RTOS_BAD_HANDLE = 17, /* no such handle, or of another kind */
	RTOS_DENIED = 18,     /* the handle lacks the right */
	RTOS_BAD_ARGUMENT = 19,
	RTOS_NO_MEMORY = 20, /* the own quota is used up */
	RTOS_NO_HANDLE = 21, /* the table is full */
	RTOS_BUSY = 22,      /* in use: it can't be done now */
	RTOS_NOT_BUILT = 23, /* nothing answers this now */
};

/* Kinds of handles: RTOS_HANDLE_INFO's x0. */
enum rtos_kind {
	RTOS_KIND_NONE = 0,
	RTOS_KIND_PROCESS = 1,
	RTOS_KIND_THREAD = 2,
	RTOS_KIND_PORT = 3,
	RTOS_KIND_NOTIFICATION = 4,
	RTOS_KIND_REGION = 5,
	RTOS_KIND_INTERRUPT = 6,
	RTOS_KIND_TIMER = 7,
	RTOS_KIND_LOCK = 8,
	RTOS_KIND_WINDOW = 9,
	RTOS_KIND_MACHINE = 10,
	RTOS_KINDS
};

/* Rights of a handle. A copy has at most the rights of its original. */
enum rtos_right {
	RTOS_RIGHT_GIVE = 1u << 0,   /* may be copied to another process, or along with a message */
	RTOS_RIGHT_MANAGE = 1u << 1, /* may be destroyed, closed, changed, killed */
	/* port */
	RTOS_RIGHT_CALL = 1u << 2,
	RTOS_RIGHT_RECEIVE = 1u << 3,
	/* notification */
	RTOS_RIGHT_SIGNAL = 1u << 4,
	RTOS_RIGHT_WAIT = 1u << 5,
	/* region; machine: READ is to trace it */
	RTOS_RIGHT_READ = 1u << 6,
	RTOS_RIGHT_WRITE = 1u << 7,
	RTOS_RIGHT_EXECUTE = 1u << 8,
	/* interrupt, timer, lock, window, machine; region: its physical address */
	RTOS_RIGHT_USE = 1u << 9,

	RTOS_RIGHTS_ALL = (1u << 10) - 1,
};

/* A handle is a small number, a place in the process's table; 0 is none. */
typedef uint32_t rtos_handle_t;

/* The first process finds these handles in its table, and passes them on as the manifest says. */
#define RTOS_HANDLE_PROCESS 1 /* itself */
#define RTOS_HANDLE_THREAD  2 /* its first thread */
#define RTOS_HANDLE_MACHINE 3
#define RTOS_HANDLE_IMAGE   4 /* region: the boot image, sealed */
#define RTOS_HANDLE_TREE    5 /* region: the pages of the device tree, read-only */

#define RTOS_PAGE_SIZE        4096
#define RTOS_WORDS            8
#define RTOS_PRIORITIES       256
#define RTOS_CPUS_MAX         8
#define RTOS_HANDLES_A_PAGE   128
#define RTOS_HANDLE_PAGES_MAX 8
#define RTOS_BLAME_DEFAULT    3
#define RTOS_THREADS_MAX      64 /* of one process */
#define RTOS_MAPPINGS_MAX     64 /* in one address space */
#define RTOS_NAME_SIZE        16 /* of a process; with the closing NUL, unless all are used */

/* Addresses that programs have: from the first to below the limit. */
#define RTOS_ADDRESS_FIRST 0x10000ULL
#define RTOS_ADDRESS_LIMIT (1ULL << 39)

/* x11 of a call, send or answer: the payload. 0: none. */
#define RTOS_PAYLOAD_NONE           0
#define RTOS_PAYLOAD_COPIES         1 /* a handle, to be copied */
#define RTOS_PAYLOAD_LENDS          2 /* pages of a region, until the answer */
#define RTOS_PAYLOAD_GIVES          3 /* a region, for good */
#define RTOS_PAYLOAD_HANDLE(handle) ((uint64_t)RTOS_PAYLOAD_COPIES << 60 | (uint64_t)(handle))
/* With these rights at most, and this badge (0: the original's). */
#define RTOS_PAYLOAD_HANDLE_AS(handle, rights, badge)                                              \
	(RTOS_PAYLOAD_HANDLE(handle) | (uint64_t)(RTOS_RIGHTS_ALL & ~(uint32_t)(rights)) << 16 |   \
	 (uint64_t)(uint32_t)(badge) << 28)
#define RTOS_PAYLOAD_LEND(region, first, pages)                                                    \
	((uint64_t)RTOS_PAYLOAD_LENDS << 60 | (uint64_t)(region) | (uint64_t)(first) << 16 |       \
	 (uint64_t)(pages) << 32)
#define RTOS_PAYLOAD_GIVE(region) ((uint64_t)RTOS_PAYLOAD_GIVES << 60 | (uint64_t)(region))

/* The parts of a payload. */
#define RTOS_PAYLOAD_KIND(payload)     ((unsigned)((payload) >> 60) & 3)
#define RTOS_PAYLOAD_NUMBER(payload)   ((uint32_t)(payload)&0xffff) /* the handle or region */
#define RTOS_PAYLOAD_WITHHELD(payload) ((uint32_t)((payload) >> 16) & 0xfff) /* rights */
#define RTOS_PAYLOAD_BADGE(payload)    ((uint32_t)((payload) >> 28))
#define RTOS_PAYLOAD_FIRST(payload)    ((uint32_t)((payload) >> 16) & 0xffff)
#define RTOS_PAYLOAD_PAGES(payload)    ((uint32_t)((payload) >> 32) & 0xfffffff)

/* ORed to a call's payload: the payloads that the caller takes with the answer. */
#define RTOS_ANSWER_HANDLE (4ULL << 60)
#define RTOS_ANSWER_REGION (8ULL << 60)

/* A call's payload, alone: the window in which whoever takes the call may show pages. */
#define RTOS_ANSWER_PAGES(window) ((1ULL << 59) | (uint64_t)(window))

/* x11 of a receive: the payloads that the receiver takes. */
#define RTOS_ACCEPT_HANDLE        (1ULL << 60)
#define RTOS_ACCEPT_PAGES(window) ((2ULL << 60) | (uint64_t)(window))
#define RTOS_ACCEPT_REGION        (4ULL << 60)

/* RTOS_SHOW's x10: the first page of the window, and how many. x0 to x7 have the numbers of the
 * region's pages, four to a register from its lowest bits on. */
#define RTOS_SHOW_AT(first, count) ((uint64_t)(count) << 32 | (uint64_t)(first))
#define RTOS_SHOW_FIRST(x10)       ((uint32_t)(x10))
#define RTOS_SHOW_COUNT(x10)       ((uint32_t)((x10) >> 32))
#define RTOS_SHOW_PAGES            32     /* at most */
#define RTOS_SHOW_ZEROS            0xffff /* a page of zeros, of no region */
#define RTOS_SHOW_WINDOWS          32     /* that can show pages of one region */
#define RTOS_SHOW_EACH             8      /* of them, those of one process */

/* RTOS_HIDE's x0: every page, wherever it is shown. */
#define RTOS_HIDE_ALL UINT64_MAX

/* The kind of a call, by its word 0: the highest byte, or all of it if that byte is 0. */
#define RTOS_CALL_KIND(word) ((word) >> 56 != 0 ? (uint64_t)(word) >> 56 << 56 : (uint64_t)(word))

/* RTOS_OLDEST's x0, of a process. */
enum rtos_oldest {
	RTOS_OLDEST_TAKEN = 0,    /* by the process, and not answered */
	RTOS_OLDEST_COMPUTED = 1, /* served by a thread that runs, or could */
	RTOS_OLDEST_AWAITED = 2,  /* made by the first thread, which waits for the answer */
};

/* x10 of a received message: how often it was delivered before. */
#define RTOS_DELIVERIES(x10) ((uint32_t)(x10))

/* RTOS_THREAD_CREATE's x3, RTOS_THREAD_SET's x0: priority, CPU, flags. */
#define RTOS_THREAD(priority, cpu, flags)                                                          \
	((uint64_t)(priority) | (uint64_t)(cpu) << 8 | (uint64_t)(flags) << 16)
#define RTOS_THREAD_FP 1u /* uses floating point and SIMD registers */

/* RTOS_THREAD_READ numbers x0 to x30, SP, PC, PSTATE and TPIDR_EL0 from 0 on. From here on follow
 * the lower and upper halves of v0 to v31, then a word with FPCR below FPSR. */
#define RTOS_REGISTERS_FP 64
#define RTOS_FP_REGISTERS 65

/* RTOS_PROCESS_CREATE's x1: the highest priority that it may give to a thread, and flags. */
#define RTOS_PROCESS(priority, flags) ((uint64_t)(priority) | (uint64_t)(flags) << 8)
/* An unknown call, or a call beyond its rights or its quota, ends the process. */
#define RTOS_PROCESS_STRICT 1u

/* RTOS_PORT_CREATE's x1. */
enum rtos_port_flag {
	RTOS_PORT_CLOSED = 1u << 0, /* it begins closed */
};

/* RTOS_REGION_CREATE's x1, RTOS_REGION_DEVICE's x2. */
enum rtos_region_flag {
	RTOS_REGION_CONTIGUOUS = 1u << 0, /* for DMA: one piece, or RTOS_NO_MEMORY */
	RTOS_REGION_FOREIGN = 1u << 1, /* no registers, but memory of another partition, to read */
};

/* RTOS_MAP's x3, beside RTOS_RIGHT_READ, …_WRITE, …_EXECUTE. */
#define RTOS_MAP_UNCACHED (1u << 16) /* for DMA that doesn't look into caches */

enum rtos_process_state {
	RTOS_PROCESS_ALIVE = 0,
	RTOS_PROCESS_EXITED = 1,  /* x2: its exit value */
	RTOS_PROCESS_FAULTED = 2, /* x2: ESR_EL1, x3: FAR_EL1, x4: where */
	RTOS_PROCESS_KILLED = 3,
	RTOS_PROCESS_BROKE = 4, /* strict: x2: the call's status, x3: its number, x4: where */
};

/* RTOS_INTERRUPT_CREATE's x3. */
enum rtos_interrupt_flag {
	RTOS_INTERRUPT_EDGE = 1u << 0,
};

/* RTOS_TRACE's x1. */
enum rtos_trace_do {
	RTOS_TRACE_END = 0,
	RTOS_TRACE_BEGIN = 1,
};

/* RTOS_POWER's x0. */
enum rtos_power {
	RTOS_POWER_OFF = 0,
	RTOS_POWER_ANEW = 1,
	RTOS_POWER_KEEP = 2, /* the kernel begins anew, and what is kept stays */
};

#endif
