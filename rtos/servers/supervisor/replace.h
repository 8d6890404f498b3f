/*
 * The steps by which a new version takes a program's place (docs/rtos/replace.md): pure, from
 * events and time in milliseconds. One program is replaced at a time. Nothing of this is recorded
 * but the version itself: what was begun before the switch is forgotten with the supervisor.
 */
#ifndef SUPERVISOR_REPLACE_H
#define SUPERVISOR_REPLACE_H

#include <kumiki/rtos/call.h>
#include <proto/supervisor.h>
#include <stdbool.h>
#include <stdint.h>

#define REPLACE_LOOK_MS  1u    /* between two looks whether the former version is quiet */
#define REPLACE_QUIET_MS 1000u /* in which it has to be quiet once */
#define REPLACE_PROOF_MS 1000u /* in which the new version has to say that it is well */

/* Of a program, in its record; all 0: it is the boot image's. */
struct version {
	rtos_handle_t store;       /* an ended process, whose mappings are the version's file */
	rtos_handle_t keep;        /* the region of its own record; 0: the program keeps nothing */
	uint64_t entry, variables; /* where its first thread begins, its TPIDR_EL0 */
	uint64_t call;             /* the identity of the call that ordered it; stays afterwards */
	uint32_t sum;              /* CRC-32C of all that is in the store */
	uint8_t proved;            /* it said that it is well */
	uint8_t reserved[3];
};

enum replace_step {
	REPLACE_IDLE,
	REPLACE_LAID,   /* a file was laid out; nothing was ordered */
	REPLACE_QUIETS, /* ordered: the process is made; waits for the quiet point */
	REPLACE_PROVES, /* switched: the new version has to say that it is well */
};

struct replace {
	uint8_t step;
	uint32_t program;
	uint64_t look, due; /* REPLACE_QUIETS: the next look; then, and REPLACE_PROVES: the end */
};

enum replace_do {
	REPLACE_NOTHING,
	REPLACE_SWITCH,  /* the new version takes the program's place */
	REPLACE_GIVE_UP, /* the former version just goes on */
	REPLACE_KILL,    /* the new version ends: it isn't well */
};

/* A file is to be laid out for the program. */
enum supervisor_answer replace_lay(struct replace *replace, uint32_t program);
/* The version that was laid out is ordered. */
enum supervisor_answer replace_order(struct replace *replace, uint32_t program, uint64_t now);
/* Another supervisor had switched already. */
void replace_resume(struct replace *replace, uint32_t program, uint64_t now);
/* Time has passed; quiet: no thread of the program serves a call. */
enum replace_do replace_time(struct replace *replace, bool quiet, uint64_t now);
/* The program ended, or a manager stopped it. True: the former version did, so the order is given
 * up. */
bool replace_ended(struct replace *replace, uint32_t program);
/* The new version is well. True: somebody may wait for that. */
bool replace_proved(struct replace *replace, uint32_t program);
/* The former version serves again. True: somebody may wait for the new one. */
bool replace_failed(struct replace *replace, uint32_t program);
/* When replace_time() is to be called at the latest; UINT64_MAX: never. */
uint64_t replace_next(const struct replace *replace);

/* A version's program crashed, which was started then: whether the boot image's version comes back.
 * `window` is the time of its restart limit; `limited`: it crashed more often than that allows. */
bool replace_goes_back(const struct version *version, uint64_t started, uint64_t now,
                       uint64_t window, bool limited);

#endif
