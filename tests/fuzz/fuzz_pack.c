/*
 * A description, and everything that is made of it: what the checks let through must be packed
 * into a bundle that verifies, drawn, and shown. So this fuzzer holds the checks of descriptions
 * against those of bundles: where the packer has to say that its own work is wrong, one of them is.
 *
 * The input is the description; or, where its first byte is FUZZ_CHOICES, the others are choices of
 * which a description is made that is right in its form and may be wrong in what it asks for.
 * Images, initrds and trees are what their names say. Run from the top of the checkout.
 */
#include <errno.h>
#include <host/draw.h>
#include <host/pack.h>
#include <host/show.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_BOARD     "frame/board/qemu-virt/qemu-virt.dtsi"
#define FUZZ_BOARD_MAX (1u << 20)
#define FUZZ_IMAGE     8192
#define FUZZ_CHOICES   0x01

struct fuzz_input {
	const void *text;
	size_t size;
};

static char *fuzz_board;
static size_t fuzz_board_size;
static union {
	struct {
		struct arm64_image_header image;
		struct frame_header frame;
	} headers;
	char bytes[FUZZ_IMAGE];
} fuzz_frame, fuzz_image;
static FILE *fuzz_null;

static void fuzz_require(int condition)
{
	if (!condition)
		abort();
}

static int fuzz_content(const struct fuzz_input *input, const char *path, const void **data,
                        size_t *size)
{
	*data = &fuzz_image;
	*size = sizeof(fuzz_image);
	if (strcmp(path, "fuzz.dts") == 0) {
		*data = input->text;
		*size = input->size;
	} else if (strcmp(path, "frame.img") == 0) {
		*data = &fuzz_frame;
		*size = sizeof(fuzz_frame);
	} else if (strstr(path, ".dtsi") != NULL) {
		*data = fuzz_board;
		*size = fuzz_board_size;
	} else if (strstr(path, "Image") == NULL) {
		*data = "neither an Image nor a tree";
		*size = 27;
	}
	return 0;
}

static int fuzz_read(void *context, struct arena *arena, const char *path, size_t limit,
                     char **data, size_t *size)
{
	const void *content;
	int error = fuzz_content(context, path, &content, size);
	if (error == 0 && *size > limit)
		error = EFBIG;
	if (error == 0)
		*data = arena_copy(arena, content, *size);
	return error;
}

static int fuzz_peek(void *context, const char *path, void *head, size_t head_size, uint64_t *size)
{
	const void *content;
	size_t length = 0;
	int error = fuzz_content(context, path, &content, &length);
	if (error != 0)
		return error;
	memset(head, 0, head_size);
	memcpy(head, content, length < head_size ? length : head_size);
	*size = length;
	return 0;
}

static void fuzz_make_images(void)
{
	fuzz_image.headers.image = (struct arm64_image_header){
	    .image_size = 65536, .flags = 2, .magic = ARM64_IMAGE_MAGIC};
	fuzz_frame.headers.image = (struct arm64_image_header){.magic = ARM64_IMAGE_MAGIC};
	fuzz_frame.headers.frame = (struct frame_header){.magic = FRAME_HEADER_MAGIC,
	                                                 .bundle_revision = BUNDLE_REVISION,
	                                                 .image_size = FUZZ_IMAGE,
	                                                 .board = "qemu-virt",
	                                                 .uart_base = 0x09000000};
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	FILE *file = fopen(FUZZ_BOARD, "rb");
	fuzz_board = calloc(1, FUZZ_BOARD_MAX);
	fuzz_null = fopen("/dev/null", "w");
	if (file == NULL || fuzz_board == NULL || fuzz_null == NULL) {
		fputs("run the fuzzer from the top of the checkout: " FUZZ_BOARD " is missing\n",
		      stderr);
		exit(1);
	}
	fuzz_board_size = fread(fuzz_board, 1, FUZZ_BOARD_MAX, file);
	(void)fclose(file);
	fuzz_make_images();
	return 0;
}

/* ---- descriptions from choices ---- */

struct fuzz_choices {
	const uint8_t *next, *end;
	FILE *text;
};

static unsigned fuzz_choose(struct fuzz_choices *choices, unsigned count)
{
	return choices->next == choices->end ? 0 : *choices->next++ % count;
}

static void fuzz_write_memory(struct fuzz_choices *choices)
{
	static const char *const sizes[] = {"1M", "2M",  "4K",   "64K",   "100K",
	                                    "3M", "16M", "512M", "1200M", "2048K"};
	const unsigned count = 1 + fuzz_choose(choices, 3);
	fputs("kumiki,memory = ", choices->text);
	for (unsigned i = 0; i < count; i++) {
		fprintf(choices->text, "%s\"%s", i == 0 ? "" : ", ",
		        sizes[fuzz_choose(choices, 10)]);
		if (fuzz_choose(choices, 4) == 3)
			fprintf(choices->text, " at 0x%llx",
			        0x40000000ULL + fuzz_choose(choices, 256) * 0x1000000ULL);
		if (fuzz_choose(choices, 4) == 3)
			fprintf(choices->text, " as 0x%llx",
			        fuzz_choose(choices, 256) * 0x900000ULL);
		fputc('"', choices->text);
	}
	fputs(";\n", choices->text);
}

static void fuzz_write_device(struct fuzz_choices *choices, unsigned device)
{
	static const char *const labels[] = {"pl061", "gpio_keys", "pl011", "pl031",
	                                     "pcie",  "fw_cfg",    "flash"};
	if (device < 32)
		fprintf(choices->text, " &virtio_mmio%u", device);
	else
		fprintf(choices->text, " &%s", labels[device - 32]);
}

/* Devices that do DMA say so at once: what the check for that says is another fuzzer's. */
static void fuzz_write_access(struct fuzz_choices *choices)
{
	unsigned devices[4];
	const unsigned count = fuzz_choose(choices, 5);
	for (unsigned i = 0; i < count; i++)
		devices[i] = fuzz_choose(choices, 39);
	if (count == 0)
		return;
	fputs("access = <", choices->text);
	for (unsigned i = 0; i < count; i++)
		fuzz_write_device(choices, devices[i]);
	fputs(">;\nkumiki,unconfined-dma = <", choices->text);
	for (unsigned i = 0; i < count; i++)
		if (devices[i] < 32 || devices[i] > 35)
			fuzz_write_device(choices, devices[i]);
	fputs(">;\n", choices->text);
}

static void fuzz_write_kept(struct fuzz_choices *choices)
{
	static const char *const sizes[] = {"4K", "64K", "256K", "1M"};
	const unsigned count = fuzz_choose(choices, 4);
	for (unsigned i = 0; i < count; i++) {
		fprintf(choices->text, "%s\"%s", i == 0 ? "kumiki,keep = " : ", ",
		        sizes[fuzz_choose(choices, 4)]);
		if (fuzz_choose(choices, 4) == 3)
			fprintf(choices->text, " at 0x%llx",
			        0x40000000ULL + fuzz_choose(choices, 256) * 0x10000ULL);
		fputc('"', choices->text);
	}
	if (count != 0)
		fputs(";\n", choices->text);
	if (fuzz_choose(choices, 4) == 3)
		fprintf(choices->text, "kumiki,ramoops = \"%s\";\n",
		        sizes[fuzz_choose(choices, 4)]);
}

static void fuzz_write_others(struct fuzz_choices *choices, const char *property, unsigned index)
{
	if (fuzz_choose(choices, 4) == 3)
		fprintf(choices->text, "kumiki,%s = \"p%u\";\n", property,
		        (index + 1 + fuzz_choose(choices, 7)) % 8);
}

static void fuzz_write_life(struct fuzz_choices *choices, unsigned index)
{
	static const char *const flags[] = {"", "kumiki,no-restart;\n", "kumiki,manual;\n",
	                                    "kumiki,suspended-time = \"hidden\";\n"};
	static const char *const crash[] = {"", "kumiki,on-crash = \"hold\";\n",
	                                    "kumiki,on-crash = \"stop\";\n",
	                                    "kumiki,at-limit = \"off\";\n"};
	fputs(flags[fuzz_choose(choices, 4)], choices->text);
	fputs(crash[fuzz_choose(choices, 4)], choices->text);
	if (fuzz_choose(choices, 4) == 3) {
		fprintf(choices->text, "kumiki,restart-limit = <%u ", fuzz_choose(choices, 256));
		fprintf(choices->text, "%u>;\n", fuzz_choose(choices, 256));
		fprintf(choices->text, "kumiki,restart-delay = <%u>;\n",
		        fuzz_choose(choices, 256) * 15000);
	}
	fuzz_write_others(choices, "after", index);
	fuzz_write_others(choices, "manages", index);
}

/* Some value for all vCPUs, one in four of them of any length. */
static void fuzz_write_time(struct fuzz_choices *choices, const char *property)
{
	static const char *const times[] = {"0", "100", "1000", "10000000"};
	if (fuzz_choose(choices, 2) == 0)
		return;
	fprintf(choices->text, "kumiki,%s = <", property);
	if (fuzz_choose(choices, 4) == 3)
		fprintf(choices->text, "%u", fuzz_choose(choices, 256) * 100);
	else
		fputs(times[fuzz_choose(choices, 4)], choices->text);
	if (property[0] == 'b')
		fprintf(choices->text, " %s", times[fuzz_choose(choices, 4)]);
	fputs(">;\n", choices->text);
}

static void fuzz_write_vcpus(struct fuzz_choices *choices)
{
	static const char *const words[] = {
	    "", "kumiki,shared-cores;\n", "kumiki,shared-cores;\nkumiki,vcpu-may-run = \"all\";\n",
	    "kumiki,budget-kind = \"guarantee\";\n"};
	fputs(words[fuzz_choose(choices, 4)], choices->text);
	if (fuzz_choose(choices, 4) == 3)
		fprintf(choices->text, "kumiki,vcpus = <%u>;\n", fuzz_choose(choices, 10));
	if (fuzz_choose(choices, 4) == 3)
		fprintf(choices->text, "kumiki,vcpu-priorities = <%u>;\n",
		        fuzz_choose(choices, 256));
	if (fuzz_choose(choices, 4) == 3)
		fprintf(choices->text, "kumiki,task-priority = <0 %u>;\n",
		        fuzz_choose(choices, 256));
	fuzz_write_time(choices, "budget");
	fuzz_write_time(choices, "period");
	fuzz_write_time(choices, "work");
	fuzz_write_time(choices, "deadline");
}

static void fuzz_write_partition(struct fuzz_choices *choices, unsigned index)
{
	static const char *const flags[] = {"", "kumiki,console;\n", "kumiki,no-rtc;\n",
	                                    "kumiki,console;\nkumiki,no-rtc;\nkumiki,no-dtb;\n"};
	const unsigned mask =
	    fuzz_choose(choices, 4) == 3 ? fuzz_choose(choices, 256) : 1u << index;
	fprintf(choices->text,
	        "p%u: p%u {\ncompatible = \"openamp,domain-v1\";\ncpus = <&cpus %u>;\n", index,
	        index, mask);
	fuzz_write_memory(choices);
	fuzz_write_access(choices);
	fprintf(choices->text, "kumiki,image = \"%s\";\n%s",
	        fuzz_choose(choices, 2) ? "Image" : "raw", flags[fuzz_choose(choices, 4)]);
	if (fuzz_choose(choices, 3) == 2)
		fputs("kumiki,initrd = \"initrd\";\n", choices->text);
	if (fuzz_choose(choices, 4) == 3)
		fprintf(choices->text, "kumiki,priority = <%u>;\n", fuzz_choose(choices, 256));
	if (fuzz_choose(choices, 4) == 3)
		fprintf(choices->text, "kumiki,link-address = <0x0 0x%llx>;\n",
		        fuzz_choose(choices, 256) * 0x900000ULL);
	if (fuzz_choose(choices, 4) == 3)
		fprintf(choices->text, "kumiki,dtb-address = <0x0 0x%llx>;\n",
		        fuzz_choose(choices, 256) * 0x700008ULL);
	fuzz_write_life(choices, index);
	fuzz_write_kept(choices);
	fuzz_write_vcpus(choices);
	fputs("};\n", choices->text);
}

/* Some of the partitions, perhaps none, perhaps one that isn't there. */
static void fuzz_write_members(struct fuzz_choices *choices, const char *property, unsigned count)
{
	const unsigned mask = fuzz_choose(choices, 256);
	const char *between = "";
	if (mask == 0)
		return;
	fprintf(choices->text, "%s = ", property);
	for (unsigned i = 0; i < 8; i++) {
		if ((mask >> i & 1) == 0 || (i >= count && mask != 255))
			continue;
		fprintf(choices->text, "%s\"p%u", between, i);
		if (property[7] != 'f' && property[7] != 't' && fuzz_choose(choices, 8) == 7)
			fprintf(choices->text, " as 0x%llx",
			        fuzz_choose(choices, 256) * 0x900000ULL);
		fputc('"', choices->text);
		between = ", ";
	}
	fputs(*between != 0 ? ";\n" : "\"p0\";\n", choices->text);
}

static void fuzz_write_windows(struct fuzz_choices *choices, unsigned partitions)
{
	static const char *const sizes[] = {"4K", "64K", "3M", "1G", "4K at 0x50000000"};
	const unsigned windows = fuzz_choose(choices, 18), bells = fuzz_choose(choices, 4);
	fputs("windows {\n", choices->text);
	for (unsigned i = 0; i < windows; i++) {
		fprintf(choices->text, "w%u { kumiki,size = \"%s\";\n", i,
		        sizes[fuzz_choose(choices, 5)]);
		fuzz_write_members(choices, "kumiki,writers", partitions);
		fuzz_write_members(choices, "kumiki,readers", partitions);
		fputs(fuzz_choose(choices, 2) ? "kumiki,doorbells; };\n" : "};\n", choices->text);
	}
	fputs("};\ndoorbells {\n", choices->text);
	for (unsigned i = 0; i < bells; i++) {
		fprintf(choices->text, "b%u {\n", i);
		fuzz_write_members(choices, "kumiki,from", partitions);
		fuzz_write_members(choices, "kumiki,to", partitions);
		fputs("};\n", choices->text);
	}
	fputs("};\n", choices->text);
}

/* A function of the board's bus, somewhere on it; now and then with BARs of its own. */
static void fuzz_write_function(struct fuzz_choices *choices, unsigned index)
{
	static const char *const kinds[] = {"1af4,1042", "1af4,1041", "1b36,10",  "8086,10d3",
	                                    "1b36,d",    "1234,11e8", "8086,1234"};
	const unsigned kind = fuzz_choose(choices, 7);
	const unsigned place = (fuzz_choose(choices, 34) << 3 | fuzz_choose(choices, 12) / 10) << 8;
	fprintf(choices->text, "f%u: f%u { compatible = \"pci%s\";\nreg = <0x%x 0 0 0 0>", index,
	        index, kinds[kind], place);
	for (unsigned bars = kind == 6 ? 1 + fuzz_choose(choices, 4) : 0; bars > 0; bars--) {
		const unsigned number = fuzz_choose(choices, 7), space = fuzz_choose(choices, 8);
		fprintf(choices->text, ", <0x%x 0 0 0 0x%x>",
		        place | (0x10 + 4 * number) | space << 24 | (space & 4) << 28,
		        0x10u << fuzz_choose(choices, 27));
	}
	fputs(";\n", choices->text);
	if (fuzz_choose(choices, 4) == 3)
		fprintf(choices->text, "interrupts = <%u>;\n", fuzz_choose(choices, 6));
	fputs("};\n", choices->text);
}

/* An overlay: what a partition is given of the bus, in place of other devices. */
static void fuzz_write_bus(struct fuzz_choices *choices, unsigned partition, unsigned functions)
{
	static const char *const lists[] = {"access = <", "kumiki,unconfined-dma = <"};
	fprintf(choices->text, "&p%u {\n", partition);
	if (fuzz_choose(choices, 2))
		fputs("kumiki,panel;\n", choices->text);
	if (fuzz_choose(choices, 3) == 2)
		fputs("kumiki,no-restart;\n", choices->text);
	for (unsigned i = 0; i < 2; i++) {
		const unsigned mask = fuzz_choose(choices, 1u << functions);
		if (mask == 0 || (i == 1 && fuzz_choose(choices, 4) != 3))
			continue;
		fputs(lists[i], choices->text);
		for (unsigned function = 0; function < functions; function++)
			if ((mask >> function & 1) != 0)
				fprintf(choices->text, " &f%u", function);
		fputs(">;\n", choices->text);
	}
	fputs("};\n", choices->text);
}

static void fuzz_write_buses(struct fuzz_choices *choices, unsigned partitions)
{
	const unsigned functions = fuzz_choose(choices, 9);
	if (functions == 0)
		return;
	fputs("&pcie {\n", choices->text);
	for (unsigned i = 0; i < functions; i++)
		fuzz_write_function(choices, i);
	fputs("};\n", choices->text);
	for (unsigned i = 0; i < partitions; i++)
		if (fuzz_choose(choices, 2))
			fuzz_write_bus(choices, i, functions);
}

/* An overlay: more CPUs than cores, where they may run, and what each of them is promised. */
static void fuzz_write_sharing(struct fuzz_choices *choices, unsigned partition)
{
	static const char *const misses[] = {"log", "tell", "restart"};
	const unsigned vcpus = 1 + fuzz_choose(choices, 8), low = fuzz_choose(choices, 256);
	fprintf(choices->text, "&p%u {\nkumiki,shared-cores;\nkumiki,vcpus = <%u>;\n", partition,
	        vcpus);
	fprintf(choices->text, "cpus = <&cpus %u>;\nkumiki,vcpu-may-run = <%u>;\n",
	        fuzz_choose(choices, 4) == 3 ? 1 + fuzz_choose(choices, 255) : 255,
	        1 + fuzz_choose(choices, 255));
	fprintf(choices->text, "kumiki,task-priority = <%u %u>;\n", low,
	        low == 0 ? 0 : low + fuzz_choose(choices, 64));
	fprintf(choices->text, "kumiki,on-miss = \"%s\";\n", misses[fuzz_choose(choices, 3)]);
	fputs("kumiki,budget =", choices->text);
	for (unsigned i = 0; i < vcpus; i++)
		fprintf(choices->text, "%s <%u %u>", i == 0 ? "" : ",",
		        fuzz_choose(choices, 256) * 10, fuzz_choose(choices, 256) * 100);
	fputs(";\n};\n", choices->text);
}

static void fuzz_write_sharings(struct fuzz_choices *choices, unsigned partitions)
{
	for (unsigned i = 0; i < partitions; i++)
		if (fuzz_choose(choices, 3) == 2)
			fuzz_write_sharing(choices, i);
}

static void fuzz_write_description(FILE *text, const uint8_t *data, size_t size)
{
	struct fuzz_choices choices = {data, data + size, text};
	const unsigned count = 1 + fuzz_choose(&choices, 8);
	fputs("/dts-v1/;\n/include/ \"qemu-virt.dtsi\"\n/ {\ndomains {\n", text);
	for (unsigned i = 0; i < count; i++)
		fuzz_write_partition(&choices, i);
	fputs("};\n", text);
	if (fuzz_choose(&choices, 2))
		fuzz_write_windows(&choices, count);
	fputs("};\n", text);
	fuzz_write_buses(&choices, count);
	fuzz_write_sharings(&choices, count);
}

/* ---- the way ---- */

/* Nothing may go wrong any more with a description that passed its checks. */
static void fuzz_pack(const struct model *model, const struct model_options *options)
{
	struct pack_image image;
	struct show_image shown;
	fuzz_require(pack_make(model, options, "frame.img", &image, stderr));
	fuzz_require(show_open(&shown, image.bytes, image.size));
	fuzz_require(show_report(&shown, "fuzz", fuzz_null));
	free(image.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = NULL;
	struct fuzz_input input = {data, size};
	const struct file_access access = {&input, fuzz_read, fuzz_peek};
	const struct model_options options = {.access = &access};
	if (size > 0 && data[0] == FUZZ_CHOICES) {
		FILE *file = open_memstream(&text, &input.size);
		fuzz_require(file != NULL);
		fuzz_write_description(file, data + 1, size - 1);
		(void)fclose(file);
		input.text = text;
	}
	struct model *model = model_load("fuzz.dts", &options, fuzz_null);
	if (model != NULL) {
		fuzz_pack(model, &options);
		draw_svg(model, fuzz_null);
		draw_text(model, fuzz_null);
	}
	model_free(model);
	free(text);
	return 0;
}
