/* See devices/watch.h. */
#include <devices/manager.h>
#include <devices/watch.h>
#include <kumiki/watch.h>
#include <lib/bundle.h>
#include <machine/sysreg.h>
#include <state/core.h>
#include <state/partition.h>
#include <word/life.h>
#include <word/mend.h>
#include <word/vcpu.h>

/* A word of a vCPU's record; the vCPU's core may be writing it. */
static uint64_t record_word(const struct bundle_range *vcpus, uint32_t at)
{
	const struct watch_record *record = &shared_memory->watch[vcpus->first];

	if (at >= vcpus->count * WATCH_RECORD_SIZE)
		return 0;
	return __atomic_load_n((const uint64_t *)record + at / sizeof(uint64_t), __ATOMIC_SEQ_CST);
}

static bool mends(const struct partition *watcher)
{
	return (watcher->config->flags & BUNDLE_MENDS) != 0;
}

static uint64_t mend_answer(const struct mend_box *box)
{
	if (mend_is_asked(box))
		return WATCH_MEND_ASKED;
	return box->answer == WATCH_MEND_NOTHING ? WATCH_MEND_READY : box->answer;
}

/* Only of a guarded partition. */
static uint64_t *fault_word(uint32_t watched, uint32_t offset)
{
	struct mend_box *box = mend_box_of(watched);

	if (offset < WATCH_FAULT(0) || offset >= WATCH_FAULT(BUNDLE_PARTITION_VCPUS_MAX) ||
	    box->guard != WATCH_GUARD_PAGES)
		return 0;
	return (uint64_t *)(void *)box->fault + (offset - WATCH_FAULT(0)) / sizeof(uint64_t);
}

static uint64_t other_word(const struct partition *watcher, const struct bundle_range *vcpus,
                           uint32_t offset)
{
	const uint64_t *word = mends(watcher) ? fault_word(watcher->config->watches, offset) : 0;

	if (word != 0)
		return __atomic_load_n(word, __ATOMIC_SEQ_CST);
	return offset < WATCH_RECORD(0) ? 0 : record_word(vcpus, offset - WATCH_RECORD(0));
}

/* Of all vCPUs, since the machine's start. */
static uint64_t misses_of(const struct bundle_range *vcpus)
{
	const struct vcpu_account *account = &shared_memory->accounts.vcpu[vcpus->first];
	uint64_t misses = 0;

	for (uint32_t i = 0; i < vcpus->count; i++)
		misses += RELAXED(account[i].misses);
	return misses;
}

uint64_t watch_read(const struct partition *watcher, uint32_t offset, uint32_t size)
{
	const uint32_t watched = watcher->config->watches;
	const struct life_status *status = &shared_memory->life[watched];
	const struct bundle_range *vcpus = &bundle_partitions(core_bundle)[watched].vcpus;

	if (size != sizeof(uint64_t) || offset % sizeof(uint64_t) != 0)
		return 0;
	switch (offset) {
	case WATCH_MEND:
		return mends(watcher) ? mend_answer(mend_box_of(watched)) : WATCH_MEND_NOTHING;
	case WATCH_RESTART:
		return watcher->config->life.manages >> watched & 1;
	case WATCH_GUARD:
		return mends(watcher) ? mend_box_of(watched)->guard : WATCH_GUARD_NOTHING;
	case WATCH_STATE:
		return __atomic_load_n(&status->state, __ATOMIC_SEQ_CST);
	case WATCH_STARTS:
		return __atomic_load_n(&status->starts, __ATOMIC_SEQ_CST);
	case WATCH_VCPUS:
		return vcpus->count;
	case WATCH_MISSES:
		return misses_of(vcpus);
	default:
		return other_word(watcher, vcpus, offset);
	}
}

static bool runs(uint32_t partition)
{
	const struct life_status *status = &shared_memory->life[partition];

	return __atomic_load_n(&status->state, __ATOMIC_SEQ_CST) == LIFE_RUNNING;
}

/* The home core answers what it is asked. What it needn't be asked has its answer here, as no mend
 * goes on. */
static void mend_ask(uint32_t watched, struct mend_box *box, uint64_t count)
{
	if (count == 0 || count > WATCH_CHANGES) {
		box->answer = WATCH_MEND_WRONG;
	} else if (!runs(watched)) {
		box->answer = WATCH_MEND_REFUSED;
	} else {
		box->count = (uint32_t)count;
		__atomic_store_n(&box->asked, box->asked + 1, __ATOMIC_RELEASE);
		life_tell(watched, LIFE_LOOK);
	}
}

/* While a mend goes on, its changes stay as they are. */
static void mend_write(uint32_t watched, uint32_t offset, uint64_t value)
{
	struct mend_box *box = mend_box_of(watched);
	uint64_t *words = (uint64_t *)box->change;

	if (mend_is_asked(box))
		return;
	if (offset == WATCH_MEND)
		mend_ask(watched, box, value);
	else if (offset >= WATCH_CHANGE(0) && offset < WATCH_CHANGE(WATCH_CHANGES))
		words[(offset - WATCH_CHANGE(0)) / sizeof(value)] = value;
}

/* The watcher's words of a fault, and all that a mend takes. */
static void box_write(uint32_t watched, uint32_t offset, uint64_t value)
{
	uint64_t *word = fault_word(watched, offset);

	if (word == 0)
		mend_write(watched, offset, value);
	else if (offset % WATCH_FAULT_SIZE >= offsetof(struct watch_fault, refuses))
		__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/* A message would turn on the home core of a partition that was stopped. */
void watch_write(const struct partition *watcher, uint32_t offset, uint32_t size, uint64_t value)
{
	const uint32_t watched = watcher->config->watches;

	if (offset == WATCH_ASK && runs(watched))
		life_tell(watched, LIFE_SHOW);
	else if (offset == WATCH_RESTART && runs(watched))
		(void)manager_command(watcher, watched, LIFE_RESTART);
	else if (mends(watcher) && size == sizeof(value) && offset % sizeof(value) == 0)
		box_write(watched, offset, value);
}

/* A vCPU that is off isn't asked: its core may be off, too. */
void watch_ask(struct partition *partition)
{
	for (uint32_t i = 0; i < partition->vcpu_count && life_runs(partition); i++) {
		if (__atomic_load_n(&partition->psci_states[i], __ATOMIC_SEQ_CST) != PSCI_VCPU_ON)
			continue;
		__atomic_fetch_or(&partition->vcpus[i].life.asked, (uint32_t)VCPU_SHOW,
		                  __ATOMIC_SEQ_CST);
		vcpu_tell_later(&partition->vcpus[i]);
	}
}

/* While a service runs, struct core has two of a guest's registers. */
static bool is_served(void)
{
	return core.current != 0 && core.current->kind != CONTEXT_VCPU;
}

/* The EL1 registers of a vCPU are where they are saved; or they are in the core, and what was saved
 * before means nothing. */
static const struct resident_el1 *watch_registers(struct vcpu *vcpu)
{
	struct resident_el1 *el1 = &vcpu->saved.el1;

	if (core.el1 != vcpu)
		return el1;
	el1->ttbr1 = sysreg_read(ttbr1_el1);
	el1->tcr = sysreg_read(tcr_el1);
	el1->vbar = sysreg_read(vbar_el1);
	el1->sctlr = sysreg_read(sctlr_el1);
	el1->sp_el0 = sysreg_read(sp_el0);
	if (is_served()) {
		el1->sctlr = core.service_sctlr;
		el1->sp_el0 = core.service_sp;
	}
	return el1;
}

/* Changes come before and after the registers, as their reader expects. They are odd here if the
 * frame failed as it wrote. A vCPU that is about to begin has no registers yet. */
void watch_show(struct vcpu *vcpu)
{
	struct watch_record *record = &shared_memory->watch[vcpu->context.trace_id];
	const uint64_t changes = record->changes & ~1ULL;
	const struct resident_el1 *now;

	if (vcpu->context.fresh)
		return;
	now = watch_registers(vcpu);
	__atomic_store_n(&record->changes, changes + 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&record->ttbr1, now->ttbr1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&record->tcr, now->tcr, __ATOMIC_SEQ_CST);
	__atomic_store_n(&record->vbar, now->vbar, __ATOMIC_SEQ_CST);
	__atomic_store_n(&record->sctlr, now->sctlr, __ATOMIC_SEQ_CST);
	__atomic_store_n(&record->sp_el0, now->sp_el0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&record->changes, changes + 2, __ATOMIC_SEQ_CST);
}

static struct mend_registers *laid_of(const struct vcpu *vcpu)
{
	return &vcpu->partition->console->registers[vcpu->index];
}

/* A vCPU that is off has none: what expects any finds it different. The home core counts the
 * vCPUs that have laid them down since its mend began. */
void watch_lay_down(struct vcpu *vcpu)
{
	struct mend_registers *laid = laid_of(vcpu);
	const struct resident_el1 *now;

	if (!vcpu->life.parked) {
		*laid = (struct mend_registers){.vbar = 0};
	} else if ((vcpu->life.parked & VCPU_LAID) == 0) {
		now = watch_registers(vcpu);
		*laid = (struct mend_registers){now->vbar, now->sctlr};
		order_stores();
		vcpu->life.parked |= VCPU_LAID;
	}
	__atomic_fetch_or(&vcpu->partition->mend.laid, 1u << vcpu->index, __ATOMIC_SEQ_CST);
}

/* The record is written anew: its watcher may look at it before it asks again. */
void watch_take_up(struct vcpu *vcpu)
{
	const struct mend_registers *laid = laid_of(vcpu);

	vcpu->saved.el1.vbar = laid->vbar;
	vcpu->saved.el1.sctlr = laid->sctlr;
	if (core.el1 == vcpu) {
		sysreg_write(vbar_el1, laid->vbar);
		if (is_served())
			core.service_sctlr = laid->sctlr;
		else
			sysreg_write(sctlr_el1, laid->sctlr);
	}
	watch_show(vcpu);
}
