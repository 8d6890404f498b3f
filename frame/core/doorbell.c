/*
 * Doorbells; see frame/doorbell.h. A ring that comes while its partition doesn't run is lost: who
 * starts looks at what there is before it waits.
 *
 * The first ring that a partition can't have at once, for its interrupt is disabled, pending or
 * being handled, is noted in its virtual GIC (vgic_pulse()), and leaves the doorbell's bit in the
 * mailbox; so those that follow interrupt nobody, until the guest has taken that one.
 */
#include <frame/core.h>
#include <frame/doorbell.h>
#include <frame/life.h>
#include <frame/mail.h>
#include <frame/partition.h>
#include <frame/resident.h>
#include <kumiki/hypercall.h>
#include <lib/bundle.h>

_Static_assert(BUNDLE_DOORBELLS_MAX <= DOORBELL_MANAGER &&
                   DOORBELL_MANAGER + BUNDLE_PARTITIONS_MAX <= 64,
               "each has a bit");

static inline const struct bundle_doorbell *bell_of(uint64_t number)
{
	const char *bells = (const char *)core_bundle + core_bundle->doorbells.offset;

	return &((const struct bundle_doorbell *)(const void *)bells)[number];
}

int64_t doorbell_ring(uint32_t from, uint64_t number)
{
	if (number >= core_bundle->doorbells.count)
		return KUMIKI_INVALID_PARAMETERS;
	if (bell_of(number)->from != from)
		return KUMIKI_DENIED;
	mail_post(core.home[bell_of(number)->to], MAIL_DOORBELL, (uint32_t)number);
	return 0;
}

void doorbell_tell_managers(uint32_t partition)
{
	for (uint32_t to = shared_memory->managers[partition]; to != 0; to &= to - 1) {
		uint32_t manager = (uint32_t)__builtin_ctz(to);

		mail_post(core.home[manager], MAIL_DOORBELL, DOORBELL_MANAGER + manager);
	}
}

/* 0: it isn't this partition's. */
static inline uint32_t intid_of(const struct partition *partition, uint32_t subject)
{
	if (subject < core_bundle->doorbells.count)
		return bell_of(subject)->to == partition->index ? bell_of(subject)->intid : 0;
	return subject - DOORBELL_MANAGER == partition->index ? partition->config->manager_intid
	                                                      : 0;
}

/* In the panel's PENDING register. */
static uint32_t bit_of(uint32_t subject)
{
	return subject < core_bundle->doorbells.count ? 1u << bell_of(subject)->bit : PANEL_CHANGED;
}

/* It stays in the mailbox until the guest clears the bit; or it comes again, if another core has
 * the panel. */
static void heard_by_panel(struct partition *partition, uint32_t subject)
{
	if (core.only == 0)
		(void)resident_partition(partition->index);
	if (!devices_take(partition)) {
		mail_post(core.index, MAIL_DOORBELL, subject);
		return;
	}
	mail_leave(subject);
	panel_hear(partition, bit_of(subject));
	devices_give(partition);
}

void doorbell_cleared(const struct partition *partition, uint32_t bits)
{
	uint64_t doorbells = 0;

	for (uint32_t i = 0; i < core_bundle->doorbells.count; i++)
		if (bell_of(i)->to == partition->index && (bits >> bell_of(i)->bit & 1) != 0)
			doorbells |= 1ULL << i;
	if ((bits & PANEL_CHANGED) != 0)
		doorbells |= 1ULL << (DOORBELL_MANAGER + partition->index);
	mail_listen(core.home[partition->index], doorbells);
}

/* Of a core that runs several, or none. */
static void heard_by_one(uint32_t subject)
{
	bool bell = subject < core_bundle->doorbells.count;
	uint32_t index = bell ? bell_of(subject)->to : subject - DOORBELL_MANAGER;

	if ((core.hosts >> index & 1) != 0)
		doorbell_heard(partition_at(index), subject);
}

void doorbell_heard(struct partition *partition, uint32_t subject)
{
	uint32_t intid, state;

	if (partition == 0) {
		heard_by_one(subject);
		return;
	}
	intid = intid_of(partition, subject);
	state = __atomic_load_n(&partition->life.status.state, __ATOMIC_SEQ_CST);
	if (intid == 0)
		return;
	if (state < LIFE_RUNNING || state > LIFE_SUSPENDED)
		mail_leave(subject);
	else if ((partition->config->flags & BUNDLE_PANEL) != 0)
		heard_by_panel(partition, subject);
	else if (core.only != 0)
		vgic_pulse(partition, intid);
	else
		resident_pulse(partition, intid);
}

void doorbell_begin(const struct partition *partition)
{
	uint64_t doorbells = 1ULL << (DOORBELL_MANAGER + partition->index);

	for (uint32_t i = 0; i < core_bundle->doorbells.count; i++)
		doorbells |= (uint64_t)(bell_of(i)->to == partition->index) << i;
	mail_listen(core.index, doorbells);
}
