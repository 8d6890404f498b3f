/*
 * A watcher's mend of a partition: all of its vCPUs come to stand, as a debugger has them stand,
 * its loader makes the changes or none, and the vCPUs go on. No step needs the watcher, so nothing
 * outlives it. If the loader fails, it runs once more: the changes are still in the box. If the
 * partition ends meanwhile, its end waits for the loader. Runs on the partition's home core.
 */
#include "life_parts.h"

#include <devices/emulated.h>
#include <frame/hardware.h>
#include <life/debug.h>
#include <life/lay_out.h>
#include <life/life.h>
#include <word/life.h>
#include <word/mend.h>
#include <word/service.h>
#include <word/timer.h>
#include <word/vcpu.h>

#define MEND_ANSWER 0xffffu /* bits of WATCH_MEND */
#define MEND_KIND   0xffu   /* enum watch_mended in them */
#define MEND_WORDS  8       /* with WATCH_MEND_DONE: the number of words, from this bit on */

/* The console service says it, and the watcher reads it. */
static void mend_answer(struct partition *partition)
{
	struct mend_box *box = mend_box_of(partition->index);
	struct mend_log *log = &partition->console->mends;

	if (box->answered == partition->mend.asked)
		return; /* a frame that failed has said it */
	if ((box->answer & MEND_KIND) == WATCH_MEND_DONE) {
		log->words += box->answer >> MEND_WORDS;
		__atomic_store_n(&log->mends, log->mends + 1, __ATOMIC_RELEASE);
		service_wake_later(SERVICE_EVENT_STATE);
	}
	__atomic_store_n(&box->answered, partition->mend.asked, __ATOMIC_RELEASE);
}

/* The vCPUs go on, unless the partition is suspended or ends by now. A frame that fails here does
 * it again, by the step. */
static void mend_go_on(struct partition *partition)
{
	const bool runs = partition->life.status.state == LIFE_RUNNING;

	timer_set_for(TIMER_LIFE, partition, TIMER_NEVER);
	if (partition->mend.step == MEND_OVER) {
		/* Instructions and page tables may be among what was changed. */
		hw_invalidate_instructions();
		hw_invalidate_stage2(stage2_vttbr(&partition->stage2));
		if (runs)
			life_stood(partition);
		order_stores();
		partition->mend.step = MEND_GOES_ON;
	} else if (runs) {
		devices_resume(partition, 0);
	}
	__atomic_store_n(&partition->debug.holds, 0, __ATOMIC_SEQ_CST);
	if (runs) {
		__atomic_store_n(&partition->parked, 0, __ATOMIC_SEQ_CST);
		partition_ask_all(partition, VCPU_FOLLOW);
	}
	mend_answer(partition);
	order_stores();
	partition->mend.step = MEND_NONE;
	life_tell(partition->index, LIFE_LOOK); /* an end or a debugger may have waited */
}

static void mend_over(struct partition *partition, uint32_t answer)
{
	mend_box_of(partition->index)->answer = answer;
	order_stores();
	partition->mend.step = life_mends(partition) ? MEND_OVER : MEND_GOES_ON;
	mend_go_on(partition);
}

/* A vCPU's core may still carry out what it was asked before this mend: that doesn't count. */
static void mend_hold(struct partition *partition)
{
	timer_set_for(TIMER_LIFE, partition, partition->mend.late);
	__atomic_store_n(&partition->debug.holds, partition_vcpus(partition), __ATOMIC_SEQ_CST);
	__atomic_store_n(&partition->mend.laid, 0, __ATOMIC_SEQ_CST);
	partition_ask_all(partition, VCPU_FOLLOW);
}

static void mend_begin(struct partition *partition, struct mend_box *box)
{
	struct mend *mend = &partition->mend;

	mend->asked = box->asked;
	if (partition->life.status.state != LIFE_RUNNING || debug_works(partition) ||
	    partition->loader.context.state != CONTEXT_OFF) {
		box->answer = WATCH_MEND_REFUSED;
		mend_answer(partition);
		return;
	}
	mend->late = timer_now() + timer_ticks(partition->config->mend_limit * 1000ULL);
	order_stores();
	mend->step = MEND_STANDS;
	mend_hold(partition);
}

static void mend_stand(struct partition *partition)
{
	struct mend *mend = &partition->mend;

	if (partition->life.status.state != LIFE_RUNNING) {
		mend_over(partition, WATCH_MEND_REFUSED);
	} else if (__atomic_load_n(&mend->laid, __ATOMIC_SEQ_CST) == partition_vcpus(partition)) {
		timer_set_for(TIMER_LIFE, partition, TIMER_NEVER);
		mend->step = MEND_RUNS;
		partition_mend(partition, LOADER_MEND);
	} else if (mend->late <= timer_now()) {
		mend_over(partition, WATCH_MEND_LATE);
	}
}

void life_mend(struct partition *partition)
{
	struct mend_box *box = mend_box_of(partition->index);

	if (partition->loader_info->mend == 0)
		return;
	if (partition->mend.step == MEND_NONE && mend_is_asked(box))
		mend_begin(partition, box);
	if (partition->mend.step == MEND_STANDS)
		mend_stand(partition);
}

/* The loader's run is made anew: its changes are still in the box. */
AT_START void life_mend_recover(struct partition *partition)
{
	const uint32_t step = partition->mend.step;

	if (step == MEND_STANDS) {
		mend_hold(partition);
	} else if (step == MEND_RUNS || step == MEND_AGAIN) {
		partition->mend.step = MEND_AGAIN;
		partition_mend(partition, LOADER_MEND_AGAIN);
	} else if (step != MEND_NONE) {
		mend_go_on(partition);
	}
}

/* The loader isn't believed more than it needs. */
void life_mended(struct partition *partition, uint64_t status)
{
	const uint32_t kind = status & MEND_KIND;
	const bool good = kind >= WATCH_MEND_DONE && kind <= WATCH_MEND_WRONG &&
	                  status >> MEND_WORDS <= WATCH_CHANGES;

	mend_over(partition, good ? (uint32_t)status & MEND_ANSWER : WATCH_MEND_FAILED);
}

void life_mend_failed(struct partition *partition)
{
	if (partition->mend.step == MEND_AGAIN) {
		mend_over(partition, WATCH_MEND_FAILED);
		return;
	}
	partition->mend.step = MEND_AGAIN;
	partition_mend(partition, LOADER_MEND_AGAIN);
}
