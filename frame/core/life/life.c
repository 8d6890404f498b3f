/*
 * A partition's life: its states, how others see them, and the steps that wait for others; see
 * life/life.h and docs/lifecycle.md. The other parts are life_begin.c, life_end.c,
 * life_command.c and life_mend.c. All of it runs on the partition's home core, with interrupts
 * masked; only life_is_over() runs on the console's core. Each call is bounded: long work goes on
 * by a message to the same core. lay_out.c resets the partition, has the loader load it, and starts
 * its first vCPU.
 */
#include "life_parts.h"

#include <devices/ends.h>
#include <devices/watch.h>
#include <dma/dma.h>
#include <dma/function.h>
#include <lib/bundle.h>
#include <life/debug.h>
#include <life/lay_out.h>
#include <life/life.h>
#include <machine/sysreg.h>
#include <run/blame.h>
#include <run/service_anew.h>
#include <vgic/vgic.h>
#include <word/debug.h>
#include <word/doorbell.h>
#include <word/life.h>
#include <word/service.h>
#include <word/timer.h>
#include <word/trace.h>

#define SILENCE_STEP  8          /* words of interrupts silenced at a time */
#define LAST_WORDS_NS 1000000000 /* a machine that is to go off prints no longer than this */

/* ---- what others see ---- */

static void log_event(const struct partition *partition)
{
	struct life_log *log = &partition->console->life;
	struct life_event *event = &log->events[log->next % LIFE_EVENTS];

	barrier_stores(); /* the former `next` is seen before this slot changes: sysreg.h */
	event->time = timer_now();
	event->status = partition->life.status;
	event->printed = __atomic_load_n(&partition->console->out_head, __ATOMIC_RELAXED);
	__atomic_store_n(&log->next, log->next + 1, __ATOMIC_RELEASE);
	service_wake_later(SERVICE_EVENT_STATE);
}

/* Shows the partition's new state to everybody. A reader that reads the state first finds the
 * reason and the counts that go with it. */
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

/* ---- steps: they wait for others, or are too long for one call ---- */

/* Silences some of the interrupts that are left. True: none was left. False: a message brings the
 * rest. */
static bool silence_interrupts(struct partition *partition)
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

static bool place(struct partition *partition)
{
	if (function_place(partition))
		return true;
	life_tell(partition->index, LIFE_LOOK);
	return false;
}

static bool prepare(struct partition *partition)
{
	partition->placed = 0;
	return life_prepare(partition);
}

static bool is_again(const struct partition *partition)
{
	return partition->life.status.starts != 1;
}

static bool reset(struct partition *partition)
{
	partition_reset(partition, is_again(partition));
	return true;
}

static bool load(struct partition *partition)
{
	partition_load(partition, is_again(partition));
	return true;
}

static bool open(struct partition *partition)
{
	if (!silence_interrupts(partition) || !dma_open(partition))
		return false;
	life_run(partition);
	return true;
}

static bool examine(struct partition *partition)
{
	partition_examine(partition);
	return true;
}

static bool silence(struct partition *partition)
{
	if (partition_silence(partition))
		return true;
	life_go_on(partition, LIFE_STEP_OVER);
	return false;
}

/* Holds or stops the partition after its end. This changes the state and keeps the step, so it
 * always returns false. */
static bool hold_or_stop(struct partition *partition)
{
	enum stop_reason reason = (enum stop_reason)partition->life.status.reason;

	if (life_policy_for(partition, reason) == LIFE_DO_HOLD)
		life_enter(partition, LIFE_HELD);
	else
		life_stop(partition, LIFE_DO_POLICY);
	return false;
}

static bool decide(struct partition *partition)
{
	life_decide(partition);
	return false;
}

#define IN(state) (1u << (state))
#define ENDS      (IN(LIFE_HOLDING) | IN(LIFE_STOPPING))

/* A row says which function runs in these states at this step. Each function is bounded. Rows are
 * tried in order; the first row whose function returns true sets the next step. A message brings
 * that step: two steps together would keep interrupts waiting too long. */
static const struct life_row {
	uint32_t states;
	enum life_step step;
	bool (*carry_out)(struct partition *partition);
	enum life_step next;
} rows[] = {
    {IN(LIFE_LOADING), LIFE_STEP_PREPARE, prepare, LIFE_STEP_PLACE},
    {IN(LIFE_LOADING), LIFE_STEP_PLACE, place, LIFE_STEP_RESET},
    {IN(LIFE_LOADING), LIFE_STEP_RESET, reset, LIFE_STEP_LOAD},
    {IN(LIFE_LOADING), LIFE_STEP_LOAD, load, LIFE_STEP_LOADS},
    {IN(LIFE_LOADING), LIFE_STEP_OPEN, open, LIFE_STEP_EXAMINE},
    {ENDS, LIFE_STEP_EXAMINE, examine, LIFE_STEP_EXAMINES},
    {IN(LIFE_STOPPING), LIFE_STEP_EXAMINED, life_settle_next, LIFE_STEP_SPARED},
    {ENDS, LIFE_STEP_EXAMINED, place, LIFE_STEP_SILENCE},
    {ENDS, LIFE_STEP_SILENCE, silence, LIFE_STEP_SILENCES},
    {IN(LIFE_HOLDING), LIFE_STEP_SPARED, hold_or_stop, LIFE_STEP_SPARED},
    {IN(LIFE_HOLDING), LIFE_STEP_OVER, hold_or_stop, LIFE_STEP_OVER},
    {IN(LIFE_STOPPING), LIFE_STEP_SPARED, decide, LIFE_STEP_OVER},
    {IN(LIFE_STOPPING), LIFE_STEP_OVER, decide, LIFE_STEP_OVER},
    /* Its loader failed, and then the frame. */
    {IN(LIFE_STOPPING), LIFE_STEP_LOAD, decide, LIFE_STEP_OVER},
};

void life_go_on(struct partition *partition, enum life_step step)
{
	partition->life.step = step;
	life_tell(partition->index, LIFE_LOOK);
}

static void life_take_step(struct partition *partition)
{
	const uint32_t state = partition->life.status.state, step = partition->life.step;

	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if ((rows[i].states >> state & 1) == 0 || rows[i].step != step)
			continue;
		if (rows[i].carry_out(partition)) {
			life_go_on(partition, rows[i].next);
			return;
		}
	}
}

static void life_look(struct partition *partition)
{
	const struct life *life = &partition->life;

	if (service_is_failed(&partition->loader)) {
		if (!service_go_on(&partition->loader))
			return; /* a message brings the next step */
		life_loader_failed(partition);
		life_tell(partition->index, LIFE_LOOK); /* at what came meanwhile, too */
		return;
	}
	life_mend(partition);
	if (life_mends(partition))
		return; /* all else waits until the loader has done that */
	switch (life->status.state) {
	case LIFE_RUNNING:
		if (partition->mend.step == MEND_NONE && debug_holds_all(partition) &&
		    life_is_parked(partition) && !ends_leave(partition))
			return; /* the debugger hears of it when no broker writes any more */
		break;
	case LIFE_WAITING:
		if (life->due == TIMER_NEVER && life_others_run(life_policy(partition)->after))
			life_load(partition);
		break;
	case LIFE_LOADING:
		life_take_step(partition);
		break;
	case LIFE_SUSPENDING:
		if (!life_is_parked(partition) || !ends_leave(partition))
			break;
		life_enter(partition, LIFE_SUSPENDED);
		if (life->resume)
			life_resume(partition);
		break;
	case LIFE_HOLDING:
		if (life_is_parked(partition) && ends_leave(partition) && dma_close(partition))
			life_take_step(partition);
		break;
	case LIFE_STOPPING:
		if (__atomic_load_n(&partition->alive, __ATOMIC_SEQ_CST) == 0 &&
		    ends_leave(partition) && dma_close(partition) && silence_interrupts(partition))
			life_take_step(partition);
		break;
	case LIFE_STOPPED:
		if (dma_close(partition)) { /* DMA is open only if a start was broken off */
			function_command(partition, false);
			(void)function_power(partition, true);
		}
		break;
	default:
		break;
	}
	if (partition->mend.step == MEND_NONE)
		debug_look(partition);
}

void life_due(struct partition *partition)
{
	if (partition->life.status.state == LIFE_WAITING && partition->life.due <= timer_now())
		life_load(partition);
	else if (partition->life.status.state == LIFE_LOADING ||
	         partition->mend.step == MEND_STANDS)
		life_look(partition);
}

/* Too many accesses of the partition's devices were refused: ends the life, if it isn't over by
 * now. */
static void flood(struct partition *partition)
{
	uint32_t state = partition->life.status.state;

	if (state >= LIFE_RUNNING && state <= LIFE_SUSPENDED)
		blame_vcpu(&partition->vcpus[0], STOP_DMA);
}

void life_message(struct partition *partition, uint32_t message)
{
	life_heed_end(partition);
	if (message == LIFE_LOOK)
		life_look(partition);
	else if (message == LIFE_FLOOD)
		flood(partition);
	else if (message == LIFE_SHOW)
		watch_ask(partition);
	else
		life_command(partition, message);
	life_told(message);
}
