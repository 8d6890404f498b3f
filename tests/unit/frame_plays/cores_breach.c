/*
 * Conditions of the machine of cores.h between two traps, and when nothing is on its way: queues,
 * states, vCPUs and interrupts fit each other.
 */
#include "cores.h"
#include "cores_parts.h"

#include <fake/gic.h>
#include <kumiki/hold.h>
#include <state/core.h>
#include <word/debug.h>

static bool is_queued(const struct context *context)
{
	const struct context *c = core.ready;

	while (c != NULL && c != context)
		c = c->next;
	return c != NULL;
}

static const char *breach_of_queue(void)
{
	const struct context *before = NULL;

	for (const struct vcpu *vcpu = core.vcpus; vcpu != NULL; vcpu = vcpu->run.next_here)
		if (is_queued(&vcpu->context) != (vcpu->context.state == CONTEXT_READY))
			return "a vCPU is ready and not in the queue, or the reverse";

	if (cores_sleeps(core.index) || cores_is_dark(core.index))
		return core.ready == NULL ? NULL : "a core sleeps with something to run";
	if (core.ready == NULL || core.current != core.ready || fake_running() != core.ready)
		return "a core doesn't run what comes first";
	if (core.only == NULL && core.vcpu != NULL &&
	    fake_gic_timers_priority() != gic_timers_priority(gic_class(core.vcpu->run.rouses)))
		return "the guests' timers aren't as urgent as the resident vCPU can be";
	for (const struct context *c = core.ready; c != NULL; before = c, c = c->next) {
		if (c->state != CONTEXT_READY)
			return "something is in the queue that isn't ready";
		if (before != NULL && before->priority < c->priority)
			return "the queue isn't in order";
	}
	return NULL;
}

static bool vcpus_are_off(const struct partition *partition)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		if (partition->vcpus[i].context.state != CONTEXT_OFF)
			return false;
	return true;
}

/* Whether the vCPUs hold no interrupt: they have given back all that they couldn't take. */
static bool vcpus_hold_nothing(const struct partition *partition)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		if (partition->vcpus[i].vgic.waiting.levels != 0 ||
		    partition->vcpus[i].vgic.evicted.words != 0)
			return false;
	return true;
}

static bool vcpus_stand(const struct partition *partition)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		if (partition->vcpus[i].context.state == CONTEXT_READY)
			return false;
	return true;
}

/* Whether no interrupt is enabled or active. A device may still assert its line. */
static bool interrupts_are_silent(const struct partition *partition)
{
	uint32_t first = CORES_SPI(partition->index);

	for (uint32_t intid = first; intid <= first + 1; intid++)
		if (fake_gic_enabled(intid) || fake_gic_active(intid))
			return false;
	return true;
}

static uint64_t due_of(const struct partition *partition)
{
	return core.only == 0 ? core.due[TIMER_LIFE - TIMER_RTC][partition->index]
	                      : core.deadline[TIMER_LIFE];
}

/* True: the loader has a job; or it has failed, and its image is looked at. */
static bool loader_works(const struct partition *partition)
{
	return partition->loader.context.state == CONTEXT_READY || partition->loader.check != 0;
}

/* Conditions of a partition's state, if this is its home core. */
static const char *breach_of_state(const struct partition *partition)
{
	const struct life *life = &partition->life;
	uint32_t state = life->status.state;
	bool rests = state == LIFE_STOPPED || state == LIFE_WAITING || state == LIFE_LOADING;
	bool mends = partition->mend.step >= MEND_RUNS;
	bool loads = mends || (state == LIFE_LOADING && life->step == LIFE_STEP_LOADS) ||
	             life->step == LIFE_STEP_EXAMINES || life->step == LIFE_STEP_SILENCES ||
	             (loader_works(partition) && partition->loader_info->task == LOADER_DEBUG);

	if (state >= LIFE_STATES || shared_memory->life[partition->index].state != state)
		return "a state isn't what was published";
	if (rests && !vcpus_are_off(partition))
		return "a vCPU of a partition that doesn't run isn't off";
	if ((state == LIFE_STOPPED || state == LIFE_WAITING) && !interrupts_are_silent(partition))
		return "an interrupt of a stopped partition isn't silent";
	if (rests && !vcpus_hold_nothing(partition))
		return "a vCPU of a partition that doesn't run holds interrupts";
	if ((state == LIFE_SUSPENDED || state == LIFE_HELD) && !vcpus_stand(partition))
		return "a vCPU of a partition that stands still runs";
	if (mends && !vcpus_stand(partition))
		return "a vCPU runs in the middle of a mend";
	if (loads != loader_works(partition))
		return "a loader runs when it shouldn't, or doesn't when it should";
	if ((due_of(partition) != TIMER_NEVER) !=
	    (((state == LIFE_WAITING || state == LIFE_LOADING) && life->due != TIMER_NEVER) ||
	     partition->mend.step == MEND_STANDS))
		return "a partition waits for its time and the timer doesn't, or the reverse";
	return NULL;
}

/* The only partition whose vCPU on this core isn't away. HOLD_NOBODY: there is none;
 * CORES_PARTITIONS_MAX: there are several. */
static uint32_t only_holder(uint32_t at_core)
{
	uint32_t holder = HOLD_NOBODY, count = 0;

	for (uint32_t p = 0; p < cores_plan.partitions; p++)
		for (uint32_t i = 0; i < cores_plan.vcpus[p]; i++) {
			const struct vcpu *vcpu = &partition_at(p)->vcpus[i];

			if (vcpu->core != at_core ||
			    vcpu->partition->psci_states[i] == PSCI_VCPU_AWAY)
				continue;
			holder = p;
			count++;
		}
	return count <= 1 ? holder : CORES_PARTITIONS_MAX;
}

static const char *breach_of_holders(void)
{
	for (uint32_t i = 0; i < cores_plan.cores; i++)
		if (cores_plan.holders[i] != 0 &&
		    only_holder(i) != HOLD_HOLDER(shared_memory->accounts.core[i].hold))
			return "a core hasn't the one holder that its record says";
	return NULL;
}

/* Whether a core is free: its holder's vCPU is off, or it has no holder. */
static bool is_free(uint32_t at_core, uint32_t holder)
{
	const struct partition *partition;

	if (holder == HOLD_NOBODY)
		return true;
	partition = partition_at(holder);
	for (uint32_t v = 0; v < partition->vcpu_count; v++)
		if (partition->vcpus[v].core == at_core &&
		    partition->psci_states[v] == PSCI_VCPU_OFF)
			return true;
	return false;
}

/* A free core must go to the partition that asks for it in time. */
static const char *breach_of_wishes(void)
{
	for (uint32_t i = 0; i < cores_plan.cores; i++) {
		const uint64_t record = shared_memory->accounts.core[i].hold;

		if (cores_plan.holders[i] != 0 && hold_is_asked(record, sysreg_read(cntpct_el0)) &&
		    is_free(i, HOLD_HOLDER(record)))
			return "a core that is free doesn't go to its next holder";
	}
	return NULL;
}

/* How many partitions are on their way to a start. They count as awake, too. */
static uint32_t starts_on_their_way(void)
{
	uint32_t starts = 0;

	for (uint32_t core_index = 0; core_index < BUNDLE_CORES_MAX; core_index++)
		for (uint32_t p = 0; p < BUNDLE_PARTITIONS_MAX; p++)
			starts += (uint32_t)__builtin_popcountll(
			    shared_memory->box[core_index].word[MAIL_LIFE] >> p * LIFE_MESSAGES &
			    (1u << LIFE_START | 1u << LIFE_RESTART));
	return starts;
}

const char *cores_breach(void)
{
	const char *breach = fake_complaints() != 0 ? fake_complaint() : breach_of_holders();
	uint32_t awake = starts_on_their_way();

	for (uint32_t p = 0; p < cores_plan.partitions; p++) {
		const struct partition *partition = partition_at(p);

		cores_on(cores_home(p));
		awake += partition->life.status.state != LIFE_STOPPED;
		if (breach == NULL)
			breach = breach_of_state(partition);
	}
	if (breach == NULL && awake != shared_memory->awake)
		breach = "the count of partitions that are awake is wrong";
	for (uint32_t i = 0; i < cores_plan.cores && breach == NULL && !cores_are_off(); i++) {
		cores_on(i);
		breach = breach_of_queue();
	}
	return breach != NULL || cores_are_off() ? breach : cores_breach_places();
}

/* A vCPU that is on for PSCI must run or be parked; a vCPU that is off must not. A CPU_ON that came
 * too late for its partition's life is dropped when the next life begins. */
static const char *breach_of_vcpu(const struct partition *partition, uint32_t index)
{
	const struct vcpu *vcpu = &partition->vcpus[index];
	uint32_t state = partition->life.status.state;
	bool stands = state == LIFE_SUSPENDED || state == LIFE_HELD ||
	              (state == LIFE_RUNNING && debug_holds_vcpu(vcpu));
	int32_t psci = partition->psci_states[index];
	/* This may be the first vCPU, if its partition stood still before the core heard of the
	 * start. */
	bool begins = index == 0 && psci == PSCI_VCPU_ON && (vcpu->life.asked & VCPU_START) != 0;

	if ((vcpu->life.asked & ~(state != LIFE_RUNNING || stands ? (uint32_t)VCPU_START : 0)) != 0)
		return "a vCPU was asked for something and hasn't heard of it";
	if (state != LIFE_RUNNING && !stands)
		return NULL;
	if ((vcpu->context.state != CONTEXT_OFF || begins) != (psci == PSCI_VCPU_ON))
		return "PSCI doesn't say which vCPUs are on";
	if ((psci == PSCI_VCPU_STARTING || begins) != ((vcpu->life.asked & VCPU_START) != 0))
		return "a vCPU never starts";
	if (vcpu->debug.on != partition->debug.attached)
		return "a vCPU's debug registers aren't whose they should be";
	if ((vcpu->life.parked != VCPU_UNPARKED) !=
	        (vcpu->context.state == CONTEXT_BLOCKED && !vcpu->run.waits) ||
	    (vcpu->life.parked && !stands))
		return "a vCPU is parked that should run";
	return NULL;
}

/* Unless the loader has other work, every request of a debugger must have its answer. */
static const char *breach_of_debugger(const struct partition *partition)
{
	const struct debug_box *box = &partition->console->debug;

	if (partition->loader.context.state != CONTEXT_OFF)
		return NULL;
	if (box->attached != partition->debug.attached)
		return "the console doesn't know whether a debugger is attached";
	if (box->asked != box->answered)
		return "a debugger has no answer";
	if (partition->debug.attached == 0 && partition->debug.holds != 0 &&
	    partition->life.status.state == LIFE_RUNNING)
		return "vCPUs are held by a debugger that is gone";
	if (box->asked == box->answered && box->transfer != DEBUG_TRANSFERS_NOTHING)
		return "registers are transferred that nobody asked for";
	return NULL;
}

const char *cores_breach_settled(void)
{
	const char *breach;

	for (uint32_t p = 0; p < cores_plan.partitions; p++) {
		const struct partition *partition = partition_at(p);
		uint32_t state = partition->life.status.state;

		if (state == LIFE_STOPPING || state == LIFE_SUSPENDING || state == LIFE_HOLDING)
			return "a partition stays between two states";
		if (breach_of_debugger(partition) != NULL)
			return breach_of_debugger(partition);
		for (uint32_t i = 0; i < partition->vcpu_count; i++) {
			breach = breach_of_vcpu(partition, i);
			if (breach != NULL)
				return breach;
		}
	}
	breach = cores_breach_places_settled();
	if (breach == NULL)
		breach = breach_of_wishes();
	return breach != NULL ? breach : cores_breach();
}
