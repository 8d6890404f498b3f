/* A message about a doorbell has come: has the partition hear it; see word/doorbell.c. Word for an
 * end comes by the same messages. */
#include <devices/emulated.h>
#include <devices/ends.h>
#include <devices/panel.h>
#include <lib/bundle.h>
#include <run/resident.h>
#include <turn/bell_heard.h>
#include <vgic/vgic.h>
#include <word/doorbell.h>
#include <word/mail.h>

/* Returns the doorbell's interrupt; 0: the doorbell isn't this partition's, or it has no interrupt.
 */
static inline uint32_t intid_of(const struct partition *partition, uint32_t subject)
{
	if (subject < core_bundle->doorbells.count)
		return doorbell_at(subject)->to == partition->index ? doorbell_at(subject)->intid
		                                                    : 0;
	return subject - DOORBELL_MANAGER == partition->index ? partition->config->manager_intid
	                                                      : 0;
}

/* Returns the doorbell's bit in the panel's PENDING register. */
static uint32_t bit_of(uint32_t subject)
{
	return subject < core_bundle->doorbells.count ? 1u << doorbell_at(subject)->bit
	                                              : PANEL_CHANGED;
}

/* Has the panel hear the doorbell, which stays in the mailbox until the guest clears the bit. If
 * another core has taken the devices, the message comes again. */
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

/* Finds the doorbell's partition, on a core that isn't one partition's alone. */
static void heard_by_one(uint32_t subject)
{
	bool bell = subject < core_bundle->doorbells.count;
	uint32_t index = bell ? doorbell_at(subject)->to : subject - DOORBELL_MANAGER;

	if ((core.hosts >> index & 1) != 0)
		doorbell_heard(partition_at(index), subject);
}

void doorbell_heard(struct partition *partition, uint32_t subject)
{
	uint32_t intid, state;

	if (subject >= DOORBELL_END) {
		ends_heard(subject - DOORBELL_END);
		return;
	}
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
