/*
 * Which cores are on: the decision (docs/power.md). Pure: from what there is, where the vCPUs are,
 * what the cores did, and the time, the next step. The console service asks it on the machine and
 * carries the steps out; `kumiki check` asks the rule alone; the unit tests play days with it.
 */
#ifndef LIB_POWER_H
#define LIB_POWER_H

#include <kumiki/bundle.h>
#include <kumiki/power.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- what there is, for ever ---- */

struct power_vcpu {
	uint32_t cores; /* where it may run: a bit each */
	uint8_t partition;
	bool realtime; /* no policy moves it */
};

struct power_machine {
	uint32_t cores, vcpus;
	uint32_t console;                 /* the core of the console service */
	uint16_t speed[BUNDLE_CORES_MAX]; /* as in struct bundle_header */
	uint8_t home[BUNDLE_PARTITIONS_MAX];
	struct power_vcpu vcpu[BUNDLE_VCPUS_MAX];
};

/* From a bundle that was verified. */
void power_machine_of(struct power_machine *machine, const struct bundle_header *bundle);

/* Bits that are set: without the instruction and the library that not everybody has. */
static inline uint32_t power_count(uint32_t bits)
{
	uint32_t count = 0;

	for (; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

/* ---- what is now ---- */

struct power_look {
	uint64_t now;     /* ticks */
	uint32_t dark;    /* cores that are off: a bit each */
	uint32_t wanted;  /* such for which there is a message */
	uint32_t refused; /* cores that the firmware didn't let go off */
	uint32_t stopped; /* partitions: nothing of theirs runs, or is to run */
	uint32_t ready;   /* vCPUs that wait for a core */
	bool need;        /* a core has told that somebody has waited there for long */
	uint64_t busy[BUNDLE_CORES_MAX]; /* ticks, ever */
	uint64_t wake[BUNDLE_CORES_MAX]; /* dark ones: when they have something to do; ~0: never */
	uint8_t at[BUNDLE_VCPUS_MAX];    /* core of each vCPU */
};

/* ---- the rule ---- */

/* Cores that stay on, whatever the policy. */
uint32_t power_keeps(const struct power_machine *machine, const struct power_look *look);

/* With these cores on and open everybody has a place. */
bool power_holds(const struct power_machine *machine, const struct power_look *look,
                 uint32_t cores);

/* As few cores as that. */
uint32_t power_fewest(const struct power_machine *machine, const struct power_look *look);

/* Where real-time vCPUs are, if all others who are there may run elsewhere: theirs alone. */
uint32_t power_alone(const struct power_machine *machine, const struct power_look *look);

/* ---- the decision ---- */

#define POWER_HOLD_MS   100u  /* between two that go off; and a core that came stays so long */
#define POWER_SAMPLES   4u    /* of the load, in that time */
#define POWER_FULL      60u   /* per cent of the cores that would be left */
#define POWER_LEAVE_MS  100u  /* for a core to go off, its vCPUs before it */
#define POWER_BARRED_MS 1000u /* a core that couldn't go isn't tried */
#define POWER_TRIES     20u   /* CPU_ON, a millisecond apart; then seldom */
#define POWER_LOST      30u   /* after so many the core is said to be lost */
#define POWER_DEAF_MS   4u    /* between two that wait in vain */
#define POWER_IDLE_MS   1000u /* between looks when nothing is to be expected */

enum power_state {
	POWER_OPEN = 0,
	POWER_CLOSED,  /* on, real-time vCPUs alone: nobody else comes */
	POWER_LEAVING, /* nobody else comes, and its vCPUs are asked to leave */
	POWER_GOING,   /* was told to go off, when they have */
	POWER_DARK,
	POWER_COMING, /* CPU_ON was given */
};

struct power_core {
	enum power_state state;
	uint32_t tries;  /* CPU_ON */
	uint32_t asked;  /* vCPUs that were asked to leave it */
	uint64_t since;  /* of this state */
	uint64_t came;   /* when it came on last */
	uint64_t barred; /* not tried before that */
};

struct power_sample {
	uint64_t time;
	uint64_t busy[BUNDLE_CORES_MAX];
};

struct power {
	enum power_policy policy;
	uint64_t ms;      /* ticks of one */
	uint64_t went;    /* a core was told to go off last */
	uint64_t deaf;    /* what waits in vain isn't asked for before that */
	bool settled;     /* under powersave: as few as can be */
	uint32_t samples; /* since somebody waited in vain; the last one first */
	struct power_sample sample[POWER_SAMPLES + 1];
	struct power_core core[BUNDLE_CORES_MAX];
};

/* All cores are open. Dark ones come on: nobody knows what for they were wanted. `ms`: ticks of a
 * millisecond. */
void power_begin(struct power *power, enum power_policy policy, uint64_t ms,
                 const struct power_look *look, uint32_t cores);

void power_follow(struct power *power, enum power_policy policy);

enum power_what {
	POWER_NOTHING,
	POWER_DO_OPEN,  /* the core: whoever may can come; if it is dark it comes on */
	POWER_DO_CLOSE, /* nobody comes any more */
	POWER_DO_MOVE,  /* the vCPU to the core */
	POWER_DO_OFF,   /* the core goes off when it has nothing to do */
};

struct power_step {
	enum power_what what;
	uint32_t core, vcpu;
};

/*
 * The next step; to be carried out before it is asked again, with the same look, until there is
 * none. A look is taken whenever something happened, and when power_later() has passed.
 */
struct power_step power_next(struct power *power, const struct power_machine *machine,
                             const struct power_look *look);

/* The time of the next look; ~0: none. */
uint64_t power_later(const struct power *power, const struct power_machine *machine,
                     const struct power_look *look);

/* Whether cores are to tell that somebody waits in vain, from now on. */
bool power_listens(const struct power *power, const struct power_machine *machine, uint64_t now);

#endif
