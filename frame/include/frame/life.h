/*
 * The life of partitions: who decides what becomes of one, and when. All of it happens on the
 * partition's home core, the core of its first vCPU, but for the end of a running one, which is
 * begun where its reason arises. docs/lifecycle.md has the states and the order of things.
 */
#ifndef FRAME_LIFE_H
#define FRAME_LIFE_H

#include <frame/types.h>
#include <kumiki/life.h>
#include <kumiki/report.h>

struct partition;
struct vcpu;

/* What is done when its last vCPU is off. */
enum life_after {
	LIFE_AFTER_POLICY, /* what the description says for the reason */
	LIFE_AFTER_REST,
	LIFE_AFTER_AGAIN,
};

/* Kept (keep.h); the home core's, but for what is said to be atomic. */
struct life {
	struct life_status status; /* its state: atomically, by whoever ends it */
	uint32_t after;            /* enum life_after */
	uint32_t resume;           /* was asked for while it was suspending */
	uint32_t words;            /* of its interrupts: still to be silenced */
	uint32_t loaded;           /* LIFE_LOADING: the loader is done, interrupts aren't */
	uint64_t window;           /* counter: when the window of restarts began */
	uint64_t due;              /* LIFE_WAITING: until this counter value */
	uint64_t since;            /* counter: suspended since */
	uint64_t hidden;           /* counter ticks that its virtual counter hasn't seen */
};

/* On its home core, once: it starts, unless it waits for others or for a command. */
void life_begin(struct partition *partition);

/* The core of its first vCPU. */
uint32_t life_home(uint32_t partition);

/* Leaves word at the partition's home core; from any core. A command, or a message of the frame. */
void life_tell(uint32_t partition, uint32_t message);

/* The word was taken. */
void life_message(struct partition *partition, uint32_t message);

/* The time has come that it waits for. */
void life_due(struct partition *partition);

/* The loader's answer. */
void life_loaded(struct partition *partition, uint64_t status);

/* Its loader failed, by itself. */
void life_loader_failed(struct partition *partition, uint64_t syndrome, uint64_t address);

/* Its vCPUs run, for all that they know. */
bool life_runs(const struct partition *partition);

/*
 * A running partition ends by itself, on any of its cores: for a reason that needs no more words,
 * or by an error of the vCPU that can't be given back to it; the trap's registers are current.
 * Nothing, if it is ending already.
 */
void life_end(struct vcpu *vcpu, enum stop_reason reason);
void life_fault(struct vcpu *vcpu, enum report_fault fault, uint64_t syndrome, uint64_t address);

/* One of its vCPUs is off, or parked, for the partition's sake. */
void life_vcpu_off(struct partition *partition);
void life_vcpu_parked(struct partition *partition);

#endif
