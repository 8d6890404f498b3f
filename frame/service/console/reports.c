/*
 * The frame's reports of partitions that ended, in words: the reason, registers, and the region of
 * an address. Called by blackbox.c, which keeps a crash's report, and by the shell's life.c, which
 * says it.
 */
#include <console/console.h>
#include <lib/bundle.h>
#include <lib/lifewords.h>
#include <lib/tracewords.h>
#include <service/failure.h>

/* ---- what the bundle says ---- */

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
	       (board->watchdog_base && report_in(address, board->watchdog_base, BUNDLE_ALIGN)) ||
	       (board->its_base && report_in(address, board->its_base, BUNDLE_ITS_SIZE)) ||
	       (board->smmu_base && report_in(address, board->smmu_base, BUNDLE_SMMU_SIZE)) ||
	       (board->rtc_base && report_in(address, board->rtc_base, BUNDLE_ALIGN));
}

/* The region that has an address: one of the partition's own addresses, or a physical one. */
static const struct bundle_region *report_region(const struct console *console, uint8_t partition,
                                                 uint64_t address, bool own)
{
	const struct bundle_range range = tables_partition(console, partition)->regions;
	const struct bundle_region *regions = bundle_regions(tables_bundle(console));

	for (uint32_t i = range.first; i < range.first + range.count; i++)
		if (report_in(address, own ? regions[i].ipa : regions[i].pa, regions[i].size))
			return &regions[i];
	return NULL;
}

void report_owner(const struct console *console, uint8_t index, uint64_t address,
                  struct words *words)
{
	const struct bundle_region *region = report_region(console, index, address, true);
	uint8_t owner = index;

	for (uint8_t p = 0; !region && p < console->partitions; p++) {
		region = report_region(console, p, address, false);
		owner = p;
	}
	if (!region) {
		words_text(words, report_in_frame(tables_bundle(console), address)
		                      ? " (the frame's)"
		                      : " (nobody's)");
		return;
	}
	words_text(words, " (");
	words_name(words, region->label, sizeof(region->label));
	words_say(words, " of ", console->name[owner], ")");
}

static void report_image(const struct console *console, uint8_t index, uint32_t load,
                         struct words *words)
{
	const struct bundle_header *bundle = tables_bundle(console);
	const struct bundle_range range = tables_partition(console, index)->loads;

	words_text(words, " is not started: its image ");
	if (load < range.count) {
		uint32_t part = bundle_loads(bundle)[range.first + load].part;

		words_name(words, bundle_parts(bundle)[part].name, BUNDLE_NAME_SIZE);
	}
	words_text(words, " is damaged\n");
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
	case REPORT_NOISY:
		return "a device doesn't fall silent, so its memory can't be laid out";
	case REPORT_UNCONFINED:
		return "a device's DMA goes around the SMMU (a virtio device needs "
		       "iommu_platform=on)";
	case REPORT_FUNCTION:
		return "a PCI function isn't the one described";
	case REPORT_STUCK:
		return "it takes nothing but exceptions in its own exception vectors";
	default:
		return "an unknown error";
	}
}

static const char *report_kept_text(uint32_t kept)
{
	static const char *const texts[] = {
	    [KEPT_HOLDS] = "nothing",
	    [KEPT_HEADER] = "its header",
	    [KEPT_IDENTITY] = "which partition it is",
	    [KEPT_LIFE] = "the state of its life",
	    [KEPT_TARGET] = "the target of an interrupt",
	    [KEPT_VCPU] = "whose vCPU one is",
	    [KEPT_CONTEXT] = "a vCPU's context",
	    [KEPT_PLACE] = "a vCPU's core or priority",
	    [KEPT_LISTS] = "the interrupts that a vCPU holds",
	    [KEPT_REGISTERS] = "a vCPU's registers",
	};

	return kept < sizeof(texts) / sizeof(texts[0]) ? texts[kept] : "something unknown";
}

/* A guest that reports its own crash does so from another place, so its last exception's pc is
 * told. */
static void report_registers(const struct stop_report *report, struct words *words)
{
	bool own = report->reason == STOP_CRASH;

	words_hex(words, "  pc ", own ? report->elr : report->pc);
	words_hex(words, ", pstate ", own ? report->spsr : report->pstate);
	words_hex(words, ", lr ", report->x[30]);
	for (uint32_t i = 0; i < 31; i++) {
		words_text(words, i % 4 == 0 ? "\n  x" : "  x");
		words_decimal(words, i);
		words_hex(words, " ", report->x[i]);
	}
	words_hex(words, "\n  sp_el0 ", report->sp_el0);
	words_hex(words, ", sp_el1 ", report->sp_el1);
	words_hex(words, "\n  elr_el1 ", report->elr);
	words_hex(words, ", spsr_el1 ", report->spsr);
	words_hex(words, ", esr_el1 ", report->esr);
	words_hex(words, ", far_el1 ", report->far);
	words_hex(words, "\n  vbar_el1 ", report->vbar);
	words_hex(words, ", sctlr_el1 ", report->sctlr);
	words_hex(words, ", tcr_el1 ", report->tcr);
	words_hex(words, "\n  ttbr0_el1 ", report->ttbr0);
	words_hex(words, ", ttbr1_el1 ", report->ttbr1);
	words_put(words, '\n');
}

static void report_vcpu(const struct console *console, uint8_t index,
                        const struct stop_report *report, struct words *words)
{
	words_text(words, console->name[index]);
	words_text(words, remote_core(console, index) ? ": its minder: vCPU " : ": vCPU ");
	words_decimal(words, report->vcpu);
}

static bool report_of_loop(const struct stop_report *report)
{
	return report->fault == REPORT_LOADER && report->syndrome == SERVICE_LOOPS;
}

static void report_fault(const struct console *console, uint8_t index,
                         const struct stop_report *report, struct words *words)
{
	report_vcpu(console, index, report, words);
	words_say(words, ": ", report_fault_text(report->fault),
	          report_of_loop(report) ? ": it looped" : "");
	if (report->fault == REPORT_LOADER)
		failure_say_text((enum service_text)report->text, words);
	words_put(words, '\n');
	words_hex(words, "  syndrome ", report->syndrome);
	words_hex(words, ", address ", report->address);
	report_owner(console, index, report->address, words);
	words_put(words, '\n');
}

#define REPORT_CLASS(esr) ((uint32_t)(esr) >> 26)
#define REPORT_FETCH      0x20u
#define REPORT_DATA_OWN   0x25u

/* Says the crash that a guest reported itself: its last exception, from its own registers. */
static void report_own(const struct console *console, uint8_t index,
                       const struct stop_report *report, struct words *words)
{
	report_vcpu(console, index, report, words);
	words_say(words, ": it crashed: ", trace_exit_name((uint32_t)report->esr), NULL);
	words_hex(words, " at ", report->elr);
	if (REPORT_CLASS(report->esr) >= REPORT_FETCH &&
	    REPORT_CLASS(report->esr) <= REPORT_DATA_OWN)
		words_hex(words, ", address ", report->far);
	words_put(words, '\n');
}

/* Whether a device kept the partition from beginning: then the report has no vCPU. */
static bool report_of_device(const struct stop_report *report)
{
	return report->reason == STOP_FAULT &&
	       (report->fault == REPORT_NOISY || report->fault == REPORT_UNCONFINED ||
	        report->fault == REPORT_FUNCTION);
}

static void report_device(const struct console *console, uint8_t index,
                          const struct stop_report *report, struct words *words)
{
	words_say(words, console->name[index],
	          " is not started: ", report_fault_text(report->fault));
	if (report->fault == REPORT_FUNCTION) {
		words_text(words, ": device ");
		words_decimal(words, report->address >> 3);
		words_text(words, ", function ");
		words_decimal(words, report->address & 7);
	} else {
		words_hex(words, ": ", report->address);
		report_owner(console, index, report->address, words);
	}
	words_put(words, '\n');
}

/* ---- what its loader found ---- */

/* Whether the partition is examined. It isn't if its loader didn't start it. */
static bool report_examines(const struct stop_report *report)
{
	return report->reason != STOP_IMAGE && !report_of_device(report) &&
	       (report->reason != STOP_FAULT || report->fault != REPORT_LOADER);
}

static bool report_examined(const struct console *console, uint8_t index,
                            const struct stop_report *report)
{
	return __atomic_load_n(&examined_of(console, index)->sequence, __ATOMIC_ACQUIRE) ==
	       report->sequence;
}

bool report_is_whole(const struct console *console, uint8_t index, const struct stop_report *report)
{
	return !report_examines(report) || report_examined(console, index, report);
}

static bool report_panicked(const struct console *console, uint8_t index,
                            const struct stop_report *report)
{
	return report_examines(report) && report_examined(console, index, report) &&
	       (examined_of(console, index)->flags & EXAMINED_PANIC) != 0;
}

uint32_t report_cause(const struct console *console, uint8_t index,
                      const struct stop_report *report)
{
	if (report->reason == STOP_RESET && report_panicked(console, index, report))
		return STOP_PANIC;
	return report->reason;
}

bool report_crash(uint32_t reason)
{
	return reason == STOP_FAULT || reason == STOP_WATCHDOG || reason == STOP_IMAGE ||
	       reason == STOP_PANIC || reason == STOP_DMA || reason == STOP_DEADLINE ||
	       reason == STOP_CRASH || reason == STOP_KEPT || reason == STOP_FRAME;
}

/* Says text that comes from the partition's memory: only characters and ends of lines pass. */
static void report_text(const struct examined *examined, struct words *words)
{
	uint32_t size = examined->size;

	for (uint32_t i = 0; i < size && i < EXAMINED_TEXT_SIZE; i++) {
		char c = examined->text[i];

		words_put(words, (c >= ' ' && c <= '~') || c == '\n' ? c : '?');
	}
	if (words->size != words->line)
		words_put(words, '\n');
}

static void report_trace(const struct console *console, uint8_t index,
                         const struct stop_report *report, struct words *words)
{
	const struct examined *examined = examined_of(console, index);

	if (!report_examines(report) || !report_examined(console, index, report))
		return;
	report_vcpu(console, index, report, words);
	if (examined->flags & EXAMINED_FAILED)
		words_text(words, " can't be traced back: the examination failed\n");
	else
		words_text(words, " was at\n");
	report_text(examined, words);
}

/* Says a crash of a core of another architecture. The text has that core's registers, not its
 * minder's. */
static void report_remote(const struct console *console, uint8_t index, struct words *words)
{
	words_say(words, console->name[index], ": ", NULL);
	remote_crash_words(console, index, words);
	words_put(words, '\n');
	report_text(examined_of(console, index), words);
	words_say(words, console->name[index], " stopped: ", NULL);
	remote_crash_words(console, index, words);
	words_put(words, '\n');
}

/* ---- all of it ---- */

void report_words(const struct console *console, uint8_t index, const struct stop_report *report,
                  struct words *words)
{
	uint32_t cause = report_cause(console, index, report);

	if (report_of_device(report)) {
		report_device(console, index, report, words);
		return;
	}
	if (cause == STOP_CRASH && remote_crash(console, index) != 0) {
		report_remote(console, index, words);
		return;
	}
	if (cause == STOP_FAULT)
		report_fault(console, index, report, words);
	if (cause == STOP_CRASH)
		report_own(console, index, report, words);
	if (cause == STOP_WATCHDOG || cause == STOP_PANIC || cause == STOP_DMA ||
	    cause == STOP_DEADLINE || cause == STOP_FRAME) {
		report_vcpu(console, index, report, words);
		words_say(words, ": ", life_reason_name(cause), "\n");
	}
	if (report_crash(cause) && cause != STOP_IMAGE && cause != STOP_KEPT) {
		report_registers(report, words);
		report_trace(console, index, report, words);
	}
	words_text(words, console->name[index]);
	if (cause == STOP_IMAGE) {
		report_image(console, index, report->load, words);
		return;
	}
	words_say(words, " stopped: ", life_reason_name(cause), NULL);
	if (cause == STOP_KEPT)
		words_say(words, ": ", report_kept_text(report->fault), NULL);
	if (cause != STOP_PANIC && report_panicked(console, index, report))
		words_text(words, "; its kernel had panicked");
	words_put(words, '\n');
}
