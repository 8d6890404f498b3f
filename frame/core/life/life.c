/*
 * What becomes of a partition: its states, what others see of them, and what waits for others; see
 * life/life.h and docs/lifecycle.md. Its parts are life_begin.c, life_end.c and life_command.c.
 * Runs on the partition's home core, and there alone, with interrupts masked, each call bounded:
 * what is long goes on in a message to this very core. partition.c carries out what is decided.
 */
#include "life_parts.h"

#include <dma/dma.h>
#include <dma/function.h>
#include <lib/bundle.h>
#include <life/debug.h>
#include <life/lay_out.h>
#include <life/life.h>
#include <machine/firmware.h>
#include <run/blame.h>
#include <vgic/vgic.h>
#include <word/console.h>
#include <word/doorbell.h>
#include <word/life.h>
#include <word/timer.h>
#include <word/trace.h>

#define SILENCE_STEP  8          /* words of interrupts silenced at a time */
#define LAST_WORDS_NS 1000000000 /* so long a machine that is to go off may go on printing */

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
void life_publish(const struct partition *partition)
{
	const struct life_status *status = &partition->life.status;
	struct life_status *shown = &shared_memory->life[partition->index];

	shown->reason = status->reason;
	shown->starts = status->starts;
	shown->failed = status->failed;
	__atomic_store_n(&shown->state, status->state, __ATOMIC_SEQ_CST);
	trace_seldom(TRACE_LIFE, TRACE_NO_VCPU, (uint64_t)status->state << 32 | partition->index);
	log_event(partition);
	doorbell_tell_managers(partition->index);
}

bool life_is_over(bool all_said)
{
	uint32_t off = __atomic_load_n(&shared_memory->off, __ATOMIC_SEQ_CST);

	if (off == LIFE_OFF_RESTED)
		return all_said && __atomic_load_n(&shared_memory->awake, __ATOMIC_SEQ_CST) == 0;
	return off == LIFE_OFF_FORCED &&
	       (all_said || timer_now() - shared_memory->off_since > timer_ticks(LAST_WORDS_NS));
}

void life_enter(struct partition *partition, enum life_state state)
{
	if (partition->life.status.state == LIFE_STOPPED)
		life_wakes();
	__atomic_store_n(&partition->life.status.state, (uint32_t)state, __ATOMIC_SEQ_CST);
	life_publish(partition);
	if (state == LIFE_STOPPED) {
		life_tell(partition->index, LIFE_LOOK);
		life_rests();
	}
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

/* False: a message brings the rest. */
static bool is_placed(struct partition *partition)
{
	if (function_ready(partition))
		return true;
	life_tell(partition->index, LIFE_LOOK);
	return false;
}

static void look_at_loading(struct partition *partition)
{
	struct life *life = &partition->life;

	if (life->loading == LIFE_LOAD_BEGINS && life_may_lay_out(partition)) {
		life->loading = LIFE_LOAD_PLACES;
		partition->placed = 0;
		life_tell(partition->index, LIFE_LOOK);
	} else if (life->loading == LIFE_LOAD_PLACES && is_placed(partition)) {
		life->loading = LIFE_LOAD_RESETS;
		partition_reset(partition, life->status.starts != 1);
		life_tell(partition->index, LIFE_LOOK);
	} else if (life->loading == LIFE_LOAD_RESETS) {
		life->loading = LIFE_LOAD_GOES_ON;
		partition_load(partition, life->status.starts != 1);
	} else if (life->loading == LIFE_LOAD_DONE && is_silent(partition) && dma_open(partition)) {
		life_run(partition);
	}
}

/* False: a message brings the rest. */
static bool is_over(struct partition *partition)
{
	struct life *life = &partition->life;

	if (life->examined == LIFE_UNSEEN) {
		life->examined = LIFE_EXAMINING;
		partition_examine(partition);
	} else if (life->examined == LIFE_EXAMINED) {
		if (life->status.state == LIFE_STOPPING && life_loads_next(partition)) {
			life->examined = LIFE_SPARED;
			life_tell(partition->index, LIFE_LOOK);
			return false;
		}
		if (!is_placed(partition))
			return false;
		life->examined = LIFE_SILENCING;
		if (!partition_silence(partition))
			life->examined = LIFE_SILENT;
	}
	return life->examined == LIFE_SILENT || life->examined == LIFE_SPARED;
}

static void stand(struct partition *partition)
{
	const struct life *life = &partition->life;

	if (life->status.state == LIFE_SUSPENDING) {
		life_enter(partition, LIFE_SUSPENDED);
		if (life->resume)
			life_resume(partition);
	} else if (dma_close(partition) && is_over(partition)) {
		if (life_policy_for(partition, (enum stop_reason)life->status.reason) ==
		    LIFE_DO_HOLD)
			life_enter(partition, LIFE_HELD);
		else
			life_stop(partition, LIFE_DO_POLICY);
	}
}

static void look(struct partition *partition)
{
	const struct life *life = &partition->life;

	switch (life->status.state) {
	case LIFE_WAITING:
		if (life->due == TIMER_NEVER && life_others_run(life_policy(partition)->after))
			life_load(partition);
		break;
	case LIFE_LOADING:
		look_at_loading(partition);
		break;
	case LIFE_SUSPENDING:
	case LIFE_HOLDING:
		if (__atomic_load_n(&partition->parked, __ATOMIC_SEQ_CST) ==
		    partition_vcpus(partition))
			stand(partition);
		break;
	case LIFE_STOPPING:
		if (__atomic_load_n(&partition->alive, __ATOMIC_SEQ_CST) == 0 &&
		    dma_close(partition) && is_silent(partition) && is_over(partition))
			life_decide(partition);
		break;
	case LIFE_STOPPED:
		if (dma_close(partition)) { /* open only if its start was broken off */
			function_command(partition, false);
			(void)function_power(partition, true);
		}
		break;
	default:
		break;
	}
	debug_look(partition);
}

void life_due(struct partition *partition)
{
	if (partition->life.status.state == LIFE_WAITING && partition->life.due <= timer_now())
		life_load(partition);
	else if (partition->life.status.state == LIFE_LOADING)
		look(partition);
}

/* Of a life that may be over by now. */
static void flood(struct partition *partition)
{
	uint32_t state = partition->life.status.state;

	if (state >= LIFE_RUNNING && state <= LIFE_SUSPENDED)
		life_end(&partition->vcpus[0], STOP_DMA);
}

void life_message(struct partition *partition, uint32_t message)
{
	life_heed_end(partition);
	if (message == LIFE_LOOK)
		look(partition);
	else if (message == LIFE_FLOOD)
		flood(partition);
	else
		life_command(partition, message);
	life_told(message);
}
