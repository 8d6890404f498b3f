/*
 * vCPUs go from core to core: by command, and where they would run sooner; see run/move.h.
 */
#include <kumiki/hypercall.h>
#include <lib/bundle.h>
#include <machine/local.h>
#include <machine/sysreg.h>
#include <run/move.h>
#include <run/resident.h>
#include <run/sched.h>
#include <vgic/vgic.h>
#include <word/console.h>
#include <word/mail.h>
#include <word/power.h>
#include <word/timer.h>
#include <word/trace.h>
#include <word/vcpu.h>

#define MOVE_SLOW_LEAST 16u
#define MOVE_SLOW_MOST  256u

static uint32_t move_leaving_to CORE_LOCAL; /* the core that core.leaving goes to */
static uint32_t move_stay CORE_LOCAL;       /* ticks: MOVE_STAY_NS */
static uint16_t move_slow
    CORE_LOCAL; /* so long takes here what takes MOVE_SLOW_LEAST on the board's fastest core */
static uint64_t move_crowded
    CORE_LOCAL; /* since when a vCPU has waited here in vain; 0: none does */

/* In shared_memory->move: core + 1, and whether it is only for the balance. */
#define MOVE_IF_IT_WAITS 0x80u

/* ---- from core to core ---- */

/* Nothing of it is in a register of this core. */
static void move_out(struct vcpu *vcpu, uint32_t to)
{
	uint32_t id = vcpu->context.trace_id;

	resident_leave(vcpu); /* it may find out that it has something to do */
	sched_leave(&vcpu->context);
	vgic_move(vcpu, bundle_cores(core_bundle)[to].affinity);
	trace(TRACE_MOVE, id, (uint64_t)core.index << 32 | to);
	vcpu->comes = 1;
	barrier_full(); /* its own stores and maintenance, too, are for wherever it is */
	__atomic_store_n(&vcpu->core, (uint8_t)to, __ATOMIC_SEQ_CST);
	mail_post(to, MAIL_VCPU, id);
}

void move_leave(void)
{
	struct vcpu *vcpu = core.leaving;

	core.leaving = 0;
	if (vcpu != 0)
		move_out(vcpu, move_leaving_to);
}

/* What runs has registers that are in memory only when the core chooses anew. */
static void move_go(struct vcpu *vcpu, uint32_t to)
{
	if (&vcpu->context != core.current) {
		move_out(vcpu, to);
		return;
	}
	core.leaving = vcpu;
	move_leaving_to = to;
	sched_leave(&vcpu->context);
}

static void come(struct vcpu *vcpu)
{
	uint64_t from = vcpu->run.account->core;

	vcpu->comes = 0;
	vcpu->run.moved = timer_now();
	vcpu->run.account->core = (uint8_t)core.index;
	vcpu->run.account->moves++;
	trace(TRACE_MOVE, vcpu->context.trace_id, from << 32 | core.index);
	sched_come(&vcpu->context);
	resident_come(vcpu);
}

bool move_take_over(struct vcpu *vcpu)
{
	if (__atomic_load_n(&vcpu->core, __ATOMIC_SEQ_CST) != core.index) {
		vcpu_tell_later(vcpu);
		return false;
	}
	if (vcpu->comes)
		come(vcpu);
	return true;
}

/* ---- by command ---- */

int64_t move_ask(uint64_t partition, uint64_t vcpu, uint64_t to)
{
	struct bundle_range vcpus;
	uint64_t id;

	if (partition >= core_bundle->partitions.count || to >= core_bundle->cores.count)
		return KUMIKI_INVALID_PARAMETERS;
	vcpus = bundle_partitions(core_bundle)[partition].vcpus;
	id = vcpus.first + vcpu;
	if (vcpu >= vcpus.count)
		return KUMIKI_INVALID_PARAMETERS;
	if ((bundle_vcpus(core_bundle)[id].cores >> to & 1) == 0 ||
	    shared_memory->life[partition].state == LIFE_STOPPED)
		return KUMIKI_DENIED;
	__atomic_store_n(&shared_memory->move[id], (uint8_t)(to + 1), __ATOMIC_SEQ_CST);
	mail_post(shared_memory->accounts.vcpu[id].core, MAIL_VCPU, (uint32_t)id);
	return 0;
}

/* It waits for another core to take it, and has been here for long enough. */
static bool waits_here(const struct vcpu *vcpu)
{
	return vcpu->context.state == CONTEXT_READY && &vcpu->context != core.current &&
	       timer_now() - vcpu->run.moved >= move_stay;
}

void move_look(struct vcpu *vcpu)
{
	uint8_t *asked = &shared_memory->move[vcpu->context.trace_id];
	uint32_t to;

	if (__atomic_load_n(asked, __ATOMIC_RELAXED) == 0)
		return;
	to = __atomic_exchange_n(asked, 0, __ATOMIC_SEQ_CST);
	if ((to & MOVE_IF_IT_WAITS) != 0 && !waits_here(vcpu))
		return;
	to = (to & ~MOVE_IF_IT_WAITS) - 1;
	if (to != core.index)
		move_go(vcpu, to);
}

/* ---- by balance ---- */

/*
 * What a core says of itself: how urgent what it runs is, + 2, or 1: it is idle; how long a round
 * of turns is there for one more, by move_slow; and one of those that wait and may go, + 1. It says
 * 0 before it has begun.
 */
#define LOAD_BUSY(priority, round) (((priority) + 2u) << 14 | (round))
#define LOAD_NOBODY                (~0u) /* in place of a priority: it is idle */
#define LOAD_BUSY_OF(load)         ((load) >> 8)
#define LOAD_WAITS(load)           ((load)&0xff)
#define MOVE_ROUND                 8u /* stays between moves that just change whose turn it is */
#define MOVE_DICE                  7u /* from this bit on the time of a look is chance */

static uint32_t load_of(uint32_t index)
{
	return __atomic_load_n(&shared_memory->load[index], __ATOMIC_SEQ_CST);
}

static void publish(uint32_t priority, uint32_t ready, uint32_t waits)
{
	__atomic_store_n(&shared_memory->load[core.index],
	                 LOAD_BUSY(priority, (ready + 1) * move_slow) << 8 | waits,
	                 __ATOMIC_SEQ_CST);
}

/* It waits, and since this was last judged, long ago, so much was stolen from it, in however many
 * pieces, that it had less than half of what it would have if all who go before it here were its
 * equals. Chance says when: else it might be the same one of several, each time that the more
 * urgent one waits for a moment, that comes and is robbed again. */
static bool judge_robbery(struct vcpu *vcpu, uint32_t before, uint64_t now)
{
	/* Of all time, but what was stolen. */
	uint64_t had = vcpu->run.account->since - vcpu->run.account->stolen;
	uint64_t time = now - vcpu->run.had_at, has = had - vcpu->run.had;

	if (time < MOVE_ROUND * move_stay || (now >> MOVE_DICE & 1) != 0)
		return false;
	vcpu->run.had_at = now;
	vcpu->run.had = had;
	return has * 2 * before < time;
}

/*
 * How busy a core has to be more than for it to go there. One that is idle, or runs somebody less
 * urgent, serves at once; who runs here already goes to an idle one that is faster. For turns
 * elsewhere it waits for its equals here, or has waited as long for what is more urgent, which may
 * be short; if that leaves it next to nothing, it goes for turns among however many. If it makes
 * no other difference than whose turn it is, it is done but rarely, `rests`: long after one came
 * here, who goes last of all. So three equals on two cores go round, and each in turn has one for
 * itself.
 */
static uint32_t worth(struct vcpu *vcpu, uint32_t before, bool rests, uint64_t now)
{
	if (&vcpu->context == core.current)
		return LOAD_BUSY(LOAD_NOBODY, move_slow);
	if (core.current->priority > vcpu->context.priority) {
		if (judge_robbery(vcpu, before, now))
			return LOAD_BUSY(vcpu->context.priority + 1, 0);
		if (now - vcpu->run.account->since < move_stay)
			return LOAD_BUSY(vcpu->context.priority, 0);
	}
	rests &= now - vcpu->run.moved >= 2 * MOVE_ROUND * move_stay;
	return LOAD_BUSY(vcpu->context.priority, before * move_slow) + rests;
}

/* It says that it is idle, but somebody is on his way there, or woken: it soon says otherwise. */
static bool expects(uint32_t index, uint32_t busy)
{
	return busy < LOAD_BUSY(0, 0) && RELAXED(shared_memory->box[index].word[MAIL_VCPU]) != 0;
}

/* To the least busy of those cores, by chance one of several: else it would be the same one again
 * and again, and of many equals on fewer cores one would never share its own. */
static bool push(struct vcpu *vcpu, uint32_t before, bool rests, uint64_t now)
{
	const uint32_t here = core.index;
	uint32_t cores = vcpu->run.roams & ~(1u << here);
	uint32_t least = worth(vcpu, before, rests, now), to = here, again = core.reschedule;

	for (; cores != 0; cores &= cores - 1) {
		uint32_t at = (uint32_t)__builtin_ctz(cores), busy = LOAD_BUSY_OF(load_of(at));

		if (busy != 0 && busy < least && !power_closed(at) && !expects(at, busy)) {
			/* Or another one as good. */
			least = busy + (now >> (MOVE_DICE + 1 + at) & 1);
			to = at;
		}
	}
	if (to == here || shared_memory->move[vcpu->context.trace_id] != 0)
		return false;
	move_go(vcpu, to);
	/* Who waited wasn't chosen; somebody else may have woken, or become more urgent. */
	core.reschedule = core.ready != core.current || again;
	return true;
}

/* It waits for one that has no turn, and may not go: the core comes back to it when it may, and
 * then now and then, as another core may have become less busy. */
static void come_back(uint64_t since, uint64_t now)
{
	if (core.deadline[TIMER_SLICE] != TIMER_NEVER)
		return;
	core.current->turn = 0; /* it is alone, and this isn't its turn's end */
	if (now - since < move_stay)
		core.deadline[TIMER_SLICE] = since + move_stay;
	else
		core.deadline[TIMER_SLICE] = now + MOVE_ROUND * move_stay;
	timer_program(TIMER_SLICE);
}

/* Somebody waits here in vain: if that has been so for a while, more cores may be wanted. Two that
 * tell it at once tell it once. */
static void tell_need(uint64_t now)
{
	uint64_t since = move_crowded;

	if (since == 0)
		move_crowded = since = now;
	if (now - since < move_stay - core.slice || RELAXED(shared_memory->need) == 0)
		return;
	__atomic_store_n(&shared_memory->need, 0, __ATOMIC_RELAXED);
	console_wake_later(CONSOLE_EVENT_NEED);
}

void move_balance(void)
{
	struct vcpu *waits = 0, *goes = 0; /* the first that may; which is to */
	struct vcpu *runs = 0;             /* what runs on a slower core waits for a faster one */
	/* Those who are ready; as urgent as who runs; at least as urgent as who is to go. */
	uint32_t ready = 0, equals = 0, before = 0, those = 1;
	bool rests = true; /* none of the last came here not long ago */
	uint64_t now = timer_now();

	if (core.leaving != 0 && &core.leaving->context == core.current)
		sched_leave(core.current); /* it woke before it left: once more */
	else
		move_leave();
	for (struct context *c = core.ready; c != 0; c = c->next) {
		struct vcpu *vcpu;
		uint64_t stayed;

		if (c->kind != CONTEXT_VCPU)
			continue;
		ready++;
		vcpu = vcpu_of(c);
		stayed = now - vcpu->run.moved;
		if (c->priority == core.current->priority)
			equals = ready;
		if ((c == core.current && move_slow == MOVE_SLOW_LEAST) || vcpu->run.roams == 0)
			;
		else if (stayed < move_stay)
			come_back(vcpu->run.moved, now);
		else if (c == core.current)
			runs = vcpu;
		else if (waits == 0)
			goes = waits = vcpu;
		/* Of equals the last one, which has just woken or used up a turn: who woke sends
		 * nobody else away. Who has waited for so long, and finds no core, isn't to keep
		 * those behind it from one where it may not run itself, nor are those who take
		 * turns ever to keep the less urgent. */
		else if ((c->priority == waits->context.priority &&
		          now - waits->run.account->since < move_stay) ||
		         (uint32_t)(now >> MOVE_DICE) % ++those == 0)
			goes = vcpu;
		if (goes == 0 || c->priority >= goes->context.priority) {
			before = ready;
			if (stayed < MOVE_ROUND * move_stay)
				rests = false;
		}
	}
	/* First this, then the others: who goes idle meanwhile looks at this, and asks. */
	publish(core.current->priority, equals, waits == 0 ? 0 : waits->context.trace_id + 1u);
	if (waits == 0) {
		move_crowded = 0;
		if (runs == 0)
			return;
		goes = waits = runs;
	}
	if (push(goes, before, rests, now)) {
		publish(core.current->priority,
		        equals - (goes->context.priority == core.current->priority),
		        goes == waits ? 0 : waits->context.trace_id + 1u);
		if (ready > 2) /* beside what runs and who goes */
			come_back(now, now);
		return;
	}
	if (waits != runs)
		tell_need(now);
	come_back(waits->run.account->since, now);
}

/* Asks the busiest core for the one that waits there. */
void move_idle(void)
{
	uint32_t most = 0;
	uint8_t nobody = 0;

	publish(LOAD_NOBODY, 0, 0);
	if (power_closed(core.index))
		return;
	for (uint32_t i = 0; i < core_bundle->cores.count; i++) {
		uint32_t load = load_of(i), waits = LOAD_WAITS(load);

		if (waits != 0 && load > most &&
		    (bundle_vcpus(core_bundle)[waits - 1].cores >> core.index & 1) != 0)
			most = load;
	}
	if (most == 0)
		return;
	most = LOAD_WAITS(most) - 1;
	if (__atomic_compare_exchange_n(&shared_memory->move[most], &nobody,
	                                (uint8_t)(MOVE_IF_IT_WAITS | (core.index + 1)), false,
	                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		mail_post(shared_memory->accounts.vcpu[most].core, MAIL_VCPU, most);
}

AT_START static uint32_t slowness(uint32_t speed)
{
	uint32_t slow = MOVE_SLOW_LEAST * BUNDLE_SPEED_FASTEST / speed;

	return slow < MOVE_SLOW_MOST ? slow : MOVE_SLOW_MOST;
}

AT_START void move_begin(void)
{
	move_stay = (uint32_t)timer_ticks(MOVE_STAY_NS);
	move_slow = (uint16_t)slowness(core_bundle->speed[core.index]);
}
