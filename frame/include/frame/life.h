/*
 * The life of partitions: who decides what becomes of one, and when. All of it happens on the
 * partition's home core, the core of its first vCPU; who wants something of it, or ends it, leaves
 * word there. docs/lifecycle.md has the states and the order of things.
 */
#ifndef FRAME_LIFE_H
#define FRAME_LIFE_H

#include <frame/types.h>
#include <kumiki/life.h>
#include <kumiki/report.h>

struct partition;
struct vcpu;

/* Beside enum life_policy, of what is done when its last vCPU is off: at once, and counted anew. */
#define LIFE_DO_AGAIN 4u
/* What the policy says when that time has come: an examination may find another reason. */
#define LIFE_DO_POLICY 5u

/* What is done once in each life, when it has ended: what it left is examined, then its devices are
 * silenced. */
enum life_examined {
	LIFE_UNSEEN,
	LIFE_EXAMINING,
	LIFE_EXAMINED,
	LIFE_SPARED, /* no need to be silenced, if what was to follow then does */
	LIFE_SILENCING,
	LIFE_SILENT,
};

/* Each begins with a message of its own: together they would keep interrupts waiting too long. */
enum life_load {
	LIFE_LOAD_BEGINS,  /* everything is to be as after reset */
	LIFE_LOAD_PLACES,  /* its functions are put in their places, in steps */
	LIFE_LOAD_RESETS,  /* its devices and the rest are as after reset */
	LIFE_LOAD_GOES_ON, /* the loader is at work */
	LIFE_LOAD_DONE,    /* it is done; interrupts are to be silenced once more */
};

/* Why the machine is to be switched off. */
enum life_off {
	LIFE_ON,
	LIFE_OFF_RESTED, /* nobody is awake; unless somebody is started meanwhile */
	LIFE_OFF_FORCED, /* a partition at its limit wants it */
};

/* Kept (keep.h); the home core's, but for what is said to be others'. */
struct life {
	struct life_status status; /* others of its cores read the state, atomically */
	uint32_t ending;   /* enum stop_reason; atomically, by whoever ends this life first */
	uint32_t then;     /* LIFE_STOPPING: enum life_policy, LIFE_DO_AGAIN or LIFE_DO_POLICY */
	uint32_t resume;   /* was asked for while it was suspending */
	uint32_t ran;      /* it has run, ever: its devices may do something */
	uint32_t words;    /* of its interrupts: still to be silenced */
	uint32_t loading;  /* LIFE_LOADING: enum life_load */
	uint32_t examined; /* enum life_examined */
	uint64_t window;   /* counter: when the window of restarts ends */
	uint64_t due;      /* LIFE_WAITING: until this counter value */
	uint64_t wakes;    /* LIFE_LOADING: not before this one: functions fall asleep or wake */
	uint64_t went;     /* counter: when it went on last */
	uint64_t hidden;   /* counter ticks that its virtual counter hasn't seen */
};

/* On its home core, once: it starts, unless it waits for others or for a command. */
void life_begin(struct partition *partition);

/* Leaves word at the partition's home core; from any core. A command, or a message of the frame. */
void life_tell(uint32_t partition, uint32_t message);

/* The machine is to be switched off now; on the console's core, which knows whether it has said all
 * that there is. */
bool life_is_over(bool all_said);

/* The word was taken. */
void life_message(struct partition *partition, uint32_t message);

/* It was left, and nothing more comes of it: it has been carried out, or another one like it is
 * there. */
void life_told(uint32_t message);

/* The time has come that it waits for. */
void life_due(struct partition *partition);

/* The loader's answer. */
void life_loaded(struct partition *partition, uint64_t status);

/* Its loader failed, by itself. */
void life_loader_failed(struct partition *partition, uint64_t syndrome, uint64_t address);

/*
 * A vCPU ends its partition, on its own core: for a reason that needs no more words, or by an error
 * that can't be given back to it; the trap's registers are current. It goes no further. Whoever
 * comes second changes nothing.
 */
void life_end(struct vcpu *vcpu, enum stop_reason reason);
void life_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address);

/* One of its vCPUs is off, or parked, for the partition's sake. */
void life_vcpu_off(struct partition *partition);
void life_vcpu_parked(struct vcpu *vcpu);

/* On any of its cores: vCPUs of it are to stand still where they are; all are to run; this one is.
 */
bool life_stands(const struct partition *partition);
bool life_runs(const struct partition *partition);
bool life_lets(const struct vcpu *vcpu);

/* It has stood still since its last vCPU was parked, and is about to go on. On its home core. */
void life_stood(struct partition *partition);

#endif
