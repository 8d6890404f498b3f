/* The properties of descriptions and manifests, from the tables that check them. */
#include "reference.h"
#include <host/reference.h>
#include <host/words.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct properties_kind {
	const char *what; /* the file in which the nodes are */
	const struct word_place *places;
	const char *text;
} properties_kinds[] = {
    {"system description", model_word_places,
     "'kumiki check' refuses every other property in these nodes. At the root and in devices it "
     "refuses unknown properties that begin with 'kumiki,'."},
    {"manifest", rtos_word_places,
     "'kumiki rtos check' refuses every other property in these nodes."},
};
#define PROPERTIES_KINDS (sizeof(properties_kinds) / sizeof(properties_kinds[0]))

/* Writes the meaning, then a line with the property's form, and the value if the property is
 * missing. */
static void properties_meaning(const struct page_style *style, const struct word *word)
{
	const bool flag = word->form == WORD_FLAG;
	char line[256];

	page_text(style, "", "", word->meaning);
	fputc('\n', style->out);
	if (!flag)
		fprintf(style->out, "- Value: %s\n", word_form_wants(word->form));
	if (word->required)
		fputs("- Required\n", style->out);
	if (word->otherwise) {
		(void)snprintf(line, sizeof(line), "- %s: %s", flag ? "Without it" : "Default",
		               word->otherwise);
		page_text(style, "", "  ", line);
	}
}

static void properties_one(const struct page_style *style, const struct word *word)
{
	fprintf(style->out, "#### `%s`\n\n    %s\n\n", word->name, word->example);
	properties_meaning(style, word);
	fputc('\n', style->out);
}

static void properties_refused(FILE *out, const struct word *words)
{
	for (; words->name; words++)
		if (words->form == WORD_REFUSED) {
			char text[256];

			(void)snprintf(text, sizeof(text), "'%s' isn't supported; %s.", words->name,
			               words->example);
			page_paragraph(out, text);
		}
}

static void properties_place(FILE *out, const struct word_place *place)
{
	const struct page_style style = page_markdown(out);

	fprintf(out, "### Properties of %s\n\n    %s\n\n", place->node, place->shown);
	for (const struct word *word = place->words; word->name; word++)
		if (word->meaning)
			properties_one(&style, word);
	properties_refused(out, place->words);
}

void reference_properties(FILE *out)
{
	for (size_t i = 0; i < PROPERTIES_KINDS; i++) {
		const struct properties_kind *kind = &properties_kinds[i];

		fprintf(out, "## The properties of a %s\n\n", kind->what);
		page_paragraph(out, kind->text);
		for (const struct word_place *place = kind->places; place->words; place++)
			properties_place(out, place);
	}
}

bool reference_explain(const char *property)
{
	const struct page_style style = page_terminal(stdout);
	bool found = false;

	for (size_t i = 0; i < PROPERTIES_KINDS; i++)
		for (const struct word_place *p = properties_kinds[i].places; p->words; p++) {
			const struct word *word = word_find(p->words, property);

			if (!word || !word->meaning)
				continue;
			printf("%sIn a %s, %s\n\n  %s\n\n", found ? "\n" : "",
			       properties_kinds[i].what, p->shown, word->example);
			properties_meaning(&style, word);
			found = true;
		}
	return found;
}

const char *reference_meant(const char *property)
{
	for (size_t i = 0; i < PROPERTIES_KINDS; i++)
		for (const struct word_place *p = properties_kinds[i].places; p->words; p++) {
			const char *meant = words_meant(p->words, property);

			if (meant && word_find(p->words, meant)->meaning)
				return meant;
		}
	return NULL;
}
