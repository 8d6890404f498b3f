/*
 * What becomes of a partition: its states, the commands that change them, the policy when it ends
 * by itself; see frame/life.h and docs/lifecycle.md. Runs on the partition's home core with
 * interrupts masked, each call bounded: what is long goes on in a message to this very core.
 * partition.c carries out what is decided here.
 */
#include <frame/core.h>
#include <frame/doorbell.h>
#include <frame/life.h>
#include <frame/mail.h>
#include <frame/partition.h>
#include <frame/report.h>
#include <frame/sched.h>
#include <frame/service.h>
#include <frame/trace.h>
#include <lib/bundle.h>
#include <machine/firmware.h>

#define WINDOW_DOUBLINGS_MAX 16u
#define SILENCE_STEP         8 /* words of interrupts silenced at a time */

static const struct bundle_life *policy(const struct partition *partition)
{
	return &partition->config->life;
}

static uint32_t state_of(const struct partition *partition)
{
	return __atomic_load_n(&partition->life.status.state, __ATOMIC_SEQ_CST);
}

bool life_runs(const struct partition *partition)
{
	uint32_t state = state_of(partition);

	return state == LIFE_RUNNING || state == LIFE_SUSPENDING;
}

/* ---- what others see ---- */

static void log_event(const struct partition *partition)
{
	struct life_log *log = &partition->console->life;
	struct life_event *event = &log->events[log->next % LIFE_EVENTS];

	event->time = timer_now();
	event->status = partition->life.status;
	__atomic_store_n(&log->next, log->next + 1, __ATOMIC_RELEASE);
	console_wake_later(CONSOLE_EVENT_STATE);
}

/* The state is changed already: everybody is told. */
static void publish(const struct partition *partition)
{
	shared_memory->life[partition->index] = partition->life.status;
	trace(TRACE_LIFE, TRACE_NO_VCPU,
	      (uint64_t)partition->life.status.state << 32 | partition->index);
	log_event(partition);
	doorbell_tell_managers(partition->index);
}

/* Without a console there is nobody to wait for before the machine is switched off. */
static void rests(void)
{
	if (__atomic_sub_fetch(&shared_memory->awake, 1, __ATOMIC_SEQ_CST) != 0 ||
	    (core_bundle->flags & BUNDLE_STAY_ON) != 0)
		return;
	shared_memory->off = 1;
	if (core_bundle->board.uart_base == 0)
		firmware_off();
}

static void enter(struct partition *partition, enum life_state state)
{
	uint32_t old =
	    __atomic_exchange_n(&partition->life.status.state, (uint32_t)state, __ATOMIC_SEQ_CST);

	if (old == LIFE_STOPPED && state != LIFE_STOPPED)
		__atomic_add_fetch(&shared_memory->awake, 1, __ATOMIC_SEQ_CST);
	publish(partition);
	if (old != LIFE_STOPPED && state == LIFE_STOPPED)
		rests();
}

/* Who comes second finds it changed. */
static bool change(struct partition *partition, enum life_state from, enum life_state to)
{
	uint32_t expected = from;

	return __atomic_compare_exchange_n(&partition->life.status.state, &expected, (uint32_t)to,
	                                   false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

uint32_t life_home(uint32_t partition)
{
	uint32_t first = bundle_partitions(core_bundle)[partition].vcpus.first;

	return bundle_vcpus(core_bundle)[first].core;
}

void life_tell(uint32_t partition, uint32_t message)
{
	mail_post(life_home(partition), MAIL_LIFE, partition * LIFE_MESSAGES + message);
}

/* ---- the beginning ---- */

/* A device that nobody can silence might write into what is laid out. */
static bool may_load(const struct partition *partition)
{
	return partition->life.status.starts == 0 ||
	       (partition->config->flags & BUNDLE_NO_RESTART) == 0;
}

static void load(struct partition *partition)
{
	struct life *life = &partition->life;

	life->after = LIFE_AFTER_POLICY;
	life->due = TIMER_NEVER;
	life->loaded = 0;
	life->hidden = 0;
	life->resume = 0;
	partition_load(partition, life->status.starts != 0);
	life->status.starts++;
	enter(partition, LIFE_LOADING);
}

/* By command: what it did before doesn't count. */
static void load_afresh(struct partition *partition)
{
	partition->life.status.failed = 0;
	load(partition);
}

static bool others_run(uint32_t mask)
{
	for (; mask != 0; mask &= mask - 1) {
		uint32_t other = (uint32_t)__builtin_ctz(mask);

		if (__atomic_load_n(&shared_memory->life[other].state, __ATOMIC_SEQ_CST) !=
		    LIFE_RUNNING)
			return false;
	}
	return true;
}

void life_begin(struct partition *partition)
{
	if (state_of(partition) != LIFE_WAITING)
		return;
	/* Waits first, then looks: who begins to run in between tells it. */
	partition->life.due = TIMER_NEVER;
	publish(partition);
	life_message(partition, LIFE_RUNS);
}

static void tell_waiting(const struct partition *partition)
{
	for (uint32_t i = 0; i < core_bundle->partitions.count; i++)
		if ((bundle_partitions(core_bundle)[i].life.after >> partition->index & 1) != 0)
			life_tell(i, LIFE_RUNS);
}

static void run(struct partition *partition)
{
	/* Its first vCPU may end it at once: nothing of the beginning comes after that. */
	enter(partition, LIFE_RUNNING);
	tell_waiting(partition);
	partition_run(partition);
}

void life_loaded(struct partition *partition, uint64_t status)
{
	struct life *life = &partition->life;

	if (status != LOADER_OK) {
		report_image(partition, (uint32_t)(status >> 8));
		life->status.reason = STOP_IMAGE;
		enter(partition, LIFE_STOPPED);
		return;
	}
	/* Silencing its devices may have moved their lines. */
	life->loaded = 1;
	life->words = partition->vgic.owned_words;
	life_tell(partition->index, LIFE_STEP);
}

/* ---- the end ---- */

/* Whether one more restart that nobody commanded would be one too many. */
static bool at_limit(const struct partition *partition)
{
	const struct life *life = &partition->life;

	return life->status.failed >= policy(partition)->limit &&
	       timer_now() - life->window <=
	           timer_ticks((uint64_t)policy(partition)->window * 1000000);
}

static enum life_policy policy_for(const struct partition *partition, enum stop_reason reason)
{
	enum life_policy wanted = LIFE_DO_STOP;

	if (reason == STOP_RESET)
		wanted = LIFE_DO_RESTART;
	else if (reason == STOP_FAULT || reason == STOP_WATCHDOG)
		wanted = (enum life_policy)policy(partition)->on_crash;
	if (wanted == LIFE_DO_RESTART && at_limit(partition))
		wanted = (enum life_policy)policy(partition)->at_limit;
	if (wanted == LIFE_DO_RESTART && !may_load(partition))
		wanted = LIFE_DO_STOP;
	return wanted;
}

static void stop_all(struct partition *partition)
{
	__atomic_store_n(&partition->alive, partition->vcpu_count, __ATOMIC_SEQ_CST);
	partition_ask_all(partition, VCPU_STOP);
}

static void park_all(struct partition *partition)
{
	__atomic_store_n(&partition->unparked, partition->vcpu_count, __ATOMIC_SEQ_CST);
	partition_ask_all(partition, VCPU_PARK);
}

/* The state is changed, by the caller alone: nobody else writes the report or the log now. */
static void ends(struct partition *partition, enum stop_reason reason)
{
	partition->life.status.reason = (uint32_t)reason;
	partition->life.words = partition->vgic.owned_words;
	publish(partition);
	if (state_of(partition) == LIFE_STOPPING)
		stop_all(partition);
	else
		park_all(partition);
}

/* A suspend that is on its way may be overtaken: what a vCPU did before it was parked counts. */
static bool begin_end(struct partition *partition, enum stop_reason reason)
{
	enum life_state to =
	    policy_for(partition, reason) == LIFE_DO_HOLD ? LIFE_HOLDING : LIFE_STOPPING;

	return change(partition, LIFE_RUNNING, to) || change(partition, LIFE_SUSPENDING, to);
}

void life_end(struct vcpu *vcpu, enum stop_reason reason)
{
	if (!begin_end(vcpu->partition, reason))
		return;
	report_stop(vcpu->partition, reason);
	ends(vcpu->partition, reason);
}

void life_fault(struct vcpu *vcpu, uint32_t fault, uint64_t syndrome, uint64_t address)
{
	if (!begin_end(vcpu->partition, STOP_FAULT))
		return;
	report_fault(vcpu, fault, syndrome, address);
	ends(vcpu->partition, STOP_FAULT);
}

void life_loader_failed(struct partition *partition, uint64_t syndrome, uint64_t address)
{
	report_fault(&partition->vcpus[0], REPORT_LOADER, syndrome, address);
	partition->life.status.reason = STOP_FAULT;
	enter(partition, LIFE_STOPPED);
}

void life_vcpu_off(struct partition *partition)
{
	if (__atomic_sub_fetch(&partition->alive, 1, __ATOMIC_SEQ_CST) == 0)
		life_tell(partition->index, LIFE_STEP);
}

void life_vcpu_parked(struct partition *partition)
{
	if (__atomic_sub_fetch(&partition->unparked, 1, __ATOMIC_SEQ_CST) == 0)
		life_tell(partition->index, LIFE_PARKED);
}

static void restart_limited(struct partition *partition)
{
	struct life *life = &partition->life;
	const struct bundle_life *said = policy(partition);
	uint64_t now = timer_now();
	uint32_t doublings;

	if (life->status.failed == 0 ||
	    now - life->window > timer_ticks((uint64_t)said->window * 1000000)) {
		life->window = now;
		life->status.failed = 0;
	}
	life->status.failed++;
	if (life->status.failed == 1 || said->delay == 0) {
		load(partition);
		return;
	}
	doublings = life->status.failed - 2;
	if (doublings > WINDOW_DOUBLINGS_MAX)
		doublings = WINDOW_DOUBLINGS_MAX;
	life->due = now + timer_ticks(((uint64_t)said->delay << doublings) * 1000000);
	timer_set(TIMER_LIFE, life->due);
	enter(partition, LIFE_WAITING);
}

/* All of its vCPUs are off and its interrupts are silent. */
static void decide(struct partition *partition)
{
	enum life_policy wanted =
	    policy_for(partition, (enum stop_reason)partition->life.status.reason);

	if (partition->life.after == LIFE_AFTER_AGAIN) {
		load_afresh(partition);
	} else if (partition->life.after == LIFE_AFTER_POLICY && wanted == LIFE_DO_RESTART) {
		restart_limited(partition);
	} else {
		enter(partition, LIFE_STOPPED);
		if (partition->life.after == LIFE_AFTER_POLICY && wanted == LIFE_DO_OFF) {
			shared_memory->off = 1;
			console_wake_later(CONSOLE_EVENT_STATE);
		}
	}
}

/* Goes on with silencing its interrupts; then with what had to wait for that. */
static void step(struct partition *partition)
{
	struct life *life = &partition->life;

	for (int i = 0; i < SILENCE_STEP && life->words != 0; i++) {
		vgic_silence(partition, (uint32_t)__builtin_ctz(life->words));
		life->words &= life->words - 1;
	}
	if (life->words != 0)
		life_tell(partition->index, LIFE_STEP);
	else if (state_of(partition) == LIFE_STOPPING &&
	         __atomic_load_n(&partition->alive, __ATOMIC_SEQ_CST) == 0)
		decide(partition);
	else if (state_of(partition) == LIFE_LOADING && life->loaded)
		run(partition);
}

/* ---- commands ---- */

/* True if it stands where no vCPU of it can change its state. */
static bool stands(uint32_t state)
{
	return state == LIFE_SUSPENDED || state == LIFE_HOLDING || state == LIFE_HELD;
}

/* Ends what has vCPUs that are on. */
static void command_end(struct partition *partition, enum life_after after, enum stop_reason reason)
{
	if (stands(state_of(partition)))
		__atomic_store_n(&partition->life.status.state, LIFE_STOPPING, __ATOMIC_SEQ_CST);
	else if (!change(partition, LIFE_RUNNING, LIFE_STOPPING) &&
	         !change(partition, LIFE_SUSPENDING, LIFE_STOPPING)) {
		/* One of its vCPUs was first: it is stopping, or will be held. */
		partition->life.after = (uint32_t)after;
		if (state_of(partition) == LIFE_HOLDING)
			command_end(partition, after, reason);
		return;
	}
	partition->life.after = (uint32_t)after;
	report_stop(partition, reason);
	ends(partition, reason);
}

/* True: it had no vCPU on, and is on its way no more. */
static bool abandon(struct partition *partition)
{
	uint32_t state = state_of(partition);

	if (state == LIFE_WAITING)
		timer_set(TIMER_LIFE, TIMER_NEVER);
	else if (state == LIFE_LOADING)
		partition_unload(partition);
	else
		return state == LIFE_STOPPED;
	return true;
}

static void command_stop(struct partition *partition)
{
	if (!abandon(partition))
		command_end(partition, LIFE_AFTER_REST, STOP_COMMAND);
	else if (state_of(partition) != LIFE_STOPPED)
		enter(partition, LIFE_STOPPED);
}

static void command_restart(struct partition *partition)
{
	if (!may_load(partition))
		return;
	if (abandon(partition))
		load_afresh(partition);
	else
		command_end(partition, LIFE_AFTER_AGAIN, STOP_RESTART);
}

static void command_suspend(struct partition *partition)
{
	if (!change(partition, LIFE_RUNNING, LIFE_SUSPENDING))
		return;
	partition->life.since = timer_now();
	publish(partition);
	park_all(partition);
}

static void command_resume(struct partition *partition)
{
	struct life *life = &partition->life;
	uint64_t ticks = timer_now() - life->since;

	if (state_of(partition) == LIFE_SUSPENDING)
		life->resume = 1;
	if (state_of(partition) != LIFE_SUSPENDED)
		return;
	life->resume = 0;
	if ((partition->config->flags & BUNDLE_HIDE_TIME) != 0)
		life->hidden += ticks;
	wdt_resume(partition, ticks);
	enter(partition, LIFE_RUNNING);
	partition_ask_all(partition, VCPU_RESUME);
}

static void command_start(struct partition *partition)
{
	uint32_t state = state_of(partition);

	if (state == LIFE_SUSPENDED || state == LIFE_SUSPENDING)
		command_resume(partition);
	else if ((state == LIFE_STOPPED || state == LIFE_WAITING) && may_load(partition) &&
	         abandon(partition))
		load_afresh(partition);
}

static void parked(struct partition *partition)
{
	uint32_t state = state_of(partition);

	if (state == LIFE_HOLDING)
		enter(partition, LIFE_HELD);
	if (state != LIFE_SUSPENDING || !change(partition, LIFE_SUSPENDING, LIFE_SUSPENDED))
		return;
	publish(partition);
	if (partition->life.resume)
		command_resume(partition);
}

static void look_at_others(struct partition *partition)
{
	if (state_of(partition) == LIFE_WAITING && partition->life.due == TIMER_NEVER &&
	    others_run(policy(partition)->after))
		load(partition);
}

void life_due(struct partition *partition)
{
	if (state_of(partition) == LIFE_WAITING && partition->life.due <= timer_now())
		load(partition);
}

void life_message(struct partition *partition, uint32_t message)
{
	static void (*const messages[LIFE_MESSAGES])(struct partition *) = {
	    [LIFE_START] = command_start,     [LIFE_STOP] = command_stop,
	    [LIFE_RESTART] = command_restart, [LIFE_SUSPEND] = command_suspend,
	    [LIFE_RESUME] = command_resume,   [LIFE_STEP] = step,
	    [LIFE_PARKED] = parked,           [LIFE_RUNS] = look_at_others,
	};

	messages[message](partition);
}
