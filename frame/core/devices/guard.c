/* See devices/guard.h. */
#include <devices/guard.h>
#include <frame/pstate.h>
#include <lib/bundle.h>
#include <machine/gic_cpu.h>
#include <state/partition.h>
#include <word/mend.h>
#include <word/timer.h>

#define GUARD_STEP    32 /* pages: then an interrupt that is pending comes first */
#define GUARD_VERDICT 0xffu
#define GUARD_NUMBER  8 /* `changes`, from this bit of an answer on */

static struct watch_fault *fault_of(const struct vcpu *vcpu)
{
	return &mend_box_of(vcpu->partition->index)->fault[vcpu->index];
}

/* The last pages first, so that their number alone says what is left. The watcher may take back
 * what it asked for, and ask for something else: so the number is changed only if it is the same
 * still, and belongs to `allow` if that is the same before and after. False: there are more. */
static bool change_some(const struct vcpu *vcpu)
{
	static const uint8_t kinds[WATCH_RIGHTS] = {
	    [WATCH_RIGHT_ALL] = STAGE2_RAM,
	    [WATCH_RIGHT_START] = STAGE2_RAM_EL1,
	    [WATCH_RIGHT_DATA] = STAGE2_RAM_EL0,
	    [WATCH_RIGHT_CODE] = STAGE2_TEXT_EL1,
	    [WATCH_RIGHT_CONSTANT] = STAGE2_CONSTANT_EL0,
	};
	struct stage2 *s2 = &vcpu->partition->stage2;
	struct watch_fault *fault = fault_of(vcpu);
	const uint64_t allow = __atomic_load_n(&fault->allow, __ATOMIC_SEQ_CST);
	const uint64_t rights = allow & PAGE_MASK;
	uint64_t left, asked, place;
	uint32_t step;

	asked = left = __atomic_load_n(&fault->pages, __ATOMIC_SEQ_CST);
	if (left == 0)
		return true;
	if (__atomic_load_n(&fault->allow, __ATOMIC_SEQ_CST) != allow)
		return false;
	step = left < GUARD_STEP ? (uint32_t)left : GUARD_STEP;
	left = left > STAGE2_IPA_SIZE / PAGE_SIZE ? 0 : left - step;
	place = allow - rights + left * PAGE_SIZE;
	if (rights < WATCH_RIGHTS)
		stage2_allow(s2, ipa_at(place), step, (enum stage2_kind)kinds[rights]);
	return __atomic_compare_exchange_n(&fault->pages, &asked, left, false, __ATOMIC_SEQ_CST,
	                                   __ATOMIC_SEQ_CST) &&
	       left == 0;
}

bool guard_change(const struct vcpu *vcpu)
{
	if (!vcpu->partition->stage2.guarded)
		return true;
	while (!change_some(vcpu))
		if (gic_is_pending())
			return false;
	return true;
}

/* The kernel lies in the first memory. The first vCPU makes it executable at its first fault. */
static void allow_start(const struct partition *partition, struct watch_fault *fault)
{
	const struct bundle_region *memory =
	    &bundle_regions(core_bundle)[partition->config->regions.first];

	while (memory->kind != BUNDLE_RAM && memory->kind != BUNDLE_KEPT)
		memory++;
	__atomic_store_n(&fault->allow, memory->ipa | WATCH_RIGHT_START, __ATOMIC_SEQ_CST);
	__atomic_store_n(&fault->pages, memory->size / PAGE_SIZE, __ATOMIC_SEQ_CST);
}

void guard_forget(const struct partition *partition)
{
	struct watch_fault *fault = mend_box_of(partition->index)->fault;

	if (!partition->stage2.guarded)
		return;
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		__atomic_store_n(&fault[i].syndrome, 0, __ATOMIC_SEQ_CST);
		__atomic_store_n(&fault[i].pages, 0, __ATOMIC_SEQ_CST);
	}
	if (partition->life.status.starts != 0)
		allow_start(partition, fault);
}

static bool is_same(const struct watch_fault *a, const struct watch_fault *b)
{
	return a->syndrome == b->syndrome && a->address == b->address && a->at == b->at &&
	       a->pc == b->pc && a->pstate == b->pstate && a->value == b->value;
}

static void ask(struct watch_fault *to, const struct watch_fault *fault)
{
	const uint64_t changes = to->changes & ~1ULL;

	__atomic_store_n(&to->changes, changes + 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&to->syndrome, fault->syndrome, __ATOMIC_SEQ_CST);
	__atomic_store_n(&to->address, fault->address, __ATOMIC_SEQ_CST);
	__atomic_store_n(&to->at, fault->at, __ATOMIC_SEQ_CST);
	__atomic_store_n(&to->pc, fault->pc, __ATOMIC_SEQ_CST);
	__atomic_store_n(&to->pstate, fault->pstate, __ATOMIC_SEQ_CST);
	__atomic_store_n(&to->value, fault->value, __ATOMIC_SEQ_CST);
	__atomic_store_n(&to->since, timer_now(), __ATOMIC_SEQ_CST);
	__atomic_store_n(&to->changes, changes + 2, __ATOMIC_SEQ_CST);
}

/* A program at EL0 waits as long as it takes: its first instruction is one of them. */
uint32_t guard_answer(const struct vcpu *vcpu, const struct watch_fault *fault)
{
	struct watch_fault *own = fault_of(vcpu);
	const uint64_t answer = __atomic_load_n(&own->answer, __ATOMIC_SEQ_CST);
	uint32_t verdict = 0;

	if ((own->changes & 1) != 0 || !is_same(own, fault))
		ask(own, fault);
	else if (answer >> GUARD_NUMBER == own->changes)
		verdict = answer & GUARD_VERDICT;
	else if ((fault->pstate & PSTATE_EL) != 0 &&
	         timer_now() - own->since > timer_ticks(WATCH_FAULT_MS * 1000000ULL))
		verdict = WATCH_FAULT_REFUSE;
	if (verdict != 0)
		__atomic_store_n(&own->syndrome, 0, __ATOMIC_SEQ_CST);
	return verdict;
}
