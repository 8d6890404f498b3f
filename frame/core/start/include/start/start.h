/*
 * The plan of the start: where the memory of each core, partition and service was taken. The plan
 * lives on the boot core's first stack, and ends with it.
 */
#ifndef START_START_H
#define START_START_H

#include <frame/layout.h>
#include <frame/tables.h>
#include <frame/types.h>
#include <kumiki/bundle.h>
#include <pure/stage2.h>
#include <state/services.h>

struct partition;

struct start_core {
	uint64_t way_in; /* the root of the tables with which the core starts */
	uint64_t gicr, local, trace;
	uint64_t table_pages, kept; /* room for the core's tables; its struct tables_kept */
};

struct start_partition {
	uint64_t memory, size;                                     /* the partition's slot */
	uint64_t loader_info, loader_data, console, stolen, pages; /* inside the slot */
	uint64_t brokers;
	uint64_t fixed; /* its page at LAYOUT_FIXED */
	uint64_t end_data[BUNDLE_PARTITION_ENDS_MAX], end_info[BUNDLE_PARTITION_ENDS_MAX];
	uint32_t page_count;
};

#define PRISTINE_PARTS 2

struct start_plan {
	uint64_t load; /* where the image lies */
	const struct bundle_header *bundle;
	uint64_t shared;
	uint64_t service, service_size; /* of the services that last; 0: there are none */
	uint64_t service_pages;         /* in that memory: their tables */
	uint64_t updater;               /* in that memory: struct updater_memory; 0: none */
	uint64_t boxes; /* the black boxes: the console writes them, managers read them */
	uint64_t told;  /* a struct channel_told for each channel, on a page of its own */
	uint64_t pristine[PRISTINE_PARTS], pristine_sum; /* pristine.c */
	uint64_t spare, exchange; /* the spare area, the exchange's page; 0: no updates */
	uint64_t mends; /* a struct mend_box for each partition, on a page of its own; or 0 */
	uint64_t channels[BUNDLE_CHANNELS_MAX]; /* each a struct channel_memory */
	uint64_t smmu, dma_log; /* struct smmu_memory, struct dma_log; 0: there is no SMMU */
	struct start_core cores[BUNDLE_CORES_MAX];
	struct start_partition partitions[BUNDLE_PARTITIONS_MAX];
};

/* Where the boot loader's jump leads. */
_Noreturn void start_machine(uint64_t load, uint64_t tree, uint64_t scratch);

/* Stops the machine if a mapping failed. The bundle was verified and the tables were counted, so a
 * failure is the frame's own error. */
void start_must(enum stage2_status status);

/* Takes zeroed pages from the frame's working memory, or pages with what is in them. There is no
 * way to give them back. */
uint64_t start_take(uint64_t size);
uint64_t start_take_as_it_is(uint64_t size);

/* start_plan_partition() takes a partition's memory. start_fill_partition() fills it, once every
 * core's memory is known. */
void start_plan_partition(struct start_plan *plan, uint32_t index);
void start_fill_partition(const struct start_plan *plan, uint32_t index);

/* Parts of that, also for a recovery: who the partition is, and a zeroed vCPU that is off. */
void start_fill_identity(const struct bundle_header *from, struct partition *partition,
                         uint32_t index);
void start_fill_vcpu(const struct bundle_header *from, struct partition *partition, uint32_t index);

/* For a recovery, while nobody uses the tables: fills a damaged stage 2 as at boot. That of a
 * guarded partition stays as it is, as its watcher has changed rights there. */
void start_refill_stage2(struct partition *partition);

/* Writes back the windows that are mapped without caches, so that no cache has a line of them. */
void start_settle_windows(const struct start_plan *plan);

/* Fills one service, by its row: maps its own memory, and sets its context. */
struct start_service {
	enum context_kind kind;
	struct page_pool *pool;
	uint16_t vmid;
	uint64_t data, info; /* where they are */
	uint32_t priority;
};
void start_fill_service(const struct start_plan *plan, struct service *service,
                        const struct start_service *own);

/* The services that last: takes their memory, and fills it. If the UART was given away, there are
 * none. */
void start_plan_services(struct start_plan *plan);
void start_fill_services(const struct start_plan *plan);

/*
 * DMA and PCI. start_plan_dma(): the SMMU refuses all DMA. start_count_dma(), start_fill_dma(): the
 * tables for the DMA of a partition's functions. start_functions(): makes all functions still.
 * start_fill_functions(): compares a partition's functions with their description.
 */
struct partition;
void start_plan_dma(struct start_plan *plan);
uint32_t start_count_dma(const struct start_plan *plan, const struct bundle_partition *config,
                         bool guarded);
void start_fill_dma(const struct start_plan *plan, struct partition *partition);
void start_functions(const struct bundle_header *from);
/* The region is a BAR of a function whose DMA must go through the SMMU. */
bool start_is_confined(const struct bundle_header *from, const struct bundle_partition *config,
                       const struct bundle_region *region);
void start_fill_functions(const struct bundle_header *from, struct partition *partition);

/* The page with a partition's records of stolen time: start_count_stolen() counts its tables,
 * start_fill_stolen() maps it. */
uint32_t start_count_stolen(void);
void start_fill_stolen(struct partition *partition, uint64_t stolen);

/*
 * Black boxes. start_plan_boxes(): takes them, and begins each; if they are to outlive a reset of
 * the machine, each keeps the end of what it had. start_box_is_uncached(): a manager reads this
 * box, or it is to outlive a reset. start_settle_boxes(): writes back such boxes, so that no cache
 * has a line of them.
 */
void start_plan_boxes(struct start_plan *plan);
bool start_box_is_uncached(const struct start_plan *plan, uint32_t index);
void start_settle_boxes(const struct start_plan *plan);

/* Takes the boxes of partitions that are mended, if there are any. Then shows a partition's box to
 * its loader. */
void start_plan_mends(struct start_plan *plan);
void start_fill_mends(const struct start_plan *plan, struct partition *partition);

/* Makes the pristine frame, and maps it. */
void start_plan_pristine(struct start_plan *plan);
void start_map_pristine(const struct start_plan *plan, struct tables *tables,
                        enum tables_kind kind);

/* Updates of the frame: takes the spare area, if the machine takes updates. Then maps it where core
 * `index` starts. */
void start_plan_update(struct start_plan *plan);
void start_map_update(const struct start_plan *plan, struct tables *in, uint32_t index);

/* Channels: their memory, and the brokers of each partition's ends. */
void start_plan_channels(struct start_plan *plan);
void start_plan_ends(struct start_plan *plan, uint32_t index);
uint32_t start_count_ends(const struct start_plan *plan, uint32_t index);
void start_fill_ends(const struct start_plan *plan, struct partition *partition);

/* Where the firmware's CPU_ON lets a core in (head.S). */
extern const uint8_t core_entry[];

static inline uint64_t start_page_up(uint64_t size)
{
	return (size + PAGE_SIZE - 1) & ~PAGE_MASK;
}

/* Where something linked lies in physical memory. */
static inline uint64_t start_image_pa(const struct start_plan *plan, const volatile void *linked)
{
	return plan->load + ((uint64_t)(uintptr_t)linked - LAYOUT_TEXT);
}

#endif
