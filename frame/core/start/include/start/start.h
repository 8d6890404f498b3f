/*
 * The plan of the start: where each core's, partition's and service's memory was taken. Lives on
 * the boot core's first stack and is forgotten with it.
 */
#ifndef START_START_H
#define START_START_H

#include <frame/layout.h>
#include <frame/types.h>
#include <kumiki/bundle.h>
#include <pure/stage2.h>
#include <state/services.h>

struct start_core {
	uint64_t way_in; /* the root of the tables with which it starts */
	uint64_t gicr, local, trace;
};

struct start_partition {
	uint64_t memory, size;                                     /* the partition's slot */
	uint64_t loader_info, loader_data, console, stolen, pages; /* inside it */
	uint64_t brokers;
	uint64_t end_data[BUNDLE_PARTITION_ENDS_MAX], end_info[BUNDLE_PARTITION_ENDS_MAX];
	uint32_t page_count;
};

struct start_plan {
	uint64_t load; /* where the image lies */
	const struct bundle_header *bundle;
	uint64_t shared;
	uint64_t service, service_size; /* those of the services that last; 0: there are none */
	uint64_t service_pages;         /* in there: their tables */
	uint64_t boxes; /* the black boxes: the service's, and to be read by managers */
	uint64_t told;  /* of each channel a struct channel_told, on a page of its own */
	uint64_t channels[BUNDLE_CHANNELS_MAX]; /* of each a struct channel_memory */
	uint64_t smmu, dma_log; /* struct smmu_memory, struct dma_log; 0: there is no SMMU */
	struct start_core cores[BUNDLE_CORES_MAX];
	struct start_partition partitions[BUNDLE_PARTITIONS_MAX];
};

/* Where the boot loader's jump leads. */
_Noreturn void start_machine(uint64_t load, uint64_t tree, uint64_t scratch);

/* The bundle was verified, and the tables were counted: what can't be mapped is the frame's error.
 */
void start_must(enum stage2_status status);

/* Zeroed pages from the frame's working memory; there is no way to give them back. */
uint64_t start_take(uint64_t size);

/* Partitions: take memory for one; fill it once every core's memory is known. */
void start_plan_partition(struct start_plan *plan, uint32_t index);
void start_fill_partition(const struct start_plan *plan, uint32_t index);

/* Memory that some core maps without caches is written back, and no cache has a line of it. */
void start_settle_uncached(const struct start_plan *plan);

/* Do managers read the black box of this partition? */
bool start_box_is_read(const struct start_plan *plan, uint32_t index);

/* A service, by its row: its own memory, and its context. */
struct start_service {
	enum context_kind kind;
	struct page_pool *pool;
	uint16_t vmid;
	uint64_t data, info; /* where they are */
	uint32_t priority;
};
void start_fill_service(const struct start_plan *plan, struct service *service,
                        const struct start_service *own);

/* Services that last: the same as for partitions. Nothing to do where the UART was given away. */
void start_plan_services(struct start_plan *plan);
void start_fill_services(const struct start_plan *plan);

/*
 * DMA: everything is refused before anything else is done; each partition's tables. And PCI: all
 * functions are still; a partition's are compared with their description.
 */
struct partition;
void start_plan_dma(struct start_plan *plan);
uint32_t start_count_dma(const struct start_plan *plan, const struct bundle_partition *config);
void start_fill_dma(const struct start_plan *plan, struct partition *partition);
void start_functions(const struct bundle_header *from);
/* The region is a BAR of a function whose DMA must go through the SMMU. */
bool start_is_confined(const struct bundle_header *from, const struct bundle_partition *config,
                       const struct bundle_region *region);
void start_fill_functions(const struct bundle_header *from, struct partition *partition);

/* The page of its records of stolen time. */
uint32_t start_count_stolen(void);
void start_fill_stolen(const struct start_plan *plan, struct partition *partition);

/* Channels: memory, and of each partition its ends' brokers. */
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
