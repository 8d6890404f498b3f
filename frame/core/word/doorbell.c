/*
 * Doorbells; see word/doorbell.h. A ring that comes while its partition doesn't run is lost: a
 * guest that starts looks at its windows before it waits.
 *
 * A partition can't have a ring at once while the doorbell's interrupt is disabled, pending or
 * being handled. The first such ring is noted in the virtual GIC (vgic_pulse()), and the doorbell's
 * bit stays in the mailbox. So further rings interrupt no core until the guest has taken the first
 * one.
 */
#include <kumiki/hypercall.h>
#include <lib/bundle.h>
#include <lib/index.h>
#include <state/partition.h>
#include <word/doorbell.h>
#include <word/mail.h>

_Static_assert(BUNDLE_DOORBELLS_MAX <= DOORBELL_MANAGER &&
                   DOORBELL_MANAGER + BUNDLE_PARTITIONS_MAX <= 64,
               "each has a bit");

int64_t doorbell_ring(uint32_t from, uint64_t number)
{
	if (number >= core_bundle->doorbells.count)
		return KUMIKI_INVALID_PARAMETERS;
	number = index_within(number, core_bundle->doorbells.count);
	if (doorbell_at(number)->from != from)
		return KUMIKI_DENIED;
	mail_post(core.home[doorbell_at(number)->to], MAIL_DOORBELL, (uint32_t)number);
	return 0;
}

void doorbell_tell_managers(uint32_t partition)
{
	for (uint32_t to = shared_memory->managers[partition]; to != 0; to &= to - 1) {
		uint32_t manager = (uint32_t)__builtin_ctz(to);

		mail_post(core.home[manager], MAIL_DOORBELL, DOORBELL_MANAGER + manager);
	}
}

void doorbell_cleared(const struct partition *partition, uint32_t bits)
{
	uint64_t doorbells = 0;

	for (uint32_t i = 0; i < core_bundle->doorbells.count; i++)
		if (doorbell_at(i)->to == partition->index &&
		    (bits >> doorbell_at(i)->bit & 1) != 0)
			doorbells |= 1ULL << i;
	if ((bits & PANEL_CHANGED) != 0)
		doorbells |= 1ULL << (DOORBELL_MANAGER + partition->index);
	mail_listen(core.home[partition->index], doorbells);
}

void doorbell_begin(const struct partition *partition)
{
	uint64_t doorbells = 1ULL << (DOORBELL_MANAGER + partition->index);

	for (uint32_t i = 0; i < core_bundle->doorbells.count; i++)
		doorbells |= (uint64_t)(doorbell_at(i)->to == partition->index) << i;
	mail_listen(core.index, doorbells);
}
