/*
 * A partition under a debugger; see life/debug.h. Whenever the debugger has to hear of something,
 * the partition's loader looks at the partition, as soon as the loader has nothing else to do. If
 * something else comes meanwhile, the loader looks once more. This file then does what the loader
 * asks for.
 */
#include <devices/ends.h>
#include <frame/hardware.h>
#include <life/debug.h>
#include <life/lay_out.h>
#include <life/life.h>
#include <life/vcpu.h>
#include <state/partition.h>
#include <word/debug.h>
#include <word/life.h>
#include <word/service.h>
#include <word/vcpu.h>

static struct debug_box *box_of(const struct partition *partition)
{
	return &partition->console->debug;
}

bool debug_works(const struct partition *partition)
{
	const struct debug_box *box = box_of(partition);
	const struct debug *debug = &partition->debug;

	return (debug->attached | debug->holds | box->attached | (box->asked ^ box->answered)) != 0;
}

void debug_look(struct partition *partition)
{
	struct debug *debug = &partition->debug;

	if (!debug_works(partition))
		return;
	debug->again = partition->loader.context.state != CONTEXT_OFF;
	if (!debug->again)
		partition_debug(partition);
}

/* If the partition is stopped or begins anew by now, the order is dropped. Instruction caches are
 * invalidated, as the loader may have written code. */
void debug_looked(struct partition *partition, uint64_t order)
{
	uint32_t state = partition->life.status.state;
	struct debug *debug = &partition->debug;

	hw_invalidate_instructions();
	service_wake_later(SERVICE_EVENT_STATE);
	if ((order & DEBUG_ORDER_FOLLOW) != 0 && state >= LIFE_RUNNING && state <= LIFE_HELD) {
		const bool stopped = debug_holds_all(partition);

		if ((order & DEBUG_ORDER_GOES_ON) != 0 && state == LIFE_RUNNING)
			life_stood(partition);
		debug->attached = (order & DEBUG_ORDER_ATTACHED) != 0;
		__atomic_store_n(&debug->holds, (uint8_t)(order >> DEBUG_ORDER_HOLDS),
		                 __ATOMIC_SEQ_CST);
		if (stopped && !debug_holds_all(partition) && state == LIFE_RUNNING)
			ends_join(partition);
		__atomic_store_n(&partition->parked, 0, __ATOMIC_SEQ_CST);
		partition_ask_all(partition, VCPU_FOLLOW);
	}
	if (debug->again)
		life_tell(partition->index, LIFE_LOOK); /* which first looks at the ends */
}

void debug_failed(struct partition *partition)
{
	struct debug_box *box = box_of(partition);

	box->status = DEBUG_FAILED;
	box->attached = partition->debug.attached; /* as before: the failed loader gave no order */
	box->answered = box->asked;
	debug_looked(partition, 0);
}

/* The vCPU itself stands at once; other vCPUs stand by the loader's orders. The loader finds out
 * what the vCPU hit, and decides in which order the debugger hears of hits, requests and ends. */
void debug_trap(struct vcpu *vcpu, uint64_t esr, uint64_t far)
{
	struct partition *partition = vcpu->partition;

	box_of(partition)->hits[vcpu->index] = (struct debug_hit){esr, far};
	__atomic_fetch_or(&partition->debug.holds, 1u << vcpu->index, __ATOMIC_SEQ_CST);
	life_tell(partition->index, LIFE_LOOK);
	vcpu_follow(vcpu);
}
