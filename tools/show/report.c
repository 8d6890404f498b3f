/*
 * The report of `kumiki show`: the machine, the partitions and what they own, the parts with their
 * sums. It uses only the packed tables, so it shows what the frame sees.
 */
#include <host/say.h>
#include <host/show.h>
#include <host/update.h>
#include <inttypes.h>
#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <lib/sha256.h>
#include <string.h>

struct report {
	const struct bundle_header *bundle;
	FILE *out;
};

static void report_span(const struct report *report, uint64_t base, uint64_t size)
{
	char text[UNITS_SIZE];
	fprintf(report->out, "0x%09" PRIx64 "–0x%09" PRIx64 "  %s", base, base + size - 1,
	        units_size(text, size));
}

/* The frame's version. The image may have any bytes there: the first one that isn't plain text ends
 * it. */
static void report_version(const struct report *report, const struct frame_header *frame)
{
	size_t size = 0;
	while (size < sizeof(frame->version) && frame->version[size] > ' ' &&
	       frame->version[size] <= '~')
		size++;
	fprintf(report->out, ", version %.*s", (int)size, frame->version);
}

static void report_frame(const struct report *report, const struct show_image *image)
{
	const struct bundle_header *bundle = report->bundle;
	char size[UNITS_SIZE];
	fprintf(report->out, "\nframe       %s", units_size(size, image->frame.image_size));
	report_version(report, &image->frame);
	fprintf(report->out, ", bundle revision %" PRIu32 "\n", bundle->revision);
	fprintf(report->out, "  crc32c    %08" PRIx32 ", %s\n", bundle->frame_crc,
	        image->frame_intact ? "intact" : "DAMAGED: its bytes don't have this sum");
	fputs("  image     ", report->out);
	report_span(report, bundle->image_base, bundle->image_size);
	fputs("\n  memory    ", report->out);
	report_span(report, bundle->memory_base, bundle->memory_size);
}

/* Writes each core's speed, if the speeds differ. */
static void report_speeds(const struct report *report)
{
	const struct bundle_header *bundle = report->bundle;
	bool differ = false;
	for (uint32_t i = 0; i < bundle->cores.count; i++)
		differ = differ || bundle->speed[i] != BUNDLE_SPEED_FASTEST;
	if (!differ)
		return;
	fprintf(report->out, "\n  speed     of %d:", BUNDLE_SPEED_FASTEST);
	for (uint32_t i = 0; i < bundle->cores.count; i++)
		fprintf(report->out, " %u", bundle->speed[i]);
}

/* Writes the power that cores take: a line for successive cores with the same values. */
static void report_takes(const struct report *report)
{
	const struct bundle_core *cores = bundle_cores(report->bundle);
	for (uint32_t i = 0, last; i < report->bundle->cores.count; i = last + 1) {
		const struct bundle_milliwatts *takes = &cores[i].takes;
		for (last = i; last + 1 < report->bundle->cores.count; last++)
			if (memcmp(&cores[last + 1].takes, takes, sizeof(*takes)) != 0)
				break;
		if (takes->busy != 0)
			fprintf(report->out,
			        "\n  power     cores %" PRIu32 " to %" PRIu32
			        ": %u mW busy, %u idle, %u off each",
			        i, last, takes->busy, takes->idle, takes->off);
	}
}

/* Writes how cores move without a command, if they do. */
static void report_shift(const struct report *report)
{
	const struct bundle_header *bundle = report->bundle;
	struct shiftplan plan = {.partitions = bundle->partitions.count};
	char words[SHIFTPLAN_SIZE];
	for (uint32_t i = 0; i < bundle->partitions.count; i++)
		plan.name[i] = bundle_partitions(bundle)[i].name;
	for (uint32_t i = 0; i < bundle->cores.count; i++)
		plan.moving |= bundle_cores(bundle)[i].holders;
	if (*shiftplan_words(words, &plan, &bundle->shift) != '\0')
		fprintf(report->out, "\n  cores     move %s", words);
}

static void report_machine(const struct report *report, const struct show_image *image)
{
	const struct bundle_header *bundle = report->bundle;
	char power[POWERPLAN_SIZE], key[UPDATE_KEY_PRINT];
	fprintf(report->out, "system      %s\n", bundle->system);
	fprintf(report->out, "board       %s, %" PRIu32 " core%s in use, RAM ", bundle->board.name,
	        bundle->cores.count, bundle->cores.count == 1 ? "" : "s");
	report_span(report, bundle->board.ram_base, bundle->board.ram_size);
	report_frame(report, image);
	if (bundle->board.uart_base != 0)
		fprintf(report->out, "\n  console   UART 0x%" PRIx64 ", service on core %" PRIu32,
		        bundle->board.uart_base, bundle->console_core);
	else
		fputs("\n  console   none: the UART is given away", report->out);
	if (*powerplan_words(power, &bundle->power) != '\0')
		fprintf(report->out, "\n  power     %s", power);
	report_shift(report);
	report_speeds(report);
	report_takes(report);
	if (bundle_takes_updates(bundle))
		fprintf(report->out, "\n  updates   signed by the key with sha256 %s%s",
		        update_key_print(key, bundle->update_key),
		        (bundle->flags & BUNDLE_LOWERS) != 0 ? ", to lower versions, too" : "");
	if ((bundle->flags & BUNDLE_STAY_ON) != 0)
		fputs("\n  stays on  when the last partition has stopped", report->out);
	if ((bundle->flags & BUNDLE_RESETS) != 0)
		fputs("\n  is reset  when the frame has failed", report->out);
	fputs("\n\n", report->out);
}

static void report_cores(const struct report *report, const struct bundle_partition *partition)
{
	const struct bundle_vcpu *vcpu = bundle_vcpus(report->bundle) + partition->vcpus.first;
	fputs("  cores     ", report->out);
	for (uint32_t i = 0; i < partition->vcpus.count; i++, vcpu++) {
		fprintf(report->out, "%s%" PRIu32, i == 0 ? "" : ", ", vcpu->core);
		if (vcpu->affinity != i)
			fprintf(report->out, " (its guest sees affinity 0x%" PRIx64 ")",
			        vcpu->affinity);
	}
	fputc('\n', report->out);
}

/* Writes words like "; may run on cores 0, 1", if the vCPU may run on several cores. */
static void report_places(const struct report *report, const struct bundle_vcpu *vcpu)
{
	const char *word = "; may run on cores";
	for (uint32_t i = 0; i < report->bundle->cores.count; i++)
		if ((vcpu->cores & (vcpu->cores - 1)) != 0 && (vcpu->cores >> i & 1) != 0) {
			fprintf(report->out, "%s %" PRIu32, word, i);
			word = ",";
		}
}

/* Writes a line for each vCPU with more properties than its core. */
static void report_vcpus(const struct report *report, const struct bundle_partition *partition)
{
	const struct bundle_vcpu *vcpu = bundle_vcpus(report->bundle) + partition->vcpus.first;
	for (uint32_t i = 0; i < partition->vcpus.count; i++, vcpu++) {
		char words[VCPUWORDS_SIZE];
		vcpuwords(words, vcpu, partition->priority);
		if (words[0] == '\0' && (vcpu->cores & (vcpu->cores - 1)) == 0)
			continue;
		fprintf(report->out, "  CPU %" PRIu32 "     starts on core %" PRIu32, i,
		        vcpu->core);
		report_places(report, vcpu);
		fprintf(report->out, "%s\n", words);
	}
}

/* Writes the names of other partitions, behind a word. */
static void report_others(const struct report *report, const char *word, uint32_t mask)
{
	for (uint32_t i = 0; i < report->bundle->partitions.count; i++)
		if ((mask >> i & 1) != 0) {
			fprintf(report->out, "%s %s", word,
			        bundle_partitions(report->bundle)[i].name);
			word = ",";
		}
}

static const char *report_holder(const struct bundle_core *core, uint32_t index)
{
	if (core->holder == HOLD_NOBODY)
		return "nobody's";
	return core->holder == index ? "its own" : "another one's";
}

/* Writes a line for each core that the partition may give or get. */
static void report_holds(const struct report *report, const struct bundle_partition *partition,
                         uint32_t index)
{
	const struct bundle_vcpu *vcpu = bundle_vcpus(report->bundle) + partition->vcpus.first;
	for (uint32_t i = 0; i < partition->vcpus.count; i++) {
		const struct bundle_core *core = &bundle_cores(report->bundle)[vcpu[i].core];
		if (core->holders == 0)
			continue;
		fprintf(report->out, "  CPU %" PRIu32 "     core %" PRIu32 " is %s at the start", i,
		        vcpu[i].core, report_holder(core, index));
		report_others(report, ", may be that of", core->holders & ~(1u << index));
		fputc('\n', report->out);
	}
}

/* A guarded partition and its functions see its memory by pages: 4 KiB of tables for 2 MiB. */
static uint64_t report_guard_tables(const struct report *report,
                                    const struct bundle_partition *watched)
{
	const struct bundle_region *region =
	    bundle_regions(report->bundle) + watched->regions.first;
	const struct bundle_function *function =
	    bundle_functions(report->bundle) + watched->functions.first;
	uint64_t size = 0;
	bool real = false;

	for (uint32_t i = 0; i < watched->regions.count; i++)
		if (region[i].kind == BUNDLE_RAM || region[i].kind == BUNDLE_KEPT)
			size += region[i].size;
	for (uint32_t i = 0; i < watched->functions.count; i++)
		real |= function[i].kind == BUNDLE_FUNCTION_REAL;
	return (size >> 9) * (real ? 2 : 1);
}

static void report_watch(const struct report *report, const struct bundle_partition *partition)
{
	const struct bundle_partition *watched =
	    &bundle_partitions(report->bundle)[partition->watches];

	if (partition->watch_ipa == 0)
		return;
	fprintf(report->out, "  watches   %s%s (registers at 0x%" PRIx64 ")\n", watched->name,
	        (partition->flags & BUNDLE_MENDS) != 0 ? ", and mends it" : "",
	        partition->watch_ipa);
	if ((partition->flags & BUNDLE_PREVENTS) != 0)
		fprintf(report->out,
		        "  prevents  code in %s that it doesn't approve; page tables for that take "
		        "%" PRIu64 " KiB\n",
		        watched->name, report_guard_tables(report, watched) >> 10);
}

static void report_life(const struct report *report, const struct bundle_partition *partition)
{
	const bool manual = (partition->flags & BUNDLE_MANUAL) != 0;
	char policy[POLICY_SIZE];
	fprintf(report->out, "  begins    %s", manual ? "when it is told to" : "by itself");
	if (!manual)
		report_others(report, ", after", partition->life.after);
	fprintf(report->out, "\n  policy    %s%s\n",
	        policy_text(policy, &partition->life, (partition->flags & BUNDLE_NO_RESTART) != 0),
	        (partition->flags & BUNDLE_HIDE_TIME) != 0 ? "; doesn't see that it is suspended"
	                                                   : "");
	if ((partition->flags & BUNDLE_UNCONFINED) != 0)
		fputs("  DMA       NOT CONFINED: one of its devices reaches all memory\n",
		      report->out);
	if ((partition->flags & BUNDLE_NO_SUSPEND) != 0)
		fprintf(report->out,
		        "  remote    its image runs on a %s core, its vCPU is that core's minder\n"
		        "  suspend   can't be: nothing holds its %s core\n",
		        bundle_remote(report->bundle, partition),
		        bundle_remote(report->bundle, partition));
	if ((partition->flags & BUNDLE_MANAGES_POWER) != 0)
		fputs("  power     may change which cores are on\n", report->out);
	report_watch(report, partition);
	report_others(report, "  manages  ", partition->life.manages);
	if (partition->life.manages != 0 && partition->manager_intid != 0)
		fprintf(report->out, " (interrupt %" PRIu32 ", black boxes from 0x%" PRIx64 ")",
		        partition->manager_intid, partition->blackbox_ipa);
	if (partition->life.manages != 0)
		fputc('\n', report->out);
}

static const char *report_region_kind(uint32_t kind)
{
	switch (kind) {
	case BUNDLE_RAM:
		return "memory";
	case BUNDLE_KEPT:
		return "kept";
	case BUNDLE_WINDOW:
	case BUNDLE_WINDOW_READ:
		return "window";
	case BUNDLE_WATCHED:
		return "watched";
	default:
		return "device";
	}
}

static void report_regions(const struct report *report, const struct bundle_partition *partition)
{
	const struct bundle_region *region =
	    bundle_regions(report->bundle) + partition->regions.first;
	for (uint32_t i = 0; i < partition->regions.count; i++, region++) {
		fprintf(report->out, "  %-9s ", report_region_kind(region->kind));
		report_span(report, region->pa, region->size);
		if (region->ipa != region->pa)
			fprintf(report->out, "  seen at 0x%" PRIx64, region->ipa);
		if (region->kind != BUNDLE_RAM && region->kind != BUNDLE_KEPT)
			fprintf(report->out, "  %s", region->label);
		if (region->kind == BUNDLE_WINDOW_READ || region->kind == BUNDLE_WATCHED)
			fputs(", read only", report->out);
		fputc('\n', report->out);
	}
}

static void report_interrupts(const struct report *report, const struct bundle_partition *partition)
{
	const struct bundle_interrupt *interrupt =
	    bundle_interrupts(report->bundle) + partition->interrupts.first;
	if (partition->interrupts.count == 0)
		return;
	fputs("  interrupt ", report->out);
	for (uint32_t i = 0; i < partition->interrupts.count; i++, interrupt++)
		fprintf(report->out, "%s%" PRIu32 " (%s)", i == 0 ? "" : ", ", interrupt->intid,
		        (interrupt->flags & BUNDLE_EDGE) != 0 ? "edge" : "level");
	fputc('\n', report->out);
}

static void report_bars(const struct report *report, const struct bundle_function *function)
{
	char size[UNITS_SIZE];
	for (uint32_t i = 0; i < BUNDLE_BARS; i++)
		if (function->bar_size[i] != 0)
			fprintf(report->out, ", BAR %" PRIu32 " 0x%" PRIx64 " (%s)", i,
			        function->bar[i], units_size(size, function->bar_size[i]));
}

static void report_functions(const struct report *report, const struct bundle_partition *partition)
{
	const struct bundle_function *function =
	    bundle_functions(report->bundle) + partition->functions.first;
	for (uint32_t i = 0; i < partition->functions.count; i++, function++) {
		fprintf(report->out, "  PCI %x.%x   %s, %04x:%04x", function->slot >> 3,
		        function->slot & 7u, function->label, function->vendor, function->device);
		if (function->pin != 0)
			fprintf(report->out, ", interrupt %" PRIu32, function->intid);
		report_bars(report, function);
		if ((function->flags & BUNDLE_FUNCTION_UNCONFINED) != 0)
			fputs(", DMA NOT CONFINED", report->out);
		else if (function->kind == BUNDLE_FUNCTION_REAL)
			fprintf(report->out, ", stream %" PRIu32, function->stream);
		fputc('\n', report->out);
	}
}

static void report_emulated(const struct report *report, const struct bundle_partition *partition)
{
	fprintf(report->out, "  emulated  GIC 0x%" PRIx64 " 0x%" PRIx64, partition->gicd_ipa,
	        partition->gicr_ipa);
	if ((partition->flags & BUNDLE_CONSOLE) != 0)
		fprintf(report->out, ", UART 0x%" PRIx64 " (interrupt %" PRIu32 ")",
		        partition->uart_ipa, partition->uart_intid);
	if ((partition->flags & BUNDLE_RTC) != 0)
		fprintf(report->out, ", clock 0x%" PRIx64 " (interrupt %" PRIu32 ")",
		        partition->rtc_ipa, partition->rtc_intid);
	if ((partition->flags & BUNDLE_WATCHDOG) != 0)
		fprintf(report->out, ", watchdog 0x%" PRIx64 " (interrupt %" PRIu32 ")",
		        partition->watchdog_ipa, partition->watchdog_intid);
	if (partition->functions.count != 0)
		fprintf(report->out, ", PCI 0x%" PRIx64, partition->pci_ecam_ipa);
	fputc('\n', report->out);
}

static const char *report_kind(uint32_t kind)
{
	switch (kind) {
	case BUNDLE_IMAGE:
		return "image";
	case BUNDLE_INITRD:
		return "initrd";
	default:
		return "dtb";
	}
}

static void report_loads(const struct report *report, const struct bundle_partition *partition)
{
	const struct bundle_load *load = bundle_loads(report->bundle) + partition->loads.first;
	for (uint32_t i = 0; i < partition->loads.count; i++, load++) {
		const struct bundle_part *part = &bundle_parts(report->bundle)[load->part];
		fprintf(report->out, "  %-9s ", report_kind(part->kind));
		report_span(report, load->pa, load->space);
		fprintf(report->out, "  part %" PRIu32 ", %s\n", load->part, part->name);
	}
}

static void report_partition(const struct report *report, uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(report->bundle)[index];
	fprintf(report->out, "partition %" PRIu32 ": %s, priority %" PRIu32 "\n", index + 1,
	        partition->name, partition->priority);
	report_cores(report, partition);
	report_holds(report, partition, index);
	report_vcpus(report, partition);
	report_life(report, partition);
	report_regions(report, partition);
	report_interrupts(report, partition);
	report_functions(report, partition);
	report_emulated(report, partition);
	report_loads(report, partition);
	fprintf(report->out, "  starts at 0x%" PRIx64 "\n\n", partition->entry_ipa);
}

static void report_windows(const struct report *report)
{
	const struct bundle_header *bundle = report->bundle;
	for (uint32_t i = 0; i < bundle->windows.count; i++) {
		fputs("window      ", report->out);
		report_span(report, bundle_windows(bundle)[i].pa, bundle_windows(bundle)[i].size);
		fprintf(report->out, "  %s%s\n", bundle_windows(bundle)[i].name,
		        (bundle_windows(bundle)[i].flags & BUNDLE_WINDOW_UNCACHED) != 0
		            ? ", uncached"
		            : "");
	}
	for (uint32_t i = 0; i < bundle->doorbells.count; i++) {
		const struct bundle_doorbell *bell = &bundle_doorbells(bundle)[i];
		fprintf(report->out, "doorbell %" PRIu32 ": %s rings, %s hears interrupt %" PRIu32,
		        i, bundle_partitions(bundle)[bell->from].name,
		        bundle_partitions(bundle)[bell->to].name, bell->intid);
		if (bundle_panel(bundle, &bundle_partitions(bundle)[bell->to]) != NULL)
			fprintf(report->out, ", bit %" PRIu32 " of its panel", bell->bit);
		fputc('\n', report->out);
	}
	if (bundle->windows.count + bundle->doorbells.count != 0)
		fputc('\n', report->out);
}

static void report_digest(const struct report *report, const uint8_t digest[SHA256_SIZE])
{
	for (int i = 0; i < SHA256_SIZE; i++)
		fprintf(report->out, "%02x", digest[i]);
}

static void report_users(const struct report *report, uint32_t part)
{
	const struct bundle_partition *partition = bundle_partitions(report->bundle);
	for (uint32_t p = 0; p < report->bundle->partitions.count; p++, partition++)
		for (uint32_t i = 0; i < partition->loads.count; i++)
			if (bundle_loads(report->bundle)[partition->loads.first + i].part == part) {
				fprintf(report->out, " %s", partition->name);
				break;
			}
}

static bool report_part(const struct report *report, uint32_t index)
{
	const struct bundle_part *part = &bundle_parts(report->bundle)[index];
	char size[UNITS_SIZE];
	const bool intact = show_part_intact(report->bundle, part);
	fprintf(report->out, "part %" PRIu32 ": %s %s, %s (%" PRIu64 "), for", index,
	        report_kind(part->kind), part->name, units_size(size, part->size), part->size);
	report_users(report, index);
	fprintf(report->out, "\n  crc32c    %08" PRIx32 "\n  sha256    ", part->crc);
	report_digest(report, part->sha256);
	fprintf(report->out, "\n  verdict   %s\n",
	        intact ? "intact" : "DAMAGED: its bytes don't have these sums");
	return intact;
}

static void report_damaged(const struct report *report, bool frame_intact,
                           const bool damaged[BUNDLE_PARTS_MAX])
{
	fprintf(report->out, "verdict     DAMAGED:%s", frame_intact ? "" : " the frame");
	const char *between = frame_intact ? " " : ", ";
	for (uint32_t i = 0; i < report->bundle->parts.count; i++)
		if (damaged[i]) {
			fprintf(report->out, "%spart %" PRIu32 " (%s)", between, i,
			        bundle_parts(report->bundle)[i].name);
			between = ", ";
		}
	fputs(frame_intact ? "; partitions that don't need it start nevertheless\n"
	                   : "; don't start it\n",
	      report->out);
}

/* Writes the sums. One is over all bytes, to compare the image with another copy: the image itself
 * can't contain it. */
static void report_sums(const struct report *report, const struct show_image *image)
{
	uint8_t digest[SHA256_SIZE];
	fprintf(report->out, "\ntables      crc32c %08" PRIx32 ", %" PRIu32 " bytes, intact\n",
	        image->bundle->tables_crc, image->bundle->tables_size);
	show_hash(digest, image->bytes, image->size);
	fprintf(report->out, "file        %zu bytes, sha256 ", image->size);
	report_digest(report, digest);
	fputc('\n', report->out);
}

static void report_channels(const struct report *report)
{
	const struct bundle_header *bundle = report->bundle;
	for (uint32_t i = 0; i < bundle->channels.count; i++) {
		const struct bundle_channel *channel = &bundle_channels(bundle)[i];
		fprintf(report->out, "%s %s", bundle_channel_word(channel->kind), channel->name);
		if (channel->rate != 0)
			fprintf(report->out, ", up to %" PRIu32 " frames a second from each end",
			        channel->rate);
		if (channel->wait != 0)
			fprintf(report->out, ", a request waits at most %" PRIu32 " ms",
			        channel->wait);
		fputc('\n', report->out);
		for (uint32_t j = 0; j < channel->ends.count; j++) {
			const struct bundle_end *end =
			    &bundle_ends(bundle)[channel->ends.first + j];
			const uint8_t *mac = end->mac;
			fprintf(report->out, "  end       %s: 0x%" PRIx64 ", interrupt %" PRIu32,
			        bundle_partitions(bundle)[end->partition].name, end->ipa,
			        end->intid);
			fputs(bundle_end_word(channel->kind, channel->flags, j), report->out);
			if (channel->kind == BUNDLE_NETWORK)
				fprintf(report->out, ", %02x:%02x:%02x:%02x:%02x:%02x", mac[0],
				        mac[1], mac[2], mac[3], mac[4], mac[5]);
			fputc('\n', report->out);
		}
	}
	if (bundle->channels.count != 0)
		fputc('\n', report->out);
}

bool show_report(const struct show_image *image, const char *name, FILE *out)
{
	const struct report report = {image->bundle, out};
	bool damaged[BUNDLE_PARTS_MAX] = {false};
	bool intact = image->frame_intact;
	if (image->bundle == NULL) {
		fprintf(out, "%s: %zu bytes\nverdict     DAMAGED: %s\n", name, image->size,
		        image->fault);
		return false;
	}
	report_machine(&report, image);
	for (uint32_t i = 0; i < image->bundle->partitions.count; i++)
		report_partition(&report, i);
	report_windows(&report);
	report_channels(&report);
	for (uint32_t i = 0; i < image->bundle->parts.count; i++) {
		damaged[i] = !report_part(&report, i);
		intact = intact && !damaged[i];
	}
	report_sums(&report, image);
	if (intact)
		fputs("verdict     intact\n", out);
	else
		report_damaged(&report, image->frame_intact, damaged);
	return intact;
}
