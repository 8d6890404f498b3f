/*
 * A machine whose cores go off and come on, played in ticks of a quarter of a millisecond. It has
 * vCPUs whose work comes from seeds, and the frame's turns, moves and balance, as far as the
 * decision depends on them. Its firmware and its warden need time. lib/power.c decides. Each tick
 * checks what must always be true.
 */
#ifndef TESTS_POWER_PLAY_H
#define TESTS_POWER_PLAY_H

#include <lib/power.h>
#include <stdint.h>

#define PLAY_MS     4u /* ticks */
#define PLAY_SECOND (1000ull * PLAY_MS)
#define PLAY_NEVER  (~0ULL)
#define PLAY_TURN   PLAY_MS
#define PLAY_STAY   (4 * PLAY_MS) /* the least time between two moves of a vCPU */
#define PLAY_JOBS   16u

struct play_job {
	uint64_t due; /* later than this the work is late */
	uint32_t left;
};

struct play_vcpu {
	struct play_job jobs[PLAY_JOBS];
	uint32_t first, count;
	uint64_t arrives; /* its next work */
	uint64_t seed;    /* its work's: the machine doesn't change it */
	uint64_t moves;   /* when it will move; ~0: it needn't */
	uint64_t moved, ran;
	uint32_t done;  /* the done part of a tick of work, on a slower core */
	uint64_t late;  /* how much of its work was late */
	uint64_t alone; /* for `arrival`: when all its work would be done on a core of its own */
	uint32_t to;
};

struct play_core {
	bool dark;
	enum power_what told; /* OPEN, CLOSE or OFF */
	uint64_t goes, comes; /* when it will be off, or on; ~0: it isn't on its way */
	uint64_t on_since;
	uint64_t on; /* how many ticks it was on */
	uint64_t turn;
	uint32_t runs;
	uint64_t crowded; /* since when a vCPU has waited in vain; 0: none does */
};

struct play;

/* Chooses a vCPU's next work after `now` by its own seed: when it comes, how much it is, and when
 * it is late. */
typedef void play_arrival(struct play *play, uint32_t vcpu, uint64_t now, uint64_t *at,
                          struct play_job *job);

struct play {
	uint64_t now, seed;
	struct power_machine machine;
	struct power power;
	struct power_look look;
	bool rough; /* moves fail, messages come, the warden is late and is restarted */
	bool listens;
	play_arrival *arrival;
	uint64_t looks_at, policy_since;
	struct play_vcpu vcpu[BUNDLE_VCPUS_MAX];
	struct play_core core[BUNDLE_CORES_MAX];
	uint64_t late, jobs, decisions, offs, went;
};

uint64_t play_random(uint64_t *seed);
uint64_t play_below(uint64_t *seed, uint64_t limit);
/* A number from the environment, which says how much is played. */
uint64_t play_number(const char *name, uint64_t otherwise);

/* Adds a vCPU, with the core where it is, and the cores where it may run. The first vCPU of a
 * partition has its home core. */
void play_add(struct play *play, uint32_t partition, uint32_t at, uint32_t cores, bool realtime);
play_arrival play_never; /* no work comes */
/* Describes a machine with four cores of one speed, and a Linux with four CPUs, whose work
 * `arrival` chooses. */
void play_linux(struct play *play, play_arrival *arrival);

/* Begins a described machine at the time `now`, with all cores on. */
void play_begin(struct play *play, enum power_policy policy);
void play_policy(struct play *play, enum power_policy policy);

/* Plays until `end`. A time in which nothing happens is one step. */
void play_until(struct play *play, uint64_t end);

#endif
