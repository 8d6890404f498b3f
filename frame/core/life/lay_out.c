/* What a partition's life asks of its memory, its devices and its loader; see life/lay_out.h. */
#include <devices/emulated.h>
#include <devices/ends.h>
#include <devices/panel.h>
#include <devices/pci.h>
#include <frame/hardware.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <life/lay_out.h>
#include <run/sched.h>
#include <run/stolen.h>
#include <run/wake_service.h>
#include <vgic/vgic.h>
#include <word/trace.h>
#include <word/vcpu.h>

/* Starts the loader with a task. If the loader still works for a debugger, that work ends.
 */
static void start_loader(struct partition *partition, enum loader_task task)
{
	struct loader_info *info = partition->loader_info;

	info->task = task;
	memcpy(info->secret, partition->seed, sizeof(info->secret));
	partition_unload(partition);
	service_start(&partition->loader.context);
}

void partition_reset(struct partition *partition, bool again)
{
	/* Devices are reset before the virtual GIC, which has their lines. */
	pl011_reset(&partition->uart);
	rtc_begin(partition);
	watchdog_reset(&partition->watchdog);
	panel_reset(partition);
	pci_reset(partition);
	ends_reset(partition);
	vgic_reset(partition);
	stolen_reset(partition);
	if (again) {
		/* Forgets the characters that were typed for the former life, and that life's
		 * translations. */
		partition->console->in_tail = RELAXED(partition->console->in_head);
		hw_invalidate_stage2(stage2_vttbr(&partition->stage2));
	}
}

void partition_load(struct partition *partition, bool again)
{
	trace_seldom(TRACE_START, TRACE_NO_VCPU, partition->index);
	start_loader(partition, again ? LOADER_AGAIN : LOADER_FIRST);
}

void partition_examine(struct partition *partition)
{
	start_loader(partition, LOADER_EXAMINE);
}

bool partition_silence(struct partition *partition)
{
	if (partition->loader_info->devices == 0)
		return false;
	start_loader(partition, LOADER_SILENCE);
	return true;
}

void partition_debug(struct partition *partition)
{
	struct loader_info *info = partition->loader_info;

	info->state = partition->life.status.state;
	info->parked = __atomic_load_n(&partition->parked, __ATOMIC_SEQ_CST);
	info->holds = __atomic_load_n(&partition->debug.holds, __ATOMIC_SEQ_CST);
	info->attached = partition->debug.attached;
	start_loader(partition, LOADER_DEBUG);
}

void partition_mend(struct partition *partition, enum loader_task task)
{
	start_loader(partition, task);
}

void partition_unload(struct partition *partition)
{
	sched_block(&partition->loader.context, CONTEXT_OFF);
	partition->loader.check = 0;
}

void partition_run(struct partition *partition)
{
	struct vcpu *first = &partition->vcpus[0];

	hw_invalidate_instructions();
	first->life.entry = partition->config->entry_ipa;
	first->life.argument = partition->config->dtb_ipa;
	psci_begin(&partition->psci);
	/* The vCPU may be on any core. The start takes long, so it comes by a message even to this
	 * core. */
	first->life.start = partition->life.status.starts;
	__atomic_fetch_or(&first->life.asked, (uint32_t)VCPU_START, __ATOMIC_SEQ_CST);
	vcpu_tell_later(first);
}
