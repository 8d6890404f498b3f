/*
 * The decision which core goes off or comes on next; see lib/power.h and docs/power.md. This code
 * is pure.
 *
 * Only one core at a time is on its way off (LEAVING, GOING); any number may be coming. A core that
 * was told to open counts as open at once. If it goes dark all the same, as it was on its way off,
 * the next look shows that.
 */
#include <lib/power.h>
#include <lib/string.h>

#define POWER_NEVER (~0ULL)

static const struct power_step power_none = {POWER_NOTHING, 0, 0};

static struct power_step power_step(enum power_what what, uint32_t core)
{
	return (struct power_step){what, core, 0};
}

/* ---- states ---- */

static uint32_t power_in(const struct power *power, uint32_t cores, enum power_state state)
{
	uint32_t in = 0;

	for (uint32_t c = 0; c < cores; c++)
		if (power->core[c].state == state)
			in |= 1u << c;
	return in;
}

static void power_enter(struct power *power, uint32_t core, enum power_state state, uint64_t now)
{
	power->core[core].state = state;
	power->core[core].since = now;
	power->core[core].asked = 0;
}

static bool power_passed(const struct power *power, uint64_t since, uint64_t now, uint32_t ms)
{
	return now - since >= ms * power->ms;
}

static struct power_step power_come(struct power *power, uint32_t core, uint64_t now)
{
	power_enter(power, core, POWER_COMING, now);
	power->core[core].tries = 1;
	return power_step(POWER_DO_OPEN, core);
}

static struct power_step power_reopen(struct power *power, uint32_t core, uint64_t now)
{
	power_enter(power, core, POWER_OPEN, now);
	return power_step(POWER_DO_OPEN, core);
}

static struct power_step power_bar(struct power *power, uint32_t core, uint64_t now)
{
	power->core[core].barred = now + POWER_BARRED_MS * power->ms;
	return power_reopen(power, core, now);
}

void power_begin(struct power *power, enum power_policy policy, uint64_t ms,
                 const struct power_look *look, uint32_t cores)
{
	memset(power, 0, sizeof(*power));
	power->policy = policy;
	power->ms = ms;
	power->went = look->now;
	for (uint32_t c = 0; c < cores; c++) {
		bool dark = (look->dark >> c & 1) != 0;

		power_enter(power, c, dark ? POWER_COMING : POWER_OPEN, look->now);
		power->core[c].came = look->now;
	}
}

void power_follow(struct power *power, enum power_policy policy)
{
	power->policy = policy;
	power->settled = false;
	power->samples = 0;
}

/* Follows what the core reports. If a core came back without a call, something disturbed it on its
 * way off; it tries again. */
static void power_see(struct power *power, const struct power_look *look, uint32_t core)
{
	struct power_core *own = &power->core[core];
	bool dark = (look->dark >> core & 1) != 0;

	if (dark && own->state != POWER_DARK && own->state != POWER_COMING) {
		power_enter(power, core, POWER_DARK, look->now);
	} else if (!dark && own->state == POWER_COMING) {
		power_enter(power, core, POWER_OPEN, look->now);
		own->came = look->now;
	} else if (!dark && own->state == POWER_DARK) {
		power_enter(power, core, POWER_GOING, look->now);
	}
}

/* ---- cores that come ---- */

static bool power_is_wanted(const struct power_look *look, uint32_t core)
{
	return (look->wanted >> core & 1) != 0 || look->wake[core] <= look->now;
}

/* The firmware said that the core isn't off yet, or the core hasn't come. Calls CPU_ON again; after
 * many tries, only seldom. */
static struct power_step power_press(struct power *power, const struct power_look *look,
                                     uint32_t core)
{
	struct power_core *own = &power->core[core];

	if (!power_passed(power, own->since, look->now,
	                  own->tries < POWER_TRIES ? 1 : POWER_IDLE_MS))
		return power_none;
	own->since = look->now;
	own->tries++;
	return power_step(POWER_DO_OPEN, core);
}

static struct power_step power_bring(struct power *power, const struct power_look *look,
                                     uint32_t core)
{
	if (power->core[core].state == POWER_COMING)
		return power_press(power, look, core);
	if (power->core[core].state == POWER_DARK && power_is_wanted(look, core))
		return power_come(power, core, look->now);
	return power_none;
}

/* ---- cores that are left ---- */

static bool power_may_go(const struct power *power, const struct power_machine *machine,
                         const struct power_look *look, uint32_t core)
{
	uint32_t others = power_in(power, machine->cores, POWER_OPEN) & ~(1u << core);

	return (power->policy == POWER_BALANCED || power->policy == POWER_POWERSAVE) &&
	       (look->refused >> core & 1) == 0 && power_holds(machine, look, others);
}

/* The core's vCPUs. Those of stopped partitions don't count, as they stay where they are. */
static uint32_t power_crowd(const struct power_machine *machine, const struct power_look *look,
                            uint32_t core)
{
	uint32_t crowd = 0;

	for (uint32_t i = 0; i < machine->vcpus; i++)
		if (look->at[i] == core && (look->stopped >> machine->vcpu[i].partition & 1) == 0)
			crowd |= 1u << i;
	return crowd;
}

/* The open core with the fewest vCPUs for its speed. BUNDLE_CORES_MAX: there is none. */
static uint32_t power_place(const struct power *power, const struct power_machine *machine,
                            const struct power_look *look, uint32_t vcpu)
{
	uint32_t cores = power_in(power, machine->cores, POWER_OPEN) & machine->vcpu[vcpu].cores;
	uint32_t least = 0;
	uint32_t place = BUNDLE_CORES_MAX;

	for (; cores != 0; cores &= cores - 1) {
		uint32_t c = (uint32_t)__builtin_ctz(cores);
		uint32_t there = power_count(power_crowd(machine, look, c)) + 1;

		if (place == BUNDLE_CORES_MAX ||
		    there * machine->speed[place] < least * machine->speed[c]) {
			least = there;
			place = c;
		}
	}
	return place;
}

/* Asks the next vCPU that has to leave and that wasn't asked yet. */
static struct power_step power_send(struct power *power, const struct power_machine *machine,
                                    const struct power_look *look, uint32_t core)
{
	uint32_t crowd = power_crowd(machine, look, core) & ~power->core[core].asked;

	for (; crowd != 0; crowd &= crowd - 1) {
		uint32_t vcpu = (uint32_t)__builtin_ctz(crowd);
		uint32_t place = power_place(power, machine, look, vcpu);

		power->core[core].asked |= 1u << vcpu;
		if (!machine->vcpu[vcpu].realtime && place < machine->cores)
			return (struct power_step){POWER_DO_MOVE, place, vcpu};
	}
	return power_none;
}

static struct power_step power_leave(struct power *power, const struct power_look *look,
                                     uint32_t core)
{
	power_enter(power, core, POWER_LEAVING, look->now);
	return power_step(POWER_DO_CLOSE, core);
}

/* The core goes off without a further step when all vCPUs have left. */
static struct power_step power_go(struct power *power, const struct power_look *look, uint32_t core)
{
	power->core[core].state = POWER_GOING;
	power->core[core].since = look->now;
	power->went = look->now;
	return power_step(POWER_DO_OFF, core);
}

static struct power_step power_go_on(struct power *power, const struct power_machine *machine,
                                     const struct power_look *look, uint32_t core)
{
	struct power_core *own = &power->core[core];
	bool leaving = own->state == POWER_LEAVING;
	struct power_step step;

	if (!leaving && own->state != POWER_GOING)
		return power_none;
	if (!power_may_go(power, machine, look, core))
		return power_reopen(power, core, look->now);
	if (power_passed(power, own->since, look->now, POWER_LEAVE_MS))
		return power_bar(power, core, look->now);
	step = power_send(power, machine, look, core);
	return step.what == POWER_NOTHING && leaving ? power_go(power, look, core) : step;
}

/* ---- by load ---- */

static void power_sample(struct power *power, const struct power_look *look)
{
	if (power->samples != 0 &&
	    !power_passed(power, power->sample[0].time, look->now, POWER_HOLD_MS / POWER_SAMPLES))
		return;
	for (uint32_t i = POWER_SAMPLES; i > 0; i--)
		power->sample[i] = power->sample[i - 1];
	power->sample[0].time = look->now;
	memcpy(power->sample[0].busy, look->busy, sizeof(look->busy));
	if (power->samples <= POWER_SAMPLES)
		power->samples++;
}

/* The cores' work: their busy time multiplied by their speed. */
static uint64_t power_work(const struct power *power, const struct power_machine *machine,
                           uint32_t cores)
{
	uint64_t work = 0;

	for (; cores != 0; cores &= cores - 1) {
		uint32_t c = (uint32_t)__builtin_ctz(cores);

		work += (power->sample[0].busy[c] - power->sample[POWER_SAMPLES].busy[c]) *
		        machine->speed[c];
	}
	return work;
}

static uint64_t power_speed(const struct power_machine *machine, uint32_t cores)
{
	uint64_t speed = 0;

	for (; cores != 0; cores &= cores - 1)
		speed += machine->speed[__builtin_ctz(cores)];
	return speed;
}

/* Whether the core's work finds room on the cores that would be left. A core counts only if all
 * vCPUs of this core may run on it. */
static bool power_is_light(const struct power *power, const struct power_machine *machine,
                           const struct power_look *look, uint32_t core)
{
	uint64_t span = power->sample[0].time - power->sample[POWER_SAMPLES].time;
	uint32_t open = power_in(power, machine->cores, POWER_OPEN) & ~(1u << core);

	if (power->samples <= POWER_SAMPLES)
		return false;
	for (uint32_t i = 0; i < machine->vcpus; i++) {
		uint32_t may = machine->vcpu[i].cores, others = may & open;

		if ((may >> core & 1) != 0 &&
		    (look->stopped >> machine->vcpu[i].partition & 1) == 0 &&
		    power_work(power, machine, others | 1u << core) * 100 >
		        power_speed(machine, others) * span * POWER_FULL)
			return false;
	}
	return true;
}

static bool power_is_home(const struct power_machine *machine, const struct power_look *look,
                          uint32_t core)
{
	for (uint32_t i = 0; i < machine->vcpus; i++)
		if (machine->home[machine->vcpu[i].partition] == core &&
		    (look->stopped >> machine->vcpu[i].partition & 1) == 0)
			return true;
	return false;
}

/* Whether the second of two cores should go off rather than the first. */
static bool power_rather(const struct power *power, const struct power_machine *machine,
                         const struct power_look *look, uint32_t first, uint32_t second)
{
	bool home = power_is_home(machine, look, second);
	uint64_t work = power_work(power, machine, 1u << second), other;

	if (first == BUNDLE_CORES_MAX)
		return true;
	if (home != power_is_home(machine, look, first))
		return !home;
	other = power_work(power, machine, 1u << first);
	return work != other ? work < other : machine->speed[second] <= machine->speed[first];
}

static bool power_is_free(const struct power *power, const struct power_machine *machine,
                          const struct power_look *look, uint32_t core)
{
	const struct power_core *own = &power->core[core];

	return own->state == POWER_OPEN && look->now >= own->barred &&
	       power_passed(power, power->went, look->now, POWER_HOLD_MS) &&
	       power_passed(power, own->came, look->now, POWER_HOLD_MS) &&
	       power_may_go(power, machine, look, core);
}

static struct power_step power_less(struct power *power, const struct power_machine *machine,
                                    const struct power_look *look)
{
	uint32_t best = BUNDLE_CORES_MAX;

	for (uint32_t c = 0; c < machine->cores; c++)
		if (power_is_free(power, machine, look, c) &&
		    power_is_light(power, machine, look, c) &&
		    power_rather(power, machine, look, best, c))
			best = c;
	return best < machine->cores ? power_leave(power, look, best) : power_none;
}

static uint32_t power_fastest(const struct power_machine *machine, uint32_t cores)
{
	uint32_t fastest = (uint32_t)__builtin_ctz(cores);

	for (; cores != 0; cores &= cores - 1)
		if (machine->speed[__builtin_ctz(cores)] > machine->speed[fastest])
			fastest = (uint32_t)__builtin_ctz(cores);
	return fastest;
}

/* Turns on a dark core for one of the waiting vCPUs. */
static struct power_step power_more(struct power *power, const struct power_machine *machine,
                                    const struct power_look *look)
{
	uint32_t dark = power_in(power, machine->cores, POWER_DARK), help = 0;

	for (uint32_t i = 0; i < machine->vcpus; i++)
		if ((look->ready >> i & 1) != 0 && !machine->vcpu[i].realtime)
			help |= machine->vcpu[i].cores & dark;
	power->deaf = look->now + POWER_DEAF_MS * power->ms;
	power->samples = 0;
	if (help == 0)
		return power_none;
	return power_come(power, power_fastest(machine, help), look->now);
}

static uint32_t power_moving(const struct power *power, uint32_t cores)
{
	return power_in(power, cores, POWER_LEAVING) | power_in(power, cores, POWER_GOING);
}

static struct power_step power_balance(struct power *power, const struct power_machine *machine,
                                       const struct power_look *look)
{
	uint32_t moving = power_moving(power, machine->cores);

	if (look->need && look->now >= power->deaf) {
		if (moving == 0)
			return power_more(power, machine, look);
		power->samples = 0;
		return power_reopen(power, (uint32_t)__builtin_ctz(moving), look->now);
	}
	power_sample(power, look);
	return moving == 0 ? power_less(power, machine, look) : power_none;
}

/* ---- by the rule ---- */

/* Turns on or opens a core that is missing from `wanted`. */
static struct power_step power_gather(struct power *power, uint32_t cores, uint32_t wanted,
                                      uint64_t now)
{
	uint32_t dark = power_in(power, cores, POWER_DARK) & wanted;
	uint32_t closed = power_in(power, cores, POWER_CLOSED) & wanted;

	if (dark != 0)
		return power_come(power, (uint32_t)__builtin_ctz(dark), now);
	if (closed != 0)
		return power_reopen(power, (uint32_t)__builtin_ctz(closed), now);
	return power_none;
}

static struct power_step power_save(struct power *power, const struct power_machine *machine,
                                    const struct power_look *look)
{
	uint32_t few = power_fewest(machine, look);
	struct power_step step = power_gather(power, machine->cores, few, look->now);
	uint32_t open = power_in(power, machine->cores, POWER_OPEN);

	power->settled = open == few;
	if (step.what != POWER_NOTHING || (few & ~open) != 0 ||
	    power_moving(power, machine->cores) != 0)
		return step;
	for (uint32_t c = machine->cores; c-- > 0;)
		if ((few >> c & 1) == 0 && power_is_free(power, machine, look, c))
			return power_leave(power, look, c);
	return power_none;
}

/* A vCPU that is still on the core although it was asked to leave, or that came by command, is
 * asked again from time to time. */
static struct power_step power_isolate(struct power *power, const struct power_machine *machine,
                                       const struct power_look *look)
{
	uint32_t all = (1u << machine->cores) - 1, alone = power_alone(machine, look);
	uint32_t open = power_in(power, machine->cores, POWER_OPEN) & alone;
	struct power_step step = power_gather(power, machine->cores, all & ~alone, look->now);

	if (step.what == POWER_NOTHING)
		step =
		    power_gather(power, machine->cores,
		                 all & ~power_in(power, machine->cores, POWER_CLOSED), look->now);
	if (step.what != POWER_NOTHING)
		return step;
	if (open != 0) {
		uint32_t core = (uint32_t)__builtin_ctz(open);

		power_enter(power, core, POWER_CLOSED, look->now);
		return power_step(POWER_DO_CLOSE, core);
	}
	for (uint32_t c = 0; c < machine->cores && step.what == POWER_NOTHING; c++) {
		if (power->core[c].state != POWER_CLOSED)
			continue;
		if (power_passed(power, power->core[c].since, look->now, POWER_IDLE_MS))
			power_enter(power, c, POWER_CLOSED, look->now);
		step = power_send(power, machine, look, c);
	}
	return step;
}

/* ---- all of it ---- */

static struct power_step power_by_policy(struct power *power, const struct power_machine *machine,
                                         const struct power_look *look)
{
	const uint32_t all = (1u << machine->cores) - 1;
	struct power_step step;

	switch (power->policy) {
	case POWER_BALANCED:
		step = power_gather(power, machine->cores,
		                    power_in(power, machine->cores, POWER_CLOSED), look->now);
		return step.what != POWER_NOTHING ? step : power_balance(power, machine, look);
	case POWER_POWERSAVE:
		return power_save(power, machine, look);
	case POWER_ISOLATE:
		return power_isolate(power, machine, look);
	default:
		return power_gather(power, machine->cores, all, look->now);
	}
}

struct power_step power_next(struct power *power, const struct power_machine *machine,
                             const struct power_look *look)
{
	for (uint32_t c = 0; c < machine->cores; c++) {
		struct power_step step;

		power_see(power, look, c);
		step = power_bring(power, look, c);
		if (step.what == POWER_NOTHING)
			step = power_go_on(power, machine, look, c);
		if (step.what != POWER_NOTHING)
			return step;
	}
	return power_by_policy(power, machine, look);
}

static uint64_t power_earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When the core's state needs the next look. */
static uint64_t power_later_core(const struct power *power, const struct power_look *look,
                                 uint32_t core)
{
	const struct power_core *own = &power->core[core];

	switch (own->state) {
	case POWER_LEAVING:
	case POWER_GOING:
		return look->now + power->ms;
	case POWER_COMING:
		return own->since + (own->tries < POWER_TRIES ? 1 : POWER_IDLE_MS) * power->ms;
	case POWER_DARK:
		return look->wake[core];
	default:
		return POWER_NEVER;
	}
}

static uint64_t power_later_policy(const struct power *power, const struct power_machine *machine,
                                   const struct power_look *look)
{
	uint32_t open = power_in(power, machine->cores, POWER_OPEN);
	bool more = power->policy == POWER_BALANCED ? (open & (open - 1)) != 0 : !power->settled;

	if (power->policy == POWER_PERFORMANCE)
		return POWER_NEVER;
	if (power->policy == POWER_ISOLATE || !more)
		return look->now + POWER_IDLE_MS * power->ms;
	return look->now + POWER_HOLD_MS / POWER_SAMPLES * power->ms;
}

/* Whether a core could come on for vCPUs that wait in vain. */
static bool power_could_listen(const struct power *power, const struct power_machine *machine)
{
	return power->policy == POWER_BALANCED &&
	       power_in(power, machine->cores, POWER_COMING) == 0 &&
	       (power_in(power, machine->cores, POWER_DARK) |
	        power_moving(power, machine->cores)) != 0;
}

bool power_listens(const struct power *power, const struct power_machine *machine, uint64_t now)
{
	return power_could_listen(power, machine) && now >= power->deaf;
}

uint64_t power_later(const struct power *power, const struct power_machine *machine,
                     const struct power_look *look)
{
	uint64_t later = power_later_policy(power, machine, look);

	for (uint32_t c = 0; c < machine->cores; c++)
		later = power_earlier(later, power_later_core(power, look, c));
	if (power_could_listen(power, machine) && look->now < power->deaf)
		later = power_earlier(later, power->deaf);
	return later;
}
