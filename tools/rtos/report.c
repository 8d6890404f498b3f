/* A boot image's contents in words (host/rtos.h). It believes only data that lib/ has verified. */
#include <host/rtos.h>
#include <host/say.h>
#include <inttypes.h>
#include <kumiki/bundle.h>
#include <kumiki/rtos/call.h>
#include <lib/rtosimage.h>
#include <lib/sha256.h>
#include <string.h>

struct report {
	const struct rtos_image *image;
	const struct rtos_manifest *manifest; /* NULL: none, or a damaged one */
	FILE *out;
};

static void report_size(const struct report *report, const char *before, uint64_t size)
{
	char text[UNITS_SIZE];

	fprintf(report->out, "%s%s", before, units_size(text, size));
}

/* Writes the names of the entries whose bits are set; nothing if no bit is set. */
static void report_names(const struct report *report, const char *what, uint64_t bits,
                         const char *(*name)(const struct report *, uint32_t))
{
	if (bits)
		fprintf(report->out, "    %-9s", what);
	for (uint32_t i = 0; bits; i++, bits >>= 1)
		if (bits & 1)
			fprintf(report->out, "%s%s", name(report, i), bits > 1 ? ", " : "\n");
}

static const char *report_port(const struct report *report, uint32_t port)
{
	return rtosmanifest_ports(report->manifest)[port].name;
}

static const char *report_program_name(const struct report *report, uint32_t program)
{
	return rtosimage_programs(report->image)[program].name;
}

static void report_segments(const struct report *report, const struct rtos_program *program)
{
	for (uint32_t i = 0; i < program->segment_count; i++) {
		const struct rtos_segment *segment = &program->segment[i];

		fprintf(report->out, "    0x%08" PRIx64 " %s, ", segment->address,
		        segment->rights & RTOS_RIGHT_EXECUTE ? "text"
		        : segment->rights & RTOS_RIGHT_WRITE ? "data"
		                                             : "constants");
		report_size(report, "", segment->memory);
		fputc('\n', report->out);
	}
}

/* What a device is called, as the end of a line. */
static void report_called(const struct report *report, const struct rtos_manifest_device *device)
{
	static const char *const kinds[] = {[RTOS_CALLED_NOTHING] = "",
	                                    [RTOS_CALLED_DEVICE] = "the device",
	                                    [RTOS_CALLED_CHANNEL] = "an end of the channel",
	                                    [RTOS_CALLED_WINDOW] = "the window",
	                                    [RTOS_CALLED_WATCHED] = "the watched partition"};

	if (device->kind != RTOS_CALLED_NOTHING)
		fprintf(report->out, ": %s '%s'%s", kinds[device->kind], device->called,
		        device->range_count == 0 ? ", where 'kumiki pack' finds it" : "");
	fputc('\n', report->out);
}

static void report_devices(const struct report *report, uint32_t program)
{
	const struct rtos_manifest_device *device = rtosmanifest_devices(report->manifest);

	for (uint32_t i = 0; i < report->manifest->devices.count; i++, device++) {
		if (device->owner != program)
			continue;
		fprintf(report->out, "    device   %s", device->name);
		for (uint32_t j = 0; j < device->range_count; j++)
			fprintf(report->out, ", 0x%" PRIx64, device->ranges[j].base);
		for (uint32_t j = 0; j < device->interrupt_count; j++)
			fprintf(report->out, ", interrupt %" PRIu32,
			        device->interrupts[j] & ~RTOS_DEVICE_EDGE);
		fputs(device->dma ? " (DMA not confined!)" : "", report->out);
		report_called(report, device);
	}
}

static void report_windows(const struct report *report, uint32_t program)
{
	const struct rtos_manifest_window *window = rtosmanifest_windows(report->manifest);

	for (uint32_t i = 0; i < report->manifest->windows.count; i++, window++)
		if ((window->writers | window->readers) >> program & 1) {
			fprintf(report->out, "    %-9s%s, ",
			        window->writers >> program & 1 ? "writes" : "reads", window->name);
			report_size(report, "", window->pages * (uint64_t)RTOS_PAGE_SIZE);
			fputc('\n', report->out);
		}
}

static void report_levels(const struct report *report, const struct rtos_manifest_program *program)
{
	static const char *const levels[] = {"", "begins anew", "is stopped", "reboots the machine",
	                                     "restarts slowly"};

	fprintf(report->out, "restarted after a crash, %" PRIu32 " times in %" PRIu32 " s, then it",
	        program->limit, program->limit_s);
	for (uint32_t i = 0; i < RTOS_LEVELS_MAX && program->levels[i]; i++)
		fprintf(report->out, "%s %s", i ? ", then it" : "", levels[program->levels[i]]);
}

static void report_life(const struct report *report, const struct rtos_manifest_program *program)
{
	if (program->loader) {
		fprintf(report->out, "    life     loaded from a file by %s%s\n",
		        report_program_name(report, program->loader),
		        program->flags & RTOS_PROGRAM_LENIENT ? "; lenient" : "");
		return;
	}
	fprintf(report->out, "    life     %s; ",
	        program->flags & RTOS_PROGRAM_ON_DEMAND ? "starts on demand" : "starts");
	if (program->flags & RTOS_PROGRAM_STOP_AFTER_CRASH)
		fputs("stopped after a crash", report->out);
	else
		report_levels(report, program);
	if (program->flags & RTOS_PROGRAM_RESTART_AFTER_EXIT)
		fputs("; restarted after an exit", report->out);
	if (program->heartbeat_ms)
		fprintf(report->out, "; heartbeat %" PRIu32 " ms", program->heartbeat_ms);
	if (program->compute_ms)
		fprintf(report->out, "; computes at most %" PRIu32 " ms on a call",
		        program->compute_ms);
	if (program->answer_ms)
		fprintf(report->out, "; answers within %" PRIu32 " ms", program->answer_ms);
	if (program->busy_ms)
		fprintf(report->out, "; computes at most %u %% of %" PRIu32 " ms",
		        program->busy_percent, program->busy_ms);
	if (program->probe_ms)
		fprintf(report->out, "; probed every %" PRIu32 " ms", program->probe_ms);
	if (program->flags & RTOS_PROGRAM_LENIENT)
		fputs("; lenient", report->out);
	if (program->flags & RTOS_PROGRAM_NO_SUMS)
		fputs("; tells no sums", report->out);
	if (program->leave_ms)
		fprintf(report->out, "; leaves after %" PRIu32 " ms", program->leave_ms);
	fputc('\n', report->out);
}

static void report_memory(const struct report *report, const struct rtos_program *image,
                          const struct rtos_manifest_program *program)
{
	const bool shared = (program->flags & RTOS_PROGRAM_SHARED_TEXT) != 0;

	report_size(report, "    memory   ", program->pages * (uint64_t)RTOS_PAGE_SIZE);
	report_size(report, ", ",
	            (rtosimage_pages(image) + (shared ? 0 : rtosimage_text_pages(image))) *
	                RTOS_PAGE_SIZE);
	fputs(" of it before the first instruction", report->out);
	if (shared)
		fputs(", text and constants shared with the image", report->out);
	if (program->keep_pages)
		report_size(report, "; keeps ", program->keep_pages * (uint64_t)RTOS_PAGE_SIZE);
	if (program->dma_pages)
		report_size(report, "; for DMA ", program->dma_pages * (uint64_t)RTOS_PAGE_SIZE);
	if (program->flags & RTOS_PROGRAM_DMA_UNCACHED)
		fputs(", uncached", report->out);
	fputc('\n', report->out);
}

static void report_program(const struct report *report, uint32_t number)
{
	static const char *const roles[] = {"", "init, ", "supervisor, "};
	const struct rtos_program *image = &rtosimage_programs(report->image)[number];
	const struct rtos_manifest_program *program = NULL;

	if (report->manifest)
		program = &rtosmanifest_programs(report->manifest)[number];
	fprintf(report->out, "  %s: %s", image->name, program ? roles[program->role] : "");
	if (image->segment_count)
		fprintf(report->out, "entry 0x%" PRIx64 ", ", image->entry);
	fprintf(report->out, "priority %u, stack ", image->priority);
	report_size(report, "", image->stack_size);
	fprintf(report->out, "%s\n", image->flags & RTOS_THREAD_FP ? ", floating point" : "");
	report_segments(report, image);
	if (!program || program->role != RTOS_ROLE_PROGRAM)
		return;
	report_memory(report, image, program);
	report_devices(report, number);
	report_names(report, "offers", program->offers, report_port);
	report_names(report, "uses", program->uses, report_port);
	report_names(report, "manages", program->manages, report_program_name);
	report_names(report, "reaches", program->reaches, report_program_name);
	if (program->flags & RTOS_PROGRAM_TRACES)
		fputs("    traces   what all programs do\n", report->out);
	report_windows(report, number);
	report_life(report, program);
}

static bool report_part_good(const struct rtos_image *image, const struct rtos_part *part)
{
	uint8_t digest[SHA256_SIZE];
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, (const uint8_t *)image + part->offset, (size_t)part->size);
	sha256_end(&hash, digest);
	return rtosimage_part_intact(image, part) &&
	       memcmp(digest, part->sha256, sizeof(digest)) == 0;
}

static bool report_parts(const struct report *report)
{
	bool good = true;

	for (uint32_t i = 0; i < report->image->part_count; i++) {
		if (report_part_good(report->image, &rtosimage_parts(report->image)[i]))
			continue;
		fprintf(report->out, "part %" PRIu32 " is damaged\n", i);
		good = false;
	}
	return good;
}

/* Reads the manifest, if there is one. False: it is damaged. */
static bool report_manifest(struct report *report)
{
	const struct rtos_part *part = rtosimage_manifest(report->image);
	struct rtosimage_verdict verdict;
	const void *manifest;

	if (!part) {
		fputs("no manifest\n", report->out);
		return true;
	}
	manifest = (const uint8_t *)report->image + part->offset;
	verdict = rtosmanifest_verify(manifest, (size_t)part->size, report->image);
	if (verdict.fault == RTOSIMAGE_OK || verdict.fault == RTOSIMAGE_UNPLACED)
		report->manifest = manifest;
	else
		fprintf(report->out, "the manifest is damaged: %s (entry %" PRIu32 ")\n",
		        rtosimage_fault_text(verdict.fault), verdict.index);
	return report->manifest != NULL;
}

bool rtos_report(const struct rtos_image *image, FILE *out)
{
	struct report report = {.image = image, .out = out};
	bool good;

	fprintf(out, "%" PRIu32 " program%s in ", image->program_count,
	        image->program_count == 1 ? "" : "s");
	report_size(&report, "", image->image_size);
	fputc('\n', out);
	good = report_manifest(&report);
	for (uint32_t i = 0; i < image->program_count; i++)
		report_program(&report, i);
	return report_parts(&report) && good;
}

/* ---- the whole file ---- */

static bool report_zeros(const uint8_t *bytes, size_t size)
{
	while (size && *bytes == 0) {
		bytes++;
		size--;
	}
	return size == 0;
}

/* True if the file begins with the same bytes as the kernel's copy in the image, except for the
 * field with the file's size, and has zeros behind them. */
static bool report_kernel_same(const struct rtos_bytes *file, const struct rtos_image *image,
                               const struct rtos_part *part)
{
	const size_t field = offsetof(struct arm64_image_header, image_size);
	const uint8_t *kernel = file->bytes, *copy = (const uint8_t *)image + part->offset;
	const size_t before = (size_t)((const uint8_t *)image - kernel), size = (size_t)part->size;
	uint64_t whole;
	const size_t behind = field + sizeof(whole);

	if (size < behind || size > before)
		return false;
	memcpy(&whole, kernel + field, sizeof(whole));
	return whole == file->size && memcmp(kernel, copy, field) == 0 &&
	       memcmp(kernel + behind, copy + behind, size - behind) == 0 &&
	       report_zeros(kernel + size, before - size);
}

/* What is wrong with the kernel; NULL: it is as it was packed. A damaged copy is reported as a
 * part. */
static const char *report_kernel_fault(const struct rtos_bytes *file,
                                       const struct rtos_image *image)
{
	const struct rtos_part *copy = rtosimage_kernel(image);

	if (!copy)
		return "can't be verified: the image has no copy of it";
	if (report_part_good(image, copy) && !report_kernel_same(file, image, copy))
		return "is damaged: it isn't as its copy in the image";
	return NULL;
}

bool rtos_report_file(const struct rtos_bytes *file, const struct rtos_image *image, FILE *out)
{
	const bool good = rtos_report(image, out);
	const char *fault = report_kernel_fault(file, image);

	if (fault)
		fprintf(out, "the kernel %s\n", fault);
	fputs(good && !fault ? "verdict: intact\n" : "verdict: DAMAGED; pack it again\n", out);
	return good && !fault;
}
