/*
 * The supervisor's decisions about one program (docs/rtos/programs.md): pure, from events and time
 * in milliseconds. Each function returns the next steps, as bits of enum policy_do.
 */
#ifndef SUPERVISOR_POLICY_H
#define SUPERVISOR_POLICY_H

#include <kumiki/rtos/manifest.h>
#include <proto/policy.h>
#include <proto/supervisor.h>
#include <stdbool.h>
#include <stdint.h>

#define POLICY_NEVER UINT64_MAX

/* Why a process was killed: this decides what follows its end. */
enum policy_end {
	POLICY_HUNG,
	POLICY_TO_STOP,
	POLICY_TO_RESTART,
	POLICY_UNUSED,
	POLICY_DAMAGED, /* its text or state was: no call is blamed */
};

/* What a crash means (guilt.h). */
enum policy_cause {
	POLICY_OWN,       /* it counts */
	POLICY_SUSPECTED, /* it counts, but the crashes of the same call alone reach no limit */
	POLICY_EXCUSED,   /* a guilty call's: neither this one nor the call's others count */
	POLICY_ACCUSED,   /* guilty calls of several senders: the next level, at once */
};

struct policy {
	const struct rtos_manifest_program *manifest;
	uint8_t state, end;
	uint8_t level;         /* 0: with its kept memory; from 1 on manifest->levels[level - 1] */
	bool wipes;            /* its kept memory is wiped before it runs, by its level */
	uint8_t cause;         /* of the crash that policy_ended() is told next */
	uint32_t crashes;      /* before that, by the same call */
	uint32_t restarts;     /* on this level, since `window` */
	uint32_t users;        /* programs that have one of its ports open */
	uint64_t window;       /* when the first of these restarts was */
	uint64_t started;      /* when it ran */
	uint64_t beat, unused; /* when it last was well; since when nobody has a port open */
	uint64_t due;          /* POLICY_WAITS, POLICY_PAUSES: when it is started */
	uint64_t looked;       /* when its calls were looked at */
	uint64_t timed;        /* when its CPU time was looked at */
	uint64_t used;         /* the CPU time then (microseconds); POLICY_NEVER: not known */
	uint64_t weighed;      /* when it was looked at how long it computes on a call */
	uint64_t weighs;       /* the call that it computed on then: an identity; 0: none */
	uint64_t computed; /* the CPU time of the thread that served it, when it was seen first */
	bool works;        /* it has taken a call since its CPU time was looked at */
	uint64_t made;     /* calls with lower identities had been made then; 0: nobody looked */
	uint64_t ask;      /* when it is asked next whether it is right */
	uint64_t called;   /* calls with lower identities had been made then; 0: nobody looked */
};

enum policy_do {
	POLICY_START = 1u << 0,
	POLICY_WIPE = 1u << 1, /* its kept memory, before the start */
	POLICY_KILL = 1u << 2,
	POLICY_BLAME = 1u << 3, /* the calls that it served */
	POLICY_CLOSE = 1u << 4, /* its ports */
	POLICY_OPEN = 1u << 5,
	POLICY_REBOOT = 1u << 6,
	POLICY_LOOK = 1u << 7,  /* at its calls: policy_look() */
	POLICY_BUSY = 1u << 8,  /* at its CPU time: policy_busy() */
	POLICY_WEIGH = 1u << 9, /* at what it computes on: policy_weigh() */
	POLICY_ASK = 1u << 10,  /* whether it is right: policy_asked() */
};

/* The system starts. */
unsigned policy_begin(struct policy *policy, const struct rtos_manifest_program *manifest,
                      uint64_t now);
/* A slot that rests: its process may be made. Otherwise false, and nothing is done. */
bool policy_load(struct policy *policy);
/* The state is an earlier supervisor's: returns steps that it may not have done any more. */
unsigned policy_resume(struct policy *policy, uint64_t now);
/* A program wants to open one of its ports. */
unsigned policy_demand(struct policy *policy);
/* From now on `users` programs have one of its ports open. */
void policy_users(struct policy *policy, uint32_t users, uint64_t now);
/* POLICY_START was carried out: the program runs. After a failure: policy_ended(). */
void policy_started(struct policy *policy, uint64_t now);
/* Why it crashed, if it did: before policy_ended(). */
void policy_caused(struct policy *policy, enum policy_cause cause, uint32_t crashes);
/* Its process ended; well: by an exit with 0. */
unsigned policy_ended(struct policy *policy, bool well, uint64_t now);
/* It ended, and another version of it is started, which did nothing wrong: after policy_ended(). */
unsigned policy_back(struct policy *policy);
/* It says that it is well. */
void policy_heartbeat(struct policy *policy, uint64_t now);
/* A manager's command. */
unsigned policy_command(struct policy *policy, enum supervisor_command command);
/* Time has passed. */
unsigned policy_time(struct policy *policy, uint64_t now);
/* The identities of its oldest unanswered call (0: none) and of the system's next call. */
unsigned policy_look(struct policy *policy, uint64_t oldest, uint64_t next, uint64_t now);
/* The call that it computes on (0: none), and the CPU time of the thread that serves that call, in
 * microseconds. */
unsigned policy_weigh(struct policy *policy, uint64_t identity, uint64_t used, uint64_t now);
/* Whether its heartbeat is overdue, or its oldest unanswered call (0: none) is. */
bool policy_is_late(const struct policy *policy, uint64_t now);
bool policy_is_unanswered(const struct policy *policy, uint64_t oldest);
/* It is late because others had the CPU: it gets as much time again. */
void policy_spare(struct policy *policy, uint64_t now);
/* It keeps others from the CPU: as if it were over its limit, if it has one. */
unsigned policy_hogs(struct policy *policy);
/* Its text or state is damaged. */
unsigned policy_damaged(struct policy *policy);
/* Whether its last end was ordered: then it is no crash. */
bool policy_is_ordered(const struct policy *policy);
/* Before policy_busy(), and any number of times since the last one: the identities of the last call
 * that it took (0: none, or a call that is no client's), and of the system's next call. A program
 * that takes calls works for its clients, and doesn't run away. */
void policy_works(struct policy *policy, uint64_t taken, uint64_t next);
/* It is being asked. Without an answer in time nothing is known, and it is asked again later. */
unsigned policy_asked(struct policy *policy, uint64_t now);
/* Its CPU time so far, in microseconds. */
unsigned policy_busy(struct policy *policy, uint64_t used, uint64_t now);
/* When policy_time() is to be called at the latest; POLICY_NEVER: events are enough. */
uint64_t policy_next(const struct policy *policy);

#endif
