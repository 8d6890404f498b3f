/*
 * The examination: see service/examine.h. It follows the frame records of the vCPU that ended the
 * partition and names the addresses. The loader's main calls it. The words go to the console
 * service, the verdict (did the kernel panic?) to the frame.
 */
#include <service/examine.h>

#define FRAMES_MAX     32
#define LINUX_MIN      (1024 * 1024) /* smaller images have no symbols, and aren't searched */
#define INSTRUCTION    4u
#define LINE_MAX       (EXAMINED_TEXT_SIZE / 16) /* more than the longest line */
#define PSTATE_AARCH32 0x10u
#define PSTATE_EL      0xcu
#define IMAGE_MAGIC_AT 56u
#define KERNEL_ALIGN   (2ULL << 20) /* an arm64 Linux begins at a multiple of it */

struct examination {
	const struct loader_info *info;
	const struct stop_report *report;
	struct walk walk;
	struct kallsyms symbols;
	bool named; /* there are symbols, and the kernel has relocated itself */
	uint64_t base;
	struct examined *to;
	bool panic;
};

/* ---- text ---- */

void examined_text(struct examined *to, const char *text)
{
	uint32_t size = to->size;

	while (*text != 0 && size < sizeof(to->text))
		to->text[size++] = *text++;
	to->size = size;
}

void examined_hex(struct examined *to, uint64_t value)
{
	char digits[] = "0x0000000000000000";
	int count = value == 0 ? 1 : (67 - __builtin_clzll(value)) / 4;

	digits[2 + count] = 0;
	for (int i = 1 + count; i > 1; i--, value >>= 4)
		digits[i] = "0123456789abcdef"[value & 15];
	examined_text(to, digits);
}

static void put_text(struct examination *examination, const char *text)
{
	examined_text(examination->to, text);
}

static void put_hex(struct examination *examination, uint64_t value)
{
	examined_hex(examination->to, value);
}

/* ---- names ---- */

static const struct loader_job *image_of(const struct loader_info *info)
{
	for (uint32_t i = 0; i < info->jobs && i < LOADER_JOBS_MAX; i++) {
		const struct loader_job *job = &info->job[i];
		const uint32_t *magic = (const uint32_t *)(uintptr_t)(job->source + IMAGE_MAGIC_AT);

		if (job->size >= sizeof(struct arm64_image_header) && *magic == ARM64_IMAGE_MAGIC)
			return job;
	}
	return NULL;
}

/* Finds the base of the kernel that ran. It may be a crash kernel, from the same image at another
 * address than the laid-out kernel's. So the search goes downwards from the exception vectors, to
 * the first place where the word that shall hold the base names an address near by. `offset`: that
 * word's place in the image. */
static bool find_running(struct examination *examination, uint64_t offset, uint64_t size)
{
	uint64_t begin = examination->report->vbar & -KERNEL_ALIGN;

	for (uint64_t back = 0; back < size; back += KERNEL_ALIGN, begin -= KERNEL_ALIGN) {
		uint64_t at;

		if (!walk_translate(&examination->walk, begin + offset, &at))
			continue;
		examination->base = *(const volatile uint64_t *)(uintptr_t)at;
		if (examination->base - begin < KERNEL_ALIGN)
			return true;
	}
	return false;
}

/* Finds the tables in the pristine image, and the kernel's own base in the guest's memory. */
static void find_symbols(struct examination *examination)
{
	const struct loader_job *job = image_of(examination->info);
	uint64_t offset, laid_out;

	if (job == NULL || job->size < LINUX_MIN ||
	    !kallsyms_find(&examination->symbols, (const uint8_t *)(uintptr_t)job->source,
	                   job->size))
		return;
	offset = (uintptr_t)examination->symbols.base - job->source;
	laid_out = *(const volatile uint64_t *)(uintptr_t)(job->destination + offset);
	if (!find_running(examination, offset, job->size))
		examination->base = laid_out;
	else if (examination->base != laid_out)
		put_text(examination, "  it ran a second kernel, which the first one had loaded\n");
	examination->named = examination->base != 0;
}

static bool is_panic(const char *name)
{
	return __builtin_memcmp(name, "panic", sizeof("panic")) == 0;
}

/* The address's offset in the first image that was laid out. For images without symbols. False: the
 * address isn't in that image. */
static bool in_image(const struct examination *examination, uint64_t address, uint64_t *offset)
{
	const struct loader_job *job = &examination->info->job[0];
	uint64_t at;

	if (examination->info->jobs == 0 || !walk_translate(&examination->walk, address, &at))
		return false;
	*offset = at - job->destination;
	return *offset < job->space;
}

static void put_place(struct examination *examination, const char *name, uint64_t offset)
{
	put_text(examination, " ");
	put_text(examination, name);
	put_text(examination, "+");
	put_hex(examination, offset);
}

/* Says an address. `back`: a return address stands behind its call, which may be the function's
 * last instruction. True: the address has a name. */
static bool say_address(struct examination *examination, const char *what, uint64_t address,
                        uint32_t back, struct kallsyms_symbol *symbol)
{
	uint64_t offset = address - examination->base;
	bool named =
	    examination->named && kallsyms_name(&examination->symbols, offset - back, symbol);

	if (examination->to->size + LINE_MAX > sizeof(examination->to->text))
		return named; /* the text is full: it has whole lines only */
	put_text(examination, what);
	put_hex(examination, address);
	if (named)
		put_place(examination, symbol->name, offset - symbol->offset);
	else if (in_image(examination, address - back, &offset))
		put_place(examination, "image", offset + back);
	put_text(examination, "\n");
	return named;
}

/* ---- the back trace ---- */

static void say_frame(struct examination *examination, const char *what, uint64_t address,
                      uint32_t back)
{
	struct kallsyms_symbol symbol = {.offset = 0};

	if (say_address(examination, what, address, back, &symbol) && is_panic(symbol.name))
		examination->panic = true;
}

/* Says the calls. A frame record has the address of the caller's record, then this function's
 * return address. */
static void say_frames(struct examination *examination)
{
	uint64_t at = examination->report->x[29];

	for (int i = 0; i < FRAMES_MAX && at != 0; i++) {
		uint64_t record[2];

		if (!walk_record(&examination->walk, at, record)) {
			put_text(examination, "  its frame records end outside its memory\n");
			return;
		}
		if (record[1] == 0 || record[0] == at)
			return;
		say_frame(examination, "  by  ", walk_strip(&examination->walk, record[1]),
		          INSTRUCTION);
		at = record[0];
	}
}

static void say_back_trace(struct examination *examination)
{
	const struct stop_report *report = examination->report;
	struct kallsyms_symbol symbol = {.offset = 0};

	if (report->off != 0) {
		put_text(examination, "  its first vCPU was off\n");
		return;
	}
	if ((report->pstate & PSTATE_AARCH32) != 0) {
		put_text(examination, "  it ran a 32-bit program\n");
		return;
	}
	if ((report->pstate & PSTATE_EL) == 0) {
		put_text(examination, "  it ran a program\n");
		examination->named = false;
	}
	/* A guest that reports its own crash does so from another place than the crash's. */
	say_frame(examination, "  pc  ", report->reason == STOP_CRASH ? report->elr : report->pc,
	          0);
	/* In a leaf function lr is in the caller; elsewhere it is behind the last call. */
	say_address(examination, "  lr  ", walk_strip(&examination->walk, report->x[30]),
	            INSTRUCTION, &symbol);
	say_frames(examination);
	if (report->fault == REPORT_VECTOR)
		say_address(examination, "  its last exception came from  ", report->elr, 0,
		            &symbol);
}

uint64_t examine_run(const struct loader_info *info)
{
	struct examination examination = {
	    .info = info,
	    .report = (const struct stop_report *)(uintptr_t)info->report,
	    .to = (struct examined *)(uintptr_t)info->examined,
	};
	struct examined *to = examination.to;
	uint32_t sequence = examination.report->sequence;

	examination.walk = (struct walk){info, examination.report};
	to->sequence = 0;
	__atomic_thread_fence(
	    __ATOMIC_RELEASE); /* a reader of the new text doesn't see the old one's */
	to->size = 0;
	if (!examine_remote(info, examination.report, to)) {
		find_symbols(&examination);
		say_back_trace(&examination);
	}
	to->flags = examination.panic ? EXAMINED_PANIC : 0;
	__atomic_store_n(&to->sequence, sequence, __ATOMIC_RELEASE);
	return examination.panic ? LOADER_PANIC : LOADER_OK;
}
