/*
 * vCPUs go from core to core: by command, and to where they would run sooner; see run/move.h.
 */
#include <kumiki/hypercall.h>
#include <lib/bundle.h>
#include <lib/index.h>
#include <run/move.h>
#include <run/resident.h>
#include <run/sched.h>
#include <vgic/vgic.h>
#include <word/mail.h>
#include <word/power.h>
#include <word/service.h>
#include <word/trace.h>
#include <word/vcpu.h>

static uint32_t move_leaving_to CORE_LOCAL; /* the core that core.leaving goes to */
static uint32_t move_stay CORE_LOCAL;       /* ticks: MOVE_STAY_NS */
static uint32_t move_slow CORE_LOCAL;       /* 0: this core is the fastest kind; up to LACK_ALL */
static uint64_t move_came CORE_LOCAL; /* counter: when a vCPU last came for turns with an equal */
/* For each core the counter since when this core's looks have found it idle; 0: they didn't. */
static uint64_t move_idle_since[BUNDLE_CORES_MAX] CORE_LOCAL;
static uint64_t move_crowded CORE_LOCAL; /* counter: since when vCPUs wait here in vain; or 0 */

/* ---- from core to core ---- */

/* Sends the vCPU away. Its general registers are in memory already; this saves the others. */
static void move_out(struct vcpu *vcpu, uint32_t to)
{
	uint32_t id = vcpu->context.trace_id;

	resident_leave(vcpu); /* this may wake the vCPU, if an interrupt is pending for it */
	sched_leave(&vcpu->context);
	vgic_move(vcpu, bundle_cores(core_bundle)[to].affinity);
	trace(TRACE_MOVE, id, (uint64_t)core.index << 32 | to);
	vcpu->comes = 1;
	barrier_full(); /* the vCPU's own stores and maintenance are done before it runs there */
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

/* Sends the vCPU away. The running vCPU leaves only when the core makes its next choice, as only
 * then its registers are in memory. */
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

/* Returns the ticks that were stolen from the vCPU, ever. */
static uint64_t stolen_until(const struct vcpu *vcpu, uint64_t now)
{
	const struct vcpu_account *account = vcpu->run.account;

	return account->stolen + (account->state == ACCOUNT_READY ? now - account->since : 0);
}

static void come(struct vcpu *vcpu)
{
	uint64_t from = vcpu->run.account->core;

	vcpu->comes = 0;
	vcpu->run.moved = timer_now();
	if (vcpu->run.moved - vcpu->run.turned < move_stay)
		move_came = vcpu->run.moved;
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
	partition = index_within(partition, core_bundle->partitions.count);
	vcpus = bundle_partitions(core_bundle)[partition].vcpus;
	if (vcpu >= vcpus.count)
		return KUMIKI_INVALID_PARAMETERS;
	id = vcpus.first + index_within(vcpu, vcpus.count);
	if ((bundle_vcpus(core_bundle)[id].cores >> to & 1) == 0 ||
	    shared_memory->life[partition].state == LIFE_STOPPED)
		return KUMIKI_DENIED;
	__atomic_store_n(&shared_memory->move[id], (uint8_t)(to + 1), __ATOMIC_SEQ_CST);
	mail_post(shared_memory->accounts.vcpu[id].core, MAIL_VCPU, (uint32_t)id);
	return 0;
}

void move_look(struct vcpu *vcpu)
{
	uint8_t *asked = &shared_memory->move[vcpu->context.trace_id];
	uint32_t to;

	if (__atomic_load_n(asked, __ATOMIC_RELAXED) == 0)
		return;
	to = __atomic_exchange_n(asked, 0, __ATOMIC_SEQ_CST);
	if (to - 1 != core.index)
		move_go(vcpu, to - 1);
}

/* ---- by balance: docs/inside/scheduling.md, The balancer ---- */

/* How busy a core says that it is: first the priority of the running context, then what another
 * vCPU of that priority would lack there (shown_lack()). Idle cores are the least busy, the fastest
 * of them least of all. 0: the core isn't on. */
#define LACK_ALL             255u
#define BUSY_IDLE(slow)      (1u << 8 | (slow))
#define BUSY(priority, lack) (((priority) + 2u) << 8 | (lack))
#define IS_IDLE(busy)        ((busy) >> 8 == 1)
#define MOVE_WINDOW          (10ull * move_stay) /* a vCPU's lack is judged over this time */
#define MOVE_WARY            (16 * MOVE_WINDOW)

static uint32_t busy_at(uint32_t at)
{
	return __atomic_load_n(&shared_memory->load[at], __ATOMIC_SEQ_CST);
}

static void publish(uint32_t busy)
{
	__atomic_store_n(&shared_memory->load[core.index], busy, __ATOMIC_SEQ_CST);
}

/* Returns how much of its last window was stolen from the vCPU, 0 to LACK_ALL. A vCPU with a budget
 * lacks nothing: it was promised the budget, and not a part of a core. */
static uint32_t lack_of(struct vcpu *vcpu, uint64_t now)
{
	uint64_t time = now - vcpu->run.window, stolen;

	if (time >= MOVE_WINDOW) {
		stolen = stolen_until(vcpu, now);
		vcpu->run.lack = (uint8_t)((stolen - vcpu->run.stolen_before) * LACK_ALL / time);
		vcpu->run.stolen_before = stolen;
		vcpu->run.window = now;
	}
	return (vcpu->run.promised & PROMISE_BUDGET) != 0 ? 0 : vcpu->run.lack;
}

/* A waiting vCPU moves only to a core that is less busy than this limit. Such a core would run the
 * vCPU at once; or an equal runs there, and the vCPU had less than three quarters of what it would
 * have there. A vCPU that lately went to an equal's core doesn't go to another equal yet. */
static uint32_t limit_for(struct vcpu *vcpu, uint64_t now)
{
	uint32_t had = (LACK_ALL - lack_of(vcpu, now)) * 4 / 3;

	if (had >= LACK_ALL || now - vcpu->run.turned < 2 * MOVE_WINDOW)
		had = LACK_ALL;
	return BUSY(vcpu->context.priority, LACK_ALL - had);
}

/* Returns the least busy of these cores that is open and less busy than the limit. Of equally busy
 * cores it is the next one after this core. Returns this core if there is none. */
static uint32_t find_core(uint32_t cores, uint32_t limit)
{
	const uint32_t count = core_bundle->cores.count;
	uint32_t to = core.index;

	for (uint32_t i = 1; i < count; i++) {
		uint32_t at = (core.index + i) % count, busy = busy_at(at);

		if ((cores >> at & 1) == 0 || busy == 0 || busy >= limit || power_closed(at))
			continue;
		limit = busy;
		to = at;
	}
	return to;
}

/* The vCPU goes to an equal: its lack until now is forgotten. */
static void go_for_turns(struct vcpu *vcpu, uint64_t now)
{
	vcpu->run.turned = vcpu->run.window = now;
	vcpu->run.stolen_before = stolen_until(vcpu, now);
	vcpu->run.lack = 0;
}

/* Sends the vCPU to the least busy of these cores. False: none is less busy than the limit, or the
 * vCPU was asked to go somewhere else. */
static bool push(struct vcpu *vcpu, uint32_t cores, uint32_t limit, uint64_t now)
{
	uint32_t to = find_core(cores, limit), again = core.reschedule;

	if (to == core.index || shared_memory->move[vcpu->context.trace_id] != 0)
		return false;
	if (busy_at(to) >= BUSY(vcpu->context.priority, 0))
		go_for_turns(vcpu, now);
	move_go(vcpu, to);
	/* If the vCPU only waited, the choice stands, unless another vCPU has woken meanwhile. */
	core.reschedule = core.ready != core.current || again;
	return true;
}

/* Returns the open cores that idle, a bit each. `*not_yet`: of these, the cores that were first
 * seen idle less than half a `move_stay` ago. */
static uint32_t idle_cores(uint64_t now, uint32_t *not_yet)
{
	uint32_t idle = 0;

	for (uint32_t at = 0; at < core_bundle->cores.count; at++) {
		if (!IS_IDLE(busy_at(at)) || power_closed(at)) {
			move_idle_since[at] = 0;
			continue;
		}
		idle |= 1u << at;
		if (move_idle_since[at] == 0)
			move_idle_since[at] = now;
		if (now - move_idle_since[at] < move_stay / 2)
			*not_yet |= 1u << at;
	}
	return idle;
}

/* True: the context is a vCPU that may move and has been here for long enough. Services stay. */
static bool may_go(struct context *context, uint64_t now)
{
	return context->kind == CONTEXT_VCPU && vcpu_of(context)->run.roams != 0 &&
	       now - vcpu_of(context)->run.moved >= move_stay;
}

/* True: the vCPU went to an equal's core not long ago. The core that it left may idle only for the
 * moments in which a more urgent vCPU there waits. So this vCPU goes only to a core that has idled
 * for longer. */
static bool is_wary(const struct vcpu *vcpu, uint64_t now)
{
	return vcpu->run.turned != 0 && now - vcpu->run.turned < MOVE_WARY;
}

/* Returns one of the vCPUs that wait here and may go: the first that may go to an idle core; if
 * there is none, the most urgent vCPU, of equals the one that has been here longest. `*cores`:
 * where this vCPU may go. Returns 0 if no such vCPU waits. */
static struct vcpu *find_waiting(uint64_t now, uint32_t *cores)
{
	uint32_t not_yet = 0, idle = idle_cores(now, &not_yet);
	struct vcpu *found = 0;

	for (struct context *c = core.ready; c != 0; c = c->next) {
		struct vcpu *vcpu = vcpu_of(c);
		uint32_t to;

		if (c == core.current || !may_go(c, now))
			continue;
		to = vcpu->run.roams & ~(is_wary(vcpu, now) ? not_yet : 0);
		if (found == 0 || (to & idle) != 0 ||
		    (c->priority == found->context.priority &&
		     vcpu->run.moved < found->run.moved)) {
			found = vcpu;
			*cores = to;
		}
		if ((to & idle) != 0)
			break;
	}
	return found;
}

/* Has the balancer look again at this time. If the end of a turn is set, it looks then. */
static void come_back(uint64_t at)
{
	if (core.deadline[TIMER_SLICE] != TIMER_NEVER)
		return;
	core.current->turn = 0; /* it has no equal, and this isn't the end of a turn */
	core.deadline[TIMER_SLICE] = at;
	timer_program(TIMER_SLICE);
}

/* vCPUs wait here in vain. If that has been so for a while, tells the warden that cores are needed.
 * If two cores do so at once, the warden hears of it once. */
static void tell_need(uint64_t now)
{
	uint64_t since = move_crowded;

	if (since == 0)
		move_crowded = since = now;
	if (now - since < move_stay - core.slice || RELAXED(shared_memory->need) == 0)
		return;
	__atomic_store_n(&shared_memory->need, 0, __ATOMIC_RELAXED);
	service_wake_later(SERVICE_EVENT_NEED);
}

static bool others_roam(void)
{
	for (struct context *c = core.ready; c != 0; c = c->next)
		if (c != core.current && c->kind == CONTEXT_VCPU && vcpu_of(c)->run.roams != 0)
			return true;
	return false;
}

/* No other vCPU waits here that may move. The running vCPU goes from a slow core to a faster one
 * that idles. */
static void speed_up(uint64_t now)
{
	move_crowded = 0;
	if (move_slow != 0 && may_go(core.current, now) &&
	    push(vcpu_of(core.current), vcpu_of(core.current)->run.roams, BUSY_IDLE(move_slow),
	         now))
		return;
	if (move_slow != 0 || now - move_came < MOVE_WINDOW)
		come_back(now + MOVE_WINDOW);
}

/* Estimates what another vCPU of this priority would lack here: nothing if the running vCPU has no
 * equal; LACK_ALL if a service runs, or if a vCPU has just come here for turns. */
static uint32_t shown_lack(struct context *runs, uint64_t now)
{
	if (runs->kind != CONTEXT_VCPU || now - move_came < MOVE_WINDOW)
		return LACK_ALL;
	if (runs->next == 0 || runs->next->priority != runs->priority)
		return 0;
	return lack_of(vcpu_of(runs), now);
}

void move_balance(void)
{
	struct context *runs = core.current;
	uint64_t now = timer_now();
	struct vcpu *waits;
	uint32_t cores;

	if (core.leaving != 0 && &core.leaving->context == runs)
		sched_leave(runs); /* the vCPU woke before it left: it leaves at the next choice */
	else
		move_leave();
	publish(BUSY(runs->priority, shown_lack(runs, now)));
	if (!others_roam()) {
		speed_up(now);
		return;
	}
	waits = find_waiting(now, &cores);
	if (waits != 0 && push(waits, cores, limit_for(waits, now), now)) {
		come_back(now + core.slice); /* others may go, too */
		return;
	}
	tell_need(now);
	come_back(now + move_stay);
}

void move_idle(void)
{
	publish(BUSY_IDLE(move_slow));
}

AT_START void move_begin(void)
{
	const uint32_t speed = core_bundle->speed[core.index];

	move_stay = (uint32_t)timer_ticks(MOVE_STAY_NS);
	move_slow = LACK_ALL - LACK_ALL * speed / BUNDLE_SPEED_FASTEST;
}
