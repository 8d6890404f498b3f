/*
 * The manifest in an image of the RTOS: does the partition own its devices, and have the memory? An
 * image may be made for several partitions, so a device that isn't where the manifest says is only
 * a warning: its driver is stopped at the first access, and the other programs run. A device that
 * the manifest knows by its name in the description must be there.
 */
#include "build.h"
#include <host/pci.h>
#include <host/rtos.h>
#include <inttypes.h>
#include <lib/bundle.h>
#include <lib/rtosfile.h>
#include <lib/rtosimage.h>
#include <string.h>

#define GUEST_RTOS_FILE_MAX (64u << 20)

struct guest_rtos {
	struct build *build;
	struct draft *draft;
};

/* Whether the file begins with a kernel of the RTOS. Other images, such as a Linux, aren't read as
 * a whole. */
static bool guest_rtos_is_one(const struct guest_rtos *rtos)
{
	const struct file_access *access = rtos->build->search.access;
	struct rtos_kernel_header kernel;
	uint8_t head[sizeof(struct arm64_image_header) + sizeof(kernel)];
	uint64_t size = 0;

	return !access->peek(access->context, rtos->draft->image.path, head, sizeof(head), &size) &&
	       !rtosfile_kernel(head, (size_t)size, &kernel);
}

/* Reads the image. False: it can't be read. */
static bool guest_rtos_read(const struct guest_rtos *rtos)
{
	const struct file_access *access = rtos->build->search.access;

	return !access->read(access->context, rtos->build->arena, rtos->draft->image.path,
	                     GUEST_RTOS_FILE_MAX, &rtos->draft->rtos, &rtos->draft->rtos_size);
}

/* The image's verified manifest. NULL: there is none, or it is damaged; the RTOS reports that
 * itself. */
static const struct rtos_manifest *guest_rtos_manifest(const struct guest_rtos *rtos)
{
	const struct rtos_image *image;
	const struct rtos_manifest *manifest;
	const struct rtos_part *part;
	enum rtosimage_fault fault;
	const char *why;

	if (!rtosfile_find(rtos->draft->rtos, rtos->draft->rtos_size, &image, &why))
		return NULL;
	part = rtosimage_manifest(image);
	if (!part)
		return NULL;
	manifest = (const void *)((const char *)image + part->offset);
	fault = rtosmanifest_verify(manifest, (size_t)part->size, image).fault;
	return fault == RTOSIMAGE_OK || fault == RTOSIMAGE_UNPLACED ? manifest : NULL;
}

/* Whether this is the bridge's window, where the BARs of PCI functions lie. A driver asks its
 * function where in it they are. */
static bool guest_rtos_bars(const struct guest_rtos *rtos, uint64_t base, uint64_t size)
{
	struct dts_range window;

	return rtos->build->bridge && build_has_functions(rtos->draft) &&
	       pci_window(rtos->build->bridge, 0, &window) &&
	       build_inside(base, size, window.base, window.size);
}

static void guest_rtos_range(const struct guest_rtos *rtos,
                             const struct rtos_manifest_device *device, uint64_t base,
                             uint64_t size)
{
	if (!owned_registers(rtos->build, rtos->draft, base, size) &&
	    !guest_rtos_bars(rtos, base, size))
		complain_warning(
		    &rtos->build->complaints, rtos->draft->image.place,
		    "the manifest of this image has '%s' at 0x%" PRIx64
		    ", where '%s' owns no device; give it that device, or correct 'reg' in the "
		    "manifest",
		    device->name, base, rtos->draft->name);
}

/* What decides the interrupt, for a message. A device with two ranges is a PCI function: these are
 * configuration space and window, and its device number decides. */
static const char *guest_rtos_source(const struct rtos_manifest_device *device)
{
	return device->range_count == 2 ? "'reg', whose device number decides that,"
	                                : "'interrupts'";
}

static void guest_rtos_device(const struct guest_rtos *rtos,
                              const struct rtos_manifest_device *device)
{
	for (uint32_t i = 0; i < device->range_count; i++)
		guest_rtos_range(rtos, device, device->ranges[i].base, device->ranges[i].size);
	for (uint32_t i = 0; i < device->interrupt_count; i++) {
		const uint32_t intid = device->interrupts[i] & ~RTOS_DEVICE_EDGE;

		if (!owned_interrupt(rtos->build, rtos->draft, intid))
			complain_warning(
			    &rtos->build->complaints, rtos->draft->image.place,
			    "the manifest of this image has '%s' with interrupt %" PRIu32
			    " (SPI %" PRIu32
			    "), which '%s' doesn't own; correct %s in the manifest",
			    device->name, intid, intid - BUNDLE_SPI_FIRST, rtos->draft->name,
			    guest_rtos_source(device));
	}
}

/* Memory that the manifest gives away; the kernel, init and the supervisor take more. */
static uint64_t guest_rtos_least(const struct rtos_manifest *manifest)
{
	const struct rtos_manifest_program *programs = rtosmanifest_programs(manifest);
	const struct rtos_manifest_window *windows = rtosmanifest_windows(manifest);
	uint64_t pages = 0;

	for (uint32_t i = 0; i < manifest->programs.count; i++)
		pages +=
		    (uint64_t)programs[i].pages + programs[i].keep_pages + programs[i].dma_pages;
	for (uint32_t i = 0; i < manifest->windows.count; i++)
		pages += windows[i].contents ? 0 : windows[i].pages;
	return pages * RTOS_PAGE_SIZE;
}

static void guest_rtos_memory(const struct guest_rtos *rtos, const struct rtos_manifest *manifest)
{
	const uint64_t least = guest_rtos_least(manifest);
	uint64_t size = 0;

	for (size_t i = 0; i < rtos->draft->memory_count; i++)
		size += rtos->draft->memory[i].size;
	if (size < least && rtos->draft->memory_count != 0 && !rtos->draft->memory_broken)
		complain_warning(&rtos->build->complaints, rtos->draft->memory[0].place,
		                 "the programs of this image's manifest have %" PRIu64
		                 " KiB of memory, and '%s' has %" PRIu64
		                 " KiB in all; give it more, for the kernel, too",
		                 least >> 10, rtos->draft->name, size >> 10);
}

static void guest_rtos_gic(const struct guest_rtos *rtos)
{
	if (bundle_is_gicv2(&rtos->build->model->board))
		complain(
		    &rtos->build->complaints, rtos->draft->image.place,
		    "this image's kernel drives a GICv3, and the board has a GICv2; take a board "
		    "with a GICv3, or another image for '%s'",
		    rtos->draft->name);
}

void guest_rtos_check(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct guest_rtos rtos = {build, &build->drafts[i]};
		const struct rtos_manifest *manifest = NULL;

		if (rtos.draft->image.path && guest_rtos_is_one(&rtos) && guest_rtos_read(&rtos))
			manifest = guest_rtos_manifest(&rtos);
		if (manifest) {
			guest_rtos_gic(&rtos);
			guest_rtos_memory(&rtos, manifest);
		}
		for (uint32_t j = 0; manifest && j < manifest->devices.count; j++)
			guest_rtos_device(&rtos, &rtosmanifest_devices(manifest)[j]);
	}
}

void guest_rtos_place(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++)
		if (build->drafts[i].rtos)
			(void)rtos_place(build->model, &build->model->partitions[i],
			                 build->drafts[i].rtos, build->drafts[i].rtos_size,
			                 &build->complaints);
}
