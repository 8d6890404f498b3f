/*
 * The start's part for the console service: its memory, its info page, and a stage 2 that maps the
 * UART, all console and trace rings and the accounts. Runs on the boot core; pointers are physical
 * addresses here.
 */
#include <frame/stop.h>
#include <kumiki/blackbox.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/sysreg.h>
#include <start/core.h>
#include <start/mail_begin.h>
#include <start/start.h>
#include <state/console.h>
#include <state/shared.h>

#define VMID_CONSOLE   (1 + 2 * BUNDLE_PARTITIONS_MAX)
#define CONSOLE_PAGES  12
#define MAP_UART       SERVICE_MAPS
#define MAP_DMA_LOG    (SERVICE_MAPS + 0x2000)
#define MAP_ACCOUNTS   (SERVICE_MAPS + 0x4000)
#define MAP_BUNDLE     (SERVICE_MAPS + 0x100000)
#define MAP_RINGS      (SERVICE_MAPS + 0x200000)
#define MAP_RING_STEP  0x10000
#define MAP_TRACES     (SERVICE_MAPS + 0x400000)
#define MAP_TRACE_STEP 0x20000
#define MAP_BOXES      (SERVICE_MAPS + 0x600000)
#define MAP_BOX_STEP   0x20000
_Static_assert(sizeof(struct blackbox) <= MAP_BOX_STEP, "boxes lie beside each other");

void start_plan_console(struct start_plan *plan)
{
	uint64_t pages;

	if (plan->bundle->board.uart_base == 0)
		return;
	plan->service = start_take(sizeof(struct console_memory));
	pages = start_take(CONSOLE_PAGES * PAGE_SIZE);
	plan->service_size = pages + CONSOLE_PAGES * PAGE_SIZE - plan->service;
	plan->service_pages = CONSOLE_PAGES;
}

static void map(struct stage2 *s2, uint64_t at, uint64_t pa, uint64_t size, enum stage2_kind kind)
{
	start_must(
	    stage2_map(s2, ipa_at(at), pa_at(pa), (size + PAGE_SIZE - 1) & ~PAGE_MASK, kind));
}

static void fill_partition(const struct start_plan *plan, struct stage2 *s2,
                           struct console_info *info, uint32_t index)
{
	const struct bundle_partition *config = &bundle_partitions(plan->bundle)[index];
	struct console_source *source = &info->sources[index];

	uint64_t ring = MAP_RINGS + index * MAP_RING_STEP;

	memcpy(source->name, config->name, BUNDLE_NAME_SIZE);
	map(s2, ring, plan->partitions[index].console, sizeof(struct console_ring), STAGE2_DATA);
	source->report = ring + offsetof(struct console_ring, report);
	source->life = ring + offsetof(struct console_ring, life);
	source->examined = ring + offsetof(struct console_ring, examined);
	source->debug = ring + offsetof(struct console_ring, debug);
	source->blackbox = MAP_BOXES + index * MAP_BOX_STEP;
	map(s2, source->blackbox, plan->boxes + index * BUNDLE_BLACKBOX_MEMORY,
	    BUNDLE_BLACKBOX_MEMORY, start_box_is_read(plan, index) ? STAGE2_UNCACHED : STAGE2_DATA);
	if ((config->flags & BUNDLE_CONSOLE) != 0)
		source->ring = ring;
	for (uint32_t i = 0; i < config->vcpus.count; i++)
		info->vcpus[config->vcpus.first + i] = (char)index;
}

/* The service's own: it puts reports into words there. */
static void fill_own(struct stage2 *s2, struct console_info *info, struct console_ring *ring)
{
	struct console_source *source = &info->sources[info->partitions];

	memcpy(source->name, "kumiki", sizeof("kumiki"));
	source->ring = MAP_RINGS + info->partitions * MAP_RING_STEP;
	map(s2, source->ring, (uint64_t)(uintptr_t)ring, sizeof(struct console_ring), STAGE2_DATA);
}

/* The board's PL031, where its data register is the first. */
static void fill_clock(const struct bundle_board *board, struct console_info *info)
{
	info->clock_counter = sysreg_read(cntpct_el0);
	if (board->rtc_base != 0)
		info->clock_seconds = *(const volatile uint32_t *)(uintptr_t)board->rtc_base;
}

static void fill_info(const struct start_plan *plan, struct stage2 *s2, struct console_info *info)
{
	const struct bundle_header *from = plan->bundle;

	memcpy(info->system, from->system, BUNDLE_NAME_SIZE);
	info->counter_hz = sysreg_read(cntfrq_el0);
	fill_clock(&from->board, info);
	info->uart = MAP_UART;
	info->partitions = from->partitions.count;
	info->cores = from->cores.count;
	info->vcpu_count = from->vcpus.count;
	info->bundle = MAP_BUNDLE;
	if (plan->dma_log != 0) {
		info->dma_log = MAP_DMA_LOG;
		map(s2, MAP_DMA_LOG, plan->dma_log, PAGE_SIZE, STAGE2_CONSTANT);
	}
	info->accounts = MAP_ACCOUNTS;
	map(s2, MAP_ACCOUNTS, plan->shared + offsetof(struct shared, accounts),
	    sizeof(struct accounts), STAGE2_CONSTANT);
	map(s2, MAP_BUNDLE, (uint64_t)(uintptr_t)from, from->tables_size, STAGE2_CONSTANT);
	for (uint32_t p = 0; p < from->partitions.count; p++)
		fill_partition(plan, s2, info, p);
	for (uint32_t c = 0; c < from->cores.count; c++) {
		info->traces[c] = MAP_TRACES + c * MAP_TRACE_STEP;
		map(s2, info->traces[c], plan->cores[c].trace, sizeof(struct trace_ring),
		    STAGE2_CONSTANT);
	}
}

/* Where a core that comes on again enters, and with which tables. */
static void fill_ways_in(const struct start_plan *plan, struct console_memory *own)
{
	own->entry = start_image_pa(plan, core_entry);
	for (uint32_t i = 0; i < plan->bundle->cores.count; i++)
		own->way_in[i] = plan->cores[i].way_in;
}

void start_fill_console(const struct start_plan *plan)
{
	struct console_memory *own = (struct console_memory *)(uintptr_t)plan->service;
	uint64_t pages = plan->service + plan->service_size - plan->service_pages * PAGE_SIZE;
	struct stage2 *s2 = &own->stage2;

	if (plan->service == 0)
		return;
	page_pool_init(&own->pool, (void *)(uintptr_t)pages, pa_at(pages), plan->service_pages);
	start_must(stage2_init(s2, &own->pool, VMID_CONSOLE));
	map(s2, SERVICE_TEXT, start_image_pa(plan, service_console_image),
	    (uint64_t)(service_console_end - service_console_image), STAGE2_TEXT);
	map(s2, SERVICE_DATA, (uint64_t)(uintptr_t)own->data, SERVICE_DATA_SIZE, STAGE2_DATA);
	map(s2, SERVICE_INFO, (uint64_t)(uintptr_t)own->page, PAGE_SIZE, STAGE2_CONSTANT);
	map(s2, MAP_UART, plan->bundle->board.uart_base, PAGE_SIZE, STAGE2_DEVICE);
	fill_info(plan, s2, &own->info);
	fill_own(s2, &own->info, &own->ring);
	fill_ways_in(plan, own);
	context_init_service(&own->context, CONTEXT_CONSOLE, s2, TRACE_CONSOLE,
	                     mail_console_priority(plan->bundle));
	own->stage2.root = (uint64_t *)(LAYOUT_SERVICE + (pages - plan->service));
	own->pool.base = (uint8_t *)own->stage2.root;
	own->stage2.pool = (struct page_pool *)(LAYOUT_SERVICE +
	                                        ((uint64_t)(uintptr_t)&own->pool - plan->service));
}
