/* See devices/guard.h. */
#include <devices/guard.h>
#include <dma/dma.h>
#include <frame/hardware.h>
#include <frame/pstate.h>
#include <frame/tables.h>
#include <lib/bundle.h>
#include <machine/gic_cpu.h>
#include <state/partition.h>
#include <word/mend.h>
#include <word/timer.h>

#define GUARD_STEP    4 /* pages: then an interrupt that is pending comes first */
#define GUARD_VERDICT 0xffu
#define GUARD_RIGHTS  0x7fu
#define GUARD_NUMBER  8 /* `changes`, from this bit of an answer on */

/* The words of a fault that its vCPU's core fills in. */
#define GUARD_FIRST (offsetof(struct watch_fault, syndrome) / sizeof(uint64_t))
#define GUARD_END   (offsetof(struct watch_fault, since) / sizeof(uint64_t))

static struct watch_fault *fault_of(const struct vcpu *vcpu)
{
	return &mend_box_of(vcpu->partition->index)->fault[vcpu->index];
}

/* The watcher may take back what it asked for, and ask for something else, at any time; a
 * step that has begun is still done. False: there are more. */
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
	uint64_t asked = __atomic_load_n(&fault->allow, __ATOMIC_SEQ_CST);
	const uint32_t pages = (uint32_t)(asked >> WATCH_ALLOW_PAGES);
	const uint64_t end = (asked >> WATCH_ALLOW_PAGE & WATCH_ALLOW_MASK) + pages;
	const uint32_t rights = asked & GUARD_RIGHTS;
	uint32_t step = pages < GUARD_STEP ? pages : GUARD_STEP;
	const ipa_t from = ipa_at((end - step) * PAGE_SIZE);

	if (pages == 0)
		return true;
	if (rights < WATCH_RIGHTS && end <= STAGE2_IPA_SIZE / PAGE_SIZE) {
		if ((asked & WATCH_RIGHT_DEVICES) != 0 &&
		    !dma_allow(vcpu->partition, from, step, rights < WATCH_RIGHT_CODE))
			return false;
		/* A program may have executed something else there. */
		if (rights == WATCH_RIGHT_CODE)
			hw_invalidate_instructions();
		stage2_allow(s2, from, step, (enum stage2_kind)kinds[rights]);
		hw_invalidate_stage2(stage2_vttbr(s2));
	} else {
		step = pages;
	}
	return __atomic_compare_exchange_n(&fault->allow, &asked,
	                                   asked - ((uint64_t)step << WATCH_ALLOW_PAGES), false,
	                                   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
	       pages == step;
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
	const struct bundle_region *memory = bundle_first_memory(core_bundle, partition->config);

	__atomic_store_n(&fault->allow,
	                 memory->size / PAGE_SIZE << WATCH_ALLOW_PAGES |
	                     memory->ipa / PAGE_SIZE << WATCH_ALLOW_PAGE | WATCH_RIGHT_DEVICES |
	                     WATCH_RIGHT_START,
	                 __ATOMIC_SEQ_CST);
}

void guard_forget(const struct partition *partition)
{
	struct watch_fault *fault = mend_box_of(partition->index)->fault;

	if ((partition->config->flags & BUNDLE_PREVENTS) != 0)
		RELAXED(mend_box_of(partition->config->watches)->fault->sites) = 0;
	if (!partition->stage2.guarded)
		return;
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		__atomic_store_n(&fault[i].syndrome, 0, __ATOMIC_SEQ_CST);
		__atomic_store_n(&fault[i].allow, 0, __ATOMIC_SEQ_CST);
		__atomic_store_n(&fault[i].refuses, 0, __ATOMIC_SEQ_CST);
		__atomic_store_n(&fault[i].fixed, 0, __ATOMIC_SEQ_CST);
		__atomic_store_n(&fault[i].sites, 0, __ATOMIC_SEQ_CST);
	}
	if (partition->life.status.starts != 0)
		allow_start(partition, fault);
}

static bool is_same(const struct watch_fault *a, const struct watch_fault *b)
{
	const uint64_t *left = (const uint64_t *)a, *right = (const uint64_t *)b;
	uint32_t i = GUARD_FIRST;

	while (i < GUARD_END && left[i] == right[i])
		i++;
	return i == GUARD_END;
}

static void ask(struct watch_fault *to, const struct watch_fault *fault)
{
	const uint64_t changes = to->changes & ~1ULL;

	__atomic_store_n(&to->changes, changes + 1, __ATOMIC_SEQ_CST);
	for (uint32_t i = GUARD_FIRST; i < GUARD_END; i++)
		__atomic_store_n((uint64_t *)to + i, ((const uint64_t *)fault)[i],
		                 __ATOMIC_SEQ_CST);
	__atomic_store_n(&to->since, timer_now(), __ATOMIC_SEQ_CST);
	__atomic_store_n(&to->changes, changes + 2, __ATOMIC_SEQ_CST);
}

/* Begins an allowed store. False: the watcher has taken the answer back. While a store is carried
 * out, `changes` is odd: the watcher that takes an answer back sees that, or is seen here. */
static bool begin_store(struct watch_fault *own, uint64_t answer)
{
	const uint64_t changes = own->changes;

	__atomic_store_n(&own->changes, changes + 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&own->answer, __ATOMIC_SEQ_CST) == answer)
		return true;
	__atomic_store_n(&own->changes, changes + 2, __ATOMIC_SEQ_CST);
	return false;
}

void guard_end_store(const struct vcpu *vcpu)
{
	struct watch_fault *own = fault_of(vcpu);

	__atomic_store_n(&own->changes, own->changes + 1, __ATOMIC_SEQ_CST);
}

bool guard_is_site(const struct partition *partition, ipa_t ipa, uint32_t word)
{
	const struct mend_box *box = mend_box_of(partition->index);
	const uint64_t sites = __atomic_load_n(&box->fault->sites, __ATOMIC_ACQUIRE);
	const uint64_t place = ipa.at - RELAXED(box->fault->text);
	const uint64_t at = sites - sites % PAGE_SIZE + place - box->table_ipa;
	uint32_t other;

	if (place / PAGE_SIZE >= sites % PAGE_SIZE || at >= box->table_size)
		return false;
	other = window_read(pa_at(box->table_pa + at));
	return other != 0 && (word == other || word == WATCH_SITES_NOP);
}

static bool refuses(const struct partition *partition)
{
	return RELAXED(mend_box_of(partition->index)->fault->refuses) != 0;
}

/* A program at EL0 waits as long as it takes: its first instruction is one of them. So does the
 * kernel, until its watcher has its baseline. */
uint32_t guard_answer(const struct vcpu *vcpu, const struct watch_fault *fault)
{
	struct watch_fault *own = fault_of(vcpu);
	const uint64_t answer = __atomic_load_n(&own->answer, __ATOMIC_SEQ_CST);
	uint32_t verdict = 0;

	if ((own->changes & 1) != 0 || !is_same(own, fault))
		ask(own, fault);
	else if (answer >> GUARD_NUMBER == own->changes)
		verdict = answer & GUARD_VERDICT;
	else if ((fault->pstate & PSTATE_EL) != 0 && refuses(vcpu->partition) &&
	         timer_now() - own->since > timer_ticks(WATCH_FAULT_MS * 1000000ULL))
		verdict = WATCH_FAULT_REFUSE;
	if (verdict == WATCH_FAULT_STORE && !begin_store(own, answer))
		verdict = 0;
	if (verdict != 0)
		__atomic_store_n(&own->syndrome, 0, __ATOMIC_SEQ_CST);
	return verdict;
}
