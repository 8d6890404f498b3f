/*
 * Where the devices of an image are whose names its manifest has: the system's model says it for
 * the partition in which the image is. Called while a system is checked, and again for each copy
 * that is packed. The image's sums are made anew.
 */
#include "given.h"
#include <host/complaints.h>
#include <host/dts.h>
#include <host/rtos.h>
#include <kumiki/rtos/call.h>
#include <lib/bundle.h>
#include <lib/crc32c.h>
#include <lib/nearest.h>
#include <lib/rtosfile.h>
#include <lib/rtosimage.h>
#include <lib/sha256.h>
#include <stdarg.h>
#include <string.h>

#define PLACE_PAGE     4096u
#define PLACE_WATCHDOG "watchdog" /* a partition has one, unless it has kumiki,no-watchdog */

/* An image in its partition. */
struct place {
	const struct model *model;
	const struct model_partition *partition;
	struct complaints *complaints;
	struct rtos_manifest *manifest;
};

static uint32_t place_self(const struct place *place)
{
	return (uint32_t)(place->partition - place->model->partitions);
}

/* Complains at the partition's image. Always false. */
static __attribute__((format(printf, 2, 3))) bool place_fail(const struct place *place,
                                                             const char *format, ...)
{
	const struct dts_property *image = dts_property(place->partition->node, "kumiki,image");
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = arena_vformat(place->complaints->arena, format, arguments);
	va_end(arguments);
	complain(place->complaints, image->items->place, "the manifest of this image %s", text);
	return false;
}

/* Complains of a name that the partition doesn't have, with the name that is meant or the remedy.
 */
static bool place_missing(const struct place *place, const struct nearest *nearest,
                          const char *what, const char *remedy)
{
	const char *meant = nearest_answer(nearest);

	if (meant)
		return place_fail(place,
		                  "wants %s '%s', which '%s' doesn't have; did you mean '%s'?",
		                  what, nearest->word, place->partition->name, meant);
	return place_fail(place,
	                  "wants %s '%s', which '%s' doesn't have; %s, or correct the name in the "
	                  "manifest",
	                  what, nearest->word, place->partition->name, remedy);
}

static void place_range(struct rtos_manifest_device *device, uint64_t base, uint64_t size)
{
	device->ranges[device->range_count].base = base;
	device->ranges[device->range_count].size = size;
	device->range_count++;
}

/* ---- channels ---- */

static enum rtos_end place_end_kind(const struct model_channel *channel,
                                    const struct model_end *end)
{
	switch (channel->kind) {
	case BUNDLE_NETWORK:
		return RTOS_END_NETWORK;
	case BUNDLE_CHANNEL_CONSOLE:
		return RTOS_END_CONSOLE;
	case BUNDLE_CHANNEL_ENTROPY:
		return RTOS_END_ENTROPY;
	default:
		return end == channel->ends ? RTOS_END_PROVIDER : RTOS_END_DISK;
	}
}

/* The driver of a network's card can't drive a disk's end. */
static bool place_drives(const struct place *place, const struct model_channel *channel,
                         const struct model_end *end, const struct rtos_manifest_device *device)
{
	static const char *const drives[] = {[RTOS_END_NETWORK] = "an end of a network",
	                                     [RTOS_END_DISK] = "a user's end of a disk",
	                                     [RTOS_END_PROVIDER] = "the provider's end of a disk",
	                                     [RTOS_END_CONSOLE] = "an end of a console",
	                                     [RTOS_END_ENTROPY] = "the end of random bytes"};
	const enum rtos_end kind = place_end_kind(channel, end);
	const char *which = "an end";

	if (device->end == RTOS_END_UNKNOWN || device->end == kind)
		return true;
	if (channel->kind == BUNDLE_CHANNEL_DISK)
		which = kind == RTOS_END_PROVIDER ? "the provider's end" : "a user's end";
	return place_fail(place,
	                  "has a driver for %s ('%s'), and '%s' has %s of the %s '%s'; name "
	                  "another channel or use another driver in the manifest, or correct the "
	                  "channel",
	                  drives[device->end], device->name, place->partition->name, which,
	                  bundle_channel_word(channel->kind), channel->name);
}

static const struct model_end *place_end(const struct place *place,
                                         const struct model_channel *channel)
{
	for (size_t i = 0; i < channel->end_count; i++)
		if (channel->ends[i].partition == place_self(place))
			return &channel->ends[i];
	return NULL;
}

static bool place_channel(const struct place *place, struct rtos_manifest_device *device)
{
	struct nearest nearest = {.word = device->called};

	for (size_t i = 0; i < place->model->channel_count; i++) {
		const struct model_channel *channel = &place->model->channels[i];
		const struct model_end *end = place_end(place, channel);

		if (!end)
			continue;
		nearest_offer(&nearest, channel->name);
		if (strcmp(channel->name, device->called) != 0)
			continue;
		place_range(device, end->ipa, BUNDLE_END_SIZE);
		device->interrupts[device->interrupt_count++] = end->intid;
		return place_drives(place, channel, end, device);
	}
	return place_missing(place, &nearest, "an end of the channel",
	                     "give the channel that end in the description");
}

/* ---- windows and watched partitions ---- */

static bool place_window(const struct place *place, struct rtos_manifest_device *device)
{
	struct nearest nearest = {.word = device->called};

	for (size_t i = 0; i < place->model->window_count; i++) {
		const struct model_window *window = &place->model->windows[i];

		for (size_t j = 0; j < window->member_count; j++) {
			if (window->members[j].partition != place_self(place))
				continue;
			nearest_offer(&nearest, window->name);
			if (strcmp(window->name, device->called) != 0)
				continue;
			place_range(device, window->members[j].ipa, window->size);
			return true;
		}
	}
	return place_missing(place, &nearest, "the window",
	                     "name it in the window's 'kumiki,writers' or 'kumiki,readers'");
}

static bool place_watched(const struct place *place, struct rtos_manifest_device *device)
{
	const struct model_partition *self = place->partition, *watched;
	struct nearest nearest = {.word = device->called};

	if (self->watch_ipa == 0)
		return place_fail(place,
		                  "watches '%s', and '%s' watches nobody; add: kumiki,watches = "
		                  "\"%s\";",
		                  device->called, self->name, device->called);
	watched = &place->model->partitions[self->watches];
	nearest_offer(&nearest, watched->name);
	if (strcmp(watched->name, device->called) != 0)
		return place_fail(place,
		                  "watches '%s', and '%s' watches '%s'; name the same partition in "
		                  "'kumiki,watches' and in the manifest's 'kumiki,watched'",
		                  device->called, self->name, watched->name);
	if (watched->memory_count > RTOS_WATCHED_PIECES_MAX)
		return place_fail(place,
		                  "watches '%s', whose memory has %zu pieces, and a program can "
		                  "watch %d; give '%s' fewer and larger ones in 'kumiki,memory'",
		                  watched->name, watched->memory_count, RTOS_WATCHED_PIECES_MAX,
		                  watched->name);
	place_range(device, self->watch_ipa, PLACE_PAGE);
	for (size_t i = 0; i < watched->memory_count; i++) {
		device->places[device->range_count] = watched->memory[i].ipa;
		place_range(device, self->watched_ipa[i], watched->memory[i].size);
	}
	return true;
}

/* ---- devices ---- */

/* The function's page of configuration space, and the BAR with its registers: the largest one. */
static void place_function(const struct place *place, const struct model_function *function,
                           struct rtos_manifest_device *device)
{
	const struct model_bar *largest = &function->bars[0];

	for (size_t i = 1; i < BUNDLE_BARS; i++)
		if (function->bars[i].size > largest->size)
			largest = &function->bars[i];
	place_range(device, place->partition->pci_ecam_ipa + (uint64_t)function->slot * PLACE_PAGE,
	            PLACE_PAGE);
	place_range(device, largest->base,
	            (largest->size + PLACE_PAGE - 1) / PLACE_PAGE * PLACE_PAGE);
	if (function->intid != 0)
		device->interrupts[device->interrupt_count++] = function->intid;
}

static bool place_plain(const struct place *place, const struct model_device *from,
                        struct rtos_manifest_device *device)
{
	if (from->range_count == 0 || from->range_count > RTOS_DEVICE_RANGES_MAX ||
	    from->interrupt_count > RTOS_DEVICE_INTERRUPTS_MAX)
		return place_fail(place,
		                  "wants the device '%s', which hasn't one to %d ranges of "
		                  "registers and at most %d interrupts; take it out",
		                  from->label, RTOS_DEVICE_RANGES_MAX, RTOS_DEVICE_INTERRUPTS_MAX);
	for (size_t i = 0; i < from->range_count; i++)
		place_range(device, from->ranges[i].base, from->ranges[i].size);
	for (size_t i = 0; i < from->interrupt_count; i++)
		device->interrupts[device->interrupt_count++] =
		    from->interrupts[i].intid | (from->interrupts[i].edge ? RTOS_DEVICE_EDGE : 0);
	return true;
}

/* The manifest accepts DMA without knowing the device, so this is checked here. */
static bool place_dma(const struct place *place, const struct model_device *from,
                      const struct rtos_manifest_device *device)
{
	struct rtos_manifest_program *programs =
	    (void *)((uint8_t *)place->manifest + place->manifest->programs.offset);

	if (from->dma && device->dma == 0)
		return place_fail(place,
		                  "has '%s' in 'access', and it can do DMA; name it in "
		                  "'kumiki,unconfined-dma' there",
		                  device->name);
	if (!from->dma && device->dma != 0)
		return place_fail(
		    place,
		    "has '%s' in 'kumiki,unconfined-dma', and it does no DMA; name it "
		    "in 'access' there",
		    device->name);
	if (from->dma && programs[device->owner].dma_pages != 0 && !dts_is_coherent(from->node))
		programs[device->owner].flags |= RTOS_PROGRAM_DMA_UNCACHED;
	return true;
}

static bool place_device(const struct place *place, struct rtos_manifest_device *device)
{
	const struct model_partition *partition = place->partition;
	struct nearest nearest = {.word = device->called};

	for (size_t i = 0; i < partition->device_count; i++) {
		const struct model_device *from = partition->devices[i];

		nearest_offer(&nearest, from->label);
		if (strcmp(from->label, device->called) != 0)
			continue;
		if (!from->function)
			return place_plain(place, from, device) && place_dma(place, from, device);
		place_function(place, from->function, device);
		return place_dma(place, from, device);
	}
	if (strcmp(device->called, PLACE_WATCHDOG) != 0)
		return place_missing(place, &nearest, "the device", "add it to 'access'");
	if (partition->watchdog_ipa == 0)
		return place_missing(place, &nearest, "the device",
		                     "take 'kumiki,no-watchdog' out");
	place_range(device, partition->watchdog_ipa, 2ull * PLACE_PAGE); /* its two frames */
	return true;
}

/* ---- every device ---- */

static bool place_one(const struct place *place, struct rtos_manifest_device *device)
{
	switch (device->kind) {
	case RTOS_CALLED_CHANNEL:
		return place_channel(place, device);
	case RTOS_CALLED_WINDOW:
		return place_window(place, device);
	case RTOS_CALLED_WATCHED:
		return place_watched(place, device);
	case RTOS_CALLED_DEVICE:
		return place_device(place, device);
	default:
		return true;
	}
}

static bool place_all(const struct place *place)
{
	struct rtos_manifest_device *devices =
	    (void *)((uint8_t *)place->manifest + place->manifest->devices.offset);
	bool good = true;

	for (uint32_t i = 0; i < place->manifest->devices.count; i++)
		if (devices[i].range_count == 0)
			good &= place_one(place, &devices[i]);
	return good;
}

/* ---- one owner ---- */

/* Compares two programs' devices. False, after a complaint: both have the same page or interrupt.
 */
static bool place_owners(const struct place *place, const struct rtos_image *image,
                         const struct rtos_manifest_device *device,
                         const struct rtos_manifest_device *other)
{
	const struct rtos_program *programs = rtosimage_programs(image);
	const uint32_t interrupt = rtosmanifest_share_interrupt(device, other);
	uint64_t page;

	if (interrupt)
		return place_fail(place,
		                  "gives '%s' to '%s', which has interrupt %u, as '%s' of '%s'; "
		                  "give out one of them",
		                  device->name, programs[device->owner].name, interrupt,
		                  other->name, programs[other->owner].name);
	return device->owner == other->owner || !rtosmanifest_share_page(device, other, &page) ||
	       place_fail(place,
	                  "gives '%s' to '%s', which has registers in the page at 0x%llx, as '%s' "
	                  "of '%s'; give both to one program",
	                  device->name, programs[device->owner].name, (unsigned long long)page,
	                  other->name, programs[other->owner].name);
}

static bool place_all_owners(const struct place *place, const struct rtos_image *image)
{
	const struct rtos_manifest_device *devices = rtosmanifest_devices(place->manifest);
	bool good = true;

	for (uint32_t i = 0; i < place->manifest->devices.count; i++)
		for (uint32_t j = 0; good && j < i; j++)
			good = place_owners(place, image, &devices[i], &devices[j]);
	return good;
}

/* ---- quotas ---- */

/* What a program has by the names in its manifest takes page tables, and only now is known how
 * large it is. */
static bool place_quota(const struct place *place, const struct rtos_image *image,
                        const struct given_tables *tables, uint32_t number)
{
	const struct rtos_manifest_program *program = &tables->programs[number];
	const struct rtos_program *its = &rtosimage_programs(image)[number];
	const struct given given = given_count(tables, number);
	const uint64_t pages = given_pages(its, program, &given);

	return program->role != RTOS_ROLE_PROGRAM || pages <= program->pages ||
	       place_fail(place,
	                  "gives '%s' %u KiB, and with what the program has of '%s' it takes %llu "
	                  "KiB before its first instruction; raise its 'kumiki,memory' there",
	                  its->name, program->pages * (PLACE_PAGE / 1024), place->partition->name,
	                  (unsigned long long)pages * (PLACE_PAGE / 1024));
}

static bool place_quotas(const struct place *place, const struct rtos_image *image)
{
	const struct rtos_manifest *manifest = place->manifest;
	const struct given_tables tables = {.programs = rtosmanifest_programs(manifest),
	                                    .program_count = image->program_count,
	                                    .devices = rtosmanifest_devices(manifest),
	                                    .device_count = manifest->devices.count,
	                                    .windows = rtosmanifest_windows(manifest),
	                                    .window_count = manifest->windows.count,
	                                    .strings = rtosmanifest_strings(manifest)};
	bool good = true;

	for (uint32_t i = 0; i < image->program_count; i++)
		good &= place_quota(place, image, &tables, i);
	return good;
}

/* ---- the whole image ---- */

/* The manifest, if it has a name without a place. NULL: there is nothing to do, or it is damaged,
 * which the RTOS reports itself. */
static struct rtos_manifest *place_manifest(const struct rtos_image *image)
{
	const struct rtos_part *part = rtosimage_manifest(image);
	struct rtos_manifest *manifest;

	if (!part)
		return NULL;
	manifest = (struct rtos_manifest *)((uintptr_t)image + part->offset);
	return rtosmanifest_verify(manifest, (size_t)part->size, image).fault == RTOSIMAGE_UNPLACED
	           ? manifest
	           : NULL;
}

static void place_seal(struct rtos_image *image, const struct rtos_manifest *manifest)
{
	struct rtos_part *part =
	    (struct rtos_part *)((uintptr_t)image + image->parts) + image->manifest;
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, manifest, (size_t)part->size);
	sha256_end(&hash, part->sha256);
	part->crc = crc32c(0, manifest, (size_t)part->size);
	image->tables_crc = 0;
	image->tables_crc = crc32c(0, image, image->tables_size);
}

bool rtos_place(const struct model *model, const struct model_partition *partition, void *file,
                size_t size, struct complaints *complaints)
{
	struct place place = {.model = model, .partition = partition, .complaints = complaints};
	struct rtosimage_verdict verdict;
	const struct rtos_image *found;
	struct rtos_image *image;
	const char *why;

	if (!rtosfile_find(file, size, &found, &why))
		return true;
	image = (struct rtos_image *)(uintptr_t)found;
	place.manifest = place_manifest(image);
	if (!place.manifest)
		return true;
	if (!place_all(&place) || !place_all_owners(&place, image))
		return false;
	verdict =
	    rtosmanifest_verify(place.manifest, (size_t)rtosimage_manifest(image)->size, image);
	if (verdict.fault != RTOSIMAGE_OK)
		return place_fail(&place,
		                  "doesn't fit '%s': %s (entry %u); correct the devices in the "
		                  "manifest",
		                  partition->name, rtosimage_fault_text(verdict.fault),
		                  verdict.index);
	if (!place_quotas(&place, image))
		return false;
	place_seal(image, place.manifest);
	return true;
}
