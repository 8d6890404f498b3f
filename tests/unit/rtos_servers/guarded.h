/*
 * A guarded Linux in memory (watched_guest.h), with the list of its module (listed_module.h): the
 * faults of its vCPUs, the verdicts, and the rights of pages.
 */
#ifndef GUARDED_H
#define GUARDED_H

#include <servers/watcher/prevent.h>
#include <unit/rtos_servers/listed_module.h>
#include <unit/rtos_servers/watched_guest.h>

#define GUARDED_FETCH   (0x20ULL << 26)
#define GUARDED_STORE   (0x24ULL << 26 | 1ULL << 24 | 2ULL << 22 | 1ULL << 6) /* 32 bits */
#define GUARDED_STORE64 (0x24ULL << 26 | 1ULL << 24 | 3ULL << 22 | 1ULL << 6)
#define GUARDED_EL0     0u
#define GUARDED_EL1     5u
#define GUARDED_HEAD    0x48000u /* the list of modules */
#define GUARDED_MODULE  0x49000u
#define GUARDED_NAME    32u      /* in a module */
#define GUARDED_MEMORY  0x5000u  /* of a module, its text included */
#define GUARDED_FREE    0x70000u /* an unused place */
#define GUARDED_ENTRY   0x34000u
#define GUARDED_LOG     32u

struct guarded {
	struct guest_file file;
	struct guest guest;
	struct prevent prevent;
	bool used;     /* whether the last look found the kernel's tables */
	uint32_t life; /* the life that this look saw */
	/* The fault of the vCPUs of `faulty`. */
	struct watch_fault fault;
	uint64_t answered;
	/* Requests that were carried out: the first page's address and its rights, and how many. */
	uint64_t allowed[GUARDED_LOG][2];
	uint32_t allows;
	uint32_t allowance;                  /* the most requests that are carried out, */
	bool changes_rights, mending;        /* if any are; a mend goes on */
	uint32_t vcpus_off;                  /* the first ones: they carry out nothing */
	uint32_t refusals;                   /* refusals of the requests */
	uint32_t faulty, storing, retracted; /* bits of vCPUs */
	struct prevent_told told;            /* the last one */
	uint32_t tells;
	struct prevent_sealed kept;
	uint64_t sites[3]; /* the frame's table: text, table, pages */
	uint32_t tables;   /* how often the frame got these */
	uint64_t fixed[2]; /* memory that channels don't write: its begin and its pages */
	bool watching;     /* there is a baseline */
	uint32_t refuses;  /* how often the frame was told of that */
	uint64_t kept_pages[sizeof(struct prevent_pages_head) / sizeof(uint64_t) +
	                    GUEST_SIZE / PREVENT_PAGE];
};

extern struct guarded guarded;

void guarded_set_up(void);
void guarded_tear_down(void);

void guarded_put_state(uint32_t state);

/* The verdict about such a fault of the first vCPU; 0: there is none. */
uint32_t guarded_judge(uint64_t syndrome, uint32_t el, uint32_t place, uint32_t value);

/* A program runs, and the kernel is sealed. */
void guarded_seal(void);

bool guarded_is_code(uint64_t address);

/* A request that was carried out. */
void guarded_expect(uint32_t index, uint32_t place, uint32_t pages, uint64_t rights);

#endif
