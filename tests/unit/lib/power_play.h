/*
 * A machine whose cores go off and come on, played in ticks of a quarter of a millisecond: vCPUs
 * with work that comes from seeds, the frame's turns, moves and balance as far as the decision sees
 * them, a firmware and a warden that take their time; and lib/power.c, which decides. What must
 * always be true is checked at each tick.
 */
#ifndef TESTS_POWER_PLAY_H
#define TESTS_POWER_PLAY_H

#include <lib/power.h>
#include <stdint.h>

#define PLAY_MS     4u /* ticks */
#define PLAY_SECOND (1000ull * PLAY_MS)
#define PLAY_NEVER  (~0ULL)
#define PLAY_TURN   PLAY_MS
#define PLAY_STAY   (4 * PLAY_MS) /* between two moves of a vCPU */
#define PLAY_JOBS   16u

struct play_job {
	uint64_t due; /* late after that */
	uint32_t left;
};

struct play_vcpu {
	struct play_job jobs[PLAY_JOBS];
	uint32_t first, count;
	uint64_t arrives; /* its next work */
	uint64_t seed;    /* of its work: the same whatever the machine does */
	uint64_t moves;   /* asked to: when it goes; ~0: it wasn't */
	uint64_t moved, ran;
	uint32_t done;  /* of a tick of work, on a slower core */
	uint64_t late;  /* of its work */
	uint64_t alone; /* for `arrival`: when it would be done with all on a core of its own */
	uint32_t to;
};

struct play_core {
	bool dark;
	enum power_what told; /* OPEN, CLOSE or OFF */
	uint64_t goes, comes; /* ~0: it isn't on its way */
	uint64_t on_since;
	uint64_t on; /* ticks */
	uint64_t turn;
	uint32_t runs;
	uint64_t crowded; /* somebody waits in vain since then; 0: nobody */
};

struct play;

/* When a vCPU's next work comes after `now`, how much, and when it is late: by its own seed. */
typedef void play_arrival(struct play *play, uint32_t vcpu, uint64_t now, uint64_t *at,
                          struct play_job *job);

struct play {
	uint64_t now, seed;
	struct power_machine machine;
	struct power power;
	struct power_look look;
	bool rough; /* moves fail, messages come, the warden is late and dies */
	bool listens;
	play_arrival *arrival;
	uint64_t looks_at, policy_since;
	struct play_vcpu vcpu[BUNDLE_VCPUS_MAX];
	struct play_core core[BUNDLE_CORES_MAX];
	uint64_t late, jobs, decisions, offs, went;
};

uint64_t play_random(uint64_t *seed);
uint64_t play_below(uint64_t *seed, uint64_t limit);
/* What the environment says of how much is played. */
uint64_t play_number(const char *name, uint64_t otherwise);

/* One more vCPU, where it is and where it may run; its partition's first one is its home. */
void play_add(struct play *play, uint32_t partition, uint32_t at, uint32_t cores, bool realtime);
play_arrival play_never; /* nothing comes */
/* The machine: four cores of one speed, and a Linux with four CPUs, whose work comes so. */
void play_linux(struct play *play, play_arrival *arrival);

/* The machine is described, and `now` says when it begins; everything is on. */
void play_begin(struct play *play, enum power_policy policy);
void play_policy(struct play *play, enum power_policy policy);

/* Plays until then; where nothing happens, in one step. */
void play_until(struct play *play, uint64_t end);

#endif
