/*
 * A long random walk of a core's ready queue, beside a model that sorts by what run/sched.h
 * promises and knows no queue.
 *
 * Shows: time.priority.
 */
#include "queue.h"

#include <run/sched.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <word/timer.h>

#define HCR_TWI (1ULL << 13)
#define APART   (1ULL << 20) /* ages: others go in between */

struct model {
	struct context *context;
	uint64_t age; /* of equals, the lower goes first; unique */
	uint32_t state;
	uint64_t left; /* of its turn; 0: the next one is new */
};

/* The context whose turn ends, and the time; 0 and TIMER_NEVER: there is none. */
static struct model *turn_of;
static uint64_t turn_ends, turn_piece;

static struct vcpu first;
static struct vcpu rest[QUEUE_MANY - 1];
static struct model model[QUEUE_MANY];
static uint64_t newest, oldest;

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static void model_start(uint32_t seed)
{
	static const enum context_kind kinds[QUEUE_MANY] = {CONTEXT_VCPU,    CONTEXT_CONSOLE,
	                                                    CONTEXT_LOADER,  CONTEXT_VCPU,
	                                                    CONTEXT_CONSOLE, CONTEXT_LOADER};

	random_state = seed;
	turn_of = NULL;
	turn_ends = TIMER_NEVER;
	turn_piece = 0;
	newest = oldest = 1ULL << 32;
	memset(&first, 0, sizeof(first));
	memset(rest, 0, sizeof(rest));
	core.vcpu = core.only = &first;
	for (uint32_t i = 0; i < QUEUE_MANY; i++) {
		struct vcpu *of = i == 0 ? &first : &rest[i - 1];
		struct context *context = &of->context;

		of->run.account = &queue.accounts[i];
		context->kind = (uint8_t)kinds[i];
		of->run.due = TIMER_NEVER;
		context->priority = (uint8_t)random_below(3);
		context->trace_id = (uint8_t)i;
		model[i] = (struct model){.context = context, .state = CONTEXT_OFF};
	}
}

static void model_ready(struct model *m)
{
	bool front = m->context->kind == CONTEXT_CONSOLE && !queue.interrupt_pending;

	if (m->state == CONTEXT_READY)
		return;
	m->state = CONTEXT_READY;
	m->age = front ? (oldest -= APART) : (newest += APART);
}

/* But for those that are as old as that, and older: of those as urgent. */
static struct model *model_behind(const struct model *older)
{
	struct model *best = NULL;

	for (uint32_t i = 0; i < QUEUE_MANY; i++) {
		struct model *m = &model[i];

		if (m->state != CONTEXT_READY)
			continue;
		if (older != NULL &&
		    (m->age <= older->age || m->context->priority != older->context->priority))
			continue;
		if (best == NULL || m->context->priority > best->context->priority ||
		    (m->context->priority == best->context->priority && m->age < best->age))
			best = m;
	}
	return best;
}

static struct model *model_best(void)
{
	return model_behind(NULL);
}

static uint32_t model_count(int priority)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < QUEUE_MANY; i++)
		count += model[i].state == CONTEXT_READY &&
		         (priority < 0 || model[i].context->priority == priority);
	return count;
}

/* Each ready one once, nobody else, by priority. */
static void check_queue(void)
{
	uint32_t seen = 0;
	int above = 256;

	for (const struct context *c = core.ready; c != NULL; c = c->next) {
		assert_int_equal(c->state, CONTEXT_READY);
		assert_true(c->priority <= above);
		assert_int_equal(seen >> c->trace_id & 1, 0);
		seen |= 1u << c->trace_id;
		above = c->priority;
	}
	for (uint32_t i = 0; i < QUEUE_MANY; i++) {
		assert_int_equal(model[i].context->state, model[i].state);
		assert_int_equal(seen >> i & 1, model[i].state == CONTEXT_READY);
	}
}

/*
 * A vCPU's turn is in pieces if a service waits for it. If a piece is interrupted, the next one
 * still begins at its time.
 */
static uint64_t model_piece(const struct model *m)
{
	uint64_t begun = m->left % QUEUE_SLICE;

	if (m->context->next->kind == CONTEXT_VCPU)
		return m->left;
	return begun != 0 ? begun : QUEUE_SLICE;
}

static uint64_t model_longest(const struct model *m)
{
	uint64_t turn = QUEUE_LONG;

	for (uint32_t i = 0; i < core.here; i++)
		turn /= 2;
	return m->context->kind == CONTEXT_VCPU && turn > QUEUE_SLICE ? turn : QUEUE_SLICE;
}

static void model_end(struct model *m)
{
	if (m->state != CONTEXT_READY)
		return;
	m->age = newest += APART;
	m->left = 0;
}

/* Behind a service that waited for it directly it has the rest, before the others. */
static void model_over(struct model *m)
{
	const struct model *service = model_behind(m), *then;

	if (m != model_best() || m->left <= turn_piece || service == NULL ||
	    service->context->kind == CONTEXT_VCPU) {
		model_end(m);
		return;
	}
	then = model_behind(service);
	m->age = then != NULL ? service->age + (then->age - service->age) / 2 : (newest += APART);
	assert_int_not_equal(m->age, service->age);
	m->left -= turn_piece;
}

/* It has the rest of its turn, or a new one, unless it is in the middle of a turn. */
static void model_turn(struct model *best)
{
	bool shared = model_count(best->context->priority) > 1;

	if (turn_of == best && shared && best->left != 0 && turn_ends != TIMER_NEVER)
		return;
	if (turn_of != NULL && turn_of != best && turn_of->left != 0 && turn_ends != TIMER_NEVER)
		turn_of->left -=
		    turn_piece - (turn_ends > timer_now() ? turn_ends - timer_now() : 1);
	if (shared && (best->left == 0 || best->left > model_longest(best)))
		best->left = model_longest(best);
	turn_piece = shared ? model_piece(best) : turn_piece;
	turn_ends = shared ? timer_now() + turn_piece : TIMER_NEVER;
}

static void check_turn(void)
{
	static const struct context *before;
	const struct context *now = core.current;
	/* Only a shared core goes from vCPU to vCPU; its vCPUs' WFI always traps. */
	bool passed = before != NULL && before != now && before->kind == CONTEXT_VCPU;

	before = now;
	assert_ptr_equal(now, model_best()->context);
	model_turn(model_best());
	turn_of = model_best();
	assert_int_equal(core.deadline[TIMER_SLICE], turn_ends);
	if (now->kind == CONTEXT_VCPU && !passed)
		assert_int_equal((now->hcr & HCR_TWI) != 0, now->next != NULL);
}

static void step(void)
{
	struct model *m = &model[random_below(QUEUE_MANY)];
	enum context_state off = random_below(2) ? CONTEXT_OFF : CONTEXT_BLOCKED;

	queue.interrupt_pending = random_below(4) == 0;
	if (random_below(8) == 0)
		core.here = (uint8_t)random_below(6); /* others come and go */
	switch (random_below(4)) {
	case 0:
		model_ready(m);
		sched_ready(m->context);
		break;
	case 1:
		m->state = off;
		m->left = 0;
		sched_block(m->context, off);
		break;
	case 2:
		model_end(m);
		sched_end_turn(m->context);
		break;
	default:
		if (core.current == NULL)
			break;
		model_over(&model[core.current->trace_id]);
		sched_turn_over(core.current);
		break;
	}
	check_queue();
}

const struct unit_fixture unit_each = {queue_setup, queue_quiet};

TEST(test_random_walks)
{
	for (uint32_t seed = 1; seed <= 40; seed++) {
		queue_setup();
		model_start(seed);
		for (uint32_t i = 0; i < 2000; i++) {
			step();
			if (core.ready == NULL || random_below(3) == 0)
				continue;
			fake_time(5000 + i);
			queue_choose();
			check_turn();
		}
		queue_quiet();
	}
}
