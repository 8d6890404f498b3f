/*
 * The steps by which a new version takes a program's place (docs/rtos/replace.md): pure, from
 * events and time in milliseconds. One program is replaced at a time. Only the version itself is
 * recorded: steps before the switch are forgotten when the supervisor ends.
 */
#ifndef SUPERVISOR_REPLACE_H
#define SUPERVISOR_REPLACE_H

#include <kumiki/rtos/call.h>
#include <proto/supervisor.h>
#include <stdbool.h>
#include <stdint.h>

#define REPLACE_LOOK_MS  1u    /* between two looks at whether the former version is quiet */
#define REPLACE_QUIET_MS 1000u /* in this time the former version has to be quiet once */
#define REPLACE_PROOF_MS 1000u /* in this time the new version has to say that it is well */

/* A program's version, in its record. All 0: the version of the boot image. */
struct version {
	rtos_handle_t store;       /* an ended process, whose mappings are the version's file */
	rtos_handle_t keep;        /* region of the version's own record; 0: there is none */
	uint64_t entry, variables; /* where its first thread begins, its TPIDR_EL0 */
	uint64_t call;  /* identity of the call that ordered the version; stays afterwards */
	uint64_t pages; /* of the store */
	uint32_t sum;   /* CRC-32C of all that is in the store */
	uint8_t proved; /* the version said that it is well */
	uint8_t reserved[3];
};

enum replace_step {
	REPLACE_IDLE,
	REPLACE_LAID,   /* a file was laid out; nothing was ordered */
	REPLACE_QUIETS, /* ordered, and the process is made; the former version isn't quiet yet */
	REPLACE_PROVES, /* switched; the new version hasn't said yet that it is well */
};

struct replace {
	uint8_t step;
	uint32_t program;
	uint64_t look, due; /* the next look; the end of REPLACE_QUIETS or REPLACE_PROVES */
};

enum replace_do {
	REPLACE_NOTHING,
	REPLACE_SWITCH,  /* the new version takes the program's place */
	REPLACE_GIVE_UP, /* the former version just goes on */
	REPLACE_KILL,    /* the new version isn't well, and is killed */
};

/* A file is to be laid out for the program. */
enum supervisor_answer replace_lay(struct replace *replace, uint32_t program);
/* The version that was laid out is ordered. */
enum supervisor_answer replace_order(struct replace *replace, uint32_t program, uint64_t now);
/* An earlier supervisor has switched already. */
void replace_resume(struct replace *replace, uint32_t program, uint64_t now);
/* Time has passed. `quiet`: no thread of the program serves a call. */
enum replace_do replace_time(struct replace *replace, bool quiet, uint64_t now);
/* The program ended. True: it was the former version, before the switch, so the order is given up.
 */
bool replace_ended(struct replace *replace, uint32_t program);
/* The new version is well. True: somebody may wait for that. */
bool replace_proved(struct replace *replace, uint32_t program);
/* The new version failed, and the boot image's version serves again. True: somebody may wait for
 * the new one. */
bool replace_failed(struct replace *replace, uint32_t program);
/* When replace_time() is to be called at the latest; UINT64_MAX: never. */
uint64_t replace_next(const struct replace *replace);

/* Whether the boot image's version comes back after a crash of a later version, which was started
 * at `started`. `window` is the time of the restart limit; `limited`: the version has crashed more
 * often than the limit allows. */
bool replace_goes_back(const struct version *version, uint64_t started, uint64_t now,
                       uint64_t window, bool limited);

#endif
