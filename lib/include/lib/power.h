/*
 * The decision which cores are on (docs/power.md). Pure: machine, places of vCPUs, loads and time
 * go in, and the next step comes out. On the machine the warden asks for steps and carries them
 * out. `kumiki check` asks only for the rule. The unit tests play days with it.
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

/* Counts set bits, without an instruction or a library that some targets lack. */
static inline uint32_t power_count(uint32_t bits)
{
	uint32_t count = 0;

	for (; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

/* ---- what is now ---- */

struct power_look {
	uint64_t now;                    /* ticks */
	uint32_t dark;                   /* cores that are off: a bit each */
	uint32_t wanted;                 /* dark cores for which there is a message */
	uint32_t refused;                /* cores that the firmware didn't let go off */
	uint32_t stopped;                /* partitions that don't run and aren't to run */
	uint32_t ready;                  /* vCPUs that wait for a core */
	bool need;                       /* a core reported a vCPU that has waited for long */
	uint64_t busy[BUNDLE_CORES_MAX]; /* ticks in all */
	uint64_t
	    wake[BUNDLE_CORES_MAX];   /* of dark cores: when they have something to do; ~0: never */
	uint8_t at[BUNDLE_VCPUS_MAX]; /* core of each vCPU */
};

/* ---- the rule ---- */

/* Cores that stay on, whatever the policy. */
uint32_t power_keeps(const struct power_machine *machine, const struct power_look *look);

/* With these cores on and open every vCPU has a place. */
bool power_holds(const struct power_machine *machine, const struct power_look *look,
                 uint32_t cores);

/* As few such cores as possible. */
uint32_t power_fewest(const struct power_machine *machine, const struct power_look *look);

/* Cores that real-time vCPUs get for themselves: all other vCPUs there may run elsewhere. */
uint32_t power_alone(const struct power_machine *machine, const struct power_look *look);

/* ---- the decision ---- */

#define POWER_HOLD_MS                                                                              \
	100u /* between two cores that go off; a core that came on stays so long, too */
#define POWER_SAMPLES   4u    /* samples of the load in that time */
#define POWER_FULL      60u   /* per cent of the cores that would be left */
#define POWER_LEAVE_MS  100u  /* for a core and its vCPUs to leave */
#define POWER_BARRED_MS 1000u /* a core that couldn't go isn't tried again so soon */
#define POWER_TRIES     20u   /* CPU_ON, a millisecond apart; then seldom */
#define POWER_LOST      30u   /* after so many tries the core is reported as lost */
#define POWER_DEAF_MS   4u    /* between two reports of vCPUs that wait in vain */
#define POWER_IDLE_MS   1000u /* between looks when nothing is expected */

enum power_state {
	POWER_OPEN = 0,
	POWER_CLOSED,  /* on; only its real-time vCPUs stay, no other vCPU comes */
	POWER_LEAVING, /* no vCPU comes, and its vCPUs are asked to leave */
	POWER_GOING,   /* its vCPUs have left, and it was told to go off */
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
	uint64_t ms;      /* ticks of a millisecond */
	uint64_t went;    /* when a core was last told to go off */
	uint64_t deaf;    /* no report of vCPUs that wait in vain before that */
	bool settled;     /* under powersave: as few cores as possible are on */
	uint32_t samples; /* since a vCPU waited in vain; the last sample first */
	struct power_sample sample[POWER_SAMPLES + 1];
	struct power_core core[BUNDLE_CORES_MAX];
};

/* Begins with all cores open. Dark cores come on, for their purpose isn't known. `ms`: ticks of a
 * millisecond. */
void power_begin(struct power *power, enum power_policy policy, uint64_t ms,
                 const struct power_look *look, uint32_t cores);

void power_follow(struct power *power, enum power_policy policy);

enum power_what {
	POWER_NOTHING,
	POWER_DO_OPEN,  /* allowed vCPUs can come to the core; if it is dark, it comes on */
	POWER_DO_CLOSE, /* no vCPU comes any more */
	POWER_DO_MOVE,  /* the vCPU to the core */
	POWER_DO_OFF,   /* the core goes off when it has nothing to do */
};

struct power_step {
	enum power_what what;
	uint32_t core, vcpu;
};

/*
 * The next step. Carry it out and ask again, with the same look, until there is no step. Take a
 * look whenever something happened, and when power_later() has passed.
 */
struct power_step power_next(struct power *power, const struct power_machine *machine,
                             const struct power_look *look);

/* The time of the next look; ~0: none. */
uint64_t power_later(const struct power *power, const struct power_machine *machine,
                     const struct power_look *look);

/* Whether cores are to report vCPUs that wait in vain, from now on. */
bool power_listens(const struct power *power, const struct power_machine *machine, uint64_t now);

#endif
