/*
 * The compiled manifest: the part of the boot image (image.h) that says the programs' rights, and
 * the answers to their failures. docs/rtos/programs.md explains each field; the host's `kumiki rtos
 * pack` writes it, lib/rtosmanifest.c verifies it, the supervisor reads it.
 *
 * Programs are numbered as in the image's table; 0 is init. Offsets count from the manifest's first
 * byte. The part's CRC covers it.
 */
#ifndef KUMIKI_RTOS_MANIFEST_H
#define KUMIKI_RTOS_MANIFEST_H

#include <stdint.h>

#define RTOS_MANIFEST_MAGIC    0x54534546494e414dULL /* "MANIFEST" */
#define RTOS_MANIFEST_REVISION 8

#define RTOS_PORTS_MAX             64 /* a bit each */
#define RTOS_DEVICES_MAX           64
#define RTOS_WINDOWS_MAX           32
#define RTOS_STRINGS_MAX           65536 /* bytes */
#define RTOS_ARGUMENTS_MAX         32    /* of a program */
#define RTOS_DEVICE_NAME           24    /* with the closing NUL, as all names */
#define RTOS_CALLED_NAME           32
#define RTOS_PORT_NAME             16
#define RTOS_DEVICE_RANGES_MAX     4
#define RTOS_WATCHED_PIECES_MAX    (RTOS_DEVICE_RANGES_MAX - 1) /* behind its registers */
#define RTOS_DEVICE_INTERRUPTS_MAX 8
#define RTOS_LEVELS_MAX            2
#define RTOS_BLAME_MAX             1000
#define RTOS_MS_MAX                (24u * 60 * 60 * 1000)
#define RTOS_DMA_PAGES_MAX         512 /* of a program: one piece, a power of two */

struct rtos_manifest_table {
	uint32_t offset, count; /* offset: 8's multiple */
};

struct rtos_manifest {
	uint64_t magic;
	uint32_t revision;
	uint32_t header_size;                /* sizeof(struct rtos_manifest) */
	uint32_t size;                       /* of the part: 8's multiple */
	uint32_t supervisor;                 /* a program; 0: there is none */
	struct rtos_manifest_table programs; /* as many as the image has */
	struct rtos_manifest_table devices, ports, windows;
	struct rtos_manifest_table strings; /* bytes; the last one is NUL, if there is one */
};
_Static_assert(sizeof(struct rtos_manifest) == 64, "host and supervisor agree on this");

enum rtos_role {
	RTOS_ROLE_PROGRAM = 0,
	RTOS_ROLE_INIT = 1,
	RTOS_ROLE_SUPERVISOR = 2,
};

enum rtos_program_flag {
	RTOS_PROGRAM_ON_DEMAND = 1u << 0,        /* started when one of its ports is opened */
	RTOS_PROGRAM_STOP_AFTER_CRASH = 1u << 1, /* otherwise: by levels */
	RTOS_PROGRAM_RESTART_AFTER_EXIT = 1u << 2,
	RTOS_PROGRAM_SHARED_TEXT = 1u << 3, /* text and constants are mapped from the image */
	RTOS_PROGRAM_LENIENT = 1u << 4, /* a call that breaks its rights or quota gets a status */
	RTOS_PROGRAM_DMA_UNCACHED = 1u << 5, /* one of its devices doesn't look into caches */
	RTOS_PROGRAM_TRACES = 1u << 6,       /* it may have the kernel trace all programs */
	RTOS_PROGRAM_NO_SUMS = 1u << 7,      /* a file system: no sums go with what is read */
};

/* The action behind the restarts with kept memory; the last level isn't RTOS_LEVEL_ANEW. */
enum rtos_level {
	RTOS_LEVEL_NONE = 0, /* behind the last level */
	RTOS_LEVEL_ANEW = 1, /* kept memory is wiped */
	RTOS_LEVEL_STOP = 2, /* its ports are closed */
	RTOS_LEVEL_REBOOT = 3,
	RTOS_LEVEL_SLOW = 4, /* restarted after delay_most_ms, for ever; ports closed meanwhile */
};

struct rtos_manifest_program {
	uint64_t offers;  /* ports, a bit each */
	uint64_t uses;    /* with the badge: its number plus 1 */
	uint64_t manages; /* programs, a bit each */
	uint64_t reaches; /* programs whose kept memory its devices read and write, a bit each */
	uint32_t pages;   /* its quota; 0: init and supervisor */
	uint32_t keep_pages, dma_pages;
	uint32_t argument_count;
	uint32_t arguments;    /* in the strings: one behind the other, each with its NUL */
	uint32_t heartbeat_ms; /* 0: none */
	uint32_t leave_ms;     /* 0: it stays */
	uint32_t delay_ms, delay_most_ms;
	uint32_t limit, limit_s; /* so many restarts in so many seconds, on each level */
	uint8_t levels[RTOS_LEVELS_MAX];
	uint8_t role, flags;
	uint8_t priority_limit;
	uint8_t cpu;
	uint16_t busy_percent; /* of a CPU that it may compute at the most, over busy_ms */
	uint32_t answer_ms;    /* in which a call is answered; 0: it may take as long as it likes */
	uint32_t busy_ms;      /* 0: as much as its priority gets it */
	uint32_t loader; /* the program that loads it from a file (docs/reference/rtos-servers.md);
	                  * 0: it is in the image */
	uint32_t compute_ms; /* that it may compute on a call; 0: as long as it likes */
	uint32_t probe_ms;   /* between two probes (rtos/probe.h); 0: none */
	uint32_t reserved;
};
_Static_assert(sizeof(struct rtos_manifest_program) == 112, "host and supervisor agree on this");

/* Which ends of channels a driver can drive, as its ELF file says (note.h). */
enum rtos_end {
	RTOS_END_UNKNOWN = 0,
	RTOS_END_NETWORK = 1,
	RTOS_END_DISK = 2,     /* its user's */
	RTOS_END_PROVIDER = 3, /* a disk's provider's */
	RTOS_END_CONSOLE = 4,
	RTOS_END_ENTROPY = 5,
	RTOS_END_LAST = RTOS_END_ENTROPY,
};

/* What a device is called in the system's description, in which an image has its partition. */
enum rtos_called {
	RTOS_CALLED_NOTHING = 0, /* the manifest says where it is */
	RTOS_CALLED_DEVICE = 1,  /* a device of the partition */
	RTOS_CALLED_CHANNEL = 2, /* the partition's end of it */
	RTOS_CALLED_WINDOW = 3,
	RTOS_CALLED_WATCHED = 4, /* a partition: its registers, then its memory */
	RTOS_CALLED_LAST = RTOS_CALLED_WATCHED,
};

#define RTOS_DEVICE_EDGE (1u << 31) /* beside the interrupt's number */

struct rtos_manifest_device {
	char name[RTOS_DEVICE_NAME];
	char called[RTOS_CALLED_NAME]; /* "" with RTOS_CALLED_NOTHING */
	uint32_t owner;                /* a program */
	uint32_t dma; /* 1: it can reach all memory, and the manifest accepts that */
	/* No range: it has a name only, and `kumiki pack` says where it is. */
	uint32_t range_count, interrupt_count;
	struct {
		uint64_t base, size; /* as the board has it: not rounded to pages */
	} ranges[RTOS_DEVICE_RANGES_MAX];
	/* Where a watched partition itself has the memory of the range with the same index. */
	uint64_t places[RTOS_DEVICE_RANGES_MAX];
	uint32_t interrupts[RTOS_DEVICE_INTERRUPTS_MAX];
	uint32_t kind; /* enum rtos_called */
	uint32_t end;  /* enum rtos_end, of a channel's end; the host checks it */
};
_Static_assert(sizeof(struct rtos_manifest_device) == 208, "host and supervisor agree on this");

struct rtos_manifest_port {
	char name[RTOS_PORT_NAME];
	uint32_t owner;
	uint32_t blame; /* RTOS_PORT_CREATE's limit */
};
_Static_assert(sizeof(struct rtos_manifest_port) == 24, "host and supervisor agree on this");

struct rtos_manifest_window {
	char name[RTOS_PORT_NAME];
	uint32_t pages;
	uint32_t
	    contents; /* 1 + the image's part that it shows, which no program writes; 0: none */
	uint64_t writers, readers; /* programs, a bit each; none is both */
};
_Static_assert(sizeof(struct rtos_manifest_window) == 40, "host and supervisor agree on this");

/*
 * Where things lie in a program's address space (include/kumiki/rtos/call.h has its ends): its
 * segments below RTOS_PROGRAM_END, then a free page, its first thread's stack, and right above that
 * its start page. Everything else lies above.
 */
#define RTOS_PROGRAM_END 0x3fe00000ULL
#define RTOS_START_PAGE  0x3ffff000ULL

#endif
