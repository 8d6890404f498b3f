/* `kumiki reference`: prints docs/reference/reference.md. */
#include "reference/reference.h"
#include <host/commands.h>
#include <stdlib.h>

static void reference_head(FILE *out)
{
	fputs("# Reference\n\n", out);
	page_paragraph(out,
	               "This page is for people who write a description, a manifest or a guest, "
	               "and look up one name. It has every property, command and call.");
	page_paragraph(out,
	               "'make docs' makes the page. Its names, numbers and forms come from the "
	               "tables that the programs use. The [page about descriptions]"
	               "(../description.md) and the [one about the guest's interface]"
	               "(guest-interface.md) say how the parts work together.");
	fputs(
	    "- [The properties of a system description](#the-properties-of-a-system-description)\n"
	    "- [The properties of a manifest](#the-properties-of-a-manifest) of the RTOS\n"
	    "- [The operator's commands](#the-operators-commands)\n"
	    "- [The subcommands of kumiki](#the-subcommands-of-kumiki)\n"
	    "- [Hypercalls](#hypercalls)\n"
	    "- [PSCI and SMCCC](#psci-and-smccc)\n"
	    "- [The RTOS's system calls](#the-rtoss-system-calls)\n\n",
	    out);
}

int kumiki_reference(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return command_misused("reference", "it takes no options and no files");
	reference_head(stdout);
	reference_properties(stdout);
	reference_commands(stdout);
	reference_guest(stdout);
	reference_rtos(stdout);
	return EXIT_SUCCESS;
}
