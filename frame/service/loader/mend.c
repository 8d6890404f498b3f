/*
 * A watcher's mend: see service/mend.h. First each change is looked at, then each is made. A run
 * after one that failed finds some changes made already, as no vCPU writes meanwhile; so it
 * takes a word that has its new value for one that it expects. Devices and brokers may write,
 * though: a word that has neither value then says that the mend isn't whole. Guests may run with
 * caches off, so lines are cleaned and invalidated before and after each access. Registers are
 * changed where their vCPU's core has laid them down.
 */
#include <service/examine.h>
#include <service/loader.h>
#include <service/mend.h>

#define MEND_INDEX 8 /* its first bit in the status */

struct mend {
	const struct loader_info *info;
	const struct mend_box *box;
	uint32_t count;
};

static void mend_settle(uint64_t at)
{
	machine_clean((const void *)(uintptr_t)at, sizeof(uint64_t));
	machine_finish();
}

/* Where the loader sees the change's word. False: it is nowhere in the partition's memory and
 * registers. */
static bool mend_find(const struct mend *mend, uint32_t index, uint64_t *at)
{
	const uint64_t address = mend->box->change[index].address;
	const uint64_t vcpu = address / sizeof(uint64_t);

	if (address % sizeof(uint64_t) == 0)
		return walk_memory(mend->info, address, at);
	*at = mend->info->registers + vcpu * sizeof(struct mend_registers);
	if (address == WATCH_SCTLR(vcpu))
		*at += offsetof(struct mend_registers, sctlr);
	return vcpu < mend->info->vcpus &&
	       (address == WATCH_VBAR(vcpu) || address == WATCH_SCTLR(vcpu));
}

static uint64_t mend_read(uint64_t at)
{
	mend_settle(at);
	return *(const volatile uint64_t *)(uintptr_t)at;
}

static enum watch_mended mend_confirm(const struct mend *mend, uint32_t index)
{
	const struct watch_change *change = &mend->box->change[index];
	uint64_t at, found;

	if (!mend_find(mend, index, &at))
		return WATCH_MEND_WRONG;
	found = mend_read(at);
	if (((found ^ change->expected) & change->mask) == 0 ||
	    (mend->info->task == LOADER_MEND_AGAIN &&
	     ((found ^ change->value) & change->mask) == 0))
		return WATCH_MEND_DONE;
	return WATCH_MEND_DIFFERS;
}

/* Returns the number of words that are changed: 1 or 0. */
static uint32_t mend_change(const struct mend *mend, uint32_t index)
{
	const struct watch_change *change = &mend->box->change[index];
	uint64_t at;

	if (((change->expected ^ change->value) & change->mask) == 0 ||
	    !mend_find(mend, index, &at))
		return 0;
	*(volatile uint64_t *)(uintptr_t)at =
	    (mend_read(at) & ~change->mask) | (change->value & change->mask);
	mend_settle(at);
	return 1;
}

uint64_t mend_run(const struct loader_info *info)
{
	const struct mend_box *box = (const struct mend_box *)(uintptr_t)info->mend;
	const struct mend mend = {info, box, box->count};
	enum watch_mended found = WATCH_MEND_DONE;
	uint32_t changed = 0;

	if (mend.count == 0 || mend.count > WATCH_CHANGES)
		return WATCH_MEND_WRONG;
	for (uint32_t i = 0; i < mend.count; i++) {
		found = mend_confirm(&mend, i);
		if (found == WATCH_MEND_DIFFERS && info->task == LOADER_MEND_AGAIN)
			return WATCH_MEND_FAILED;
		if (found != WATCH_MEND_DONE)
			return (uint64_t)found | (uint64_t)i << MEND_INDEX;
	}
	for (uint32_t i = 0; i < mend.count; i++)
		changed += mend_change(&mend, i);
	return (uint64_t)found | (uint64_t)changed << MEND_INDEX;
}
