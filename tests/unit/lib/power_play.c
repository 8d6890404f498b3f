/* See power_play.h. */
#include "power_play.h"

#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define NEVER     (~0ULL)
#define NOBODY    BUNDLE_VCPUS_MAX
#define BACK      (5 * PLAY_MS)             /* so soon a dark core with work must be on */
#define BACK_LATE (POWER_HOLD_MS * PLAY_MS) /* the same, if the warden is late */

uint64_t play_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

uint64_t play_below(uint64_t *seed, uint64_t limit)
{
	return play_random(seed) % limit;
}

uint64_t play_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static bool play_one_in(struct play *play, uint64_t count)
{
	return play->rough && play_below(&play->seed, count) == 0;
}

/* ---- work ---- */

static bool play_has_work(const struct play *play, uint32_t vcpu)
{
	return play->vcpu[vcpu].count != 0;
}

static bool play_is_stopped(const struct play *play, uint32_t vcpu)
{
	return (play->look.stopped >> play->machine.vcpu[vcpu].partition & 1) != 0;
}

static void play_arrive(struct play *play, uint32_t index)
{
	struct play_vcpu *vcpu = &play->vcpu[index];
	struct play_job job;

	while (vcpu->arrives <= play->now) {
		play->arrival(play, index, vcpu->arrives, &vcpu->arrives, &job);
		if (play_is_stopped(play, index))
			continue;
		if (vcpu->count == PLAY_JOBS) {
			play->late++;
			vcpu->late++;
			continue;
		}
		vcpu->jobs[(vcpu->first + vcpu->count++) % PLAY_JOBS] = job;
		play->jobs++;
	}
}

static void play_run(struct play *play, uint32_t index, uint32_t speed)
{
	struct play_vcpu *vcpu = &play->vcpu[index];
	struct play_job *job = &vcpu->jobs[vcpu->first];

	vcpu->ran = play->now;
	vcpu->done += speed;
	if (vcpu->done < BUNDLE_SPEED_FASTEST)
		return;
	vcpu->done -= BUNDLE_SPEED_FASTEST;
	if (--job->left != 0)
		return;
	play->late += play->now > job->due;
	vcpu->late += play->now > job->due;
	vcpu->first = (vcpu->first + 1) % PLAY_JOBS;
	vcpu->count--;
}

/* ---- cores: turns, balance ---- */

static bool play_is_on(const struct play *play, uint32_t core)
{
	return !play->core[core].dark;
}

/*
 * Whether the first vCPU goes before the second. The running vCPU is first until its turn is over;
 * otherwise the vCPU is first that ran longer ago.
 */
static bool play_rather(const struct play *play, const struct play_core *core, uint32_t first,
                        uint32_t second)
{
	bool in_turn = play->now - core->turn < PLAY_TURN;

	if (first == NOBODY || (second == core->runs && in_turn))
		return true;
	if (first == core->runs)
		return !in_turn;
	return play->vcpu[second].ran < play->vcpu[first].ran;
}

/* Chooses a vCPU of this core with work; real-time ones come first. */
static uint32_t play_choose(struct play *play, uint32_t core)
{
	struct play_core *own = &play->core[core];
	uint32_t best = NOBODY;

	for (uint32_t i = 0; i < play->machine.vcpus; i++) {
		if (play->look.at[i] != core || !play_has_work(play, i))
			continue;
		if (play->machine.vcpu[i].realtime)
			return i;
		if (play_rather(play, own, best, i))
			best = i;
	}
	if (best != own->runs || play->now - own->turn >= PLAY_TURN) {
		own->runs = best;
		own->turn = play->now;
	}
	return best;
}

static void play_place(struct play *play, uint32_t vcpu, uint32_t core)
{
	play->look.at[vcpu] = (uint8_t)core;
	play->vcpu[vcpu].moves = NEVER;
	play->vcpu[vcpu].moved = play->now;
}

static bool play_is_idle(const struct play *play, uint32_t core)
{
	for (uint32_t i = 0; i < play->machine.vcpus; i++)
		if (play->look.at[i] == core && play_has_work(play, i))
			return false;
	return true;
}

/* The frame's balance: a waiting vCPU goes to a core that is open and idle. */
static bool play_push(struct play *play, uint32_t vcpu)
{
	uint32_t cores = play->machine.vcpu[vcpu].cores;

	if (play->machine.vcpu[vcpu].realtime || play->now - play->vcpu[vcpu].moved < PLAY_STAY)
		return false;
	for (uint32_t c = 0; c < play->machine.cores; c++)
		if ((cores >> c & 1) != 0 && play_is_on(play, c) &&
		    play->core[c].told == POWER_DO_OPEN && play_is_idle(play, c)) {
			play_place(play, vcpu, c);
			return true;
		}
	return false;
}

static bool play_roams(const struct play *play, uint32_t vcpu)
{
	uint32_t cores = play->machine.vcpu[vcpu].cores;

	return !play->machine.vcpu[vcpu].realtime && (cores & (cores - 1)) != 0;
}

/* Fails if a vCPU waits here for longer than it takes to bring all cores on, although a core that
 * is off could take it. */
static void play_not_in_vain(const struct play *play, uint32_t core)
{
	uint64_t since = play->core[core].crowded;

	if (play->rough || since == 0 || play->power.policy != POWER_BALANCED ||
	    play->now - since < 15 * PLAY_STAY || play->now - play->policy_since < 15 * PLAY_STAY)
		return;
	for (uint32_t i = 0; i < play->machine.vcpus; i++)
		if (play->look.at[i] == core && play_has_work(play, i) && play_roams(play, i))
			assert_true((play->machine.vcpu[i].cores & play->look.dark) == 0);
}

/* Plays a tick of a core. True: a vCPU has waited there so long that the warden is told. */
static bool play_core(struct play *play, uint32_t core)
{
	struct play_core *own = &play->core[core];
	uint32_t runs;
	bool waits = false;

	own->on += play_is_on(play, core);
	runs = play_is_on(play, core) ? play_choose(play, core) : NOBODY;
	if (runs == NOBODY) {
		own->crowded = 0;
		return false;
	}
	play->look.busy[core]++;
	play_run(play, runs, play->machine.speed[core]);
	for (uint32_t i = 0; i < play->machine.vcpus; i++)
		if (i != runs && play->look.at[i] == core && play_has_work(play, i) &&
		    play_roams(play, i) && !play_push(play, i))
			waits = true;
	if (!waits || own->crowded == 0)
		own->crowded = waits ? play->now : 0;
	play_not_in_vain(play, core);
	return waits && play->now - own->crowded >= PLAY_STAY;
}

/* ---- the warden ---- */

static void play_do(struct play *play, const struct power_step *step)
{
	struct play_core *core = &play->core[step->core];
	struct play_vcpu *vcpu = &play->vcpu[step->vcpu];

	if (step->what == POWER_DO_MOVE) {
		assert_false(play->machine.vcpu[step->vcpu].realtime);
		assert_true((play->machine.vcpu[step->vcpu].cores >> step->core & 1) != 0);
		assert_int_equal(play->core[step->core].told, POWER_DO_OPEN);
		vcpu->moves = play->now + play_below(&play->seed, 4);
		vcpu->to = step->core;
		if (play_one_in(play, 10))
			vcpu->moves = play->now + 2000 * PLAY_MS;
		return;
	}
	core->told = step->what;
	core->goes = step->what == POWER_DO_OFF ? play->now + play_below(&play->seed, 4) : NEVER;
	if (step->what == POWER_DO_OFF) {
		play->offs++;
		assert_true(play->now - play->went >= POWER_HOLD_MS * PLAY_MS);
		play->went = play->now;
	}
	/* The core was still on its way off, so the firmware says that it is on. */
	if (step->what == POWER_DO_OPEN && core->dark && !play_one_in(play, 4))
		core->comes = play->now + play_below(&play->seed, 2);
}

/* Checks that at most one core is on its way off, and that all other cores that are on can be
 * used. */
static void play_check(const struct play *play)
{
	uint32_t moving = 0, good = 0;

	for (uint32_t c = 0; c < play->machine.cores; c++) {
		enum power_state state = play->power.core[c].state;

		moving += state == POWER_LEAVING || state == POWER_GOING;
		if (state != POWER_LEAVING && state != POWER_GOING && state != POWER_DARK &&
		    (state != POWER_CLOSED || play->power.policy == POWER_ISOLATE))
			good |= 1u << c;
	}
	assert_true(moving <= 1);
	if (play->look.refused == 0)
		assert_true(power_holds(&play->machine, &play->look, good));
}

static void play_look(struct play *play, bool need)
{
	struct power_step step;
	uint32_t steps = 0;

	play->look.now = play->now;
	play->look.need = need;
	play->look.ready = 0;
	for (uint32_t i = 0; i < play->machine.vcpus; i++)
		if (play_has_work(play, i))
			play->look.ready |= 1u << i;
	do {
		step = power_next(&play->power, &play->machine, &play->look);
		play->decisions++;
		assert_true(++steps < 64);
		if (step.what != POWER_NOTHING)
			play_do(play, &step);
		play->look.need = false;
	} while (step.what != POWER_NOTHING);
	play->look.wanted = 0;
	play->listens = power_listens(&play->power, &play->machine, play->now);
	play->looks_at = power_later(&play->power, &play->machine, &play->look);
	play_check(play);
	if (play->rough && play->looks_at != NEVER)
		play->looks_at += play_below(&play->seed, 8);
}

/* ---- changes that take time ---- */

static bool play_may_sleep(const struct play *play, uint32_t core)
{
	for (uint32_t i = 0; i < play->machine.vcpus; i++)
		if (play->look.at[i] == core && !play_is_stopped(play, i))
			return false;
	return true;
}

static void play_go(struct play *play, uint32_t core)
{
	struct play_core *own = &play->core[core];

	if (own->told != POWER_DO_OFF || own->dark || play->now < own->goes ||
	    !play_may_sleep(play, core) || play_one_in(play, 10))
		return;
	assert_true((power_keeps(&play->machine, &play->look) >> core & 1) == 0);
	if (play->power.policy == POWER_BALANCED && own->on_since >= play->policy_since)
		assert_true(play->now - own->on_since >= POWER_HOLD_MS * PLAY_MS);
	own->dark = true;
	own->goes = NEVER;
	play->look.dark |= 1u << core;
	play->look.wake[core] =
	    play_one_in(play, 2) ? play->now + play_below(&play->seed, 2000 * PLAY_MS) : NEVER;
}

static void play_come(struct play *play, uint32_t core)
{
	struct play_core *own = &play->core[core];

	if (!own->dark || play->now < own->comes)
		return;
	own->dark = false;
	own->comes = NEVER;
	own->on_since = play->now;
	play->look.dark &= ~(1u << core);
	play->look.wake[core] = NEVER;
}

/* A vCPU on a dark core has work: a message is on its way, so the core must come on. */
static void play_must_come(struct play *play, uint32_t vcpu)
{
	uint32_t core = play->look.at[vcpu];
	uint64_t limit = play->rough ? BACK_LATE : BACK;

	if (!play->core[core].dark || !play_has_work(play, vcpu))
		return;
	play->look.wanted |= 1u << core;
	assert_true(play->now - play->vcpu[vcpu].moved < limit ||
	            play->now - play->policy_since < limit);
}

static void play_vcpu(struct play *play, uint32_t index)
{
	struct play_vcpu *vcpu = &play->vcpu[index];

	play_arrive(play, index);
	if (play->now >= vcpu->moves)
		play_place(play, index, vcpu->to);
	play_must_come(play, index);
}

/* Plays messages to dark cores, and ends of the warden: when it begins anew, all cores are open. */
static void play_roughly(struct play *play)
{
	if (play_one_in(play, 400))
		play->look.wanted |=
		    1u << play_below(&play->seed, play->machine.cores) & play->look.dark;
	if (!play_one_in(play, 40000))
		return;
	play->look.now = play->now;
	power_begin(&play->power, play->power.policy, PLAY_MS, &play->look, play->machine.cores);
	for (uint32_t c = 0; c < play->machine.cores; c++)
		if (!play->core[c].dark) {
			play->core[c].told = POWER_DO_OPEN;
			play->core[c].goes = NEVER;
		}
	play->looks_at = play->now;
}

static void play_tick(struct play *play)
{
	bool need = false;

	play_roughly(play);
	for (uint32_t i = 0; i < play->machine.vcpus; i++)
		play_vcpu(play, i);
	for (uint32_t c = 0; c < play->machine.cores; c++) {
		play_go(play, c);
		play_come(play, c);
		need |= play_core(play, c);
	}
	need &= play->listens;
	if (need || play->look.wanted != 0 || play->now >= play->looks_at || play_one_in(play, 5))
		play_look(play, need);
	play->now++;
}

/* ---- idle times ---- */

static uint64_t play_earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t play_next(const struct play *play)
{
	uint64_t next = play->look.wanted != 0 ? play->now : play->looks_at;

	for (uint32_t i = 0; i < play->machine.vcpus; i++) {
		if (play_has_work(play, i))
			return play->now;
		next = play_earlier(next, play_earlier(play->vcpu[i].arrives, play->vcpu[i].moves));
	}
	for (uint32_t c = 0; c < play->machine.cores; c++) {
		if (play->core[c].crowded != 0)
			return play->now;
		next = play_earlier(next, play_earlier(play->core[c].goes, play->core[c].comes));
	}
	return next;
}

static void play_skip(struct play *play, uint64_t end)
{
	uint64_t next = play_earlier(play_next(play), end);

	if (next <= play->now)
		return;
	for (uint32_t c = 0; c < play->machine.cores; c++)
		play->core[c].on += play_is_on(play, c) ? next - play->now : 0;
	play->now = next;
}

void play_until(struct play *play, uint64_t end)
{
	while (play->now < end) {
		if (!play->rough)
			play_skip(play, end);
		if (play->now < end)
			play_tick(play);
	}
}

/* ---- the beginning ---- */

void play_policy(struct play *play, enum power_policy policy)
{
	power_follow(&play->power, policy);
	play->policy_since = play->now;
	play->looks_at = play->now;
}

void play_add(struct play *play, uint32_t partition, uint32_t at, uint32_t cores, bool realtime)
{
	struct power_machine *machine = &play->machine;
	uint32_t index = machine->vcpus++;
	bool first = true;

	for (uint32_t i = 0; i < index; i++)
		first &= machine->vcpu[i].partition != partition;
	if (first)
		machine->home[partition] = (uint8_t)at;
	machine->vcpu[index] = (struct power_vcpu){cores, (uint8_t)partition, realtime};
	play->look.at[index] = (uint8_t)at;
	play->vcpu[index].seed = 77 + index;
}

void play_never(struct play *play, uint32_t vcpu, uint64_t now, uint64_t *at, struct play_job *job)
{
	(void)play;
	(void)vcpu;
	(void)now;
	*at = PLAY_NEVER;
	*job = (struct play_job){0, 1};
}

void play_linux(struct play *play, play_arrival *arrival)
{
	memset(play, 0, sizeof(*play));
	play->seed = 1;
	play->machine.cores = 4;
	play->arrival = arrival;
	for (uint32_t i = 0; i < 4; i++) {
		play->machine.speed[i] = BUNDLE_SPEED_FASTEST;
		play_add(play, 0, i, 0xf, false);
	}
}

void play_begin(struct play *play, enum power_policy policy)
{
	struct play_job nothing;

	play->now += POWER_HOLD_MS * PLAY_MS;
	play->look.now = play->now;
	memset(play->look.wake, 0xff, sizeof(play->look.wake));
	for (uint32_t c = 0; c < play->machine.cores; c++) {
		play->core[c].told = POWER_DO_OPEN;
		play->core[c].goes = play->core[c].comes = NEVER;
		play->core[c].runs = NOBODY;
	}
	for (uint32_t i = 0; i < play->machine.vcpus; i++) {
		play->vcpu[i].moves = NEVER;
		play->arrival(play, i, play->now, &play->vcpu[i].arrives, &nothing);
	}
	power_begin(&play->power, policy, PLAY_MS, &play->look, play->machine.cores);
	play_policy(play, policy);
}
