/* A function's message has come: its partition gets the interrupt; see turn/message_heard.h. */
#include <frame/gic_registers.h>
#include <lib/bundle.h>
#include <machine/local.h>
#include <run/resident.h>
#include <run/sched.h>
#include <state/core.h>
#include <state/partition.h>
#include <turn/message_heard.h>
#include <vgic/vgic.h>

uint32_t message_in_hand CORE_LOCAL;

static void hear(struct partition *partition, uint32_t spi)
{
	uint32_t state = __atomic_load_n(&partition->life.status.state, __ATOMIC_SEQ_CST);

	if (state < LIFE_RUNNING || state > LIFE_SUSPENDED)
		return;
	if (core.only == 0) {
		resident_message(partition, spi);
		return;
	}
	vgic_message(partition, spi);
	if (core.current != &core.only->context && core.current != 0)
		sched_interrupt(core.current, &core.only->context);
}

void message_heard(uint32_t intid)
{
	uint32_t owner = GIC_MESSAGE_OWNER(intid);

	message_in_hand = intid;
	if (owner < core_bundle->partitions.count && (core.hosts >> owner & 1) != 0)
		hear(partition_at(owner), GIC_MESSAGE_SPI(intid));
	message_in_hand = 0;
}
