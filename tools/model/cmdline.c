/*
 * What is wrong with a Linux's command line: it leaves the Linux standing still after a panic, or
 * it names a console or a disk that the partition doesn't have. Each of these is a warning, as the
 * Linux may have more than we know. A user's own tree may have a command line, too; it isn't read.
 */
#include "build.h"
#include <lib/nearest.h>
#include <stdlib.h>
#include <string.h>

#define CMDLINE_MZ                                                                                 \
	0x5a4du /* an Image begins so if it is an EFI program, too: it is mostly a Linux */

/* Whether the partition has a Linux with a command line of ours. */
static bool cmdline_linux(const struct draft *draft)
{
	return draft->image.header && (draft->image.image.code0 & 0xffff) == CMDLINE_MZ &&
	       !draft->dtb.path && !dts_property(draft->node, "kumiki,no-dtb");
}

/* The place of the command line, or else of the image. */
static struct dts_place cmdline_place(const struct draft *draft)
{
	const struct dts_node *chosen = dts_child(draft->node, "chosen");
	const struct dts_property *bootargs = chosen ? dts_property(chosen, "bootargs") : NULL;

	return bootargs ? bootargs->place : draft->image.place;
}

/* The value of the next such word, like "panic=". NULL: there is none. */
static const char *cmdline_next(const char *line, const char *from, const char *word)
{
	for (const char *at = strstr(from, word); at; at = strstr(at + 1, word))
		if (at == line || at[-1] == ' ')
			return at + strlen(word);
	return NULL;
}

/* ---- panic= ---- */

/* Whether Linux resets the machine after a panic. The last such word counts; 0 says no. */
static bool cmdline_resets(const char *line)
{
	const char *value = line;
	long seconds = 0;

	while ((value = cmdline_next(line, value, "panic=")) != NULL)
		seconds = strtol(value, NULL, 0);
	return seconds != 0;
}

void cmdline_remark_panic(struct build *build, const struct draft *draft)
{
	if (!cmdline_linux(draft) || draft->partition->life.on_crash == LIFE_DO_STOP ||
	    cmdline_resets(draft->partition->bootargs))
		return;
	complain_warning(
	    &build->complaints, cmdline_place(draft),
	    "the Linux of '%s' stands still after a panic, and without a watchdog Kumiki hears "
	    "nothing of it: its command line has no panic= (0 counts as none); write it so: "
	    "chosen { bootargs = \"%spanic=1\"; };",
	    draft->name, draft->partition->console ? "console=ttyAMA0 " : "");
}

/* ---- what the partition has ---- */

/* How many channels of this kind it uses. A disk's provider doesn't use the disk. */
static size_t cmdline_channels(struct build *build, const struct draft *draft, uint32_t kind)
{
	size_t count = 0;

	for (size_t i = 0; i < build->channel_count; i++) {
		struct draft_channel *channel = &build->channels[i];
		const struct draft_end *end = build_end(channel, draft->appearance);

		if (channel->kind == kind && end &&
		    (kind != BUNDLE_CHANNEL_DISK || end != channel->ends))
			count++;
	}
	return count;
}

/* ---- console= ---- */

/* Names of consoles up to the number, and the devices that are such ones. An unknown PCI function
 * can be each. */
static const struct cmdline_console {
	const char *prefix;
	const char *compatible[4];
} cmdline_consoles[] = {
    {"ttyAMA", {"arm,pl011"}},
    {"ttyS", {"ns16550a", "ns16550", "snps,dw-apb-uart", "brcm,bcm2835-aux-uart"}},
    {"ttyPS", {"cdns,uart-r1p8", "cdns,uart-r1p12", "xlnx,xuartps"}},
    {"ttymxc", {"fsl,imx6q-uart", "fsl,imx21-uart"}},
    {"hvc", {"virtio,mmio"}},
};
#define CMDLINE_CONSOLES  (sizeof(cmdline_consoles) / sizeof(cmdline_consoles[0]))
#define CMDLINE_ANY_COUNT SIZE_MAX

/* Other names that Linux knows: screens, nothing, the network, and lines of which nothing is known
 * here. */
static const char *const cmdline_others[] = {
    "tty",    "ttynull", "null", "netcon", "ttyUSB", "ttyGS",  "ttyAML", "ttyLP",
    "ttyMSM", "ttyMV",   "ttyO", "ttySAC", "ttySC",  "ttySTM", "ttyTHS",
};
#define CMDLINE_OTHERS (sizeof(cmdline_others) / sizeof(cmdline_others[0]))

/* Whether a PCI function may be the console: a virtio console, or a function of which nothing is
 * known. */
static bool cmdline_may_be_function(const struct draft *draft,
                                    const struct cmdline_console *console)
{
	for (size_t i = 0; i < draft->partition->device_count; i++) {
		const struct model_device *device = draft->partition->devices[i];

		if (device->function &&
		    (pci_is_console(device->function) ? !strcmp(console->prefix, "hvc")
		                                      : !pci_is_known(device->function)))
			return true;
	}
	return false;
}

static bool cmdline_is_device(const struct cmdline_console *console, const struct dts_node *node)
{
	const size_t most = sizeof(console->compatible) / sizeof(console->compatible[0]);

	for (size_t i = 0; i < most && console->compatible[i]; i++)
		if (dts_compatible(node, console->compatible[i]))
			return true;
	return false;
}

/* How many consoles of this name the partition has. A virtio device may be many, or none. */
static size_t cmdline_count(struct build *build, const struct draft *draft,
                            const struct cmdline_console *console)
{
	const bool virtio = !strcmp(console->prefix, "hvc");
	size_t count = 0;

	for (size_t i = 0; i < draft->partition->device_count; i++)
		count += cmdline_is_device(console, draft->partition->devices[i]->node);
	if (cmdline_may_be_function(draft, console) || (virtio && count != 0))
		return CMDLINE_ANY_COUNT;
	if (virtio)
		return cmdline_channels(build, draft, BUNDLE_CHANNEL_CONSOLE);
	return count + (draft->partition->console && !strcmp(console->prefix, "ttyAMA"));
}

/* Whether an unknown name is a misspelt one. */
static bool cmdline_is_misspelt(const char *name)
{
	struct nearest nearest = {.word = name};

	for (size_t i = 0; i < CMDLINE_OTHERS; i++) {
		if (!strcmp(name, cmdline_others[i]))
			return false;
		nearest_offer(&nearest, cmdline_others[i]);
	}
	for (size_t i = 0; i < CMDLINE_CONSOLES; i++)
		nearest_offer(&nearest, cmdline_consoles[i].prefix);
	return nearest_answer(&nearest) != NULL;
}

/* Whether the partition may have the console. Linux reads a name without a number as number 0, and
 * an empty one as a console that says nothing. */
static bool cmdline_has_console(struct build *build, const struct draft *draft, const char *value)
{
	const char *whole = arena_format(build->arena, "%.*s", (int)strcspn(value, " ,"), value);
	const size_t length = strcspn(whole, "0123456789");
	const char *name = arena_format(build->arena, "%.*s", (int)length, whole);

	for (size_t i = 0; i < CMDLINE_CONSOLES; i++)
		if (!strcmp(name, cmdline_consoles[i].prefix))
			return strtoul(whole + length, NULL, 10) <
			       cmdline_count(build, draft, &cmdline_consoles[i]);
	return *whole && !cmdline_is_misspelt(name);
}

/* What to do about a console that isn't there. */
static const char *cmdline_console_remedy(struct build *build, const struct draft *draft)
{
	for (size_t i = 0; i < CMDLINE_CONSOLES; i++) {
		const size_t count = cmdline_count(build, draft, &cmdline_consoles[i]);

		if (count != 0 && count != CMDLINE_ANY_COUNT)
			return arena_format(build->arena, "write console=%s0",
			                    cmdline_consoles[i].prefix);
	}
	return "give it one: kumiki,console; and console=ttyAMA0";
}

/* Warns if the partition has none of the consoles that are named. */
static void cmdline_remark_console(struct build *build, const struct draft *draft)
{
	const char *line = draft->partition->bootargs, *value = line, *last = NULL;
	const char *name, *why;

	while ((value = cmdline_next(line, value, "console=")) != NULL) {
		if (cmdline_has_console(build, draft, value))
			return;
		last = value;
	}
	if (!last)
		return;
	name = arena_format(build->arena, "%.*s", (int)strcspn(last, " ,"), last);
	why = *name ? arena_format(build->arena, "the partition has no console '%s'", name)
	            : "its console= is empty";
	complain_warning(&build->complaints, cmdline_place(draft),
	                 "the Linux of '%s' is silent, as %s; %s", draft->name, why,
	                 cmdline_console_remedy(build, draft));
}

/* ---- root= ---- */

#define CMDLINE_DISK "/dev/vd" /* and a letter */

static bool cmdline_has_dma(const struct draft *draft)
{
	for (size_t i = 0; i < draft->partition->device_count; i++)
		if (draft->partition->devices[i]->dma)
			return true;
	return false;
}

static bool cmdline_begins(const char *value, const char *const *words)
{
	while (*words && strncmp(value, *words, strlen(*words)) != 0)
		words++;
	return *words != NULL;
}

/* Whether /dev/vd… names a disk behind the last one of the partition's channels, which are vda, vdb
 * and so on. */
static bool cmdline_behind(const char *value, size_t disks)
{
	const char *letter = value + strlen(CMDLINE_DISK);

	return strncmp(value, CMDLINE_DISK, strlen(CMDLINE_DISK)) == 0 && *letter >= 'a' &&
	       *letter <= 'z' &&
	       ((letter[1] >= 'a' && letter[1] <= 'z') || (size_t)(*letter - 'a') >= disks);
}

/* A disk is what can access memory, or a channel's end. That one is always /dev/vd…. */
static void cmdline_remark_root(struct build *build, const struct draft *draft)
{
	static const char *const disks[] = {
	    CMDLINE_DISK, "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", NULL};
	static const char *const others[] = {"/dev/sd", "/dev/hd", "/dev/nvme", "/dev/mmcblk",
	                                     NULL};
	const char *line = draft->partition->bootargs, *value = cmdline_next(line, line, "root=");
	const size_t channels = cmdline_channels(build, draft, BUNDLE_CHANNEL_DISK);

	if (!value || cmdline_has_dma(draft))
		return;
	if (channels && (cmdline_begins(value, others) || cmdline_behind(value, channels)))
		complain_warning(&build->complaints, cmdline_place(draft),
		                 "'root=%.*s' names no disk of '%s': %s /dev/vda",
		                 (int)strcspn(value, " "), value, draft->name,
		                 channels == 1 ? "that of its channel is"
		                               : "the first of its channels is");
	else if (!channels && (cmdline_begins(value, disks) || cmdline_begins(value, others)))
		complain_warning(&build->complaints, cmdline_place(draft),
		                 "'root=%.*s' names a disk, and '%s' has none; give it a "
		                 "device in 'access', or a channel \"kumiki,disk\"",
		                 (int)strcspn(value, " "), value, draft->name);
}

void cmdline_check(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];

		if (!cmdline_linux(draft))
			continue;
		cmdline_remark_console(build, draft);
		cmdline_remark_root(build, draft);
	}
}
