/*
 * Reading and verifying a bundle. This is the only definition of a valid bundle, for the host
 * command and the frame. The code is pure, and touches only the bytes that it is given.
 */
#ifndef LIB_BUNDLE_H
#define LIB_BUNDLE_H

#include <kumiki/bundle.h>
#include <kumiki/hold.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the interrupt controller's parts, by its kind ---- */

static inline bool bundle_is_gicv2(const struct bundle_board *board)
{
	return board->gich_base != 0;
}

static inline uint64_t bundle_gic_align(const struct bundle_board *board)
{
	return bundle_is_gicv2(board) ? 0x1000 : 0x10000;
}

static inline uint64_t bundle_gicd_size(const struct bundle_board *board)
{
	return bundle_is_gicv2(board) ? 0x1000 : 0x10000;
}

/* What so many cores or vCPUs have of their own at gicr_base or gicr_ipa. */
static inline uint64_t bundle_gic_own_size(const struct bundle_board *board, uint64_t cpus)
{
	return bundle_is_gicv2(board) ? 0x2000 : cpus * 0x20000;
}

/* What is wrong with a bundle; bundle_fault_text() says it in words. */
enum bundle_fault {
	BUNDLE_OK = 0,
	BUNDLE_BAD_MAGIC,
	BUNDLE_BAD_REVISION,
	BUNDLE_BAD_SIZE,
	BUNDLE_BAD_CRC,
	BUNDLE_BAD_TABLE,
	BUNDLE_BAD_BOARD,
	BUNDLE_BAD_CORE,
	BUNDLE_BAD_PARTITION,
	BUNDLE_BAD_VCPU,
	BUNDLE_BAD_REGION,
	BUNDLE_OVERLAP,
	BUNDLE_BAD_INTERRUPT,
	BUNDLE_BAD_LOAD,
	BUNDLE_BAD_PART,
	BUNDLE_BAD_WINDOW,
	BUNDLE_BAD_DOORBELL,
	BUNDLE_BAD_FUNCTION,
	BUNDLE_BAD_CHANNEL,
	BUNDLE_BAD_END,
	BUNDLE_BAD_FRAME, /* found by bundle_verify_frame() */
};

struct bundle_verdict {
	enum bundle_fault fault;
	uint32_t index; /* the wrong entry's, if there is one */
};

/*
 * Checks the header and every table (not the parts' contents): sizes, alignment, ranges, names,
 * that each partition's entries lie together and belong to it alone; that no physical memory,
 * interrupt or core has two owners; that nothing lies in the frame's own memory or devices; that
 * each load fits its region. `available` is how many bytes may be read at `bundle`. Runs in a
 * number of steps bounded by the tables' maxima (regions are compared pairwise).
 */
struct bundle_verdict bundle_verify(const void *bundle, size_t available);

/*
 * Checks that a frame's image has the sum that the bundle behind the image tells. `size` is the
 * size of the image, with the padding before the bundle. Returns BUNDLE_OK, BUNDLE_BAD_MAGIC or
 * BUNDLE_BAD_FRAME. This function reads the bundle's header, but verifies nothing of the bundle.
 */
enum bundle_fault bundle_verify_frame(const void *image, size_t size);

const char *bundle_fault_text(enum bundle_fault fault);

/* The tables' entries. Use these only after bundle_verify() has returned BUNDLE_OK. */
static inline const void *bundle_at(const struct bundle_header *bundle, uint64_t offset)
{
	return (const uint8_t *)bundle + offset;
}

static inline const struct bundle_core *bundle_cores(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->cores.offset);
}

static inline const struct bundle_partition *bundle_partitions(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->partitions.offset);
}

static inline const struct bundle_vcpu *bundle_vcpus(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->vcpus.offset);
}

static inline const struct bundle_region *bundle_regions(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->regions.offset);
}

static inline const struct bundle_interrupt *bundle_interrupts(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->interrupts.offset);
}

static inline const struct bundle_load *bundle_loads(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->loads.offset);
}

static inline const struct bundle_part *bundle_parts(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->parts.offset);
}

static inline const struct bundle_window *bundle_windows(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->windows.offset);
}

static inline const struct bundle_doorbell *bundle_doorbells(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->doorbells.offset);
}

static inline const struct bundle_function *bundle_functions(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->functions.offset);
}

static inline const struct bundle_channel *bundle_channels(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->channels.offset);
}

static inline const struct bundle_end *bundle_ends(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->ends.offset);
}

/* The name of a kind of channel. NULL: there is no such kind. */
static inline const char *bundle_channel_word(uint32_t kind)
{
	switch (kind) {
	case BUNDLE_NETWORK:
		return "network";
	case BUNDLE_CHANNEL_CONSOLE:
		return "console";
	case BUNDLE_CHANNEL_DISK:
		return "disk";
	case BUNDLE_CHANNEL_ENTROPY:
		return "entropy";
	default:
		return NULL;
	}
}

/* How many ends a channel of this kind joins at most. 0: there is no such kind. */
static inline uint32_t bundle_channel_ends_max(uint32_t kind)
{
	switch (kind) {
	case BUNDLE_NETWORK:
	case BUNDLE_CHANNEL_DISK:
		return BUNDLE_CHANNEL_ENDS_MAX;
	case BUNDLE_CHANNEL_CONSOLE:
		return 2;
	case BUNDLE_CHANNEL_ENTROPY:
		return 1;
	default:
		return 0;
	}
}

static inline uint32_t bundle_channel_ends_min(uint32_t kind)
{
	return kind == BUNDLE_CHANNEL_ENTROPY ? 1 : 2;
}

/* For people: what the end at this place of a channel does, to be added to other words. Only a
 * disk's ends have such words. */
static inline const char *bundle_end_word(uint32_t kind, uint32_t flags, uint32_t place)
{
	if (kind != BUNDLE_CHANNEL_DISK)
		return "";
	if (place == 0)
		return ", provides";
	return (flags & BUNDLE_CHANNEL_READ_ONLY) != 0 ? ", reads" : ", reads and writes";
}

/* A partition has memory. */
static inline const struct bundle_region *
bundle_first_memory(const struct bundle_header *bundle, const struct bundle_partition *partition)
{
	const struct bundle_region *memory = &bundle_regions(bundle)[partition->regions.first];

	while (memory->kind != BUNDLE_RAM && memory->kind != BUNDLE_KEPT)
		memory++;
	return memory;
}

/* The channel that has this end, given by its number in the table. */
static inline uint32_t bundle_end_channel(const struct bundle_header *bundle, uint32_t end)
{
	uint32_t channel = 0;

	while (end - bundle_channels(bundle)[channel].ends.first >=
	       bundle_channels(bundle)[channel].ends.count)
		channel++;
	return channel;
}

/* The partition that has this function, given by its number in the table. */
uint32_t bundle_function_owner(const struct bundle_header *bundle, uint32_t function);

/* Whether these numbers are those of a virtio function of any kind (virtio 1.1, 4.1.2). */
static inline bool bundle_id_is_virtio(uint32_t vendor, uint32_t device)
{
	return vendor == 0x1af4 && device >= 0x1000 && device <= 0x107f;
}

/* Whether a partition, or nobody, may hold the core. A core that moves can also be without a
 * holder. */
static inline bool bundle_may_hold(const struct bundle_core *config, uint64_t whom)
{
	if (whom == HOLD_NOBODY)
		return config->holders != 0;
	return whom < BUNDLE_PARTITIONS_MAX && ((uint32_t)config->holders >> whom & 1) != 0;
}

static inline bool bundle_is_window(const struct bundle_region *region)
{
	return region->kind == BUNDLE_WINDOW || region->kind == BUNDLE_WINDOW_READ;
}

/* The window that is the whole of this region. NULL: there is none. */
const struct bundle_window *bundle_window_of(const struct bundle_header *bundle,
                                             const struct bundle_region *region);

/* The partition's panel (kumiki/panel.h). NULL: the partition has none. */
const struct bundle_function *bundle_panel(const struct bundle_header *bundle,
                                           const struct bundle_partition *partition);

/* The kind of the partition's core of another architecture (docs/unlike-cores.md). NULL: the
 * partition has no such core. The partition's vCPU is this core's minder. */
const char *bundle_remote(const struct bundle_header *bundle,
                          const struct bundle_partition *partition);

/* Whether the part's bytes have its CRC. */
bool bundle_part_intact(const struct bundle_header *bundle, const struct bundle_part *part);

/* How much working memory a frame needs for so many cores and partitions. The second function
 * returns how much more it needs for so many channels with so many ends in all. */
uint64_t bundle_frame_memory(uint32_t cores, uint32_t partitions);
uint64_t bundle_channel_memory(uint32_t channels, uint32_t ends);

/* How much more it needs for messages of functions; 0: no function sends any. */
uint64_t bundle_message_memory(const struct bundle_header *bundle);

/* True: a watcher may change this partition's memory. */
bool bundle_is_mended(const struct bundle_header *bundle, uint32_t index);

/* True: a watcher decides what this partition executes and writes. Then all of its memory is mapped
 * by pages. */
bool bundle_is_guarded(const struct bundle_header *bundle, uint32_t index);

/* How much more working memory a frame needs for mends: a page for each partition, if any is
 * mended. */
uint64_t bundle_mend_memory(const struct bundle_header *bundle);

/* True: the frame can be replaced while it runs. bundle_update_memory(): the working memory for
 * that; 0: it can't. */
bool bundle_takes_updates(const struct bundle_header *bundle);
uint64_t bundle_update_memory(const struct bundle_header *bundle);

#endif
