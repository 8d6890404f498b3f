/* See host/promises.h. The model's checks, `kumiki check` and `draw` use this file. */
#include "response.h"
#include <host/costs.h>
#include <host/promises.h>
#include <stdlib.h>

#define PROMISES_US 1000000ull /* picoseconds */

/* ---- the rivals ---- */

static int promises_compare(const void *left, const void *right)
{
	const struct promise_rival *a = left, *b = right;

	if (a->high != b->high)
		return a->high > b->high ? -1 : 1;
	if (!a->partition || !b->partition)
		return !a->partition - !b->partition;
	if (a->partition != b->partition)
		return a->partition < b->partition ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* The console service is as urgent as the least urgent partition that begins on its core. */
static void promises_console(struct promises *all)
{
	const struct model *model = all->model;
	uint32_t least = 255;

	if (!model->board.uart_base || model->console_core != all->core)
		return;
	for (size_t p = 0; p < model->partition_count; p++)
		for (size_t v = 0; v < model->partitions[p].vcpu_count; v++)
			if (model->partitions[p].vcpus[v].core == all->core &&
			    model->partitions[p].priority < least)
				least = model->partitions[p].priority;
	all->rivals[all->count++] =
	    (struct promise_rival){.low = (uint8_t)least, .high = (uint8_t)least};
}

/* How long work takes on this core; `time`: how long it takes on the board's fastest core. */
static uint64_t promises_slower(const struct promises *all, uint64_t time)
{
	const struct model *model = all->model;
	const uint32_t speed = all->core < model->core_count ? model->cores[all->core].speed : 0;

	return speed ? (time * model->fastest + speed - 1) / speed : time;
}

static const struct model_vcpu *promises_vcpu(struct promises *all, const struct model_vcpu *vcpu)
{
	struct model_vcpu *here = &all->vcpus[all->count];
	const uint64_t work = promises_slower(all, vcpu->work_us);

	*here = *vcpu;
	here->work_us = (uint32_t)(work < UINT32_MAX / 4 ? work : UINT32_MAX / 4);
	return here;
}

static void promises_add(struct promises *all, const struct model_partition *partition,
                         size_t index)
{
	const struct model_vcpu *vcpu = promises_vcpu(all, &partition->vcpus[index]);

	all->rivals[all->count++] =
	    (struct promise_rival){partition, vcpu, index, vcpu->priority_low, vcpu->priority_high};
}

void promises_on(struct promises *all, const struct model *model, uint32_t core)
{
	*all = (struct promises){.model = model, .core = core};
	for (size_t p = 0; p < model->partition_count; p++)
		for (size_t v = 0; v < model->partitions[p].vcpu_count; v++) {
			const struct model_partition *partition = &model->partitions[p];
			const struct model_vcpu *vcpu = &partition->vcpus[v];

			if (vcpu->cores >> core & 1 && all->count < BUNDLE_VCPUS_MAX)
				promises_add(all, partition, v);
		}
	promises_console(all);
	qsort(all->rivals, all->count, sizeof(all->rivals[0]), promises_compare);
}

/* ---- what they take ---- */

static bool promise_moves(const struct model_vcpu *vcpu)
{
	return (vcpu->cores & (vcpu->cores - 1)) != 0;
}

bool promise_bound(const struct promise_rival *rival, uint32_t *work, uint32_t *period)
{
	const struct model_vcpu *vcpu = rival->vcpu;

	if (vcpu && vcpu->budget_us) {
		*work = vcpu->budget_us;
		*period = vcpu->budget_period_us;
	} else if (vcpu && vcpu->work_us) {
		*work = vcpu->work_us;
		*period = vcpu->period_us;
	} else {
		return false;
	}
	return true;
}

bool promise_limits_brokers(const struct model_partition *partition)
{
	const struct model_vcpu *first = &partition->vcpus[0];

	return first->budget_us && !(first->flags & BUNDLE_VCPU_GUARANTEE) &&
	       !promise_moves(first) && first->priority_high >= partition->priority;
}

/* The brokers for which this vCPU's limit pays. */
static uint64_t promise_brokers(const struct promises *all, const struct promise_rival *rival)
{
	const struct model *model = all->model;
	uint64_t count = 0;

	if (rival->index || !promise_limits_brokers(rival->partition))
		return 0;
	for (size_t i = 0; i < model->channel_count; i++)
		for (size_t j = 0; j < model->channels[i].end_count; j++)
			count += &model->partitions[model->channels[i].ends[j].partition] ==
			         rival->partition;
	return count;
}

static uint64_t promise_instructions(const struct promises *all, uint64_t count)
{
	const uint32_t time =
	    all->model->instruction_ps ? all->model->instruction_ps : PROMISES_INSTRUCTION_PS;

	return count * promises_slower(all, time);
}

/* The instructions of the longest stretch in which the frame takes no interrupt. */
static uint64_t promise_masked(const struct promises *all)
{
	uint64_t vcpus = 0;

	for (size_t i = 0; i < all->count; i++)
		vcpus += all->rivals[i].vcpu != NULL;
	return COSTS_MASKED +
	       COSTS_MASKED_LOOK * (vcpus > COSTS_MASKED_WITH ? vcpus - COSTS_MASKED_WITH : 0);
}

/* The instructions for interrupts that can come for a partition before it has handled the first:
 * one by each of its lines, two timers', and a message. */
static uint64_t promise_interrupts(const struct promise_rival *rival)
{
	uint64_t count = 3;

	for (size_t i = 0; rival->partition && i < rival->partition->device_count; i++)
		count += rival->partition->devices[i]->interrupt_count;
	return rival->partition ? count * COSTS_INTERRUPT : COSTS_INTERRUPT;
}

/* The frame's instructions, without switches, for a vCPU's interrupts and its moves to the core in
 * `within` microseconds. */
static uint64_t promise_arrival(const struct promise_rival *rival, uint32_t within)
{
	return promise_interrupts(rival) +
	       (promise_moves(rival->vcpu) ? COSTS_MOVE * (1ull + within / COSTS_MOVES_APART) : 0);
}

/* The class of a partition's interrupts and messages: that of its most urgent vCPU. */
static unsigned promise_class(const struct promise_rival *rival)
{
	const struct model_partition *partition = rival->partition;
	uint32_t most = rival->high;

	for (size_t i = 0; partition && i < partition->vcpu_count; i++)
		if (partition->vcpus[i].priority_high > most)
			most = partition->vcpus[i].priority_high;
	if (partition && partition->priority > most)
		most = partition->priority;
	return most / PROMISES_CLASS;
}

/* True if the other vCPU is less urgent, but its interrupts come through: the interrupt controller
 * knows only classes. */
static bool promise_comes_through(const struct promise_rival *other, uint8_t priority)
{
	return other->high < priority && promise_class(other) >= priority / PROMISES_CLASS;
}

bool promise_disturbs(const struct promise_rival *other, const struct promise_rival *rival)
{
	return other->partition && other->partition != rival->partition &&
	       promise_comes_through(other, rival->high);
}

/* The instructions for interrupts that come through, and the console's. Each comes once, as it then
 * waits to be handled. */
static uint64_t promise_let_through(const struct promises *all, uint8_t priority)
{
	uint64_t instructions = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct promise_rival *other = &all->rivals[i];

		if (promise_comes_through(other, priority) ||
		    (!other->partition && other->high < priority))
			instructions += promise_interrupts(other);
	}
	return instructions;
}

/* How many turns among equals so much work takes at the most, its interrupts included. Each turn is
 * as short as possible, with a switch and an interrupt. 0: too little of such a turn is left for
 * work. */
static uint64_t promise_turns(const struct promises *all, const struct promise_rival *rival,
                              uint32_t work, uint32_t within)
{
	const uint64_t turn = COSTS_TURN * PROMISES_US;
	const uint64_t frame = promise_instructions(all, COSTS_SWITCH + COSTS_INTERRUPT);
	const uint64_t comes = promise_instructions(all, promise_arrival(rival, within));

	return turn > 2 * frame ? 1 + (work * PROMISES_US + comes) / (turn - frame) : 0;
}

/* The load of a rival on a vCPU at this priority. The frame enforces a budget, but may be late by a
 * stretch in which it takes no interrupt: once for the vCPU, and once for each broker that comes
 * into its turn when nothing is left. A budget may be used at the end of a period and again at the
 * beginning of the next. Described work is believed. If a vCPU has priorities by task, the
 * description is of its work above the lowest priority. A rival that moves may bring unfinished
 * work from another core, but only until its deadline. False: nothing bounds the rival. */
static bool promise_load(const struct promises *all, const struct promise_rival *rival,
                         uint8_t priority, struct response_load *load)
{
	const struct model_vcpu *vcpu = rival->vcpu;
	uint64_t frame, turns;
	uint32_t work, period;

	if (!promise_bound(rival, &work, &period))
		return false;
	turns = promise_turns(all, rival, work, period);
	if (!turns)
		return false;
	frame = 2 * COSTS_SWITCH * turns + promise_arrival(rival, period);
	if (vcpu->budget_us)
		frame += promise_masked(all) +
		         promise_brokers(all, rival) *
		             (promise_masked(all) + COSTS_INTERRUPT + 2 * COSTS_SWITCH);
	else if ((rival->low < rival->high && rival->low >= priority) ||
	         (promise_moves(vcpu) && !vcpu->deadline_us))
		return false;
	*load =
	    (struct response_load){.work = work * PROMISES_US + promise_instructions(all, frame),
	                           .period = period * PROMISES_US};
	if (vcpu->budget_us || promise_moves(vcpu))
		load->jitter = (uint64_t)(period - work) * PROMISES_US;
	return true;
}

/* A vCPU's own work, in microseconds, and its priority. */
struct promise_want {
	uint8_t priority;
	uint32_t work, period, jitter, limit;
};

/* The rivals that go before a vCPU or take turns with it. */
struct promise_others {
	struct response_load loads[BUNDLE_VCPUS_MAX + 1];
	uint32_t back[BUNDLE_VCPUS_MAX + 1]; /* microseconds: promise_way_back() */
	size_t count;
	uint32_t equal_budgets;              /* how many rivals with a budget only take turns */
	bool equals;                         /* at least one rival only takes turns */
	const struct promise_rival *endless; /* a rival without bounds; NULL: none */
};

/* The load of a less urgent vCPU whose deadline is watched, but not promised. It may be missed each
 * time, and the frame records a miss at once, whatever vCPU runs. */
static bool promise_misses(const struct promises *all, const struct promise_rival *other,
                           struct response_load *load)
{
	const struct model_vcpu *vcpu = other->vcpu;

	if (!vcpu || !vcpu->deadline_us || vcpu->work_us)
		return false;
	*load = (struct response_load){
	    .work = promise_instructions(all, COSTS_INTERRUPT + promise_masked(all)),
	    .period = vcpu->period_us * PROMISES_US};
	return true;
}

/* How much of an interrupted vCPU's budget this rival can cost. The rival may wake and wait as
 * often as its own budget allows. Each wake costs it the way to it, more than as long again, and
 * its part of the switch. The interrupted vCPU pays for the way back, which takes no longer than
 * the way there. So the ways back take at most a third of the rival's budget. */
static uint32_t promise_way_back(const struct promise_rival *other)
{
	return other->vcpu && other->vcpu->budget_us ? other->vcpu->budget_us / 3 + 1 : 0;
}

static void promise_look(struct promise_others *others, const struct promises *all,
                         const struct promise_rival *rival, uint8_t priority)
{
	*others = (struct promise_others){.count = 0};
	for (size_t i = 0; i < all->count && !others->endless; i++) {
		const struct promise_rival *other = &all->rivals[i];

		if (other == rival)
			continue;
		if (other->high < priority) {
			others->count += promise_misses(all, other, &others->loads[others->count]);
			continue;
		}
		others->equals |= other->low <= priority;
		others->equal_budgets +=
		    other->low <= priority && other->vcpu && other->vcpu->budget_us;
		others->back[others->count] = promise_way_back(other);
		if (!promise_load(all, other, priority, &others->loads[others->count++]))
			others->endless = other;
	}
}

/* How often equals with a budget interrupt the work. An equal that wakes pays for no switch, but it
 * comes no more often than turns end. */
static uint64_t promise_equals_come(const struct promises *all, const struct promise_rival *rival,
                                    const struct promise_others *others,
                                    const struct promise_want *want)
{
	return others->equal_budgets * promise_turns(all, rival, want->work, want->limit);
}

static uint64_t promise_response(const struct promises *all, const struct promise_rival *rival,
                                 const struct promise_others *others,
                                 const struct promise_want *want)
{
	const uint64_t first = promise_instructions(
	    all, promise_masked(all) + promise_let_through(all, want->priority));
	const uint64_t frame =
	    promise_instructions(all, COSTS_SWITCH + promise_arrival(rival, want->limit) +
	                                  promise_equals_come(all, rival, others, want) *
	                                      (COSTS_INTERRUPT + COSTS_SWITCH));
	const struct response_load own = {.work = want->work * PROMISES_US + frame,
	                                  .period = want->period * PROMISES_US,
	                                  .jitter = want->jitter * PROMISES_US};

	if (others->equals)
		return response_among_equals(first, &own, others->loads, others->count,
		                             want->limit * PROMISES_US);
	return response_time(first + own.work, others->loads, others->count,
	                     want->limit * PROMISES_US);
}

/* Computes when the work is done, if it is within the limit. */
static struct promise promise_done(const struct promises *all, const struct promise_rival *rival,
                                   const struct promise_want *want)
{
	struct promise_others others;
	struct promise promise = {.by = NULL};

	promise_look(&others, all, rival, want->priority);
	if (others.endless)
		return (struct promise){.verdict = PROMISE_UNBOUNDED, .by = others.endless};
	promise.response = promise_response(all, rival, &others, want);
	if (promise.response == RESPONSE_NEVER)
		return (struct promise){.verdict = PROMISE_LATE};
	promise.verdict = PROMISE_KEPT;
	promise.interruptions = 1 + promise_equals_come(all, rival, &others, want) +
	                        response_arrivals(promise.response, others.loads, others.count);
	for (size_t i = 0; i < others.count; i++)
		promise.back +=
		    others.back[i] * response_arrivals(promise.response, &others.loads[i], 1);
	return promise;
}

/* Computes when a vCPU has got all of its budget, if it wants it from the period's beginning on. It
 * may have used the former budget just before. */
static struct promise promise_budget(const struct promises *all, const struct promise_rival *rival,
                                     uint8_t priority, uint32_t limit)
{
	const struct model_vcpu *vcpu = rival->vcpu;
	const struct promise_want want = {.priority = priority,
	                                  .work = vcpu->budget_us,
	                                  .period = vcpu->budget_period_us,
	                                  .jitter = vcpu->budget_period_us - vcpu->budget_us,
	                                  .limit = limit};

	return promise_done(all, rival, &want);
}

/* ---- what is promised ---- */

struct promise promise_guarantee(const struct promises *all, const struct promise_rival *rival)
{
	const struct model_vcpu *vcpu = rival->vcpu;

	if (!vcpu || !(vcpu->flags & BUNDLE_VCPU_GUARANTEE))
		return (struct promise){.verdict = PROMISE_NONE};
	return promise_budget(all, rival, vcpu->priority, vcpu->budget_period_us);
}

/* The microseconds that the frame takes from a vCPU's budget while the vCPU works, interruptions
 * included. One of these is the switch to the vCPU, for which it pays twice. */
static uint32_t promise_charge(const struct promises *all, const struct promise_rival *rival,
                               const struct promise *promise)
{
	const uint64_t frame = promise_instructions(
	    all, (promise->interruptions + 1) * (COSTS_INTERRUPT + COSTS_SWITCH) +
	             promise_interrupts(rival) + promise_let_through(all, rival->high));
	const uint64_t charge = (frame + PROMISES_US - 1) / PROMISES_US + promise->back;

	return (uint32_t)(charge < UINT32_MAX / 4 ? charge : UINT32_MAX / 4);
}

/* The most that work with this `response` takes of the budget in one period, wherever the period
 * begins. If work comes no more often than a budget, at most two pieces of it are in a period: the
 * end of one and the beginning of the next. */
static uint32_t promise_demand(const struct model_vcpu *vcpu, uint64_t work, uint64_t response)
{
	const uint64_t budget = vcpu->budget_period_us, period = vcpu->period_us;
	const uint64_t done = (response + PROMISES_US - 1) / PROMISES_US;
	uint64_t demand = (budget + done + period - 1) / period * work;

	if (budget <= period) {
		demand = done + budget > period ? done + budget - period : 0;
		demand = demand > 2 * work ? 2 * work : demand;
		demand = demand < work ? work : demand;
	}
	return (uint32_t)(demand < UINT32_MAX ? demand : UINT32_MAX);
}

/* Work that needs several budgets. At the worst the budget is used up when the work comes: the vCPU
 * waits for the next one, and gets each further budget in time. */
static struct promise promise_rationed(const struct promises *all,
                                       const struct promise_rival *rival)
{
	const struct model_vcpu *vcpu = rival->vcpu;
	const struct promise starved = {.verdict = PROMISE_STARVED};
	const struct promise whole =
	    promise_budget(all, rival, rival->high, vcpu->budget_period_us);
	const uint32_t charge = promise_charge(all, rival, &whole);
	struct promise promise;
	uint32_t each, rounds;
	uint64_t waits;

	if (whole.verdict != PROMISE_KEPT || vcpu->budget_us <= charge)
		return starved;
	each = vcpu->budget_us - charge;
	rounds = (vcpu->work_us + each - 1) / each;
	waits = (uint64_t)rounds * vcpu->budget_period_us;
	if (waits >= vcpu->deadline_us)
		return starved;
	promise = promise_budget(all, rival, rival->high, vcpu->deadline_us - (uint32_t)waits);
	promise.response += waits * PROMISES_US;
	return promise.verdict == PROMISE_KEPT ? promise : starved;
}

/* Work that isn't done by its deadline: computes when it is done, if that is within its period. */
static struct promise promise_late(const struct promises *all, const struct promise_rival *rival,
                                   struct promise_want want)
{
	struct promise promise;

	want.limit = want.period;
	promise = promise_done(all, rival, &want);
	promise.verdict = PROMISE_LATE;
	return promise;
}

struct promise promise_deadline(const struct promises *all, const struct promise_rival *rival)
{
	const struct model_vcpu *vcpu = rival->vcpu;
	struct promise_want want;
	struct promise promise;
	uint32_t work, needed;

	if (!vcpu || !vcpu->deadline_us)
		return (struct promise){.verdict = PROMISE_NONE};
	if (!vcpu->work_us)
		return (struct promise){.verdict = PROMISE_UNSAID};
	want = (struct promise_want){.priority = rival->high,
	                             .work = vcpu->work_us,
	                             .period = vcpu->period_us,
	                             .limit = vcpu->deadline_us};
	promise = promise_done(all, rival, &want);
	if (promise.verdict == PROMISE_LATE)
		return promise_late(all, rival, want);
	if (promise.verdict != PROMISE_KEPT || !vcpu->budget_us)
		return promise;
	work = vcpu->work_us + promise_charge(all, rival, &promise);
	needed = promise_demand(vcpu, work, promise.response);
	if (vcpu->budget_us >= needed)
		return promise;
	promise = promise_rationed(all, rival);
	promise.needed = needed;
	return promise;
}
