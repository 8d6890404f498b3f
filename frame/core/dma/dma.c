/*
 * Opens and closes partitions' DMA, and records accesses that were refused; see dma/dma.h. A change
 * is posted to the SMMU in one go. Each message looks once whether the change is finished, so no
 * core waits for the SMMU or for another core. A change of rights (dma_allow()) that finds the SMMU
 * busy is tried again at once, until an interrupt comes first.
 *
 * Refused accesses are read a few at a time, and only so many in a tenth of a second: a device that
 * tries for ever can only fill the SMMU's queue. Too many refused accesses end the device's
 * partition, which closes its streams. The SMMU refuses the accesses of a closed stream without a
 * record.
 */
#include <dma/dma.h>
#include <dma/function.h>
#include <frame/stop.h>
#include <kumiki/dma.h>
#include <lib/bundle.h>
#include <machine/sysreg.h>
#include <word/life.h>
#include <word/service.h>
#include <word/timer.h>

#define dma_own_log ((struct dma_log *)LAYOUT_DMA_LOG)

#define EVENTS_STEP   4u
#define EVENTS_PERIOD 48u /* events read in a period */
#define PERIOD_NS     100000000
#define SECOND_NS     1000000000

/* ---- streams ---- */

/* True: the partition has functions that the SMMU confines. */
static bool is_confined(const struct dma *dma)
{
	return dma->domain.open != 0;
}

static void set_streams(const struct partition *partition, bool open)
{
	const struct bundle_range range = partition->config->functions;
	const struct bundle_function *functions = bundle_functions(core_bundle);

	for (uint32_t i = range.first; i < range.first + range.count; i++) {
		if (functions[i].kind != BUNDLE_FUNCTION_REAL)
			continue;
		if (open)
			smmu_open(functions[i].stream, &partition->dma.domain);
		else
			smmu_close(functions[i].stream);
	}
}

/* Posts a change of the partition's streams to the SMMU. While another core posts a change, this
 * function does nothing, and the next message tries again. */
static void dma_change(struct partition *partition, enum dma_state on_the_way)
{
	struct dma *dma = &partition->dma;

	if (!smmu_take())
		return;
	set_streams(partition, on_the_way == DMA_OPENING);
	dma->mark = smmu_finish(&dma->domain);
	smmu_give();
	dma->state = on_the_way;
}

/* True: the next step is to write the functions' command registers, which comes before the change
 * of the streams. */
static bool is_first(const struct dma *dma, bool open)
{
	return open ? dma->state == DMA_CLOSED : dma->state >= DMA_OPENING;
}

/* Takes one step to open or close the partition's DMA. True: no step is left. With many functions a
 * step is long, so a message brings the next one. */
static bool move(struct partition *partition, bool open)
{
	const uint32_t on_the_way = open ? DMA_OPENING : DMA_CLOSING;
	struct dma *dma = &partition->dma;

	if (is_first(dma, open)) {
		function_command(partition, open);
		dma->state = DMA_QUIET;
	} else if (is_confined(dma) && dma->state != on_the_way) {
		dma_change(partition, on_the_way);
	} else if (!is_confined(dma) || smmu_done(dma->mark)) {
		return true;
	}
	life_tell(partition->index, LIFE_LOOK);
	return false;
}

/* Opens or closes the partition's DMA, step by step. True: it is done. */
static bool become(struct partition *partition, bool open)
{
	const uint32_t to = open ? DMA_OPEN : DMA_CLOSED;
	struct dma *dma = &partition->dma;

	if (dma->state != to && partition->config->functions.count != 0 && !move(partition, open))
		return false;
	dma->state = to;
	return true;
}

bool dma_close(struct partition *partition)
{
	return become(partition, false);
}

bool dma_open(struct partition *partition)
{
	return become(partition, true);
}

/* True: the tables have these rights, and the SMMU has no older ones. */
static bool is_allowed(const struct partition *partition, ipa_t ipa, uint32_t pages,
                       enum stage2_kind kind)
{
	return !partition->dma.changes && stage2_allows(&partition->dma_tables, ipa, pages, kind);
}

static void change_rights(struct partition *partition, ipa_t ipa, uint32_t pages,
                          enum stage2_kind kind)
{
	struct dma *dma = &partition->dma;

	dma->changes = 1;
	order_stores();
	stage2_allow(&partition->dma_tables, ipa, pages, kind);
	dma->mark = smmu_finish(&dma->domain);
	order_stores();
	dma->changes = 0;
}

/* Two changes of a partition's rights are never on their way together: the queue has room. A change
 * is done when a later call finds the rights in the tables, and the SMMU behind the mark. */
bool dma_allow(struct partition *partition, ipa_t ipa, uint32_t pages, bool allowed)
{
	const enum stage2_kind kind = (enum stage2_kind)partition->dma.kinds[allowed];
	bool done = false;

	if (!is_confined(&partition->dma))
		return true;
	if (!smmu_take())
		return false;
	if (smmu_done(partition->dma.mark)) {
		done = is_allowed(partition, ipa, pages, kind);
		if (!done)
			change_rights(partition, ipa, pages, kind);
	}
	smmu_give();
	return done;
}

/* ---- refused accesses, on the console's core ---- */

static struct {
	uint64_t period, second; /* counter: the ends of the present period and second */
	uint32_t read;           /* events that were read in the period */
	uint32_t refused[BUNDLE_PARTITIONS_MAX]; /* accesses, in the present second */
} seen CORE_LOCAL;

/* Begins a period: the frame may read so many of the SMMU's events again. The SMMU's errors are
 * acknowledged only here, so that the SMMU reports an overflowing queue at most once in each
 * period. */
static void begin_period(uint64_t now)
{
	seen.period = now + timer_ticks(PERIOD_NS);
	seen.read = 0;
	smmu_acknowledge();
	if (now < seen.second)
		return;
	seen.second = now + timer_ticks(SECOND_NS);
	for (uint32_t i = 0; i < BUNDLE_PARTITIONS_MAX; i++)
		seen.refused[i] = 0;
}

static uint32_t function_of(uint32_t stream)
{
	const struct bundle_function *functions = bundle_functions(core_bundle);

	for (uint32_t i = 0; i < core_bundle->functions.count; i++)
		if (functions[i].kind == BUNDLE_FUNCTION_REAL && functions[i].stream == stream)
			return i;
	return DMA_NOBODY;
}

static void record(const struct smmu_event *event, uint32_t function)
{
	struct dma_log *log = dma_own_log;
	struct dma_record *slot = &log->records[log->next % DMA_RECORDS];

	barrier_stores(); /* the former `next` is seen before this slot changes: sysreg.h */
	slot->time = timer_now();
	slot->address = event->address;
	slot->function = function;
	slot->stream = (uint16_t)event->stream;
	slot->write = event->write;
	slot->refusal = (uint8_t)event->kind;
	__atomic_store_n(&log->next, log->next + 1, __ATOMIC_RELEASE);
	service_wake_later(SERVICE_EVENT_STATE);
}

static void note(const struct smmu_event *event)
{
	uint32_t function = function_of(event->stream);
	uint32_t partition;

	if (function == DMA_NOBODY) {
		if (dma_own_log->unknown++ < DMA_TOLD)
			record(event, function);
		return;
	}
	partition = bundle_function_owner(core_bundle, function);
	dma_own_log->refused[partition]++;
	seen.refused[partition]++;
	if (seen.refused[partition] <= DMA_TOLD)
		record(event, function);
	if (seen.refused[partition] == DMA_FLOOD)
		life_tell(partition, LIFE_FLOOD);
}

void dma_events(void)
{
	uint64_t now = timer_now();
	struct smmu_event event;

	if (now >= seen.period)
		begin_period(now);
	for (uint32_t i = 0; i < EVENTS_STEP && seen.read < EVENTS_PERIOD; i++) {
		if (!smmu_next_event(&event))
			return;
		seen.read++;
		note(&event);
	}
	timer_set(TIMER_DMA, seen.read < EVENTS_PERIOD ? now : seen.period);
}

void dma_error(void)
{
	const char *why = smmu_error();

	if (why != 0)
		stop_machine(why);
	timer_set(TIMER_DMA, seen.period);
}
