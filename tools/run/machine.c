/*
 * QEMU's command line from a model: the board's machine, CPU and memory, as many cores as the
 * system uses, and what QEMU connects to the partitions' devices.
 */
#include "machine.h"
#include <ctype.h>
#include <string.h>

#define MACHINE_WORDS_MAX 512
#define MACHINE_MMIO      "virtio_mmio"

struct machine_words {
	struct arena *arena;
	size_t count;
	char *word[MACHINE_WORDS_MAX + 1];
};

static void add(struct machine_words *words, const char *word)
{
	if (words->count < MACHINE_WORDS_MAX)
		words->word[words->count++] = arena_copy(words->arena, word, strlen(word));
}

static void add_pair(struct machine_words *words, const char *option, const char *value)
{
	add(words, option);
	add(words, value);
}

/* How many cores QEMU must have. It numbers them by affinity, with 16 in a cluster on a GICv3. A
 * board may demand more than the system uses. */
static unsigned int machine_cores(const struct model *model)
{
	unsigned int most = 0;

	for (size_t i = 0; i < model->core_count; i++) {
		uint64_t affinity = model->cores[i].affinity;
		unsigned int number =
		    (unsigned int)(affinity & 0xff) + 16 * (unsigned int)(affinity >> 8 & 0xff);

		if (number > most)
			most = number;
	}
	return most < model->qemu_cpus ? model->qemu_cpus : most + 1;
}

/* True if this option is among the device's options, behind its name. */
static bool machine_has(const char *device, const char *option)
{
	const size_t length = strlen(option);

	while (*(device += strcspn(device, ",")))
		if (!strncmp(++device, option, length) && device[length] == '=')
			return true;
	return false;
}

static const char *machine_with(struct arena *arena, const char *device, const char *option,
                                const char *value)
{
	return machine_has(device, option) ? device
	                                   : arena_format(arena, "%s,%s=%s", device, option, value);
}

/* Adds the options by which a guest gets an I/O error if the host's disk is full. Without them QEMU
 * would stop the machine without a word. */
static const char *machine_with_errors(struct arena *arena, const char *device)
{
	return machine_with(arena, machine_with(arena, device, "werror", "report"), "rerror",
	                    "report");
}

/* What stands behind -drive. QEMU refuses werror and rerror for flash and cards. */
static const char *machine_drive(struct arena *arena, const char *text)
{
	const char *options = arena_format(arena, ",%s", text);
	const char *bus = strstr(options, ",if=");

	if (bus && strncmp(bus, ",if=none", 8) != 0 && strncmp(bus, ",if=virtio", 10) != 0)
		return text;
	return machine_with_errors(arena, options) + 1;
}

static bool machine_has_word(const char *const *words, const char *word)
{
	for (; words && *words; words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

/* What stands behind -device. If -blockdev names a disk's image, werror and rerror belong here. */
static const char *machine_device(struct arena *arena, const struct model_device *device)
{
	const char *text = device->qemu_device;

	if (strncmp(text, "virtio-blk", 10) != 0 ||
	    !machine_has_word(device->qemu_words, "-blockdev"))
		return text;
	return machine_with_errors(arena, text);
}

/* True if the partition also has another function of the same PCI device. */
static bool machine_has_others(const struct model *model, const struct model_function *function)
{
	for (size_t i = 0; i < model->partition_count; i++)
		for (size_t j = 0; j < model->partitions[i].device_count; j++) {
			const struct model_function *other =
			    model->partitions[i].devices[j]->function;

			if (other && other != function && other->slot >> 3 == function->slot >> 3)
				return true;
		}
	return false;
}

/* A PCI function's words for -device: its place on the bus, and no option ROM, as no firmware would
 * run it. A virtio device is told to be modern and, if it is confined, to keep to the SMMU. */
static const char *machine_function(struct arena *arena, const struct model *model,
                                    const struct model_device *device)
{
	const struct model_function *function = device->function;
	const char *text = machine_with(arena, machine_device(arena, device), "romfile", "");

	if (function->virtio)
		text = machine_with(arena, text, "disable-legacy", "on");
	if (function->virtio && function->confined && !device->unconfined_dma)
		text = machine_with(arena, text, "iommu_platform", "on");
	if (!(function->slot & 7) && machine_has_others(model, function))
		text = machine_with(arena, text, "multifunction", "on");
	return arena_format(arena, "%s,bus=pcie.0,addr=0x%x.%u", text, function->slot >> 3,
	                    function->slot & 7);
}

static void add_further(struct machine_words *words, const char *const *further)
{
	bool drive = false;

	for (; further && *further; further++) {
		add(words, drive ? machine_drive(words->arena, *further) : *further);
		drive = !strcmp(*further, "-drive");
	}
}

/* Adds a device's words. The label of a virtio-mmio slot ends in its number in QEMU, which names
 * its bus; QEMU finds the bus of other devices. The further arguments come behind the device, as
 * they may connect something to it. */
static void add_device(struct machine_words *words, const struct model *model,
                       const struct model_device *device)
{
	size_t prefix = strlen(MACHINE_MMIO);

	if (!device->qemu_device)
		return;
	add(words, "-device");
	if (device->function)
		add(words, machine_function(words->arena, model, device));
	else if (strncmp(device->label, MACHINE_MMIO, prefix) == 0 &&
	         isdigit((unsigned char)device->label[prefix]))
		add(words,
		    arena_format(words->arena, "%s,bus=virtio-mmio-bus.%s",
		                 machine_device(words->arena, device), device->label + prefix));
	else
		add(words, machine_device(words->arena, device));
	add_further(words, device->qemu_words);
}

static void add_devices(struct machine_words *words, const struct model *model)
{
	if (!model->qemu_legacy_virtio)
		add_pair(words, "-global", "virtio-mmio.force-legacy=false");
	for (size_t i = 0; i < model->partition_count; i++)
		for (size_t j = 0; j < model->partitions[i].device_count; j++)
			add_device(words, model, model->partitions[i].devices[j]);
}

/* A comma in an option's value is doubled. */
static char *machine_escape(struct arena *arena, const char *text)
{
	char *escaped = arena_alloc(arena, 2 * strlen(text) + 1), *to = escaped;

	for (; *text; text++) {
		*to++ = *text;
		if (*text == ',')
			*to++ = ',';
	}
	return escaped;
}

/* Adds the words of the board's UART, behind those of lines that it doesn't use. */
static void add_uart(struct machine_words *words, const struct model *model, const char *serial)
{
	for (uint32_t n = 0; n < model->qemu_serial; n++)
		add_pair(words, "-serial", "null");
	add_pair(words, "-serial", serial);
}

/* The same, with QEMU's display and monitor off. */
static void add_serial(struct machine_words *words, const struct model *model, const char *serial)
{
	add_pair(words, "-display", "none");
	add_pair(words, "-monitor", "none");
	add_uart(words, model, serial);
}

static void add_console(struct machine_words *words, const struct model *model,
                        const struct machine_options *options)
{
	switch (options->console) {
	case MACHINE_TERMINAL:
		add(words, "-nographic");
		add_uart(words, model, "mon:stdio");
		break;
	case MACHINE_STREAM:
		add_serial(words, model, "stdio");
		break;
	case MACHINE_SOCKET:
		add_pair(words, "-chardev",
		         arena_format(words->arena, "socket,id=link,path=%s,server=on,wait=off",
		                      machine_escape(words->arena, options->socket)));
		add_serial(words, model, "chardev:link");
		break;
	case MACHINE_FILE:
		add_pair(words, "-chardev",
		         arena_format(words->arena, "socket,id=link,fd=%d", options->file));
		add_serial(words, model, "chardev:link");
		break;
	}
}

static void add_timing(struct machine_words *words, enum machine_timing timing)
{
	switch (timing) {
	case MACHINE_COUNTED:
		add_pair(words, "-icount", "shift=0,align=off,sleep=off");
		add_pair(words, "-seed", "1");
		add_pair(words, "-rtc", "clock=vm,base=2026-01-01");
		break;
	case MACHINE_THREADS:
		add_pair(words, "-accel", "tcg,thread=multi");
		break;
	case MACHINE_FREE:
		break;
	}
}

static void add_board(struct machine_words *words, const struct model *model)
{
	add_pair(words, "-M", model->qemu_machine);
	if (model->qemu_cpu)
		add_pair(words, "-cpu", model->qemu_cpu);
	add_pair(words, "-smp", arena_format(words->arena, "%u", machine_cores(model)));
	/* Rounded up, so that all memory of the partitions is there. */
	add_pair(words, "-m",
	         arena_format(words->arena, "%lluM",
	                      (unsigned long long)(model->board.ram_size + 0xfffff) >> 20));
	add_pair(words, "-nic", "none");
	/* Otherwise QEMU tells what the host lacks for the sounds of some machines. */
	add_pair(words, "-audiodev", "none,id=none");
}

char **machine_command(const struct model *model, const struct machine_options *options,
                       struct arena *arena, FILE *complaints)
{
	struct machine_words *words;

	if (!model->qemu_machine) {
		fprintf(complaints,
		        "%s: error: board '%s' is no machine of QEMU's (its board file has no "
		        "kumiki,qemu-machine); pack the system and start it on the board\n",
		        model->name, model->board.name);
		return NULL;
	}
	words = arena_alloc(arena, sizeof(*words));
	words->arena = arena;
	add(words, "qemu-system-aarch64");
	add_board(words, model);
	add_console(words, model, options);
	add_timing(words, options->timing);
	add_devices(words, model);
	add_pair(words, "-kernel", options->image);
	for (size_t i = 0; options->extra && options->extra[i]; i++)
		add(words, options->extra[i]);
	if (words->count == MACHINE_WORDS_MAX) {
		fprintf(complaints, "%s: error: QEMU's command line would have %d words or more\n",
		        model->name, MACHINE_WORDS_MAX);
		return NULL;
	}
	return words->word;
}

/* Words that a shell would take apart stand in quotes. */
static void print_word(const char *word, FILE *out)
{
	if (*word && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                               "0123456789-_=./,:@%+")] == '\0') {
		fputs(word, out);
		return;
	}
	putc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			putc(*word, out);
	}
	putc('\'', out);
}

void machine_print(char *const *command, FILE *out)
{
	for (size_t i = 0; command[i]; i++) {
		if (i)
			putc(' ', out);
		print_word(command[i], out);
	}
	putc('\n', out);
}
