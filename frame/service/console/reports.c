/*
 * Puts the frame's reports of partitions that ended into words: into the service's own ring, from
 * which they are printed as any source's. console.c calls it in every turn. The frame writes a
 * report and never waits; what is read here is copied first and thrown away if it changed
 * meanwhile.
 */
#include <kumiki/bundle.h>
#include <kumiki/trace.h>
#include <service/console.h>
#include <stddef.h>

static void report_put(struct console *console, char c)
{
	struct console_ring *ring = console->own;

	if (ring->out_head - ring->out_tail >= CONSOLE_OUT_SIZE) {
		ring->out_lost++;
		return;
	}
	ring->out[ring->out_head % CONSOLE_OUT_SIZE] = (uint8_t)c;
	ring->out_head++;
}

static void report_text(struct console *console, const char *text)
{
	for (; *text; text++)
		report_put(console, *text);
}

/* Names in tables end with a NUL, or with the table's field. */
static void report_name(struct console *console, const char *name, size_t size)
{
	for (size_t i = 0; i < size && name[i]; i++)
		report_put(console, name[i]);
}

static void report_decimal(struct console *console, uint32_t value)
{
	if (value >= 10)
		report_decimal(console, value / 10);
	report_put(console, (char)('0' + value % 10));
}

static void report_hex(struct console *console, const char *before, uint64_t value)
{
	int shift = 60;

	report_text(console, before);
	report_text(console, "0x");
	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		report_put(console, "0123456789abcdef"[value >> shift & 15]);
}

/* ---- what the bundle says ---- */

static const struct bundle_header *report_bundle(const struct console *console)
{
	return (const struct bundle_header *)(uintptr_t)console->info->bundle;
}

static const void *report_table(const struct console *console, struct bundle_table table)
{
	return (const uint8_t *)report_bundle(console) + table.offset;
}

static const struct bundle_partition *report_partitions(const struct console *console)
{
	return report_table(console, report_bundle(console)->partitions);
}

static bool report_in(uint64_t address, uint64_t base, uint64_t size)
{
	return address - base < size;
}

static bool report_in_frame(const struct bundle_header *bundle, uint64_t address)
{
	const struct bundle_board *board = &bundle->board;

	return report_in(address, bundle->image_base, bundle->image_size) ||
	       report_in(address, bundle->memory_base, bundle->memory_size) ||
	       report_in(address, board->gicd_base, 0x10000) ||
	       report_in(address, board->gicr_base, board->gicr_size) ||
	       (board->uart_base && report_in(address, board->uart_base, BUNDLE_ALIGN)) ||
	       (board->rtc_base && report_in(address, board->rtc_base, BUNDLE_ALIGN));
}

/* The region of a partition by its own addresses, or by physical ones. */
static const struct bundle_region *report_region(const struct console *console, uint32_t partition,
                                                 uint64_t address, bool own)
{
	const struct bundle_range range = report_partitions(console)[partition].regions;
	const struct bundle_region *regions =
	    report_table(console, report_bundle(console)->regions);

	for (uint32_t i = range.first; i < range.first + range.count; i++)
		if (report_in(address, own ? regions[i].ipa : regions[i].pa, regions[i].size))
			return &regions[i];
	return NULL;
}

/* In the partition's own view; else by the physical address that this mostly is. */
static void report_owner(struct console *console, uint8_t index, uint64_t address)
{
	const struct bundle_header *bundle = report_bundle(console);
	const struct bundle_region *region = report_region(console, index, address, true);
	uint32_t owner = index;

	for (uint32_t p = 0; !region && p < bundle->partitions.count; p++) {
		region = report_region(console, p, address, false);
		owner = p;
	}
	if (!region) {
		report_text(console,
		            report_in_frame(bundle, address) ? " (the frame's)" : " (nobody's)");
		return;
	}
	report_text(console, " (");
	report_name(console, region->label, sizeof(region->label));
	report_text(console, " of ");
	report_name(console, report_partitions(console)[owner].name, BUNDLE_NAME_SIZE);
	report_text(console, ")");
}

static void report_image(struct console *console, uint8_t index, uint32_t load)
{
	const struct bundle_header *bundle = report_bundle(console);
	const struct bundle_range range = report_partitions(console)[index].loads;
	const struct bundle_load *loads = report_table(console, bundle->loads);
	const struct bundle_part *parts = report_table(console, bundle->parts);

	report_text(console, " is not started: its image ");
	if (load < range.count) {
		const struct bundle_part *part = &parts[loads[range.first + load].part];

		report_name(console, part->name, sizeof(part->name));
	}
	report_text(console, " is damaged\n");
}

/* ---- the words ---- */

static const char *report_fault_text(uint32_t fault)
{
	switch (fault) {
	case REPORT_VECTOR:
		return "its exception vector can't be executed";
	case REPORT_SERROR:
		return "an asynchronous external abort (SError)";
	case REPORT_EXCEPTION:
		return "an exception that a guest can't cause";
	case REPORT_LOADER:
		return "the loader that lays out its images failed";
	default:
		return "an unknown error";
	}
}

static const char *report_reason_text(uint32_t reason)
{
	switch (reason) {
	case STOP_OFF:
		return " stopped: it turned itself off\n";
	case STOP_RESET:
		return " stopped: it asked for a reset\n";
	case STOP_FAULT:
		return " stopped: an error that could not be given back to it\n";
	default:
		return " stopped\n";
	}
}

static void report_fault(struct console *console, uint8_t index, const struct stop_report *report)
{
	report_text(console, console->name[index]);
	report_text(console, ": vCPU ");
	report_decimal(console, report->vcpu);
	report_text(console, ": ");
	report_text(console, report_fault_text(report->fault));
	report_hex(console, "\n  syndrome ", report->syndrome);
	report_hex(console, ", address ", report->address);
	report_owner(console, index, report->address);
	report_hex(console, "\n  pc ", report->pc);
	report_hex(console, ", pstate ", report->pstate);
	report_hex(console, ", lr ", report->x[30]);
	for (uint32_t i = 0; i < 31; i++) {
		report_text(console, i % 4 == 0 ? "\n  x" : "  x");
		report_decimal(console, i);
		report_hex(console, " ", report->x[i]);
	}
	report_text(console, "\n");
}

static void report_say(struct console *console, uint8_t index, const struct stop_report *report)
{
	if (report->reason == STOP_FAULT)
		report_fault(console, index, report);
	report_text(console, console->name[index]);
	if (report->reason == STOP_IMAGE)
		report_image(console, index, report->load);
	else
		report_text(console, report_reason_text(report->reason));
}

static const struct stop_report *report_of(const struct console *console, uint8_t index)
{
	return (const struct stop_report *)(uintptr_t)console->info->sources[index].report;
}

static uint32_t report_sequence(const struct stop_report *report)
{
	return __atomic_load_n(&report->sequence, __ATOMIC_ACQUIRE);
}

bool reports_look(struct console *console)
{
	bool said = false;

	for (uint8_t i = 0; i < console->partitions && console->own; i++) {
		const struct stop_report *report = report_of(console, i);
		struct stop_report copy;
		uint32_t sequence;

		if (!report || reader_waiting(&console->readers[i]))
			continue; /* its last words come first */
		sequence = report_sequence(report);
		if (sequence == console->reported[i] || sequence % 2)
			continue;
		__builtin_memcpy(&copy, report, sizeof(copy));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (report_sequence(report) != sequence)
			continue;
		console->reported[i] = sequence;
		report_say(console, i, &copy);
		said = true;
	}
	return said;
}

void reports_start(struct console *console)
{
	const struct service_report *failure = &console->info->failure;

	console->own = console->readers[console->partitions].ring;
	if (!console->own || failure->failures == 0)
		return;
	/* An earlier life of this service has said what there is. */
	for (uint8_t i = 0; i < console->partitions; i++)
		if (report_of(console, i))
			console->reported[i] = report_sequence(report_of(console, i));
	report_text(console, "the console service failed and was started again");
	report_hex(console, ": syndrome ", failure->syndrome);
	report_hex(console, ", address ", failure->address);
	report_hex(console, ", pc ", failure->pc);
	report_text(console, "\n");
}
