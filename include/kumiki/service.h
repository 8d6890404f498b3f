/*
 * The contract between the frame and its service contexts (frame/service): programs at EL0 under a
 * stage 2 of their own, without interrupts, that talk to the frame by SVC alone.
 *
 * A service is linked at SERVICE_TEXT; its image (text, read-only data) is mapped read-only, its
 * private data and stack lie at SERVICE_DATA and have its row's size (…_DATA_SIZE). Its first
 * instructions clear .bss (there is no .data); the stack grows down from the end. It starts at
 * SERVICE_TEXT with x0 = SERVICE_INFO. The info page gives the places of all other memory. It is
 * compiled with -mgeneral-regs-only. A fault of any kind ends it with a report, and the frame
 * starts it again.
 */
#ifndef KUMIKI_SERVICE_H
#define KUMIKI_SERVICE_H

#include <kumiki/bundle.h>
#include <kumiki/report.h>
#include <stdint.h>

#define SERVICE_TEXT      0x7000000000ULL
#define SERVICE_DATA      0x7010000000ULL
#define CONSOLE_DATA_SIZE (64 * 1024)
#define WARDEN_DATA_SIZE  (12 * 1024)
#define UPDATER_DATA_SIZE (24 * 1024)
#define BROKER_DATA_SIZE  (16 * 1024)
#define LOADER_DATA_SIZE  (8 * 1024)      /* little more than a stack */
#define SERVICE_INFO      0x7020000000ULL /* one page, read-only */
#define LOADER_REPORT     0x7020001000ULL /* one page, read-only */
#define LOADER_EXAMINED   0x7020002000ULL /* one page */
#define LOADER_MEND_BOX   0x7020003000ULL /* one page, read-only */
#define SERVICE_MAPS      0x7030000000ULL /* the memory that the info page names starts here */

/* SVC #0: number in x8, arguments and results from x0 on. Other registers are kept. */
enum service_call {
	/*
	 * Sleeps until one of the events x1 is pending or x0 nanoseconds have passed
	 * (SERVICE_FOREVER: no limit). Returns the pending events in x0 and clears them; 0 after
	 * the time. Meanwhile other events than x1 are lost.
	 */
	SERVICE_WAIT = 0,
	/* The job is done: x0 is a status, x1 to x4 have more, by the service's own contract.
	 * Doesn't return. */
	SERVICE_DONE = 1,
	/*
	 * Console: the ring x0 (index into struct console_info.rings, a partition's) changed: there
	 * is input, or room for which the writer waits. The frame re-evaluates the UART's
	 * interrupts.
	 */
	SERVICE_NOTIFY = 2,
	/* The physical counter now, in x0 (also readable as CNTPCT_EL0). */
	SERVICE_TIME = 3,
	/*
	 * Console: an operator's command (x1: enum life_command, below LIFE_COMMANDS) for the
	 * partition x0. Returns in x0: 0: the command was sent; anything else: there is no such
	 * partition or command. The partition's life log shows the result. LIFE_LOOK is allowed,
	 * too: a request lies in the partition's struct debug_box.
	 */
	SERVICE_COMMAND = 4,
	/* vCPU x1 of the partition x0 is to go to core x2. Returns 0, or KUMIKI_… of
	 * hypercall.h. */
	SERVICE_MOVE = 5,
	/* Console: the traces' rings stand still (x0: 1) or go on (0). Each core obeys when it has
	 * nothing more urgent to do. */
	SERVICE_TRACE = 6,
	/*
	 * Warden: changes core x0 as enum service_power in x1 says. Returns 0, the firmware's error
	 * if the core should have come on, or KUMIKI_… of hypercall.h.
	 */
	SERVICE_POWER = 7,
	/* Warden: asks that partition x1 holds core x0, within x2 ticks of hold.h. Returns the
	 * request's number, or KUMIKI_… of hypercall.h. */
	SERVICE_HOLD = 8,
	/* Sends the events x0 to the services that listen. A service may send only its own events.
	 */
	SERVICE_TELL = 9,
	/*
	 * Broker: gives the guests of the ends x0 (a bit for each place) their interrupt, and has
	 * the brokers of the ends x1 look again. Then sleeps until there is work, or
	 * until the counter is at x2 (SERVICE_FOREVER: never). x3, if it isn't 0, goes into the
	 * trace: the upper half of TRACE_CARRY. Returns in x0 the
	 * enum channel_work; with CHANNEL_WORK_REQUEST in x1 the CHANNEL_REQUEST, and in x2 what is
	 * written; with CHANNEL_WORK_UNTIL in x3 the counter's value from which on the broker is to
	 * take no queue.
	 */
	SERVICE_REST = 10,
	/* Broker: the guest's access is done; it reads x0. */
	SERVICE_ANSWER = 11,
	/* Broker: gives the guests of the ends x0 the interrupt of a device that has changed. */
	SERVICE_CHANGED = 12,
	/*
	 * Updater: the first x0 bytes of the spare area are to take the frame's place. Returns in
	 * x0 the enum update_fault if they can't. Otherwise doesn't return: each service begins a
	 * new run, of the new frame.
	 */
	SERVICE_UPDATE = 13,
};

enum service_power {
	SERVICE_POWER_OPEN = 0,  /* allowed vCPUs can come; if the core is off, it comes on */
	SERVICE_POWER_CLOSE = 1, /* the balance brings no vCPU there */
	SERVICE_POWER_OFF = 2,   /* the same, and the core goes off when it has nothing to run */
	SERVICE_POWER_TELL = 3,  /* cores report once when a vCPU waits in vain */
	SERVICE_POWER_HOLDS = 4, /* x0: the new policy */
	SERVICE_POWER_SEEN = 5,  /* x0: the day's schedule is done up to this minute */
	SERVICE_POWER_ASK = 6,   /* returns the policy, and that minute from bit 8 on */
};
#define SERVICE_FOREVER (~0ULL)

/* ---- events: each service hears of some ---- */

#define SERVICE_EVENT_OUTPUT (1ULL << 0) /* a ring with `asleep` set got characters */
#define SERVICE_EVENT_UART                                                                         \
	(1ULL << 1)                      /* the physical UART's interrupt; masked until the next   \
	                                    SERVICE_WAIT, so handle it first */
#define SERVICE_EVENT_STATE  (1ULL << 2) /* a partition started or stopped */
#define SERVICE_EVENT_NEED   (1ULL << 3) /* SERVICE_POWER_TELL: a vCPU waits in vain */
#define SERVICE_EVENT_POLICY (1ULL << 4) /* a manager changed the policy: SERVICE_POWER_ASK */
#define SERVICE_EVENT_ASKED  (1ULL << 5) /* the shell asks the warden, by struct warden_box */
#define SERVICE_EVENT_SAID   (1ULL << 6) /* the warden or a broker has news for the operator */
#define SERVICE_EVENT_PIECE  (1ULL << 7) /* something for the updater is in struct update_box */
#define SERVICE_EVENT_CORE                                                                         \
	(1ULL << 8) /* shifted by its index: there is a message for a dark core */
#define SERVICE_EVENT_CORES ((SERVICE_EVENT_CORE << BUNDLE_CORES_MAX) - SERVICE_EVENT_CORE)

/* ---- console ---- */

struct console_source {
	char name[BUNDLE_NAME_SIZE];
	uint64_t ring; /* address of its struct console_ring, read and write; 0: no console */
	uint64_t
	    report;    /* address of a partition's struct stop_report, read-only for the service */
	uint64_t life; /* address of its struct life_log, read-only for the service */
	uint64_t examined; /* address of its struct examined, read-only for the service */
	uint64_t blackbox; /* address of its struct blackbox, read and write */
	uint64_t debug;    /* address of its struct debug_box, read and write */
};

/* The partitions, in the bundle's order; then "kumiki": the service itself fills this ring. */
#define CONSOLE_SOURCES_MAX (BUNDLE_PARTITIONS_MAX + 1)

/* The info page of the console service. */
struct console_info {
	char system[BUNDLE_NAME_SIZE];
	uint64_t counter_hz;
	uint64_t uart;          /* address of the board's UART, device memory */
	uint64_t bundle;        /* address of the bundle's header and tables, read-only */
	uint64_t dma_log;       /* address of the struct dma_log, read-only; 0: there is no SMMU */
	uint64_t accounts;      /* address of the struct accounts, read-only */
	uint64_t warden;        /* address of the struct warden_box, read and write */
	uint64_t update;        /* address of the struct update_box, read and write; 0: none */
	uint64_t clock_seconds; /* since 1970, by the board's clock; 0: it has none */
	uint64_t clock_counter; /* the physical counter then */
	uint32_t partitions;    /* sources[0 .. partitions], the last one is "kumiki" */
	uint32_t cores;
	struct console_source sources[CONSOLE_SOURCES_MAX];
	uint64_t
	    traces[BUNDLE_CORES_MAX]; /* addresses of the cores' struct trace_ring, read-only */
	uint64_t channels[BUNDLE_CHANNELS_MAX]; /* addresses of struct channel_memory, read-only */
	char vcpus[BUNDLE_VCPUS_MAX];           /* partition of each vCPU, for `kumiki trace` */
	uint32_t vcpu_count;
	uint32_t uart_registers;       /* as the board's (bundle.h) */
	struct service_report failure; /* why the service was started again, if it was */
};

/* ---- warden ---- */

/* The warden's info page. */
struct warden_info {
	uint64_t counter_hz;
	uint64_t bundle, accounts; /* as the console's */
	uint64_t box;              /* address of the struct warden_box, read and write */
	uint64_t lives[BUNDLE_PARTITIONS_MAX]; /* addresses of struct life_log, read-only */
	uint64_t clock_seconds, clock_counter; /* as the console's */
	struct service_report failure;
};

/* ---- updater ---- */

/* The updater's info page. */
struct updater_info {
	uint64_t counter_hz;
	uint64_t bundle, accounts;  /* as the console's */
	uint64_t box;               /* address of the struct update_box, read and write */
	uint64_t spare, spare_size; /* where it puts another frame together */
	struct service_report failure;
};

/* ---- loader ---- */

enum loader_status {
	LOADER_OK = 0,
	LOADER_DAMAGED = 1, /* bits 31:8: index of the load */
	LOADER_NOISY = 2, /* a device doesn't fall silent; bits 31:8: its index in the info page */
	LOADER_PANIC = 3, /* LOADER_EXAMINE: its kernel panicked; else LOADER_OK */
	/* A device's DMA goes around the SMMU; bits 31:8: its index in the info page. */
	LOADER_UNCONFINED = 4,
};

struct loader_job {
	uint64_t source;      /* read-only */
	uint64_t destination; /* read and write */
	uint64_t size;
	uint64_t space;                /* clean and zero [size, space) too */
	uint32_t crc;                  /* expected CRC-32C of the source */
	uint32_t kaslr_seed, rng_seed; /* as in struct bundle_load */
	uint32_t reserved;
};

/* Devices whose pages the loader sees at their physical addresses, and silences. */
struct loader_device {
	uint64_t base, size;
	uint32_t silence; /* enum bundle_silence */
	uint32_t flags;   /* enum loader_device_flag */
};

enum loader_device_flag {
	LOADER_CONFINED = 1u << 0, /* it must not go around the SMMU */
};

/*
 * Memory that is wiped where no job lays anything out. Kept memory follows, which is only cleaned.
 * `ipa` is the partition's address of it.
 */
struct loader_range {
	uint64_t base, size, ipa;
};

/* The loader's tasks. */
enum loader_task {
	LOADER_FIRST = 0,   /* to lay out the images */
	LOADER_AGAIN = 1,   /* the same, but devices are silenced and memory is wiped, too */
	LOADER_EXAMINE = 2, /* to find out where the partition was when it ended */
	LOADER_SILENCE = 3, /* its devices alone, when it has ended */
	LOADER_DEBUG = 4,   /* to look at the partition's struct debug_box; answers an enum
	                       debug_order */
	/* To change the partition's memory by its struct mend_box, and once more after a run that
	 * failed; answers as WATCH_MEND is read. */
	LOADER_MEND = 5,
	LOADER_MEND_AGAIN = 6,
};

#define LOADER_JOBS_MAX    8
#define LOADER_DEVICES_MAX 64
#define LOADER_RANGES_MAX  64

/*
 * The info page of a loader. Its SERVICE_DONE brings, beside the status, the secret from which the
 * next start of this partition will derive its seeds.
 */
struct loader_info {
	uint32_t jobs, devices, ranges, kept;
	uint32_t task; /* enum loader_task */
	/* LOADER_DEBUG: enum life_state; a bit for each vCPU that stands, and for each that the
	 * frame holds for the debugger; whether a debugger is attached. */
	uint32_t state, parked, holds, attached;
	uint32_t vcpus;
	uint32_t breakpoints, watchpoints; /* registers for them; 0: not known */
	uint8_t secret[32]; /* all zero: no seeds; their properties are blotted out */
	uint64_t report;    /* address of the struct stop_report of its last end, read-only */
	uint64_t examined;  /* address of the struct examined, read and write */
	uint64_t debug;     /* address of the struct debug_box, read and write */
	uint64_t mend;      /* address of the struct mend_box, read-only; 0: nobody mends it */
	uint64_t registers; /* address of a struct mend_registers for each vCPU, read and write */
	struct loader_job job[LOADER_JOBS_MAX];
	struct loader_device device[LOADER_DEVICES_MAX];
	struct loader_range range[LOADER_RANGES_MAX]; /* `ranges`, then `kept` */
};
_Static_assert(sizeof(struct loader_info) <= 4096, "it is one page");

#endif
