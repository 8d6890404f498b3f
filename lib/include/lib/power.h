/*
 * The decision which cores are on (docs/power.md). It is pure: machine, places of vCPUs, loads and
 * time go in, and the next step comes out. On the machine, the warden asks for steps and carries
 * them out. `kumiki check` uses only the rule. Unit tests play whole days with the decision.
 */
#ifndef LIB_POWER_H
#define LIB_POWER_H

#include <kumiki/bundle.h>
#include <kumiki/power.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- the machine, which never changes ---- */

struct power_vcpu {
	uint32_t cores; /* where it may run: a bit for each core */
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

/* Takes the machine from a bundle that was verified. */
void power_machine_of(struct power_machine *machine, const struct bundle_header *bundle);

/* Counts the bits that are set, as some targets have neither an instruction nor a library for this.
 */
static inline uint32_t power_count(uint32_t bits)
{
	uint32_t count = 0;

	for (; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

/* ---- the present state ---- */

struct power_look {
	uint64_t now;     /* ticks */
	uint32_t dark;    /* cores that are off: a bit for each */
	uint32_t wanted;  /* dark cores for which a message waits */
	uint32_t refused; /* cores that the firmware didn't let go off */
	uint32_t stopped; /* partitions that don't run, and won't without a command */
	uint32_t ready;   /* vCPUs that wait for a core */
	bool need;        /* a core reported a vCPU that has waited for long */
	uint64_t busy[BUNDLE_CORES_MAX]; /* a core's busy ticks since the start */
	uint64_t
	    wake[BUNDLE_CORES_MAX];   /* of dark cores: when they have something to do; ~0: never */
	uint8_t at[BUNDLE_VCPUS_MAX]; /* each vCPU's core */
};

/* ---- the rule ---- */

/* The cores that stay on, whatever the policy is. */
uint32_t power_keeps(const struct power_machine *machine, const struct power_look *look);

/* Whether every vCPU has a place if only these cores are on and open. */
bool power_holds(const struct power_machine *machine, const struct power_look *look,
                 uint32_t cores);

/* The smallest set of cores that power_holds() allows. */
uint32_t power_fewest(const struct power_machine *machine, const struct power_look *look);

/* The cores that real-time vCPUs get for themselves: all other vCPUs of such a core may run
 * elsewhere. */
uint32_t power_alone(const struct power_machine *machine, const struct power_look *look);

/* ---- the decision ---- */

#define POWER_HOLD_MS                                                                              \
	100u /* from one core's going off to the next one's; also from a core's coming on */
#define POWER_SAMPLES   4u    /* samples of the load in that time */
#define POWER_FULL      60u   /* per cent: the most load of the cores that would be left */
#define POWER_LEAVE_MS  100u  /* so long a core and its vCPUs may take to leave */
#define POWER_BARRED_MS 1000u /* so long a core that couldn't go off isn't tried again */
#define POWER_TRIES     20u   /* CPU_ON each millisecond, so many times; after that seldom */
#define POWER_LOST      30u   /* after so many tries the core is reported as lost */
#define POWER_DEAF_MS   4u    /* between two reports of vCPUs that wait in vain */
#define POWER_IDLE_MS   1000u /* between two looks when nothing is expected */

enum power_state {
	POWER_OPEN = 0,
	POWER_CLOSED,  /* on; its real-time vCPUs stay, no other vCPU comes */
	POWER_LEAVING, /* no vCPU comes, and its vCPUs are asked to leave */
	POWER_GOING,   /* its vCPUs have left, and it was told to go off */
	POWER_DARK,
	POWER_COMING, /* CPU_ON was called */
};

struct power_core {
	enum power_state state;
	uint32_t tries;  /* calls of CPU_ON */
	uint32_t asked;  /* vCPUs that were asked to leave it */
	uint64_t since;  /* when this state began */
	uint64_t came;   /* when it came on last */
	uint64_t barred; /* the core isn't tried again before this time */
};

struct power_sample {
	uint64_t time;
	uint64_t busy[BUNDLE_CORES_MAX];
};

struct power {
	enum power_policy policy;
	uint64_t ms;      /* ticks in a millisecond */
	uint64_t went;    /* when a core was last told to go off */
	uint64_t deaf;    /* cores don't report waiting vCPUs before this time */
	bool settled;     /* under powersave: as few cores as possible are on */
	uint32_t samples; /* so many since a vCPU waited in vain; the newest first */
	struct power_sample sample[POWER_SAMPLES + 1];
	struct power_core core[BUNDLE_CORES_MAX];
};

/* Begins with all cores open. Dark cores come on, as nobody knows why they are off. `ms` is the
 * ticks in a millisecond. */
void power_begin(struct power *power, enum power_policy policy, uint64_t ms,
                 const struct power_look *look, uint32_t cores);

void power_follow(struct power *power, enum power_policy policy);

enum power_what {
	POWER_NOTHING,
	POWER_DO_OPEN,  /* allowed vCPUs can come to the core; if it is dark, it comes on */
	POWER_DO_CLOSE, /* no vCPU comes any more */
	POWER_DO_MOVE,  /* the vCPU goes to the core */
	POWER_DO_OFF,   /* the core goes off when it has nothing to do */
};

struct power_step {
	enum power_what what;
	uint32_t core, vcpu;
};

/*
 * The next step. Carry it out and ask again, with the same look, until there is no step. Take a new
 * look whenever something happened, and when the time of power_later() has come.
 */
struct power_step power_next(struct power *power, const struct power_machine *machine,
                             const struct power_look *look);

/* The time of the next look. ~0: no look is needed. */
uint64_t power_later(const struct power *power, const struct power_machine *machine,
                     const struct power_look *look);

/* Whether cores are to report vCPUs that wait in vain from now on. */
bool power_listens(const struct power *power, const struct power_machine *machine, uint64_t now);

#endif
