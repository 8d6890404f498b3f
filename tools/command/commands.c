/*
 * The list of subcommands with their help: all that is said of them anywhere. The manual page and
 * the completion are made of it (manual.sh, completion.sh); a command's options are taken apart in
 * the command's own file.
 */
#include <host/commands.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define INCLUDE_HELP                                                                               \
	"  -I FOLDER         look there, too, for included files and for images: after the\n"      \
	"                    description's own folder, before those of $KUMIKI_PATH\n"
#define OUT_HELP "  -o OUT            into this file instead of standard output\n"

const struct command command_list[] = {
    {"check", kumiki_check, "say what is wrong with a system description, and where",
     "[-I FOLDER]… FILE…",
     INCLUDE_HELP
     "\nExit status 1 if there is a mistake; every one is told, with file, line, column, the\n"
     "offending word and its remedy. Of a good description it tells what it is: who has what,\n"
     "what is done after a crash, who starts after whom and may command whom; and, where CPUs\n"
     "share a core or something is promised, who goes first, what each may use, and when work is\n"
     "done at the worst. What can't be kept is refused.\n"},
    {"draw", kumiki_draw, "draw who owns what: cores, memory, devices",
     "[-I FOLDER]… [--text] [-o OUT] FILE",
     INCLUDE_HELP
     "  --text            for a terminal of 100 columns, instead of an SVG picture\n" OUT_HELP
     "\nDevices that can write into any memory, as nothing confines their DMA, are marked.\n"},
    {"pack", kumiki_pack, "make the one bootable image of a system",
     "[-I FOLDER]… [--frame FRAME] -o OUT FILE",
     INCLUDE_HELP
     "  -o OUT            the image: an arm64 Image that any boot loader starts at EL2\n"
     "  --frame FRAME     the frame's image, instead of the frame-BOARD.img that is found in\n"
     "                    the search folders\n"
     "\nThe same input gives the same image, bit for bit. The file appears whole or not at all.\n"},
    {"show", kumiki_show, "tell what is in a packed image, and whether it is intact",
     "[--dtb PARTITION [-o OUT]] IMAGE",
     "  --dtb PARTITION   write this partition's device tree instead\n" OUT_HELP
     "\nTells the board, the partitions with all that they own and what is done when they crash,\n"
     "the memory that restarts keep, and the parts with size, CRC-32C and SHA-256. Exit status 1\n"
     "if the image is damaged; the damaged part is named.\n"},
    {"run", kumiki_run, "pack a system and start it in QEMU", "[OPTION]… FILE [-- QEMU-OPTION…]",
     INCLUDE_HELP
     "  -o OUT            keep the packed image there\n"
     "  --frame FRAME     as for pack\n"
     "  --no-pack IMAGE   start this packed image of the description\n"
     "  --link SOCKET     the machine's UART on this socket, for console, gdb, top and trace,\n"
     "                    instead of this terminal\n"
     "  --icount          count time in instructions: the same run each time\n"
     "  --smp-threads     a thread for each core\n"
     "  --print           show QEMU's command line instead of starting it\n"
     "\nThe board has to be one of QEMU's. QEMU gets the devices that the description uses, and\n"
     "what stands behind '--'. The socket is there once the machine has started.\n"},
    {"console", kumiki_console, "attach to the consoles of a running system",
     "[--partition NAME [--raw]] [--log FOLDER] [--command LINE]… LINK",
     "LINK is the socket of 'kumiki run --link', a terminal device, or - for standard input\n"
     "and output.\n\n"
     "  --partition NAME  this partition's console alone\n"
     "  --raw             and its characters as they came: it may tell the terminal anything\n"
     "  --log FOLDER      write what each partition says into a file there, too\n"
     "  --command LINE    have the system carry out this operator's command, print its answer,\n"
     "                    and leave; several in turn, up to the first that fails (status 1)\n\n"
     "Ctrl-] q leaves, Ctrl-] c is the operator's command line; 'help' there says more.\n\n"
     "A slow machine is waited for longer, here and by all that has a LINK, with KUMIKI_PATIENCE\n"
     "in the environment: 4 is four times as long.\n"},
    {"gdb", kumiki_gdb, "let gdb debug a partition of a running system", "[--port PORT] NAME LINK",
     "Halts the partition NAME, also one that crashed and is held, and serves gdb until that\n"
     "detaches; the others go on. It has registers, memory, breakpoints, watchpoints and single\n"
     "step, with the vCPUs as threads. LINK as for 'kumiki console'. In gdb:\n\n"
     "  target remote | kumiki gdb NAME LINK\n\n"
     "  --port PORT       instead of standard input and output, this port of 127.0.0.1; 0: a\n"
     "                    free one, which is told\n"},
    {"trace", kumiki_trace, "fetch the trace of a running system",
     "[--from RAW | LINK] [--rtos LOG] [--raw RAW] [--latency] [--last MS] [-o FOLDER]",
     "Writes Common Trace Format, Chrome/Perfetto JSON, and an SVG timeline. LINK is the socket\n"
     "of 'kumiki run --link', a terminal device, or - for standard input and output.\n\n"
     "  -o FOLDER         write them there (needed, unless --raw or --latency is given)\n"
     "  --rtos LOG        take along what the RTOS's shell printed at 'trace raw'; without LINK\n"
     "                    and RAW, that alone\n"
     "  --latency         tell how long vCPUs that were woken or interrupted took until they\n"
     "                    ran, as histograms; with -o as a picture, too\n"
     "  --last MS         the timeline shows the last so many milliseconds\n"
     "  --raw RAW         keep the events as they came\n"
     "  --from RAW        read such a file, instead of asking a system\n"},
    {"rtos", kumiki_rtos, "check, pack or show the programs of the RTOS; core files",
     "check|pack|show|core [-I FOLDER]… [--kernel KERNEL] [-o OUT] FILE…",
     "  check FILE…       say what is wrong with manifests, and where; or what they come to\n"
     "  pack FILE         put a manifest's programs behind the RTOS's kernel\n"
     "  show IMAGE        tell what is in a packed image, and whether it is intact\n"
     "  core LOG          make a core file, for gdb, of what the RTOS's shell printed of a crash\n"
     "                    at 'core'\n"
     "  -I FOLDER         look there, too, for included files and for programs\n"
     "  --kernel KERNEL   the kernel's image, for pack\n"
     "  -o OUT            the packed image (an arm64 Image for a machine or a partition), or\n"
     "                    the core file\n"},
    {"top", kumiki_top, "show who has the cores of a running system", "[--once] [--seconds N] LINK",
     "Each core's and each vCPU's share of the time, budgets, missed deadlines and moves, in\n"
     "place on a terminal, else one table after the other; Ctrl-C ends it. LINK as for 'kumiki\n"
     "console'.\n\n"
     "  --once            one table, over one second\n"
     "  --seconds N       over so many, 1 to 30\n"},
    {"board", kumiki_board, "make a board file from a machine's own device tree",
     "[OPTION]… MACHINE.DTB",
     "  --name NAME       the board's name, as frames have it\n"
     "  --qemu-machine M  QEMU's -machine for it, if it is one of QEMU's\n"
     "  --qemu-cpu CPU    QEMU's -cpu for it\n"
     "  --qemu-cpus N     QEMU's -smp for it, at the least\n"
     "  --instruction-time PS  picoseconds that an instruction of the frame takes\n"
     "  --core-power 'BUSY IDLE OFF'  milliwatts of each core\n" OUT_HELP},
    {"reference", kumiki_reference, "print a page of all properties, commands and calls", "",
     "The page is in Markdown; docs/reference.md is what this prints. 'kumiki help PROPERTY' says\n"
     "what one property means.\n"},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct command *command_find(const char *name)
{
	for (const struct command *each = command_list; each->name != NULL; each++)
		if (strcmp(each->name, name) == 0)
			return each;
	return NULL;
}

int command_usage(const char *name)
{
	const struct command *command = command_find(name);
	fprintf(stderr, "usage: kumiki %s %s\n'kumiki help %s' says more\n", name,
	        command == NULL ? "" : command->usage, name);
	return COMMAND_USAGE;
}

int command_misused(const char *name, const char *why)
{
	if (why != NULL)
		fprintf(stderr, "kumiki %s: %s\n", name, why);
	return command_usage(name);
}
