/*
 * The beginning of a partition's life: when it may begin, how the partition is laid out, and how it
 * starts to run; see life/life.h. Runs on the partition's home core.
 */
#include "life_parts.h"

#include <devices/ends.h>
#include <devices/guard.h>
#include <dma/dma.h>
#include <dma/function.h>
#include <lib/bundle.h>
#include <life/debug.h>
#include <life/lay_out.h>
#include <life/life.h>
#include <word/doorbell.h>
#include <word/life.h>
#include <word/report.h>
#include <word/timer.h>

bool life_may_load(const struct partition *partition)
{
	return partition->life.ran == 0 || (partition->config->flags & BUNDLE_NO_RESTART) == 0;
}

void life_load(struct partition *partition)
{
	struct life *life = &partition->life;

	life->ending = STOP_NONE;
	life->due = TIMER_NEVER;
	life->hidden = 0;
	life->resume = 0;
	guard_forget(partition);
	life->status.starts++;
	life_go_on(partition, LIFE_STEP_PREPARE); /* the step before the state: recover_adopt.c */
	life_enter(partition, LIFE_LOADING);
}

void life_load_afresh(struct partition *partition)
{
	partition->life.status.failed = 0;
	life_load(partition);
}

/* True: the partition runs, or has run and may have ended by now. A partition that was stopped
 * before it ran doesn't count. */
static bool has_run(uint32_t index)
{
	uint32_t state = __atomic_load_n(&shared_memory->life[index].state, __ATOMIC_SEQ_CST);

	return state != LIFE_WAITING && state != LIFE_LOADING &&
	       (__atomic_load_n(&shared_memory->ran, __ATOMIC_SEQ_CST) >> index & 1) != 0;
}

bool life_others_run(uint32_t mask)
{
	for (; mask != 0; mask &= mask - 1)
		if (!has_run((uint32_t)__builtin_ctz(mask)))
			return false;
	return true;
}

AT_START void life_begin(struct partition *partition)
{
	if (partition->life.status.state != LIFE_WAITING)
		return;
	/* This partition first begins to wait, then looks at the others: if one begins to run in
	 * between, it tells this partition. */
	partition->life.due = TIMER_NEVER;
	life_publish(partition);
	life_message(partition, LIFE_LOOK);
}

static void tell_waiting(const struct partition *partition)
{
	for (uint32_t to = shared_memory->followers[partition->index]; to != 0; to &= to - 1)
		life_tell((uint32_t)__builtin_ctz(to), LIFE_LOOK);
}

void life_run(struct partition *partition)
{
	/* The first vCPU may end the life at once, so it starts last. */
	partition->life.ran = 1;
	__atomic_fetch_or(&shared_memory->ran, 1u << partition->index, __ATOMIC_SEQ_CST);
	doorbell_begin(partition);
	life_enter(partition, LIFE_RUNNING);
	ends_join(partition);
	tell_waiting(partition);
	partition_run(partition);
}

static void refuse(struct partition *partition, enum report_fault fault, uint64_t address)
{
	report_fault(&partition->vcpus[0], fault, 0, address);
	partition->life.status.reason = STOP_FAULT;
	life_enter(partition, LIFE_STOPPED);
}

/* Stops the partition instead of loading it: an image is damaged, or a device may write where it
 * mustn't. */
static void refuse_load(struct partition *partition, uint32_t status, uint32_t index)
{
	if (status != LOADER_DAMAGED && index < LOADER_DEVICES_MAX) {
		refuse(partition, status == LOADER_NOISY ? REPORT_NOISY : REPORT_UNCONFINED,
		       partition->loader_info->device[index].base);
		return;
	}
	report_image(partition, index);
	partition->life.status.reason = STOP_IMAGE;
	life_enter(partition, LIFE_STOPPED);
}

bool life_prepare(struct partition *partition)
{
	struct life *life = &partition->life;

	if (partition->unfit != 0) {
		refuse(partition, REPORT_FUNCTION, partition->unfit - 1);
		return false;
	}
	if (!dma_close(partition))
		return false;
	if (life->wakes <= timer_now() && !function_power(partition, false))
		return true;
	timer_set_for(TIMER_LIFE, partition, life->wakes);
	return false;
}

void life_loaded(struct partition *partition, uint64_t status)
{
	struct life *life = &partition->life;

	if (partition->loader_info->task == LOADER_DEBUG) {
		debug_looked(partition, status);
		return;
	}
	if (life_mends(partition)) {
		life_mended(partition, status);
		return;
	}
	if (life->step == LIFE_STEP_EXAMINES || life->step == LIFE_STEP_SILENCES) {
		life_examined(partition, status);
		return;
	}
	if (status != LOADER_OK) {
		refuse_load(partition, (uint32_t)status & 0xff, (uint32_t)(status >> 8));
		return;
	}
	/* The loader has silenced devices, which may have changed their lines. */
	life->words = partition->vgic.owned_words;
	life_go_on(partition, LIFE_STEP_OPEN);
}
