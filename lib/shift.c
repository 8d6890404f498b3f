/* Cores that move without a command; see lib/shift.h and docs/power.md. This code is pure. */
#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <lib/shift.h>
#include <lib/string.h>

#define SHIFT_DAY (24u * 60) /* minutes of a day */

static const struct shift_step shift_none;

/* The partition's cores that never move. A partition that may hold a core has one vCPU for each of
 * its cores. */
static void shift_fixed_of(struct shift_machine *machine, const struct bundle_header *bundle,
                           uint32_t partition)
{
	const struct bundle_range range = bundle_partitions(bundle)[partition].vcpus;

	for (uint32_t i = range.first; i < range.first + range.count; i++) {
		const uint32_t core = bundle_vcpus(bundle)[i].core;

		if (machine->holders[core] != 0)
			continue;
		machine->fixed[partition]++;
		machine->fixed_speed[partition] += machine->speed[core];
	}
}

void shift_machine_of(struct shift_machine *machine, const struct bundle_header *bundle,
                      uint64_t ms)
{
	memset(machine, 0, sizeof(*machine));
	machine->cores = bundle->cores.count;
	machine->partitions = bundle->partitions.count;
	machine->ms = ms;
	machine->plan = bundle->shift;
	memcpy(machine->speed, bundle->speed, sizeof(machine->speed));
	for (uint32_t c = 0; c < machine->cores; c++) {
		machine->holders[c] = bundle_cores(bundle)[c].holders;
		if (bundle_cores(bundle)[c].holder == HOLD_NOBODY)
			machine->free |= 1u << c;
	}
	for (uint32_t i = 0; i < bundle->shift.changes; i++)
		machine->scheduled |= 1u << bundle->shift.change[i].core;
	for (uint32_t p = 0; p < machine->partitions; p++)
		shift_fixed_of(machine, bundle, p);
}

uint32_t shift_holds(const struct shift_machine *machine, const struct shift_look *look,
                     uint32_t partition)
{
	uint32_t count = machine->fixed[partition];

	for (uint32_t c = 0; c < machine->cores; c++)
		if (machine->holders[c] != 0 && HOLD_HOLDER(look->record[c]) == partition)
			count++;
	return count;
}

uint32_t shift_speed(const struct shift_machine *machine, const struct shift_look *look,
                     uint32_t partition)
{
	uint32_t speed = machine->fixed_speed[partition];

	for (uint32_t c = 0; c < machine->cores; c++)
		if (machine->holders[c] != 0 && HOLD_HOLDER(look->record[c]) == partition)
			speed += machine->speed[c];
	return speed;
}

/* A partition keeps its least number of cores. HOLD_NOBODY may give all. */
static bool shift_can_give(const struct shift_machine *machine, const struct shift_look *look,
                           uint32_t holder)
{
	return holder == HOLD_NOBODY ||
	       shift_holds(machine, look, holder) > machine->plan.least[holder];
}

void shift_begin(struct shift *shift, const struct shift_machine *machine,
                 const struct shift_look *look)
{
	memset(shift, 0, sizeof(*shift));
	shift->minute = look->minute;
	for (uint32_t c = 0; c < machine->cores; c++) {
		shift->core[c].holder = HOLD_HOLDER(look->record[c]);
		shift->core[c].came = look->now;
	}
}

/* The partition's cores have changed: its load with other cores says nothing about its load with
 * its present cores. The samples of other partitions stay. So a partition that gets and gives a
 * core again and again delays no other partition. */
static void shift_forget(struct shift *shift, uint32_t holder)
{
	if (holder != HOLD_NOBODY)
		shift->seen[holder] = 0;
}

/* Notes cores that have moved, whoever asked for that. */
static void shift_see(struct shift *shift, const struct shift_machine *machine,
                      const struct shift_look *look)
{
	for (uint32_t c = 0; c < machine->cores; c++) {
		if (shift->core[c].holder == HOLD_HOLDER(look->record[c]))
			continue;
		shift_forget(shift, shift->core[c].holder);
		shift->core[c].holder = HOLD_HOLDER(look->record[c]);
		shift_forget(shift, shift->core[c].holder);
		shift->core[c].came = look->now;
	}
}

/* ---- what was asked for ---- */

static struct shift_step shift_over(struct shift *shift, const struct shift_machine *machine,
                                    const struct shift_look *look, enum shift_what what)
{
	struct shift_step step = shift->open;

	shift->asked = false;
	shift_forget(shift, step.from);
	shift_forget(shift, step.to);
	step.what = what;
	if (what != SHIFT_CAME && step.from != HOLD_NOBODY)
		shift->barred[step.from] = look->now + SHIFT_BARRED_MS * machine->ms;
	return step;
}

static struct shift_step shift_watch(struct shift *shift, const struct shift_machine *machine,
                                     const struct shift_look *look)
{
	const uint64_t record = look->record[shift->open.core];

	if (HOLD_HOLDER(record) == shift->open.to)
		return shift_over(shift, machine, look, SHIFT_CAME);
	if (HOLD_NUMBER(record) != shift->number)
		return shift_over(shift, machine, look, SHIFT_REFUSED);
	if (look->now >= shift->end)
		return shift_over(shift, machine, look, SHIFT_WITHDRAW);
	return shift_none;
}

void shift_asked(struct shift *shift, const struct shift_look *look, int64_t number)
{
	/* If the frame refuses a request, the request is over, and no record has the number that is
	 * kept here. */
	shift->number = number < 0 ? UINT32_MAX : (uint32_t)number;
	shift->end = look->now + shift->open.wait;
}

static struct shift_step shift_ask(struct shift *shift, const struct shift_machine *machine,
                                   const struct shift_look *look, struct shift_step step,
                                   uint32_t wait)
{
	step.what = SHIFT_ASK;
	step.from = HOLD_HOLDER(look->record[step.core]);
	step.wait = wait * machine->ms;
	shift->open = step;
	shift->asked = true;
	return step;
}

/* ---- by the time of the day ---- */

/* Notes the changes that were due since the last look at the schedule; for each core, only the last
 * one. */
static void shift_schedule(struct shift *shift, const struct shift_machine *machine,
                           const struct shift_look *look)
{
	uint64_t latest[BUNDLE_CORES_MAX] = {0};

	for (uint32_t i = 0; i < machine->plan.changes; i++) {
		const struct bundle_shift_change *change = &machine->plan.change[i];
		uint64_t today = look->minute - look->minute % SHIFT_DAY + change->minute;
		uint64_t last = today <= look->minute ? today : today - SHIFT_DAY;

		if (last > look->minute || last <= shift->minute || last < latest[change->core])
			continue;
		latest[change->core] = last;
		shift->core[change->core].to = change->to;
		shift->due |= 1u << change->core;
	}
	shift->minute = look->minute;
}

static struct shift_step shift_by_time(struct shift *shift, const struct shift_machine *machine,
                                       const struct shift_look *look)
{
	while (shift->due != 0) {
		struct shift_step step = {.core = (uint32_t)__builtin_ctz(shift->due)};

		shift->due &= shift->due - 1;
		step.from = HOLD_HOLDER(look->record[step.core]);
		step.to = shift->core[step.core].to;
		if (step.from == step.to)
			continue;
		if (shift_can_give(machine, look, step.from))
			return shift_ask(shift, machine, look, step, SHIFT_LATE_MS);
		step.what = SHIFT_LEAST;
		return step;
	}
	return shift_none;
}

/* ---- by load ---- */

static void shift_sample(struct shift *shift, const struct shift_machine *machine,
                         const struct shift_look *look)
{
	const uint64_t since = look->now - shift->sample[0].time;

	if (shift->samples && since < SHIFT_SAMPLE_MS * machine->ms)
		return;
	if (since > SHIFT_SAMPLES * SHIFT_SAMPLE_MS * machine->ms) /* there was no look meanwhile */
		memset(shift->seen, 0, sizeof(shift->seen));
	for (uint32_t i = SHIFT_SAMPLES; i > 0; i--)
		shift->sample[i] = shift->sample[i - 1];
	shift->samples = true;
	shift->sample[0].time = look->now;
	memcpy(shift->sample[0].work, look->work, sizeof(look->work));
	for (uint32_t p = 0; p < machine->partitions; p++)
		if (shift->seen[p] <= SHIFT_SAMPLES)
			shift->seen[p]++;
}

static bool shift_is_known(const struct shift *shift, uint32_t partition)
{
	return shift->seen[partition] > SHIFT_SAMPLES;
}

/* How much of the cores with this sum of speeds a partition would have used, in per cent. */
static uint64_t shift_use(const struct shift *shift, uint32_t partition, uint32_t speed)
{
	const struct shift_sample *last = &shift->sample[0], *first = &shift->sample[SHIFT_SAMPLES];

	if (speed == 0)
		return UINT64_MAX;
	if (last->work[partition] < first->work[partition])
		return 0; /* the partition's accounts have begun anew */
	return (last->work[partition] - first->work[partition]) * 100 /
	       ((last->time - first->time) * speed);
}

static bool shift_spares(const struct shift *shift, const struct shift_machine *machine,
                         const struct shift_look *look, uint32_t core)
{
	const uint32_t holder = HOLD_HOLDER(look->record[core]);

	if (holder == HOLD_NOBODY)
		return true;
	return shift_can_give(machine, look, holder) && look->now >= shift->barred[holder] &&
	       shift_is_known(shift, holder) &&
	       shift_use(shift, holder,
	                 shift_speed(machine, look, holder) - machine->speed[core]) <= SHIFT_ENOUGH;
}

/* Whether the core may move by load: it didn't just come to its holder, no request is open for it,
 * and the schedule doesn't move it. */
static bool shift_is_free(const struct shift *shift, const struct shift_machine *machine,
                          const struct shift_look *look, uint32_t core)
{
	return machine->holders[core] != 0 && (machine->scheduled >> core & 1) == 0 &&
	       look->now - shift->core[core].came >= SHIFT_STAY_MS * machine->ms &&
	       !hold_is_asked(look->record[core], look->now);
}

/* Finds the partition that wants the core most, among those that may hold it. */
static bool shift_taker(const struct shift *shift, const struct shift_machine *machine,
                        const struct shift_look *look, struct shift_step *step)
{
	uint64_t most = SHIFT_FULL;

	for (uint32_t p = 0; p < machine->partitions; p++) {
		uint64_t use;

		if ((machine->holders[step->core] >> p & 1) == 0 || !shift_is_known(shift, p) ||
		    p == HOLD_HOLDER(look->record[step->core]))
			continue;
		use = shift_use(shift, p, shift_speed(machine, look, p));
		if (use <= most)
			continue;
		most = use;
		step->to = p;
	}
	return most > SHIFT_FULL;
}

/* If a core had no holder at the start, it goes back to nobody when no partition needs it. */
static bool shift_back(const struct shift_machine *machine, const struct shift_look *look,
                       struct shift_step *step)
{
	step->to = HOLD_NOBODY;
	return (machine->free >> step->core & 1) != 0 &&
	       HOLD_HOLDER(look->record[step->core]) != HOLD_NOBODY;
}

static struct shift_step shift_by_load(struct shift *shift, const struct shift_machine *machine,
                                       const struct shift_look *look)
{
	uint32_t spare = 0;
	struct shift_step step = shift_none;

	shift_sample(shift, machine, look);
	for (uint32_t c = 0; c < machine->cores; c++)
		if (shift_is_free(shift, machine, look, c) && shift_spares(shift, machine, look, c))
			spare |= 1u << c;
	for (step.core = machine->cores; step.core-- > 0;)
		if ((spare >> step.core & 1) != 0 && shift_taker(shift, machine, look, &step))
			return shift_ask(shift, machine, look, step, SHIFT_WAIT_MS);
	for (step.core = machine->cores; step.core-- > 0;)
		if ((spare >> step.core & 1) != 0 && shift_back(machine, look, &step))
			return shift_ask(shift, machine, look, step, SHIFT_WAIT_MS);
	return shift_none;
}

/* ---- all of it ---- */

struct shift_step shift_next(struct shift *shift, const struct shift_machine *machine,
                             const struct shift_look *look)
{
	struct shift_step step;

	shift_see(shift, machine, look);
	shift_schedule(shift, machine, look);
	if (shift->asked)
		return shift_watch(shift, machine, look);
	if (shift->off) {
		shift->due = 0;
		return shift_none;
	}
	step = shift_by_time(shift, machine, look);
	if (step.what != SHIFT_NOTHING || !machine->plan.by_load)
		return step;
	return shift_by_load(shift, machine, look);
}

uint64_t shift_later(const struct shift *shift, const struct shift_machine *machine,
                     const struct shift_look *look)
{
	if (shift->asked)
		return look->now + SHIFT_POLL_MS * machine->ms;
	if (machine->plan.by_load && !shift->off)
		return look->now + SHIFT_SAMPLE_MS * machine->ms;
	return UINT64_MAX;
}
