/*
 * The hostile guest: random operations against the frame, from a seed. Its parts share this header:
 * main.c has its lives, operations.c invents the operations, values.c the values and addresses in
 * them, and engine.S carries them out, whatever they do.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

#define HOSTILE_CPUS  8u
#define HOSTILE_WORDS 16u

/* An operation for the engine. engine.S knows the offsets. */
struct hostile_try {
	uint64_t x[31];
	uint64_t sp, entry, pstate, cpacr;
	uint64_t sctlr; /* 0: the MMU stays off, and the next three don't count */
	uint64_t ttbr, tcr, mair;
	uint64_t syndrome; /* how it ended: ESR_EL1, or HOSTILE_INTERRUPTED */
	uint64_t saved[13];
} __attribute__((aligned(4096)));
#define HOSTILE_INTERRUPTED (~0ull)

/* The record of an operation in kept memory, for a person who looks into a failure. */
struct hostile_record {
	uint64_t number;
	uint32_t kind, words; /* the index of its maker, how many instructions */
	uint32_t code[4];
	uint64_t x[6], pstate, entry, sctlr, life;
};

#define HOSTILE_RECORDS 8u
#define HOSTILE_JOURNAL 0xe0000ull /* from the beginning of memory */
#define HOSTILE_MAGIC   0x656c6974736f6831ull
struct hostile_journal {
	uint64_t magic, seed;
	struct {
		uint64_t done, check; /* all operations so far, and the complement of that */
		struct hostile_record records[HOSTILE_RECORDS];
	} cpus[HOSTILE_CPUS];
};

/* The command line's hostile=SEED,GOAL,LIFE,FLAGS. */
struct hostile_orders {
	uint64_t seed, goal; /* operations of all CPUs and lives together */
	uint64_t life;       /* operations of a CPU in one life */
	uint64_t flags;
};
/* Also operations that leave a CPU in a loop without an instruction, which stops the clock of
 * icount. */
#define HOSTILE_WILD 1ull
/* It has no manager and no watchdog to start it anew. So it doesn't stop, nor wait with interrupts
 * masked, before the goal is reached; then it stops. */
#define HOSTILE_ALONE 2ull
extern struct hostile_orders hostile_orders;

/* A CPU of the hostile guest. */
struct hostile_cpu {
	uint64_t random;
	uint32_t number, words;
	struct hostile_try *try;
	uint32_t *code; /* a page of its own: when it changes, an emulator forgets only code of this
	                   page */
};

extern uint64_t hostile_watchdog; /* its own watchdog's registers; 0: it has none */
extern uint64_t hostile_base;     /* the beginning of this guest's memory */
extern uint32_t hostile_count;    /* CPUs */

/* engine.S */
extern struct hostile_try hostile_tries[HOSTILE_CPUS];
extern uint32_t hostile_code[HOSTILE_CPUS][1024];
void hostile_mmu_off(void);
void hostile_run(struct hostile_try *try);
extern const char hostile_enter[]; /* where a CPU begins, also after CPU_SUSPEND */
extern const char hostile_vectors[];
__attribute__((noreturn)) void hostile_secondary(uint64_t number);

/* values.c */
uint64_t hostile_random(struct hostile_cpu *cpu);
uint64_t hostile_below(struct hostile_cpu *cpu, uint64_t limit);
uint64_t hostile_value(struct hostile_cpu *cpu);
uint64_t hostile_address(struct hostile_cpu *cpu);
uint64_t hostile_home(struct hostile_cpu *cpu);        /* memory of its own that nothing needs */
uint64_t hostile_gic_address(struct hostile_cpu *cpu); /* a register that there is */

/* operations.c: invents the next operation; returns its kind. */
uint32_t hostile_think(struct hostile_cpu *cpu);
/* Whether this kind may wait for an interrupt. */
bool hostile_waits(uint32_t kind);
/* Ends this life, one way or another. */
__attribute__((noreturn)) void hostile_die(struct hostile_cpu *cpu);

#endif
