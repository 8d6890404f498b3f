/*
 * A partition and its vCPUs, as the frame keeps them: in the partition's own slot of memory. Only
 * the cores that may run the partition map the slot.
 */
#ifndef STATE_PARTITION_H
#define STATE_PARTITION_H

#include <kumiki/service.h>
#include <pure/pci.h>
#include <pure/pl011.h>
#include <pure/pl031.h>
#include <pure/psci.h>
#include <pure/watchdog.h>
#include <state/dma.h>
#include <state/end.h>
#include <state/function.h>
#include <state/keep.h>
#include <state/life.h>
#include <state/mend.h>
#include <state/panel.h>
#include <state/services.h>
#include <state/vcpu.h>

struct partition {
	/* ---- kept (keep.h) ---- */
	struct keep_header keep;
	struct life life;
	struct debug debug;
	struct mend mend;
	uint32_t alive;  /* number of vCPUs that aren't off yet, while stopping; atomically */
	uint32_t parked; /* vCPUs that stand still as they were told, a bit each; atomically */
	int32_t psci_states[BUNDLE_PARTITION_VCPUS_MAX];
	struct pl011 uart;
	struct pl031 rtc;
	struct watchdog watchdog;
	uint8_t seed[32]; /* each start makes its seeds from it, and changes it */
	struct panel panel;
	struct pci_function functions[BUNDLE_PARTITION_FUNCTIONS_MAX]; /* as in the bundle */
	uint32_t devices_taken; /* a core uses uart, rtc, watchdog, panel, functions, ends alone */
	struct dma dma;
	/* By the index in config->functions; of real functions only. */
	struct function real[BUNDLE_PARTITION_FUNCTIONS_MAX];
	struct end ends[BUNDLE_PARTITION_ENDS_MAX]; /* as `brokers` */
	uint32_t placed; /* number of functions that function_place() has gone through */

	/* ---- fixed: derived from the bundle at the start, and never changed; looks compare it
	 * with partition_pristine() ---- */
	_Alignas(uint64_t) uint32_t index;
	uint32_t vcpu_count;
	const struct bundle_partition *config; /* in the bundle as this core maps it */
	struct stage2 stage2;
	struct stage2 dma_tables; /* what its functions reach by DMA */
	uint32_t unfit;           /* slot + 1 of a function that isn't as described; 0: none */
	struct page_pool pool;
	uint64_t affinities[BUNDLE_PARTITION_VCPUS_MAX];
	uint64_t panel_ipa; /* its panel's registers, line, and index in `functions` */
	uint32_t panel_intid, panel_function;
	struct stolen_record *stolen; /* a page, which the guest reads at stolen_ipa */
	uint64_t stolen_ipa;
	uint64_t boxes;               /* physical: the black boxes that it may read */
	uint64_t tick;                /* nanoseconds of a counter's tick, times 2^32 */
	struct console_ring *console; /* with the report of its end, and its life's log */

	uint32_t end_count;
	struct broker *brokers; /* of its ends; they run on its home core */
	struct loader_info *loader_info;

	/* ---- made anew by a recovery ---- */
	struct psci_guest psci;
	struct service loader; /* of this partition; it runs on the home core */

	struct vgic vgic; /* kept; so far behind because it is large */
	struct vcpu vcpus[];
};

/* All before `vgic` once more, as the start left it: in the partition's slot, on a page that no
 * core can write while guests run. */
#define PARTITION_COPY(index) (LAYOUT_PARTITION + (index)*LAYOUT_SLOT + LAYOUT_FIXED)
#define partition_pristine(index, member)                                                          \
	((const __typeof__(((struct partition *)0)->member) *)((uintptr_t)PARTITION_COPY(index) +  \
	                                                       offsetof(struct partition,          \
	                                                                member)))
#define PARTITION_PRISTINE_SIZE offsetof(struct partition, vgic)
#define PARTITION_FIXED         offsetof(struct partition, index)
#define PARTITION_FIXED_SIZE    (offsetof(struct partition, psci) - PARTITION_FIXED)
_Static_assert(PARTITION_FIXED % sizeof(uint64_t) == 0 &&
                   PARTITION_FIXED_SIZE % sizeof(uint64_t) == 0,
               "it is compared by words");
_Static_assert(PARTITION_PRISTINE_SIZE <= PAGE_SIZE, "it is on a page");

/* Returns a bit for each vCPU of the partition. */
static inline uint32_t partition_vcpus(const struct partition *partition)
{
	return (1u << partition->vcpu_count) - 1;
}

/* Returns the partition that the loader works for. */
static inline struct partition *partition_of_loader(struct context *context)
{
	return (struct partition *)((uintptr_t)context - offsetof(struct partition, loader));
}

/* Returns a partition in this core's address space. Only for a partition that this core may run. In
 * word/vcpu.c. */
struct partition *partition_at(uint32_t index);

#endif
