/*
 * What a core takes over in a recovery, after it has started again: its vCPUs, and the partitions
 * that it cares for, as the home core with their brokers and loaders. Whatever may have been lost
 * with a message or a timer is asked for again; what was asked for in vain does no harm.
 */
#include <devices/emulated.h>
#include <dma/dma.h>
#include <frame/smmu.h>
#include <lib/bundle.h>
#include <life/life.h>
#include <machine/contexts.h>
#include <run/account.h>
#include <run/broker.h>
#include <run/resident.h>
#include <run/sched.h>
#include <start/recover.h>
#include <word/life.h>
#include <word/mail.h>
#include <word/report.h>
#include <word/timer.h>
#include <word/vcpu.h>

/* ---- vCPUs ---- */

static void begin_context(struct context *context, enum context_state state)
{
	context->next = 0;
	context->last_turn = context->last_began = 0;
	sched_stand(context, state);
}

/* False: an end of this life was claimed. Its vCPUs have given up, or are stopped soon. */
static bool is_alive(const struct partition *partition)
{
	return __atomic_load_n(&partition->life.ending, __ATOMIC_SEQ_CST) == STOP_NONE;
}

/* A vCPU that waited wakes: WFI may end without a cause, and the vCPU finds out by itself what has
 * come. */
static void adopt_vcpu(struct vcpu *vcpu, uint64_t now)
{
	bool off = vcpu->context.state == CONTEXT_OFF;

	context_renew(&vcpu->context);
	begin_context(&vcpu->context, off ? CONTEXT_OFF : CONTEXT_BLOCKED);
	vcpu->context.priority = vcpu->run.lowered ? 0 : vcpu->run.priority;
	vcpu->run.waits = 0;
	vcpu->run.account->state = off ? ACCOUNT_OFF : ACCOUNT_WAITS;
	vcpu->run.account->since = now;
	__atomic_fetch_or(&vcpu->life.asked, (uint32_t)VCPU_FOLLOW, __ATOMIC_SEQ_CST);
	if (!off && !vcpu->life.parked && is_alive(vcpu->partition))
		sched_ready(&vcpu->context);
}

void recover_adopt_vcpus(void)
{
	uint64_t now = timer_now();

	core.account->since = now;
	core.account->runs = TRACE_NO_VCPU;
	for (struct vcpu *vcpu = core.vcpus; vcpu != 0; vcpu = vcpu->run.next_here)
		adopt_vcpu(vcpu, now);
	if (core.only != 0)
		resident_enter(core.only);
	if (core.promises != 0)
		promise_look_soon();
	mail_post(core.index, MAIL_SERVICE, MAIL_SERVICE_HOLD);
}

/* ---- partitions ---- */

/* Loaders and brokers begin a new run. A job that the loader hadn't done is done from its
 * beginning. */
static void adopt_services(struct partition *partition)
{
	struct life *life = &partition->life;

	partition->loader = *partition_pristine(partition->index, loader);
	context_renew(&partition->loader.context);
	begin_context(&partition->loader.context, CONTEXT_OFF);
	if (life->step == LIFE_STEP_LOADS || life->step == LIFE_STEP_EXAMINES ||
	    life->step == LIFE_STEP_SILENCES)
		life->step--;
	for (uint32_t i = 0; i < partition->end_count; i++) {
		struct broker *broker = &partition->brokers[i];
		bool off = broker->service.context.state == CONTEXT_OFF;

		context_renew(&broker->service.context);
		begin_context(&broker->service.context, CONTEXT_OFF);
		__atomic_store_n(&shared_memory->channel[broker->channel].runs[broker->place], 0,
		                 __ATOMIC_SEQ_CST);
		if (!off)
			broker_begin(broker);
		__atomic_fetch_or(&shared_memory->signal[broker->number],
		                  (uint32_t)(END_QUEUES | END_LOOK), __ATOMIC_SEQ_CST);
		mail_post(core.index, MAIL_DOORBELL, DOORBELL_END + broker->number);
	}
}
_Static_assert(LIFE_STEP_LOADS - 1 == LIFE_STEP_LOAD &&
                   LIFE_STEP_EXAMINES - 1 == LIFE_STEP_EXAMINE &&
                   LIFE_STEP_SILENCES - 1 == LIFE_STEP_SILENCE,
               "the step before begins the job");

static void adopt_timers(struct partition *partition)
{
	const struct life *life = &partition->life;
	uint64_t now = timer_now();

	timer_set_for(TIMER_RTC, partition, now);
	timer_set_for(TIMER_WATCHDOG, partition, now);
	timer_set_for(TIMER_BROKER, partition, now); /* one that has failed goes on */
	if (life->status.state == LIFE_WAITING)
		timer_set_for(TIMER_LIFE, partition, life->due);
	life_mend_recover(partition);
}

/* All vCPUs stop once more: a message to one of them may have been lost. The crash may have come as
 * the next life began, with its first step but not yet its state: then the end is decided again. */
static void adopt_end(struct partition *partition)
{
	if (partition->life.status.state != LIFE_STOPPING)
		return;
	if (partition->life.step == LIFE_STEP_PREPARE)
		partition->life.step = LIFE_STEP_OVER;
	__atomic_store_n(&partition->alive, partition->vcpu_count, __ATOMIC_SEQ_CST);
	partition_ask_all(partition, VCPU_STOP);
}

/* The crash came as the life's last step before it runs was done, and the next step not yet named.
 * It is done again, unless its first vCPU has its request already, or the life ends. */
static void adopt_begin(struct partition *partition)
{
	struct life *life = &partition->life;
	const struct vcpu *first = &partition->vcpus[0];

	if (life->status.state != LIFE_RUNNING || life->step != LIFE_STEP_OPEN)
		return;
	if (life->ending == STOP_NONE && first->context.state == CONTEXT_OFF &&
	    (first->life.asked & VCPU_START) == 0)
		life->status.state = LIFE_LOADING;
	else
		life->step = LIFE_STEP_EXAMINE;
}

/* Reports an end that the recovery has claimed; life_heed_end() follows. */
static void report_claimed(struct partition *partition)
{
	struct recovery *recovery = &shared_memory->recovery;
	const uint32_t bit = 1u << partition->index, first = partition->config->vcpus.first;
	const uint32_t ending = partition->life.ending;

	if (ending == STOP_KEPT && recovery->kept[partition->index] != KEPT_HOLDS)
		report_kept(partition, recovery->kept[partition->index]);
	recovery->kept[partition->index] = KEPT_HOLDS;
	if (ending == STOP_FRAME && (recovery->given_up & bit) != 0)
		report_stop(&partition->vcpus[shared_memory->accounts.crash.vcpu - 1 - first],
		            STOP_FRAME);
	__atomic_fetch_and(&recovery->given_up, ~bit, __ATOMIC_SEQ_CST);
}

static void adopt_partition(struct partition *partition)
{
	const uint32_t home = core.home[partition->index];

	partition->devices_taken = 0;
	partition->psci = (struct psci_guest){
	    .vcpus = partition->vcpu_count,
	    .affinities = partition->affinities,
	    .states = partition->psci_states,
	    .memory = &partition->stage2,
	    .workarounds = core.workarounds, /* elsewhere in another frame's .core */
	};
	adopt_begin(partition);
	report_claimed(partition);
	adopt_end(partition);
	if (home == core.index) { /* a home core that is off has kept its own */
		adopt_services(partition);
		adopt_timers(partition);
	}
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		vcpu_tell_later(&partition->vcpus[i]);
	mail_post(home, MAIL_UART, partition->index);
	life_tell(partition->index, LIFE_LOOK);
}

void recover_adopt_partitions(void)
{
	for (uint32_t p = 0; p < core_bundle->partitions.count; p++)
		if (recover_cares_for(p))
			adopt_partition(partition_at(p));
	if (core.index == core_bundle->console_core && core_bundle->board.smmu_base != 0) {
		smmu_give(); /* the core that crashed may have had it */
		timer_set(TIMER_DMA, timer_now());
	}
}
