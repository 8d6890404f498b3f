/*
 * The start's part for services: it maps what each service sees, by its row (state/services.h), and
 * fills the info pages of console, warden and updater. Runs on the boot core; memory that was taken
 * is used by its physical address.
 */
#include <kumiki/blackbox.h>
#include <kumiki/channel.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/sysreg.h>
#include <start/mail_begin.h>
#include <start/start.h>
#include <state/services.h>
#include <state/shared.h>

#define VMID_CONSOLE   (1 + 2 * BUNDLE_PARTITIONS_MAX)
#define SERVICE_PAGES  20 /* of tables, for console and warden */
#define UPDATER_PAGES  8  /* further ones, for the updater */
#define MAP_UART       SERVICE_MAPS
#define MAP_DMA_LOG    (SERVICE_MAPS + 0x2000)
#define MAP_ACCOUNTS   (SERVICE_MAPS + 0x4000)
#define MAP_WARDEN     (SERVICE_MAPS + 0x6000)
#define MAP_UPDATE     (SERVICE_MAPS + 0x7000)
#define MAP_BUNDLE     (SERVICE_MAPS + 0x100000)
#define MAP_RINGS      (SERVICE_MAPS + 0x200000)
#define MAP_RING_STEP  0x10000
#define MAP_TRACES     (SERVICE_MAPS + 0x400000)
#define MAP_TRACE_STEP 0x20000
#define MAP_BOXES      (SERVICE_MAPS + 0x600000)
#define MAP_BOX_STEP   0x20000
#define MAP_CHANNELS   (SERVICE_MAPS + 0x800000)
#define MAP_CHANNEL    0x10000
#define MAP_SPARE      (SERVICE_MAPS + 0xa00000)
_Static_assert(sizeof(struct blackbox) <= MAP_BOX_STEP, "boxes lie beside each other");

static uint32_t table_pages(const struct start_plan *plan)
{
	return SERVICE_PAGES + (bundle_takes_updates(plan->bundle) ? UPDATER_PAGES : 0);
}

void start_plan_services(struct start_plan *plan)
{
	uint64_t size = start_page_up(sizeof(struct service_memory));
	uint64_t tables = table_pages(plan) * (uint64_t)PAGE_SIZE;
	bool updates = bundle_takes_updates(plan->bundle);

	if (plan->bundle->board.uart_base == 0)
		return;
	plan->service_size = size + tables + (updates ? sizeof(struct updater_memory) : 0);
	plan->service = start_take(plan->service_size);
	plan->service_pages = plan->service + size;
	plan->updater = updates ? plan->service_pages + tables : 0;
}

static void map(struct stage2 *s2, uint64_t at, uint64_t pa, uint64_t size, enum stage2_kind kind)
{
	start_must(stage2_map(s2, ipa_at(at), pa_at(pa), start_page_up(size), kind));
}

/* ---- for every service ---- */

void start_fill_service(const struct start_plan *plan, struct service *service,
                        const struct start_service *own)
{
	const struct service_row *row = &service_rows[own->kind];
	struct stage2 *s2 = &service->stage2;

	start_must(stage2_init(s2, own->pool, own->vmid));
	map(s2, SERVICE_TEXT, start_image_pa(plan, row->image),
	    (uint64_t)(row->image_end - row->image), STAGE2_TEXT);
	map(s2, SERVICE_DATA, own->data, row->data_size, STAGE2_DATA);
	map(s2, SERVICE_INFO, own->info, PAGE_SIZE, STAGE2_CONSTANT);
	context_init_service(&service->context, own->kind, s2, row->trace_id, own->priority);
}

/* ---- the mappings of the services that last ---- */

static void map_rings(const struct start_plan *plan, struct stage2 *s2)
{
	const struct service_memory *memory = (struct service_memory *)(uintptr_t)plan->service;
	uint32_t count = plan->bundle->partitions.count;

	for (uint32_t p = 0; p < count; p++) {
		map(s2, MAP_RINGS + p * MAP_RING_STEP, plan->partitions[p].console,
		    sizeof(struct console_ring), STAGE2_DATA);
		map(s2, MAP_BOXES + p * MAP_BOX_STEP, plan->boxes + p * BUNDLE_BLACKBOX_MEMORY,
		    BUNDLE_BLACKBOX_MEMORY,
		    start_box_is_uncached(plan, p) ? STAGE2_UNCACHED : STAGE2_DATA);
	}
	map(s2, MAP_RINGS + count * MAP_RING_STEP, (uint64_t)(uintptr_t)&memory->ring,
	    sizeof(struct console_ring), STAGE2_DATA);
}

static void map_traces(const struct start_plan *plan, struct stage2 *s2)
{
	for (uint32_t c = 0; c < plan->bundle->cores.count; c++)
		map(s2, MAP_TRACES + c * MAP_TRACE_STEP, plan->cores[c].trace,
		    sizeof(struct trace_ring), STAGE2_CONSTANT);
}

/* Maps the first page of each console ring, to be read: it has the report and the life log. */
static void map_lives(const struct start_plan *plan, struct stage2 *s2)
{
	for (uint32_t p = 0; p < plan->bundle->partitions.count; p++)
		map(s2, MAP_RINGS + p * MAP_RING_STEP, plan->partitions[p].console, PAGE_SIZE,
		    STAGE2_CONSTANT);
}
_Static_assert(offsetof(struct console_ring, out_head) <= PAGE_SIZE, "a log is on that page");

static void map_what_it_sees(const struct start_plan *plan, struct stage2 *s2, uint32_t maps)
{
	const struct bundle_header *from = plan->bundle;

	if ((maps & SERVICE_SEES_UART) != 0)
		map(s2, MAP_UART, from->board.uart_base, PAGE_SIZE, STAGE2_DEVICE);
	if ((maps & SERVICE_SEES_DMA_LOG) != 0 && plan->dma_log != 0)
		map(s2, MAP_DMA_LOG, plan->dma_log, PAGE_SIZE, STAGE2_CONSTANT);
	if ((maps & SERVICE_SEES_ACCOUNTS) != 0)
		map(s2, MAP_ACCOUNTS, plan->shared + offsetof(struct shared, accounts),
		    sizeof(struct accounts), STAGE2_CONSTANT);
	if ((maps & SERVICE_SEES_BUNDLE) != 0)
		map(s2, MAP_BUNDLE, (uint64_t)(uintptr_t)from, from->tables_size, STAGE2_CONSTANT);
	if ((maps & SERVICE_SEES_RINGS) != 0)
		map_rings(plan, s2);
	if ((maps & SERVICE_SEES_TRACES) != 0)
		map_traces(plan, s2);
	if ((maps & SERVICE_SEES_LIVES) != 0)
		map_lives(plan, s2);
	if ((maps & SERVICE_SEES_CHANNELS) != 0)
		for (uint32_t c = 0; c < from->channels.count; c++)
			map(s2, MAP_CHANNELS + c * MAP_CHANNEL, plan->channels[c],
			    sizeof(struct channel_memory), STAGE2_CONSTANT);
	if ((maps & SERVICE_SEES_BOX) != 0)
		map(s2, MAP_WARDEN, plan->service + offsetof(struct service_memory, box), PAGE_SIZE,
		    STAGE2_DATA);
	if ((maps & SERVICE_SEES_UPDATE) != 0 && plan->updater != 0)
		map(s2, MAP_UPDATE, plan->updater + offsetof(struct updater_memory, box), PAGE_SIZE,
		    STAGE2_DATA);
	if ((maps & SERVICE_SEES_SPARE) != 0 && plan->spare != 0)
		map(s2, MAP_SPARE, plan->spare, IMAGE_ROOM, STAGE2_DATA);
}

/* ---- the console's info page ---- */

static void fill_partition(const struct start_plan *plan, struct console_info *info, uint32_t index)
{
	const struct bundle_partition *config = &bundle_partitions(plan->bundle)[index];
	struct console_source *source = &info->sources[index];
	uint64_t ring = MAP_RINGS + index * MAP_RING_STEP;

	memcpy(source->name, config->name, BUNDLE_NAME_SIZE);
	source->report = ring + offsetof(struct console_ring, report);
	source->life = ring + offsetof(struct console_ring, life);
	source->examined = ring + offsetof(struct console_ring, examined);
	source->debug = ring + offsetof(struct console_ring, debug);
	source->blackbox = MAP_BOXES + index * MAP_BOX_STEP;
	if ((config->flags & BUNDLE_CONSOLE) != 0)
		source->ring = ring;
	for (uint32_t i = 0; i < config->vcpus.count; i++)
		info->vcpus[config->vcpus.first + i] = (char)index;
}

/* The console's own ring, in which it puts reports into words. */
static void fill_own(struct console_info *info)
{
	struct console_source *source = &info->sources[info->partitions];

	memcpy(source->name, "kumiki", sizeof("kumiki"));
	source->ring = MAP_RINGS + info->partitions * MAP_RING_STEP;
}

/* Reads the time of the board's clock, a PL031: its first register has the seconds. */
static void fill_clock(const struct bundle_board *board, struct console_info *info)
{
	info->clock_counter = sysreg_read(cntpct_el0);
	if (board->rtc_base != 0)
		info->clock_seconds = *(const volatile uint32_t *)(uintptr_t)board->rtc_base;
}

static void fill_console_info(const struct start_plan *plan, struct console_info *info)
{
	const struct bundle_header *from = plan->bundle;

	memcpy(info->system, from->system, BUNDLE_NAME_SIZE);
	info->counter_hz = sysreg_read(cntfrq_el0);
	fill_clock(&from->board, info);
	info->uart = MAP_UART;
	info->uart_registers = from->board.uart_registers;
	info->partitions = from->partitions.count;
	info->cores = from->cores.count;
	info->vcpu_count = from->vcpus.count;
	info->bundle = MAP_BUNDLE;
	info->dma_log = plan->dma_log != 0 ? MAP_DMA_LOG : 0;
	info->accounts = MAP_ACCOUNTS;
	info->warden = MAP_WARDEN;
	info->update = plan->updater != 0 ? MAP_UPDATE : 0;
	for (uint32_t p = 0; p < from->partitions.count; p++)
		fill_partition(plan, info, p);
	for (uint32_t c = 0; c < from->channels.count; c++)
		info->channels[c] = MAP_CHANNELS + c * MAP_CHANNEL;
	fill_own(info);
	for (uint32_t c = 0; c < from->cores.count; c++)
		info->traces[c] = MAP_TRACES + c * MAP_TRACE_STEP;
}

/* ---- the warden's info page, with the same clock ---- */

static void fill_warden_info(const struct start_plan *plan, const struct console_info *console,
                             struct warden_info *info)
{
	info->counter_hz = console->counter_hz;
	info->bundle = MAP_BUNDLE;
	info->accounts = MAP_ACCOUNTS;
	info->box = MAP_WARDEN;
	info->clock_seconds = console->clock_seconds;
	info->clock_counter = console->clock_counter;
	for (uint32_t p = 0; p < plan->bundle->partitions.count; p++)
		info->lives[p] = console->sources[p].life;
}

/* ---- the updater's info page ---- */

static void fill_updater_info(struct updater_info *info)
{
	info->counter_hz = sysreg_read(cntfrq_el0);
	info->bundle = MAP_BUNDLE;
	info->accounts = MAP_ACCOUNTS;
	info->box = MAP_UPDATE;
	info->spare = MAP_SPARE;
	info->spare_size = IMAGE_ROOM;
}

/* ---- the services that last ---- */

/* Notes where a core enters that comes on again, and with which tables. */
static void fill_ways_in(const struct start_plan *plan, struct service_memory *own)
{
	own->entry = start_image_pa(plan, core_entry);
	for (uint32_t i = 0; i < plan->bundle->cores.count; i++)
		own->way_in[i] = plan->cores[i].way_in;
}

/* Turns an address that the boot core uses into the one by which the console's core maps it. */
static void *rebased(const struct start_plan *plan, const void *at)
{
	return (void *)(LAYOUT_SERVICE + ((uint64_t)(uintptr_t)at - plan->service));
}

/* Offsets of a lasting service's data, info page and failure: in struct service_memory, or of the
 * updater in its own. */
static const struct {
	uint32_t data, info, failure;
} services_parts[SERVICES_LASTING] = {
    {offsetof(struct service_memory, console_data), offsetof(struct service_memory, console_info),
     offsetof(struct service_memory, console_info.failure)},
    {offsetof(struct service_memory, warden_data), offsetof(struct service_memory, warden_info),
     offsetof(struct service_memory, warden_info.failure)},
    {offsetof(struct updater_memory, data), offsetof(struct updater_memory, info),
     offsetof(struct updater_memory, info.failure)},
};

static void fill_lasting(const struct start_plan *plan, struct service_memory *memory, uint32_t i,
                         uint64_t parts)
{
	struct service *service = &memory->lasting[i];
	const struct start_service own = {
	    .kind = (enum context_kind)(CONTEXT_CONSOLE + i),
	    .pool = &memory->pool,
	    .vmid = (uint16_t)(VMID_CONSOLE + i),
	    .data = parts + services_parts[i].data,
	    .info = parts + services_parts[i].info,
	    .priority = mail_service_priority(plan->bundle),
	};

	start_fill_service(plan, service, &own);
	map_what_it_sees(plan, &service->stage2, service_rows[own.kind].maps);
	service->failure =
	    rebased(plan, (const void *)(uintptr_t)(parts + services_parts[i].failure));
	service->stage2.root = rebased(plan, service->stage2.root);
	service->stage2.pool = rebased(plan, &memory->pool);
}

void start_fill_services(const struct start_plan *plan)
{
	struct service_memory *memory = (struct service_memory *)(uintptr_t)plan->service;

	if (plan->service == 0)
		return;
	page_pool_init(&memory->pool, (void *)(uintptr_t)plan->service_pages,
	               pa_at(plan->service_pages), table_pages(plan));
	fill_lasting(plan, memory, CONTEXT_CONSOLE - CONTEXT_CONSOLE, plan->service);
	fill_lasting(plan, memory, CONTEXT_WARDEN - CONTEXT_CONSOLE, plan->service);
	if (plan->updater != 0)
		fill_lasting(plan, memory, CONTEXT_UPDATER - CONTEXT_CONSOLE, plan->updater);
	fill_console_info(plan, &memory->console_info);
	fill_warden_info(plan, &memory->console_info, &memory->warden_info);
	if (plan->updater != 0)
		fill_updater_info(&((struct updater_memory *)(uintptr_t)plan->updater)->info);
	fill_ways_in(plan, memory);
	memory->pool.base = rebased(plan, memory->pool.base);
}
