/*
 * The list of subcommands with their help. A command's options are told here, in tools/kumiki.1 and
 * in tools/completion.bash, and taken apart in the command's own file.
 */
#include <host/commands.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define INCLUDE_HELP                                                                               \
	"  -I FOLDER     look there, too, for included files and for images; searched after\n"     \
	"                the description's own folder and before $KUMIKI_PATH\n"

const struct command command_list[] = {
    {"check", kumiki_check, "say what is wrong with a system description, and where",
     "[-I FOLDER]… FILE", INCLUDE_HELP},
    {"draw", kumiki_draw, "draw who owns what: cores, memory, devices",
     "[-I FOLDER]… [--text] [-o OUT] FILE",
     INCLUDE_HELP "  --text        for a terminal, at most 100 columns, instead of an SVG picture\n"
                  "  -o OUT        into a file instead of standard output\n"},
    {"pack", kumiki_pack, "make the one bootable image of a system",
     "[-I FOLDER]… [--frame FRAME] -o OUT FILE",
     INCLUDE_HELP
     "  -o OUT        the image: an arm64 Image that any boot loader starts at EL2\n"
     "  --frame FRAME the frame's image, instead of frame-BOARD.img of the search folders\n"},
    {"show", kumiki_show, "tell what is in a packed image, and whether it is intact",
     "[--dtb PARTITION [-o OUT]] IMAGE",
     "  --dtb PARTITION  write this partition's device tree instead\n"
     "  -o OUT           into a file instead of standard output\n\n"
     "Exit status 1 if the image is damaged; the damaged part is named.\n"},
    {"run", kumiki_run, "pack a system and start it in QEMU", "[OPTION]… FILE [-- QEMU-OPTION…]",
     "  -o OUT        keep the packed image there\n"
     "  --print       show QEMU's command line instead of starting it\n"},
    {"console", kumiki_console, "attach to the consoles of a running system", "[OPTION]… LINK",
     "LINK is a terminal device or a socket of the machine's UART.\n"},
    {"trace", kumiki_trace, "fetch the trace of a running system", "LINK -o FOLDER",
     "Writes Common Trace Format, Chrome/Perfetto JSON, and an SVG timeline.\n"},
    {"board", kumiki_board, "make a board file from a machine's own device tree",
     "[OPTION]… MACHINE.DTB", "Writes the board file to standard output.\n"},
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
