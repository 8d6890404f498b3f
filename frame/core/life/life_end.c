/*
 * The end of a partition's life, and what follows it by the description; see life/life.h. Runs on
 * the partition's home core. run/blame.c claims an end, on any core.
 */
#include "life_parts.h"

#include <lib/liferule.h>
#include <life/debug.h>
#include <life/life.h>
#include <run/blame.h>
#include <word/debug.h>
#include <word/life.h>
#include <word/report.h>
#include <word/timer.h>
#include <word/trace.h>
#include <word/vcpu.h>

/* Returns the number of restarts in the present window that nobody commanded. */
static uint32_t failed(const struct partition *partition)
{
	const struct life *life = &partition->life;

	return timer_now() <= life->window ? life->status.failed : 0;
}

enum life_policy life_policy_for(const struct partition *partition, enum stop_reason reason)
{
	enum life_policy wanted = liferule_next(life_policy(partition), reason, failed(partition));

	if (wanted == LIFE_DO_RESTART && !life_may_load(partition))
		wanted = LIFE_DO_STOP;
	return wanted;
}

void life_stop(struct partition *partition, uint32_t then)
{
	debug_over(partition);
	partition->life.then = then;
	partition->life.words = partition->vgic.owned_words;
	__atomic_store_n(&partition->alive, partition->vcpu_count, __ATOMIC_SEQ_CST);
	life_enter(partition, LIFE_STOPPING);
	partition_ask_all(partition, VCPU_STOP);
}

void life_park(struct partition *partition, enum life_state state)
{
	life_enter(partition, state);
	__atomic_store_n(&partition->parked, 0, __ATOMIC_SEQ_CST);
	partition_ask_all(partition, VCPU_FOLLOW);
}

/* True: the partition may have to be held. A reset may turn out to be that of a panic; the
 * partition stands still until that is known. */
static bool may_hold(const struct partition *partition)
{
	enum stop_reason reason = (enum stop_reason)partition->life.status.reason;

	return life_policy_for(partition, reason) == LIFE_DO_HOLD ||
	       (reason == STOP_RESET && life_policy_for(partition, STOP_PANIC) == LIFE_DO_HOLD);
}

void life_heed_end(struct partition *partition)
{
	struct life_status *status = &partition->life.status;
	uint32_t reason = __atomic_load_n(&partition->life.ending, __ATOMIC_SEQ_CST);

	if (reason == STOP_NONE || status->state < LIFE_RUNNING || status->state > LIFE_SUSPENDED)
		return;
	status->reason = reason;
	if (may_hold(partition))
		life_park(partition, LIFE_HOLDING);
	else
		life_stop(partition, LIFE_DO_POLICY);
}

/* If the guest called SYSTEM_RESET in a panic, the reason becomes the panic. A device that can't be
 * silenced is reported only when the next life is to begin. */
void life_examined(struct partition *partition, uint64_t status)
{
	bool examining = partition->life.step == LIFE_STEP_EXAMINES;

	if (examining && status == LOADER_PANIC && partition->life.status.reason == STOP_RESET)
		partition->life.status.reason = STOP_PANIC;
	life_go_on(partition, examining ? LIFE_STEP_EXAMINED : LIFE_STEP_OVER);
}

void life_loader_failed(struct partition *partition)
{
	struct examined *result = &partition->console->examined;

	partition->console->report.text = (uint16_t)partition->loader.text;
	if (partition->loader_info->task == LOADER_DEBUG) {
		debug_failed(partition);
		return;
	}
	if (life_mends(partition)) {
		life_mend_failed(partition);
		return;
	}
	if (partition->life.step == LIFE_STEP_EXAMINES) {
		result->size = 0;
		result->flags = EXAMINED_FAILED;
		__atomic_store_n(&result->sequence, partition->console->report.sequence,
		                 __ATOMIC_RELEASE);
		life_examined(partition, LOADER_OK);
		return;
	}
	if (partition->life.step != LIFE_STEP_SILENCES) {
		report_loader(partition, partition->loader.syndrome, partition->loader.address);
		partition->life.status.reason = STOP_FAULT;
		partition->life.then = LIFE_DO_POLICY;
		life_enter(partition, LIFE_STOPPING);
		/* A command that comes now doesn't replace the report. */
		(void)blame_claim(partition, STOP_FAULT);
	}
	life_go_on(partition, LIFE_STEP_OVER);
}

static void restart_limited(struct partition *partition)
{
	const struct bundle_life *policy = life_policy(partition);
	struct life *life = &partition->life;
	uint64_t now = timer_now();
	uint64_t delay;

	life->status.failed = failed(partition) + 1;
	if (life->status.failed == 1)
		life->window = now + timer_ticks((uint64_t)policy->window * 1000000);
	delay = liferule_delay(policy, life->status.failed);
	if (delay == 0) {
		life_load(partition);
		return;
	}
	life->due = now + timer_ticks(delay * 1000000);
	timer_set_for(TIMER_LIFE, partition, life->due);
	life_enter(partition, LIFE_WAITING);
}

/* Returns what follows the end: what the last command says, or what the policy says by now. */
static uint32_t what_follows(const struct partition *partition)
{
	uint32_t then = partition->life.then;

	if (then == LIFE_DO_POLICY)
		return life_policy_for(partition, (enum stop_reason)partition->life.status.reason);
	return then;
}

bool life_settle_next(struct partition *partition)
{
	uint32_t then = what_follows(partition);

	if (then != LIFE_DO_AGAIN &&
	    (then != LIFE_DO_RESTART ||
	     liferule_delay(life_policy(partition), failed(partition) + 1) != 0))
		return false;
	partition->life.then = then;
	return true;
}

void life_decide(struct partition *partition)
{
	uint32_t then = what_follows(partition);

	trace_seldom(TRACE_STOP, TRACE_NO_VCPU,
	             (uint64_t)partition->life.status.reason << 32 | partition->index);
	if (then == LIFE_DO_AGAIN) {
		life_load_afresh(partition);
	} else if (then == LIFE_DO_RESTART) {
		restart_limited(partition);
	} else {
		life_enter(partition, LIFE_STOPPED);
		if (then == LIFE_DO_OFF)
			life_switch_off(LIFE_OFF_FORCED);
	}
}
