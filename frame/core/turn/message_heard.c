/* A function's message has come to a core that isn't one vCPU's alone; see turn/message_heard.h. */
#include <frame/gic_registers.h>
#include <machine/local.h>
#include <run/resident.h>
#include <state/core.h>
#include <turn/message_heard.h>

uint32_t message_in_hand CORE_LOCAL;

void message_shared(uint32_t intid)
{
	uint32_t owner = GIC_MESSAGE_OWNER(intid);

	if ((core.hosts >> owner & 1) != 0 && message_is_heard(partition_at(owner)))
		resident_message(partition_at(owner), GIC_MESSAGE_SPI(intid));
}
