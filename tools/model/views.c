/*
 * A guest's addresses: memory, its devices and emulated devices must not overlap. A device that
 * does DMA uses physical addresses, so its owner's memory can't be remapped.
 */
#include "build.h"
#include <string.h>

static void views_meet(struct build *build, const struct draft_memory *memory, uint64_t base,
                       uint64_t size, const char *what)
{
	if (build_overlap(memory->ipa, memory->size, base, size))
		complain(&build->complaints, memory->place,
		         "\"%s\" covers the guest addresses of %s (0x%llx to 0x%llx); choose "
		         "another address behind 'as'",
		         memory->text, what, (unsigned long long)base,
		         (unsigned long long)(base + size - 1));
}

static void views_emulated(struct build *build, const struct draft *draft,
                           const struct draft_memory *memory)
{
	const struct model_partition *p = draft->partition;

	views_meet(build, memory, p->gicd_ipa, MODEL_GICD_SIZE,
	           "the interrupt controller (distributor)");
	views_meet(build, memory, p->gicr_ipa, MODEL_GICR_SIZE * draft->vcpu_count,
	           "the interrupt controller (redistributors)");
	if (p->console)
		views_meet(build, memory, p->uart_ipa, MODEL_PAGE, "the console's UART");
	if (p->rtc)
		views_meet(build, memory, p->rtc_ipa, MODEL_PAGE, "the clock");
	if (!p->pci_ecam_ipa)
		return;
	views_meet(build, memory, p->pci_ecam_ipa, BUNDLE_ECAM_SIZE,
	           "the PCI host bridge (configuration space)");
	views_meet(build, memory, build->model->board.pci_window,
	           build->model->board.pci_window_size, "the PCI host bridge (BARs)");
}

static void views_devices(struct build *build, const struct draft *draft,
                          const struct draft_memory *memory)
{
	for (size_t i = 0; i < draft->partition->device_count; i++) {
		const struct model_device *device = draft->partition->devices[i];

		for (size_t j = 0; !device->function && j < device->range_count; j++) {
			uint64_t base = device->ranges[j].base / MODEL_PAGE * MODEL_PAGE;
			uint64_t end = build_round_up(
			    device->ranges[j].base + device->ranges[j].size, MODEL_PAGE);

			views_meet(build, memory, base, end - base,
			           arena_format(build->arena, "'&%s'", device->label));
		}
	}
}

static void views_piece(struct build *build, const struct draft *draft, size_t index)
{
	const struct draft_memory *memory = &draft->memory[index];

	if (!build_inside(memory->ipa, memory->size, 0, BUNDLE_ADDRESS_LIMIT))
		complain(&build->complaints, memory->place,
		         "\"%s\" ends above 512 GiB; choose a lower address behind 'as'",
		         memory->text);
	views_emulated(build, draft, memory);
	views_devices(build, draft, memory);
	for (size_t i = 0; i < index; i++)
		if (draft->memory[i].placed &&
		    build_overlap(memory->ipa, memory->size, draft->memory[i].ipa,
		                  draft->memory[i].size) &&
		    (memory->viewed || draft->memory[i].viewed))
			complain(&build->complaints, memory->place,
			         "\"%s\" covers guest addresses of \"%s\"; choose another address "
			         "behind 'as'",
			         memory->text, draft->memory[i].text);
}

/* A piece of memory whose guest address needn't be its physical address, even if it is. NULL:
 * none. */
static const struct draft_memory *views_remapped(const struct draft *draft)
{
	for (size_t i = 0; i < draft->memory_count; i++) {
		const struct draft_memory *memory = &draft->memory[i];

		if (memory->placed && memory->viewed &&
		    !(memory->fixed && memory->ipa == memory->pa))
			return memory;
	}
	return NULL;
}

/* True if the device sees its owner's addresses: it is a function behind the SMMU. */
static bool views_translated(const struct model_device *device)
{
	return device->function && device->function->confined && !device->unconfined_dma;
}

static void views_dma(struct build *build, const struct draft *draft)
{
	const struct draft_memory *remapped = views_remapped(draft);

	for (size_t i = 0; remapped && i < draft->partition->device_count; i++)
		if (draft->partition->devices[i]->dma &&
		    !views_translated(draft->partition->devices[i]))
			complain(
			    &build->complaints, draft->device_places[i],
			    "'&%s' does DMA to physical addresses, and '%s' sees other addresses "
			    "in its memory \"%s\"; take the device out, or 'as' with its address",
			    draft->partition->devices[i]->label, draft->name, remapped->text);
}

void views_check(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];

		for (size_t j = 0; j < draft->memory_count; j++)
			if (draft->memory[j].placed)
				views_piece(build, draft, j);
		if (!remote_asked(draft->node)) /* remote_check() asks for more */
			views_dma(build, draft);
	}
}
