/* Breaks text into lines; see reference.h. */
#include "reference.h"
#include <ctype.h>
#include <string.h>

#define PAGE_WIDTH          120
#define PAGE_TERMINAL_WIDTH 80

/* How many columns a word in UTF-8 takes. */
static size_t page_columns(const char *text, size_t bytes)
{
	size_t columns = 0;

	for (size_t i = 0; i < bytes; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

/* True if the quote at `at` begins or ends a name; otherwise it is an apostrophe. */
static bool page_is_quote(const char *text, size_t at, bool inside)
{
	if (text[at] != '\'')
		return false;
	if (inside)
		return !isalnum((unsigned char)text[at + 1]);
	return at == 0 || strchr(" (\"", text[at - 1]) != NULL;
}

/* Where the word that begins at `at` ends: at a blank that isn't inside of a name. */
static size_t page_word_end(const char *text, size_t at)
{
	bool inside = false;

	for (; text[at] && (inside || text[at] != ' '); at++)
		if (page_is_quote(text, at, inside))
			inside = !inside;
	return at;
}

static void page_word(const struct page_style *style, const char *text, size_t from, size_t to)
{
	bool inside = false;

	for (size_t at = from; at < to; at++) {
		const bool quote = page_is_quote(text, at, inside);

		fputc(quote && style->code ? '`' : text[at], style->out);
		inside ^= quote;
	}
}

struct page_style page_markdown(FILE *out)
{
	return (struct page_style){out, PAGE_WIDTH, true};
}

struct page_style page_terminal(FILE *out)
{
	return (struct page_style){out, PAGE_TERMINAL_WIDTH, false};
}

void page_text(const struct page_style *style, const char *first, const char *further,
               const char *text)
{
	FILE *out = style->out;
	size_t column = strlen(first), at = 0;
	bool begun = false;

	fputs(first, out);
	while (text[at]) {
		const size_t end = page_word_end(text, at);
		const size_t columns = page_columns(text + at, end - at);

		if (begun && column + 1 + columns > style->width) {
			fprintf(out, "\n%s", further);
			column = strlen(further);
		} else if (begun) {
			fputc(' ', out);
			column++;
		}
		page_word(style, text, at, end);
		column += columns;
		begun = true;
		for (at = end; text[at] == ' '; at++)
			;
	}
	fputc('\n', out);
}

void page_paragraph(FILE *out, const char *text)
{
	const struct page_style style = page_markdown(out);

	page_text(&style, "", "", text);
	fputc('\n', out);
}

static void page_item(FILE *out, const char *head, const char *text)
{
	const struct page_style style = page_markdown(out);

	if (text)
		page_text(&style, head, "  ", text);
}

void page_calls(FILE *out, const struct page_call *calls, const char *format)
{
	for (; calls->name; calls++) {
		char number[32];

		(void)snprintf(number, sizeof(number), format, calls->number);
		fprintf(out, "#### `%s`: %s\n\n", calls->name, number);
		if (calls->meaning)
			page_paragraph(out, calls->meaning);
		page_item(out, "- Takes: ", calls->takes);
		page_item(out, "- Answers: ", calls->answers);
		page_item(out, "- Right: ", calls->right);
		if (calls->takes || calls->answers || calls->right)
			fputc('\n', out);
	}
}

void page_numbers(FILE *out, const char *what, const struct page_number *numbers)
{
	const struct page_style style = page_markdown(out);

	fprintf(out, "| %s | number | meaning |\n|---|---|---|\n", what);
	for (; numbers->name; numbers++) {
		fprintf(out, "| `%s` | %d | ", numbers->name, numbers->number);
		page_word(&style, numbers->meaning, 0, strlen(numbers->meaning));
		fputs(" |\n", out);
	}
	fputc('\n', out);
}
