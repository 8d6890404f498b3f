/*
 * Commands to a partition, from a manager or the operator. Each command fits some states, and is
 * ignored in the others; see life/life.h. Runs on the partition's home core.
 */
#include "life_parts.h"

#include <devices/emulated.h>
#include <devices/ends.h>
#include <lib/bundle.h>
#include <life/lay_out.h>
#include <life/life.h>
#include <run/blame.h>
#include <word/debug.h>
#include <word/report.h>
#include <word/timer.h>
#include <word/vcpu.h>

/* Ends a partition that has vCPUs on. If the partition is ending already, the command only decides
 * what follows. */
static void command_end(struct partition *partition, uint32_t then, enum stop_reason reason)
{
	struct life_status *status = &partition->life.status;

	if (blame_claim(partition, reason))
		report_stop(&partition->vcpus[0], reason);
	life_heed_end(partition);
	if (status->state == LIFE_HOLDING || status->state == LIFE_HELD) {
		status->reason = (uint32_t)reason; /* the report is still the crash's */
		life_stop(partition, then);
	}
	partition->life.then = then;
	if (partition->life.step == LIFE_STEP_SPARED)
		partition->life.step = LIFE_STEP_EXAMINED;
}

/* True: the partition has no vCPU on. Its loading, if any, is given up. */
static bool abandon(struct partition *partition)
{
	uint32_t state = partition->life.status.state;

	if (state != LIFE_WAITING && state != LIFE_LOADING)
		return state == LIFE_STOPPED;
	timer_set_for(TIMER_LIFE, partition, TIMER_NEVER);
	if (state == LIFE_LOADING)
		partition_unload(partition);
	return true;
}

static void command_stop(struct partition *partition)
{
	if (!abandon(partition)) {
		command_end(partition, LIFE_DO_STOP, STOP_COMMAND);
	} else if (partition->life.status.state != LIFE_STOPPED) {
		partition->life.status.reason = STOP_COMMAND;
		life_enter(partition, LIFE_STOPPED);
	}
}

static void command_restart(struct partition *partition)
{
	if (!life_may_load(partition))
		return;
	if (abandon(partition))
		life_load_afresh(partition);
	else
		command_end(partition, LIFE_DO_AGAIN, STOP_RESTART);
}

static void command_suspend(struct partition *partition)
{
	partition->life.resume = 0;
	if (partition->life.status.state != LIFE_RUNNING)
		return;
	life_park(partition, LIFE_SUSPENDING);
}

/* Returns the counter since when all vCPUs stand. With an earlier value, the vCPU that was parked
 * last would see its time go back. */
static uint64_t stands_since(const struct partition *partition)
{
	uint64_t since = partition->life.went;

	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		if (partition->vcpus[i].life.stood > since)
			since = partition->vcpus[i].life.stood;
	return since;
}

void life_stood(struct partition *partition)
{
	struct life *life = &partition->life;
	uint64_t now = timer_now(), ticks = now - stands_since(partition);

	if ((partition->config->flags & BUNDLE_HIDE_TIME) != 0)
		life->hidden += ticks;
	devices_resume(partition, ticks);
	life->went = now;
}

/* A debugger may still hold some vCPUs, or all. Each vCPU that goes on standing tells the home core
 * again. */
void life_resume(struct partition *partition)
{
	struct life *life = &partition->life;

	life->resume = life->status.state == LIFE_SUSPENDING;
	if (life->status.state != LIFE_SUSPENDED)
		return;
	if (!debug_holds(partition))
		life_stood(partition);
	__atomic_store_n(&partition->parked, 0, __ATOMIC_SEQ_CST);
	life_enter(partition, LIFE_RUNNING);
	if (!debug_holds_all(partition))
		ends_join(partition);
	partition_ask_all(partition, VCPU_FOLLOW);
}

static void command_start(struct partition *partition)
{
	uint32_t state = partition->life.status.state;

	if (state == LIFE_SUSPENDED || state == LIFE_SUSPENDING)
		life_resume(partition);
	else if ((state == LIFE_STOPPED || state == LIFE_WAITING) && life_may_load(partition) &&
	         abandon(partition))
		life_load_afresh(partition);
}

void life_command(struct partition *partition, uint32_t command)
{
	static void (*const commands[])(struct partition *) = {
	    [LIFE_START] = command_start,     [LIFE_STOP] = command_stop,
	    [LIFE_RESTART] = command_restart, [LIFE_SUSPEND] = command_suspend,
	    [LIFE_RESUME] = life_resume,
	};

	if (command < sizeof(commands) / sizeof(commands[0]))
		commands[command](partition);
}
