/*
 * Fuzzer of the whole path from a description to the model: parser, checks, placement, a guest's
 * own device tree. The input is the description up to its first NUL byte; what stands behind it is
 * the content of every file that the description names as image, initrd or tree. No file of the
 * machine is opened but the board's, once. What comes out as a model must keep its promises: one
 * owner for everything, every file in its place.
 */
#include <errno.h>
#include <host/dts.h>
#include <host/model.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_BOARD     "frame/board/qemu-virt/qemu-virt.dtsi"
#define FUZZ_BOARD_MAX (1u << 20)

static char *fuzz_board;
static size_t fuzz_board_size;
static FILE *fuzz_null;
/* The files' content if the input attaches none. */
static const char fuzz_default[64] = "an image without a header";

struct fuzz_input {
	const char *text, *file;
	size_t text_size, file_size;
};

static bool fuzz_ends_with(const char *path, const char *end)
{
	size_t length = strlen(path), tail = strlen(end);

	return length >= tail && !strcmp(path + length - tail, end);
}

/* What a path holds: the description, the board, the attached file, or nothing. */
static int fuzz_content(const struct fuzz_input *input, const char *path, const char **data,
                        size_t *size)
{
	*data = input->file;
	*size = input->file_size;
	if (!strcmp(path, "fuzz.dts")) {
		*data = input->text;
		*size = input->text_size;
	} else if (fuzz_ends_with(path, "qemu-virt.dtsi")) {
		*data = fuzz_board;
		*size = fuzz_board_size;
	} else if (strstr(path, "none")) {
		return ENOENT;
	}
	return 0;
}

static int fuzz_read(void *context, struct arena *arena, const char *path, size_t limit,
                     char **data, size_t *size)
{
	const char *content;
	int error = fuzz_content(context, path, &content, size);

	if (error)
		return error;
	if (*size > limit)
		return EFBIG;
	*data = arena_copy(arena, content, *size);
	return 0;
}

static int fuzz_peek(void *context, const char *path, void *head, size_t head_size, uint64_t *size)
{
	const char *content;
	size_t length;
	int error = fuzz_content(context, path, &content, &length);

	if (error)
		return error;
	memset(head, 0, head_size);
	memcpy(head, content, length < head_size ? length : head_size);
	*size = length;
	return 0;
}

static void fuzz_read_board(void)
{
	FILE *file = fopen(FUZZ_BOARD, "rbe");

	fuzz_board = calloc(1, FUZZ_BOARD_MAX);
	if (!file || !fuzz_board) {
		fputs("run the fuzzer from the top of the checkout: " FUZZ_BOARD " is missing\n",
		      stderr);
		exit(1);
	}
	fuzz_board_size = fread(fuzz_board, 1, FUZZ_BOARD_MAX, file);
	(void)fclose(file);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	unsetenv("KUMIKI_PATH");
	fuzz_read_board();
	fuzz_null = fopen("/dev/null", "we");
	if (!fuzz_null)
		exit(1);
	return 0;
}

/* ---- what must hold of every model ---- */

static void fuzz_require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "the model is wrong: %s\n", what);
	abort();
}

static bool fuzz_apart(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return !a_size || !b_size || (a <= b ? b - a >= a_size : a - b >= b_size);
}

static bool fuzz_inside(const struct model_file *file, const struct model_memory *memory)
{
	return file->ipa >= memory->ipa && file->space <= memory->size &&
	       file->ipa - memory->ipa <= memory->size - file->space;
}

static void fuzz_check_files(const struct model_partition *p)
{
	const struct model_file *files[] = {&p->image, &p->initrd, &p->dtb};

	fuzz_require(p->memory_count > 0 && p->vcpu_count > 0, "no memory or no core");
	for (size_t i = 0; i < 3; i++) {
		fuzz_require(!files[i]->space || fuzz_inside(files[i], &p->memory[0]),
		             "a file outside of the first piece of memory");
		fuzz_require(files[i]->size <= files[i]->space, "a file larger than its room");
		for (size_t j = 0; j < i; j++)
			fuzz_require(fuzz_apart(files[i]->ipa, files[i]->space, files[j]->ipa,
			                        files[j]->space),
			             "two files in one place");
	}
	fuzz_require(p->entry_ipa >= p->image.ipa && p->entry_ipa - p->image.ipa < p->image.size,
	             "the entry isn't in the image");
}

static void fuzz_check_kept(const struct model_partition *p)
{
	const struct model_file *files[] = {&p->image, &p->initrd, &p->dtb};

	for (size_t i = 0; i < p->keep_count; i++) {
		const struct model_keep *keep = &p->keeps[i];
		size_t pieces = 0;

		fuzz_require(keep->size && !((keep->ipa | keep->size) & 4095),
		             "something kept without size or alignment");
		for (size_t j = 0; j < p->memory_count; j++)
			pieces += keep->ipa >= p->memory[j].ipa &&
			          keep->ipa - p->memory[j].ipa < p->memory[j].size &&
			          keep->size <= p->memory[j].size - (keep->ipa - p->memory[j].ipa);
		fuzz_require(pieces == 1, "something kept that isn't in one piece of memory");
		for (size_t j = 0; j < 3; j++)
			fuzz_require(
			    fuzz_apart(keep->ipa, keep->size, files[j]->ipa, files[j]->space),
			    "a file in what is kept");
		fuzz_require(!i || keep->ipa - keep[-1].ipa >= keep[-1].size,
		             "kept twice, or out of order");
	}
}

/* Others, and none that waits for itself in the end. */
static void fuzz_check_life(const struct model *model, size_t index)
{
	const struct model_partition *p = &model->partitions[index];
	unsigned before = 1u << index, first = p->life.after;

	fuzz_require(!((p->life.after | p->life.manages) >> model->partition_count) &&
	                 !(p->life.manages >> index & 1),
	             "somebody managed or waited for who isn't there");
	for (size_t round = 0; round < model->partition_count; round++)
		for (size_t i = 0; i < model->partition_count; i++)
			if (first >> i & 1)
				first |= model->partitions[i].life.after;
	fuzz_require(!(first & before), "a circle of partitions that wait");
	fuzz_require(!p->no_restart || p->life.on_crash != LIFE_DO_RESTART,
	             "a crash restarts what never restarts");
	for (size_t i = 0; i < p->device_count; i++)
		fuzz_require(p->no_restart || p->devices[i]->silence != BUNDLE_SILENCE_UNKNOWN,
		             "a device that can't be silenced");
}

static void fuzz_check_memory(const struct model *model, const struct model_partition *a,
                              const struct model_memory *memory)
{
	const struct bundle_board *board = &model->board;

	fuzz_require(memory->size && !((memory->pa | memory->ipa | memory->size) & 4095),
	             "memory without size or alignment");
	fuzz_require(memory->pa >= board->ram_base &&
	                 memory->pa - board->ram_base <= board->ram_size &&
	                 memory->size <= board->ram_size - (memory->pa - board->ram_base),
	             "memory outside of RAM");
	fuzz_require(fuzz_apart(memory->pa, memory->size, model->image_base,
	                        model->image_space + model->memory_size),
	             "memory of the frame given away");
	for (size_t i = 0; i < model->partition_count; i++)
		for (size_t j = 0; j < model->partitions[i].memory_count; j++) {
			const struct model_memory *other = &model->partitions[i].memory[j];

			fuzz_require(memory == other || fuzz_apart(memory->pa, memory->size,
			                                           other->pa, other->size),
			             "memory with two owners");
		}
	fuzz_require(fuzz_apart(memory->ipa, memory->size, a->gicd_ipa, 0x10000),
	             "memory over the distributor");
}

static uint64_t fuzz_page_size(const struct model_range *range)
{
	return ((range->base + range->size + 4095) & ~4095ull) - (range->base & ~4095ull);
}

static void fuzz_check_devices(const struct model_device *a, const struct model_device *b)
{
	for (size_t i = 0; i < a->range_count; i++)
		for (size_t j = 0; j < b->range_count; j++)
			fuzz_require(
			    fuzz_apart(a->ranges[i].base & ~4095ull, fuzz_page_size(&a->ranges[i]),
			               b->ranges[j].base & ~4095ull, fuzz_page_size(&b->ranges[j])),
			    "a page with two owners");
	for (size_t i = 0; i < a->interrupt_count; i++)
		for (size_t j = 0; j < b->interrupt_count; j++)
			fuzz_require(a->interrupts[i].intid != b->interrupts[j].intid,
			             "an interrupt with two owners");
}

/* Placed inside of the board's window, each at a multiple of its size. */
static void fuzz_check_function(const struct model *model, const struct model_function *function)
{
	const struct bundle_board *board = &model->board;

	fuzz_require(function->slot >> 3 && function->slot <= 0xff, "a function at no place");
	fuzz_require(!function->pin == !function->intid && function->pin <= 4, "a wrong line");
	fuzz_require(!function->confined || (board->smmu_base && function->stream < BUNDLE_STREAMS),
	             "confined by nothing");
	for (size_t i = 0; i < BUNDLE_BARS; i++) {
		const struct model_bar *bar = &function->bars[i];

		fuzz_require(
		    !bar->size ||
		        (bar->base % bar->size == 0 && bar->base >= board->pci_window &&
		         bar->base - board->pci_window <= board->pci_window_size - bar->size),
		    "a BAR outside of the window");
	}
}

/* What a panel shows lies in its memory. */
static void fuzz_check_panel(const struct model *model, const struct model_partition *p)
{
	const uint32_t self = (uint32_t)(p - model->partitions);
	const struct model_bar *memory = p->panel ? &p->panel->bars[2] : NULL;

	if (!p->panel)
		return;
	fuzz_check_function(model, p->panel);
	for (size_t i = 0; i < model->window_count; i++)
		for (size_t j = 0; j < model->windows[i].member_count; j++) {
			const struct model_member *member = &model->windows[i].members[j];

			fuzz_require(member->partition != self ||
			                 (model->windows[i].uncached &&
			                  member->ipa >= memory->base &&
			                  model->windows[i].size <= memory->size &&
			                  member->ipa - memory->base <=
			                      memory->size - model->windows[i].size),
			             "a window outside of its panel");
		}
	fuzz_require(!p->life.manages || (p->blackbox_ipa >= memory->base &&
	                                  p->blackbox_ipa - memory->base < memory->size),
	             "black boxes outside of the panel");
}

static void fuzz_check_owners(const struct model *model, const struct model_partition *a)
{
	for (size_t i = 0; i < a->device_count; i++) {
		const struct model_device *device = a->devices[i];

		fuzz_require(!device->dma || device->unconfined_dma ||
		                 (device->function && device->function->confined),
		             "DMA that nobody accepted");
		if (device->function)
			fuzz_check_function(model, device->function);
		for (size_t j = 0; j < model->frame_device_count; j++)
			fuzz_check_devices(device, &model->frame_devices[j]);
		for (const struct model_partition *b = model->partitions; b < a; b++)
			for (size_t j = 0; j < b->device_count; j++)
				fuzz_check_devices(device, b->devices[j]);
	}
}

static void fuzz_check_vcpu(const struct model_vcpu *vcpu)
{
	fuzz_require(vcpu->priority_low <= vcpu->priority && vcpu->priority <= vcpu->priority_high,
	             "a priority outside of its range");
	fuzz_require(!vcpu->budget_us == !vcpu->budget_period_us &&
	                 vcpu->budget_us <= vcpu->budget_period_us,
	             "a budget that doesn't fit into its period");
	fuzz_require(vcpu->deadline_us <= vcpu->period_us && vcpu->work_us <= vcpu->period_us,
	             "work or a deadline beyond the period");
	fuzz_require(!vcpu->on_miss || vcpu->deadline_us, "something to be done of no miss");
}

struct cores_taken {
	uint32_t alone, shared; /* by partitions that have theirs alone, and that share them */
	uint32_t wanted;        /* by those that may get them */
};

static void fuzz_check_cores(const struct model *model, const struct model_partition *p,
                             struct cores_taken *taken)
{
	uint32_t own = 0;

	for (size_t j = 0; j < p->vcpu_count; j++) {
		const struct model_vcpu *vcpu = &p->vcpus[j];

		fuzz_require(vcpu->core < model->core_count && !(vcpu->cores >> model->core_count),
		             "no such core");
		fuzz_require(vcpu->cores >> vcpu->core & 1, "it begins where it may not run");
		fuzz_check_vcpu(vcpu);
		own |= vcpu->cores;
	}
	fuzz_require(!(p->may_hold & ~own), "a core that it may get and has no CPU for");
	fuzz_require(!p->may_hold || p->moves_cores, "it gets a core and doesn't move any");
	taken->wanted |= p->may_hold;
	own &= ~p->may_hold;
	fuzz_require(!(own & taken->alone), "a core with two owners");
	if (dts_property(p->node, "kumiki,shared-cores")) {
		taken->shared |= own;
	} else {
		fuzz_require(!(own & taken->shared), "a core shared by one");
		taken->alone |= own;
	}
}

static void fuzz_check(const struct model *model)
{
	struct cores_taken taken = {0, 0, 0};
	size_t vcpus = 0;

	fuzz_require(model->console_core < model->core_count, "no core for the console");
	for (size_t i = 0; i < model->partition_count; i++) {
		const struct model_partition *p = &model->partitions[i];

		vcpus += p->vcpu_count;
		fuzz_check_cores(model, p, &taken);
		fuzz_check_files(p);
		fuzz_check_kept(p);
		fuzz_check_life(model, i);
		for (size_t j = 0; j < p->memory_count; j++)
			fuzz_check_memory(model, p, &p->memory[j]);
		fuzz_check_owners(model, p);
		fuzz_check_panel(model, p);
	}
	fuzz_require(!(taken.wanted & ~(taken.alone | model->free_cores)),
	             "a core that nobody has at the start");
	fuzz_require(!(model->free_cores & (taken.alone | taken.shared | ~taken.wanted)),
	             "a core that nobody has, and somebody, or that nobody wants");
	fuzz_require(vcpus <= BUNDLE_VCPUS_MAX, "more vCPUs than the frame can have");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *end = size ? memchr(data, 0, size) : NULL;
	size_t text_size = end ? (size_t)(end - (const char *)data) : size;
	struct fuzz_input input = {(const char *)data, end ? end + 1 : fuzz_default, text_size,
	                           end ? size - text_size - 1 : sizeof(fuzz_default)};
	struct file_access access = {&input, fuzz_read, fuzz_peek};
	struct model_options options = {.access = &access};

	struct model *model = model_load("fuzz.dts", &options, fuzz_null);

	if (model)
		fuzz_check(model);
	model_free(model);
	return 0;
}
