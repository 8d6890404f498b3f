/* See core_play.h. */
#include "core_play.h"

#include <host/costs.h>

#define PLAY_EVER UINT64_MAX

uint64_t play_random(struct play *play, uint64_t below)
{
	play->random ^= play->random << 13;
	play->random ^= play->random >> 7;
	play->random ^= play->random << 17;
	return below ? play->random % below : 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* A vCPU's urgency: its priority plus 1, so that 0 is "none". */
static unsigned urgency(const struct play_vcpu *vcpu)
{
	if (!vcpu->wants)
		return 0;
	if (vcpu->budget && !vcpu->has)
		return vcpu->guarantee ? 1 : 0;
	return vcpu->priority + 1u;
}

/* ---- work and budgets that come ---- */

static void come(struct play *play, struct play_vcpu *vcpu)
{
	vcpu->told = vcpu->told && vcpu->wants; /* its interrupt is active as long as that */
	vcpu->wants = true;
	if (!vcpu->period) { /* a burst, or for ever */
		vcpu->left = vcpu->flutters ? 1 + play_random(play, 20)
		             : vcpu->bursts ? 1 + play_random(play, 20000)
		                            : PLAY_EVER;
		vcpu->comes = PLAY_EVER;
		return;
	}
	vcpu->came = vcpu->comes;
	vcpu->left += vcpu->work;
	vcpu->comes += vcpu->period + (play_random(play, 3) ? 0 : play_random(play, vcpu->period));
}

/* The frame sets no timer for a less urgent vCPU: it looks when the more urgent one waits. */
static void refill(const struct play *play, struct play_vcpu *vcpu)
{
	const unsigned running = play->current ? urgency(play->current) : 0;

	if (vcpu->all_along && !vcpu->used_up)
		vcpu->worst_full = PLAY_EVER;
	vcpu->has = vcpu->budget;
	vcpu->refill += vcpu->budget_period;
	vcpu->all_along = vcpu->wants;
	vcpu->used_up = false;
	vcpu->told = vcpu->told && vcpu->priority + 1u < running;
}

static void happen(struct play *play)
{
	for (size_t i = 0; i < play->count; i++) {
		struct play_vcpu *vcpu = &play->vcpus[i];

		if (vcpu->budget && vcpu->refill <= play->now)
			refill(play, vcpu);
		if (vcpu->comes <= play->now)
			come(play, vcpu);
	}
}

static void spend(struct play_vcpu *vcpu, uint64_t time, uint64_t now)
{
	if (!vcpu->budget || !vcpu->has)
		return;
	vcpu->has -= least(vcpu->has, time);
	if (vcpu->has)
		return;
	vcpu->used_up = true;
	if (vcpu->all_along) {
		const uint64_t since = now - (vcpu->refill - vcpu->budget_period);

		if (since > vcpu->worst_full)
			vcpu->worst_full = since;
	}
}

static void pay(const struct play *play, struct play_vcpu *whose, uint64_t time)
{
	if (whose)
		spend(whose, time, play->now);
}

/* ---- which vCPU runs ---- */

static void finish(struct play *play, struct play_vcpu *vcpu)
{
	vcpu->wants = false;
	vcpu->all_along = false;
	vcpu->turn = 0;
	if (!vcpu->period)
		vcpu->comes = play->now + play_random(play, vcpu->flutters ? 30 : 30000);
	else if (play->now - vcpu->came > vcpu->worst)
		vcpu->worst = play->now - vcpu->came;
}

/* Lets the current vCPU run for a while, or until it has nothing more to do. */
static void run(struct play *play, uint64_t time)
{
	struct play_vcpu *vcpu = play->current;

	if (!vcpu) {
		play->now += time;
		return;
	}
	time = least(time, vcpu->left);
	play->now += time;
	vcpu->left -= vcpu->left == PLAY_EVER ? 0 : time;
	vcpu->turn -= least(vcpu->turn, time);
	spend(vcpu, time, play->now);
	if (!vcpu->left)
		finish(play, vcpu);
}

static uint64_t next_event(const struct play *play, uint64_t until)
{
	uint64_t next = until;

	for (size_t i = 0; i < play->count; i++) {
		const struct play_vcpu *vcpu = &play->vcpus[i];

		next = least(next, vcpu->comes);
		if (vcpu->budget)
			next = least(next, vcpu->refill);
	}
	return next;
}

/* Chooses the most urgent vCPU of which the frame knows that it wants to run. Of equals it is the
 * running one until its turn is over, then the next one. */
static struct play_vcpu *choose(struct play *play)
{
	const size_t from = play->current ? (size_t)(play->current - play->vcpus) : 0;
	const bool stays = play->current && play->current->turn;
	struct play_vcpu *best = 0;

	for (size_t n = 0; n < play->count; n++) {
		struct play_vcpu *vcpu = &play->vcpus[(from + n + !stays) % play->count];

		if (vcpu->told && urgency(vcpu) && (!best || urgency(vcpu) > urgency(best)))
			best = vcpu;
	}
	return best;
}

/* The frame works, and takes that time from the running vCPU's turn. */
static void frame_works(struct play *play, uint64_t time)
{
	play->now += time;
	if (play->current)
		play->current->turn -= least(play->current->turn, time);
}

static uint64_t turn_of(const struct play *play)
{
	const uint64_t turn = COSTS_TURN_HALVED >> play->count;

	return (turn > COSTS_TURN ? turn : COSTS_TURN) * PLAY_TICKS;
}

/* Chooses the vCPU that gets the core. `pays` pays for the way to the choice, the next vCPU for the
 * rest. True: the core has got another vCPU. */
static bool change(struct play *play, struct play_vcpu *pays)
{
	const uint64_t choice = play->change / 2;
	struct play_vcpu *next = choose(play);
	const bool changes = next != play->current;

	play->current = next;
	if (next && !next->turn)
		next->turn = turn_of(play);
	if (next && changes) {
		frame_works(play, play->change);
		pay(play, pays, choice);
		pay(play, next, play->change - choice);
		happen(play);
	}
	return changes;
}

/* A vCPU whose work has come without the frame's knowledge: the one that the interrupt controller
 * signals first. The controller knows only classes of 32 priorities, and no budgets. */
static struct play_vcpu *untold(struct play *play)
{
	struct play_vcpu *first = 0;

	for (size_t i = 0; i < play->count; i++) {
		struct play_vcpu *vcpu = &play->vcpus[i];

		if (vcpu->wants && !vcpu->told &&
		    (!first || vcpu->priority / 32 > first->priority / 32))
			first = vcpu;
	}
	return first;
}

/* Whether its interrupt comes to the core: it doesn't while a vCPU of a more urgent class runs. */
static bool passes(const struct play_vcpu *vcpu, const struct play_vcpu *runs)
{
	return vcpu && (!runs || !urgency(runs) || vcpu->priority / 32 >= (urgency(runs) - 1) / 32);
}

/* The frame takes a vCPU's interrupt, and switches to this vCPU if it is to run. Then the vCPU's
 * budget pays for the way there, and as much again for the way back. */
static void take(struct play *play, struct play_vcpu *vcpu)
{
	struct play_vcpu *old = play->current;
	const unsigned before = old ? urgency(old) : 0;

	vcpu->told = true;
	frame_works(play, play->interrupt);
	happen(play);
	if (passes(untold(play), choose(play))) {
		pay(play, old, play->interrupt); /* this interrupt comes before the switch, too */
		return;
	}
	if (vcpu->budget && before && choose(play) == vcpu && urgency(vcpu) > before) {
		pay(play, vcpu, 2 * play->interrupt + play->change / 2);
		(void)change(play, vcpu);
	} else {
		pay(play, old, play->interrupt);
		(void)change(play, old);
	}
}

static void take_interrupts(struct play *play)
{
	struct play_vcpu *vcpu = untold(play);

	while (passes(vcpu, play->current)) {
		take(play, vcpu);
		vcpu = untold(play);
	}
}

void play_core(struct play *play, uint64_t until)
{
	for (size_t i = 0; i < play->count; i++) {
		struct play_vcpu *vcpu = &play->vcpus[i];

		vcpu->has = vcpu->budget;
		vcpu->refill = play_random(play, 2) ? play_random(play, vcpu->budget_period) : 0;
		vcpu->comes = play_random(play, 2) ? play_random(play, vcpu->period) : 0;
	}
	happen(play);
	while (play->now < until) {
		uint64_t event;

		do
			take_interrupts(play);
		while (change(play, play->current));
		event = next_event(play, until);
		if (play->current) {
			event = least(event, play->now + play->current->turn);
			if (play->current->has)
				event = least(event, play->now + play->current->has);
		}
		run(play, event > play->now ? event - play->now : 0);
		if (play->current && play->current->wants)
			run(play, play_random(play, play->masked + 1)); /* a call of the guest's */
		happen(play);
	}
}
