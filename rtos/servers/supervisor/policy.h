/*
 * The supervisor's decisions about one program (docs/rtos/programs.md): pure, from events and time
 * in milliseconds. Each function that returns `unsigned` returns the next steps, as bits of enum
 * policy_do.
 */
#ifndef SUPERVISOR_POLICY_H
#define SUPERVISOR_POLICY_H

#include <kumiki/rtos/manifest.h>
#include <proto/policy.h>
#include <proto/supervisor.h>
#include <stdbool.h>
#include <stdint.h>

#define POLICY_NEVER UINT64_MAX

/* Why the supervisor killed a process: this decides what follows the end. */
enum policy_end {
	POLICY_HUNG,
	POLICY_TO_STOP,
	POLICY_TO_RESTART,
	POLICY_UNUSED,
	POLICY_DAMAGED, /* its text or state was damaged: no call is blamed */
};

/* What a crash means (guilt.h). */
enum policy_cause {
	POLICY_OWN,       /* the crash counts */
	POLICY_SUSPECTED, /* it counts, but the crashes of one call alone reach no limit */
	POLICY_EXCUSED, /* a guilty call's: neither this crash nor the call's earlier ones count */
	POLICY_ACCUSED, /* the server itself is at fault: the next level, at once */
};

struct policy {
	const struct rtos_manifest_program *manifest;
	uint8_t state, end;
	uint8_t level;     /* 0: restarts with kept memory; from 1 on manifest->levels[level - 1] */
	bool wipes;        /* its level has its kept memory wiped before the next start */
	uint8_t cause;     /* of the next crash that policy_ended() is told */
	uint32_t crashes;  /* earlier crashes by the same call */
	uint32_t restarts; /* on this level, since `window` */
	uint32_t users;    /* programs that have one of its ports open */
	uint64_t window;   /* when the count of restarts began */
	uint64_t started;  /* when its process began to run */
	uint64_t beat, unused; /* when it was well; since when nobody has a port open */
	uint64_t due;          /* POLICY_WAITS, POLICY_PAUSES: when it is started */
	uint64_t looked;       /* when its calls were looked at last */
	uint64_t timed;        /* when its CPU time was looked at last */
	uint64_t used;     /* its CPU time at that moment (microseconds); POLICY_NEVER: not known */
	uint64_t weighed;  /* when the supervisor last looked how long it computes on a call */
	uint64_t weighs;   /* identity of the call that it computed on at that moment; 0: none */
	uint64_t computed; /* the serving thread's CPU time when the call was first seen */
	bool works;        /* it has taken a call since its CPU time was looked at */
	uint64_t made;     /* the system's next call at the last policy_works(); 0: not known */
	uint64_t ask;      /* when it is next asked whether it is right */
	uint64_t called;   /* the system's next call at the last policy_look(); 0: not known */
};

enum policy_do {
	POLICY_START = 1u << 0,
	POLICY_WIPE = 1u << 1, /* its kept memory, before the start */
	POLICY_KILL = 1u << 2,
	POLICY_BLAME = 1u << 3, /* the calls that it served */
	POLICY_CLOSE = 1u << 4, /* its ports */
	POLICY_OPEN = 1u << 5,
	POLICY_REBOOT = 1u << 6,
	POLICY_LOOK = 1u << 7,  /* at its calls, for policy_look() */
	POLICY_BUSY = 1u << 8,  /* at its CPU time, for policy_busy() */
	POLICY_WEIGH = 1u << 9, /* at the call that it computes on, for policy_weigh() */
	POLICY_ASK = 1u << 10,  /* whether it is right, then policy_asked() */
};

/* The system starts. */
unsigned policy_begin(struct policy *policy, const struct rtos_manifest_program *manifest,
                      uint64_t now);
/* Makes a slot that rests start. False: the program isn't such a slot, and nothing is done. */
bool policy_load(struct policy *policy);
/* The state is an earlier supervisor's. Returns the steps that the earlier one perhaps didn't do
 * any more. */
unsigned policy_resume(struct policy *policy, uint64_t now);
/* A program wants to open one of its ports. */
unsigned policy_demand(struct policy *policy);
/* From now on `users` programs have one of its ports open. */
void policy_users(struct policy *policy, uint32_t users, uint64_t now);
/* POLICY_START was carried out: the program runs. If POLICY_START failed, policy_ended() is told.
 */
void policy_started(struct policy *policy, uint64_t now);
/* Tells why the program crashed, before policy_ended(). */
void policy_caused(struct policy *policy, enum policy_cause cause, uint32_t crashes);
/* The program's process ended. `well`: it exited with 0. */
unsigned policy_ended(struct policy *policy, bool well, uint64_t now);
/* The program ended, and another version of it is started, which did nothing wrong. Comes after
 * policy_ended(). */
unsigned policy_back(struct policy *policy);
/* The program says that it is well. */
void policy_heartbeat(struct policy *policy, uint64_t now);
/* A manager's command. */
unsigned policy_command(struct policy *policy, enum supervisor_command command);
/* Time has passed. */
unsigned policy_time(struct policy *policy, uint64_t now);
/* Is told the identities of the program's oldest unanswered call (0: none) and of the system's next
 * call. */
unsigned policy_look(struct policy *policy, uint64_t oldest, uint64_t next, uint64_t now);
/* Is told the call that the program computes on (0: none), and the CPU time of the thread that
 * serves that call, in microseconds. */
unsigned policy_weigh(struct policy *policy, uint64_t identity, uint64_t used, uint64_t now);
/* Whether the program's heartbeat is overdue; whether its oldest unanswered call (0: none) is. */
bool policy_is_late(const struct policy *policy, uint64_t now);
bool policy_is_unanswered(const struct policy *policy, uint64_t oldest);
/* The program is late because others had the CPU: it gets as much time again. */
void policy_spare(struct policy *policy, uint64_t now);
/* The program keeps others from the CPU. If it has a limit of CPU time, it counts as over the
 * limit. */
unsigned policy_hogs(struct policy *policy);
/* The program's text or state is damaged. */
unsigned policy_damaged(struct policy *policy);
/* Whether a program that hasn't ended yet was killed by an order: then its end is no crash. */
bool policy_is_ordered(const struct policy *policy);
/* Comes before policy_busy(), any number of times. Is told the identities of the last call that the
 * program took (0: none, or a call that isn't a client's), and of the system's next call. A program
 * that takes calls works for its clients, and doesn't run away. */
void policy_works(struct policy *policy, uint64_t taken, uint64_t next);
/* The supervisor asks the program. Without an answer in time nothing is known, and the program is
 * asked again later. */
unsigned policy_asked(struct policy *policy, uint64_t now);
/* Is told the program's CPU time so far, in microseconds. */
unsigned policy_busy(struct policy *policy, uint64_t used, uint64_t now);
/* When policy_time() is to be called at the latest; POLICY_NEVER: events are enough. */
uint64_t policy_next(const struct policy *policy);

#endif
