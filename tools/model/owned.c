/* What a partition owns at a guest address. The checks of trees and manifests use this file. */
#include "build.h"

bool owned_memory(const struct draft *draft, uint64_t base, uint64_t size)
{
	const struct model_partition *p = draft->partition;

	for (size_t i = 0; i < p->memory_count; i++)
		if (build_inside(base, size, p->memory[i].ipa, p->memory[i].size))
			return true;
	return false;
}

static bool owned_window(const struct build *build, const struct draft *draft, uint64_t base,
                         uint64_t size)
{
	for (size_t i = 0; i < build->window_count; i++)
		for (size_t j = 0; j < build->windows[i].member_count; j++) {
			const struct draft_member *member = &build->windows[i].members[j];

			if (member->appearance == draft->appearance &&
			    build_inside(base, size, member->ipa, build->windows[i].memory.size))
				return true;
		}
	return false;
}

static bool owned_end(const struct build *build, const struct draft *draft, uint64_t base,
                      uint64_t size)
{
	for (size_t i = 0; i < build->channel_count; i++) {
		const struct draft_end *end = channels_end(&build->channels[i], draft->appearance);

		if (end && build_inside(base, size, end->ipa, BUNDLE_END_SIZE))
			return true;
	}
	return false;
}

static bool owned_device(const struct model_partition *p, uint64_t base, uint64_t size)
{
	for (size_t i = 0; i < p->device_count; i++)
		for (size_t j = 0; j < p->devices[i]->range_count; j++) {
			const struct model_range *range = &p->devices[i]->ranges[j];

			if (build_inside(base, size, range->base, range->size))
				return true;
		}
	return false;
}

bool owned_registers(const struct build *build, const struct draft *draft, uint64_t base,
                     uint64_t size)
{
	const struct model_partition *p = draft->partition;

	if ((p->console && build_inside(base, size, p->uart_ipa, MODEL_PAGE)) ||
	    (p->rtc && build_inside(base, size, p->rtc_ipa, MODEL_PAGE)) ||
	    (p->watchdog && build_inside(base, size, p->watchdog_ipa, MODEL_WATCHDOG_SIZE)) ||
	    (p->pci_ecam_ipa && build_inside(base, size, p->pci_ecam_ipa, BUNDLE_ECAM_SIZE)))
		return true;
	if (p->blackbox_ipa &&
	    build_inside(base, size, p->blackbox_ipa, build->draft_count * BUNDLE_BLACKBOX_MEMORY))
		return true;
	return watch_shows(build, draft, base, size) || owned_window(build, draft, base, size) ||
	       owned_end(build, draft, base, size) || owned_device(p, base, size);
}

bool owned_interrupt(const struct build *build, const struct draft *draft, uint32_t intid)
{
	const struct model_partition *p = draft->partition;

	if (wiring_has(build, draft, intid))
		return true;
	for (size_t i = 0; i < p->device_count; i++)
		for (size_t j = 0; j < p->devices[i]->interrupt_count; j++)
			if (p->devices[i]->interrupts[j].intid == intid)
				return true;
	return false;
}
