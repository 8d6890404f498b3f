/*
 * What becomes of a partition: its states, the commands that change them, the policy when it ends
 * by itself; see frame/life.h and docs/lifecycle.md. Runs on the partition's home core, and there
 * alone, with interrupts masked, each call bounded: what is long goes on in a message to this very
 * core. partition.c carries out what is decided here.
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

#define DOUBLINGS_MAX 16u
#define SILENCE_STEP  8          /* words of interrupts silenced at a time */
#define LAST_WORDS_NS 1000000000 /* so long a machine that is to go off may go on printing */

static const struct bundle_life *policy(const struct partition *partition)
{
	return &partition->config->life;
}

/* For other cores; the home core writes it. */
static uint32_t state_of(const struct partition *partition)
{
	return __atomic_load_n(&partition->life.status.state, __ATOMIC_SEQ_CST);
}

static uint32_t all_of(const struct partition *partition)
{
	return (1u << partition->vcpu_count) - 1;
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

/* The state is changed already: everybody is told. Who reads the state first reads what goes with
 * it. */
static void publish(const struct partition *partition)
{
	const struct life_status *status = &partition->life.status;
	struct life_status *shown = &shared_memory->life[partition->index];

	shown->reason = status->reason;
	shown->starts = status->starts;
	shown->failed = status->failed;
	__atomic_store_n(&shown->state, status->state, __ATOMIC_SEQ_CST);
	trace(TRACE_LIFE, TRACE_NO_VCPU, (uint64_t)status->state << 32 | partition->index);
	log_event(partition);
	doorbell_tell_managers(partition->index);
}

/* When everything is said. Without a console there is nobody to wait for. */
static void switch_off(enum life_off why)
{
	shared_memory->off_since = timer_now();
	shared_memory->off = (uint32_t)why;
	if (core_bundle->board.uart_base == 0)
		firmware_off();
	console_wake_later(CONSOLE_EVENT_STATE);
}

static void wakes(void)
{
	__atomic_add_fetch(&shared_memory->awake, 1, __ATOMIC_SEQ_CST);
}

static void rests(void)
{
	if (__atomic_sub_fetch(&shared_memory->awake, 1, __ATOMIC_SEQ_CST) == 0 &&
	    (core_bundle->flags & BUNDLE_STAY_ON) == 0 && shared_memory->off != LIFE_OFF_FORCED)
		switch_off(LIFE_OFF_RESTED);
}

bool life_is_over(bool all_said)
{
	uint32_t off = __atomic_load_n(&shared_memory->off, __ATOMIC_SEQ_CST);

	if (off == LIFE_OFF_RESTED)
		return all_said && __atomic_load_n(&shared_memory->awake, __ATOMIC_SEQ_CST) == 0;
	return off == LIFE_OFF_FORCED &&
	       (all_said || timer_now() - shared_memory->off_since > timer_ticks(LAST_WORDS_NS));
}

static void enter(struct partition *partition, enum life_state state)
{
	if (partition->life.status.state == LIFE_STOPPED)
		wakes();
	__atomic_store_n(&partition->life.status.state, (uint32_t)state, __ATOMIC_SEQ_CST);
	publish(partition);
	if (state == LIFE_STOPPED)
		rests();
}

static bool starts_it(uint32_t message)
{
	return message == LIFE_START || message == LIFE_RESTART;
}

/* Who is to be started is awake from now on: the last one may end before that begins. */
void life_tell(uint32_t partition, uint32_t message)
{
	if (starts_it(message))
		wakes();
	if (!mail_post(core.home[partition], MAIL_LIFE, partition * LIFE_MESSAGES + message) &&
	    starts_it(message))
		rests();
}

/* ---- the beginning ---- */

/* A device that nobody can silence might write into what is laid out. */
static bool may_load(const struct partition *partition)
{
	return partition->life.ran == 0 || (partition->config->flags & BUNDLE_NO_RESTART) == 0;
}

static void load(struct partition *partition)
{
	struct life *life = &partition->life;

	life->ending = STOP_NONE;
	life->due = TIMER_NEVER;
	life->loading = LIFE_LOAD_BEGINS;
	life->hidden = 0;
	life->resume = 0;
	life->examined = LIFE_UNSEEN;
	life->status.starts++;
	enter(partition, LIFE_LOADING);
	life_tell(partition->index, LIFE_LOOK);
}

/* By command: what it did before doesn't count. */
static void load_afresh(struct partition *partition)
{
	partition->life.status.failed = 0;
	load(partition);
}

/* It runs, or has run and may be over by now. */
static bool has_run(const struct life_status *status)
{
	uint32_t state = __atomic_load_n(&status->state, __ATOMIC_SEQ_CST);

	return status->starts != 0 && state != LIFE_WAITING && state != LIFE_LOADING &&
	       status->reason != STOP_IMAGE;
}

static bool others_run(uint32_t mask)
{
	for (; mask != 0; mask &= mask - 1)
		if (!has_run(&shared_memory->life[__builtin_ctz(mask)]))
			return false;
	return true;
}

void life_begin(struct partition *partition)
{
	if (partition->life.status.state != LIFE_WAITING)
		return;
	/* Waits first, then looks: who begins to run in between tells it. */
	partition->life.due = TIMER_NEVER;
	publish(partition);
	life_message(partition, LIFE_LOOK);
}

static void tell_waiting(const struct partition *partition)
{
	for (uint32_t i = 0; i < core_bundle->partitions.count; i++)
		if ((bundle_partitions(core_bundle)[i].life.after >> partition->index & 1) != 0)
			life_tell(i, LIFE_LOOK);
}

static void run(struct partition *partition)
{
	/* Its first vCPU may end it at once: nothing of the beginning comes after that. */
	partition->life.ran = 1;
	enter(partition, LIFE_RUNNING);
	tell_waiting(partition);
	partition_run(partition);
}

/* It isn't laid out: an image is damaged, or a device may still write. */
static void refuse(struct partition *partition, uint32_t status, uint32_t index)
{
	bool noisy = status == LOADER_NOISY && index < LOADER_DEVICES_MAX;

	if (noisy)
		report_fault(&partition->vcpus[0], REPORT_NOISY, 0,
		             partition->loader_info->device[index].base);
	else
		report_image(partition, index);
	partition->life.status.reason = noisy ? STOP_FAULT : STOP_IMAGE;
	enter(partition, LIFE_STOPPED);
}

/* Who called SYSTEM_RESET in a panic has crashed. */
static void examined(struct partition *partition, uint64_t status)
{
	partition->life.examined = LIFE_EXAMINED;
	if (status == LOADER_PANIC && partition->life.status.reason == STOP_RESET)
		partition->life.status.reason = STOP_PANIC;
	life_tell(partition->index, LIFE_LOOK);
}

void life_loaded(struct partition *partition, uint64_t status)
{
	struct life *life = &partition->life;

	if (life->examined == LIFE_EXAMINING) {
		examined(partition, status);
		return;
	}
	if (status != LOADER_OK) {
		refuse(partition, (uint32_t)status & 0xff, (uint32_t)(status >> 8));
		return;
	}
	/* Silencing its devices may have moved their lines. */
	life->loading = LIFE_LOAD_DONE;
	life->words = partition->vgic.owned_words;
	life_tell(partition->index, LIFE_LOOK);
}

/* ---- the end ---- */

/* Restarts that nobody commanded, in the present window. */
static uint32_t failed(const struct partition *partition)
{
	const struct life *life = &partition->life;
	uint64_t window = timer_ticks((uint64_t)policy(partition)->window * 1000000);

	return timer_now() - life->window <= window ? life->status.failed : 0;
}

static enum life_policy policy_for(const struct partition *partition, enum stop_reason reason)
{
	enum life_policy wanted = LIFE_DO_STOP;

	if (reason == STOP_RESET)
		wanted = LIFE_DO_RESTART;
	else if (reason == STOP_FAULT || reason == STOP_WATCHDOG || reason == STOP_PANIC)
		wanted = (enum life_policy)policy(partition)->on_crash;
	if (wanted == LIFE_DO_RESTART && failed(partition) >= policy(partition)->limit)
		wanted = (enum life_policy)policy(partition)->at_limit;
	if (wanted == LIFE_DO_RESTART && !may_load(partition))
		wanted = LIFE_DO_STOP;
	return wanted;
}

static void stop(struct partition *partition, uint32_t then)
{
	partition->life.then = then;
	partition->life.words = partition->vgic.owned_words;
	enter(partition, LIFE_STOPPING);
	__atomic_store_n(&partition->alive, partition->vcpu_count, __ATOMIC_SEQ_CST);
	partition_ask_all(partition, VCPU_STOP);
}

/* Told again, those that stand still say so again. */
static void park(struct partition *partition, enum life_state state)
{
	enter(partition, state);
	__atomic_store_n(&partition->parked, 0, __ATOMIC_SEQ_CST);
	partition_ask_all(partition, VCPU_FOLLOW);
}

/* Of all who would end this life, the first does: it alone writes the report. */
static bool claim(struct partition *partition, enum stop_reason reason)
{
	uint32_t none = STOP_NONE;

	return __atomic_compare_exchange_n(&partition->life.ending, &none, (uint32_t)reason, false,
	                                   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* A reset may turn out to be a panic's: it stands still until that is known. */
static bool may_hold(const struct partition *partition)
{
	enum stop_reason reason = (enum stop_reason)partition->life.status.reason;

	return policy_for(partition, reason) == LIFE_DO_HOLD ||
	       (reason == STOP_RESET && policy_for(partition, STOP_PANIC) == LIFE_DO_HOLD);
}

/* What a vCPU did before it was parked counts, too. */
static void heed_end(struct partition *partition)
{
	struct life_status *status = &partition->life.status;
	uint32_t reason = __atomic_load_n(&partition->life.ending, __ATOMIC_SEQ_CST);

	if (reason == STOP_NONE || status->state < LIFE_RUNNING || status->state > LIFE_SUSPENDED)
		return;
	status->reason = reason;
	if (may_hold(partition))
		park(partition, LIFE_HOLDING);
	else
		stop(partition, LIFE_DO_POLICY);
}

/* It goes no further, whoever ended it. */
static void give_up(struct vcpu *vcpu)
{
	if (vcpu->context.state == CONTEXT_READY)
		sched_block(&vcpu->context, CONTEXT_BLOCKED);
	life_tell(vcpu->partition->index, LIFE_LOOK);
}

void life_end(struct vcpu *vcpu, enum stop_reason reason)
{
	if (claim(vcpu->partition, reason))
		report_stop(vcpu, reason);
	give_up(vcpu);
}

void life_fault(struct vcpu *vcpu, uint32_t fault, uint64_t syndrome, uint64_t address)
{
	if (claim(vcpu->partition, STOP_FAULT))
		report_fault(vcpu, fault, syndrome, address);
	give_up(vcpu);
}

void life_loader_failed(struct partition *partition, uint64_t syndrome, uint64_t address)
{
	struct examined *result = &partition->console->examined;

	if (partition->life.examined == LIFE_EXAMINING) {
		result->size = 0;
		result->flags = EXAMINED_FAILED;
		__atomic_store_n(&result->sequence, partition->console->report.sequence,
		                 __ATOMIC_RELEASE);
		examined(partition, LOADER_OK);
		return;
	}
	report_loader(partition, syndrome, address);
	partition->life.status.reason = STOP_FAULT;
	enter(partition, LIFE_STOPPED);
}

void life_vcpu_off(struct partition *partition)
{
	if (__atomic_sub_fetch(&partition->alive, 1, __ATOMIC_SEQ_CST) == 0)
		life_tell(partition->index, LIFE_LOOK);
}

void life_vcpu_parked(struct vcpu *vcpu)
{
	struct partition *partition = vcpu->partition;
	uint32_t bit = 1u << vcpu->index;

	if (__atomic_or_fetch(&partition->parked, bit, __ATOMIC_SEQ_CST) == all_of(partition))
		life_tell(partition->index, LIFE_LOOK);
}

bool life_stands(const struct partition *partition)
{
	uint32_t state = state_of(partition);

	return state >= LIFE_SUSPENDING && state <= LIFE_HELD;
}

bool life_runs(const struct partition *partition)
{
	return state_of(partition) == LIFE_RUNNING;
}

static void restart_limited(struct partition *partition)
{
	struct life *life = &partition->life;
	uint64_t delay = policy(partition)->delay;
	uint64_t now = timer_now();
	uint32_t doublings;

	life->status.failed = failed(partition) + 1;
	if (life->status.failed == 1)
		life->window = now;
	if (life->status.failed == 1 || delay == 0) {
		load(partition);
		return;
	}
	doublings = life->status.failed - 2;
	if (doublings > DOUBLINGS_MAX)
		doublings = DOUBLINGS_MAX;
	life->due = now + timer_ticks((delay << doublings) * 1000000);
	timer_set(TIMER_LIFE, life->due);
	enter(partition, LIFE_WAITING);
}

/* All of its vCPUs are off and its interrupts are silent. */
static void decide(struct partition *partition)
{
	uint32_t then = partition->life.then;

	trace(TRACE_STOP, TRACE_NO_VCPU,
	      (uint64_t)partition->life.status.reason << 32 | partition->index);
	if (then == LIFE_DO_POLICY)
		then = policy_for(partition, (enum stop_reason)partition->life.status.reason);
	if (then == LIFE_DO_AGAIN) {
		load_afresh(partition);
	} else if (then == LIFE_DO_RESTART) {
		restart_limited(partition);
	} else {
		enter(partition, LIFE_STOPPED);
		if (then == LIFE_DO_OFF)
			switch_off(LIFE_OFF_FORCED);
	}
}

/* ---- commands ---- */

/* Ends what has vCPUs that are on; what ends already goes on to do so. */
static void command_end(struct partition *partition, uint32_t then, enum stop_reason reason)
{
	struct life_status *status = &partition->life.status;

	if (claim(partition, reason))
		report_stop(&partition->vcpus[0], reason);
	heed_end(partition);
	if (status->state == LIFE_HOLDING || status->state == LIFE_HELD) {
		status->reason = (uint32_t)reason; /* the report stays that of the crash */
		stop(partition, then);
	}
	partition->life.then = then;
}

/* True: it had no vCPU on, and is on its way no more. */
static bool abandon(struct partition *partition)
{
	uint32_t state = partition->life.status.state;

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
	if (!abandon(partition)) {
		command_end(partition, LIFE_DO_STOP, STOP_COMMAND);
	} else if (partition->life.status.state != LIFE_STOPPED) {
		partition->life.status.reason = STOP_COMMAND;
		enter(partition, LIFE_STOPPED);
	}
}

static void command_restart(struct partition *partition)
{
	if (!may_load(partition))
		return;
	if (abandon(partition))
		load_afresh(partition);
	else
		command_end(partition, LIFE_DO_AGAIN, STOP_RESTART);
}

static void command_suspend(struct partition *partition)
{
	partition->life.resume = 0;
	if (partition->life.status.state != LIFE_RUNNING)
		return;
	partition->life.since = timer_now();
	park(partition, LIFE_SUSPENDING);
}

static void command_resume(struct partition *partition)
{
	struct life *life = &partition->life;
	uint64_t ticks = timer_now() - life->since;

	life->resume = life->status.state == LIFE_SUSPENDING;
	if (life->status.state != LIFE_SUSPENDED)
		return;
	if ((partition->config->flags & BUNDLE_HIDE_TIME) != 0)
		life->hidden += ticks;
	devices_resume(partition, ticks);
	enter(partition, LIFE_RUNNING);
	partition_ask_all(partition, VCPU_FOLLOW);
}

static void command_start(struct partition *partition)
{
	uint32_t state = partition->life.status.state;

	if (state == LIFE_SUSPENDED || state == LIFE_SUSPENDING)
		command_resume(partition);
	else if ((state == LIFE_STOPPED || state == LIFE_WAITING) && may_load(partition) &&
	         abandon(partition))
		load_afresh(partition);
}

/* ---- what had to wait for others, or was too long for once ---- */

/* True: there is nothing left to do. False: some of it is done, and a message brings the rest. */
static bool is_silent(struct partition *partition)
{
	struct life *life = &partition->life;

	if (life->words == 0)
		return true;
	for (int i = 0; i < SILENCE_STEP && life->words != 0; i++) {
		vgic_silence(partition, (uint32_t)__builtin_ctz(life->words));
		life->words &= life->words - 1;
	}
	life_tell(partition->index, LIFE_LOOK);
	return false;
}

static void look_at_loading(struct partition *partition)
{
	struct life *life = &partition->life;

	if (life->loading == LIFE_LOAD_BEGINS) {
		life->loading = LIFE_LOAD_GOES_ON;
		partition_load(partition, life->status.starts != 1);
	} else if (life->loading == LIFE_LOAD_DONE && is_silent(partition)) {
		run(partition);
	}
}

/* False: a message brings the rest. */
static bool examine(struct partition *partition)
{
	struct life *life = &partition->life;

	if (life->examined == LIFE_UNSEEN) {
		life->examined = LIFE_EXAMINING;
		partition_examine(partition);
	}
	return life->examined == LIFE_EXAMINED;
}

static void stand(struct partition *partition)
{
	const struct life *life = &partition->life;

	if (life->status.state == LIFE_SUSPENDING) {
		enter(partition, LIFE_SUSPENDED);
		if (life->resume)
			command_resume(partition);
	} else if (examine(partition)) {
		if (policy_for(partition, (enum stop_reason)life->status.reason) == LIFE_DO_HOLD)
			enter(partition, LIFE_HELD);
		else
			stop(partition, LIFE_DO_POLICY);
	}
}

static void look(struct partition *partition)
{
	const struct life *life = &partition->life;

	switch (life->status.state) {
	case LIFE_WAITING:
		if (life->due == TIMER_NEVER && others_run(policy(partition)->after))
			load(partition);
		break;
	case LIFE_LOADING:
		look_at_loading(partition);
		break;
	case LIFE_SUSPENDING:
	case LIFE_HOLDING:
		if (__atomic_load_n(&partition->parked, __ATOMIC_SEQ_CST) == all_of(partition))
			stand(partition);
		break;
	case LIFE_STOPPING:
		if (__atomic_load_n(&partition->alive, __ATOMIC_SEQ_CST) == 0 &&
		    is_silent(partition) && examine(partition))
			decide(partition);
		break;
	default:
		break;
	}
}

void life_due(struct partition *partition)
{
	if (partition->life.status.state == LIFE_WAITING && partition->life.due <= timer_now())
		load(partition);
}

void life_message(struct partition *partition, uint32_t message)
{
	static void (*const messages[])(struct partition *) = {
	    [LIFE_START] = command_start,     [LIFE_STOP] = command_stop,
	    [LIFE_RESTART] = command_restart, [LIFE_SUSPEND] = command_suspend,
	    [LIFE_RESUME] = command_resume,   [LIFE_LOOK] = look,
	};

	heed_end(partition);
	if (message <= LIFE_LOOK)
		messages[message](partition);
	if (starts_it(message))
		rests(); /* what life_tell() counted */
}
