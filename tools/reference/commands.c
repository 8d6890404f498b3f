/* The operator's commands and the subcommands of `kumiki`, from the tables that carry them out. */
#include "reference.h"
#include <host/commands.h>
#include <lib/operatorwords.h>
#include <string.h>

static void commands_operators(FILE *out)
{
	const struct page_style style = page_markdown(out);

	fputs("## The operator's commands\n\n", out);
	page_paragraph(out, "'Ctrl-] c' at a console of the system leads to the operator's command "
	                    "line. 'kumiki console --command LINE LINK' runs one command.");
	for (unsigned i = 0; i < OPERATOR_COMMANDS; i++) {
		const struct operator_word *word = &operator_words[i];
		const size_t operands = strcspn(word->help, ":");
		char line[512];

		(void)snprintf(line, sizeof(line), "- '%s%.*s'%s", word->name, (int)operands,
		               word->help, word->help + operands);
		page_text(&style, "", "  ", line);
	}
	fputc('\n', out);
}

void reference_commands(FILE *out)
{
	commands_operators(out);
	fputs("## The subcommands of kumiki\n\n", out);
	page_paragraph(out,
	               "'kumiki help COMMAND' says the same, and 'kumiki help PROPERTY' explains "
	               "a property.");
	for (const struct command *each = command_list; each->name; each++)
		fprintf(out, "### kumiki %s: %s\n\n```\nkumiki %s%s%s\n\n%s```\n\n", each->name,
		        each->summary, each->name, *each->usage ? " " : "", each->usage,
		        each->details);
}
