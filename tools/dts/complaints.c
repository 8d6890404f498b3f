/*
 * Collecting and printing complaints (host/complaints.h). Text from a file may hold any byte, and a
 * terminal obeys some bytes: control characters are shown as \xNN.
 */
#include <host/complaints.h>
#include <stdlib.h>
#include <string.h>

static bool complaint_printable(unsigned char c)
{
	return c >= 0x20 && c != 0x7f;
}

/* The text, with all control characters made visible. */
static const char *complaint_tame(struct arena *arena, const char *text)
{
	size_t length = strlen(text);
	char *tame = arena_alloc(arena, length * 4 + 1), *at = tame;

	for (const char *c = text; *c; c++) {
		if (complaint_printable((unsigned char)*c))
			*at++ = *c;
		else
			at += sprintf(at, "\\x%02x", (unsigned char)*c);
	}
	return tame;
}

static int complaint_compare_places(struct dts_place a, struct dts_place b)
{
	unsigned file_a = a.file ? a.file->order : 0, file_b = b.file ? b.file->order : 0;

	if (file_a != file_b)
		return file_a < file_b ? -1 : 1;
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	if (a.column != b.column)
		return a.column < b.column ? -1 : 1;
	return 0;
}

static bool complaint_known(const struct complaints *complaints, struct dts_place place,
                            const char *text)
{
	for (const struct complaint *c = complaints->first; c; c = c->next)
		if (!complaint_compare_places(c->place, place) && !strcmp(c->text, text))
			return true;
	return false;
}

static void complaint_add(struct complaints *complaints, struct dts_place place, bool warning,
                          const char *format, va_list arguments)
{
	struct complaint *complaint;
	const char *text;

	if (complaints->errors + complaints->warnings >= COMPLAINTS_MAX) {
		complaints->untold++;
		complaints->errors += !warning;
		return;
	}
	text =
	    complaint_tame(complaints->arena, arena_vformat(complaints->arena, format, arguments));
	if (complaint_known(complaints, place, text))
		return;
	complaint = arena_alloc(complaints->arena, sizeof(*complaint));
	*complaint = (struct complaint){.place = place, .warning = warning, .text = text};
	if (complaints->last)
		complaints->last->next = complaint;
	else
		complaints->first = complaint;
	complaints->last = complaint;
	if (warning)
		complaints->warnings++;
	else
		complaints->errors++;
}

void complain(struct complaints *complaints, struct dts_place place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complaint_add(complaints, place, false, format, arguments);
	va_end(arguments);
}

void complain_warning(struct complaints *complaints, struct dts_place place, const char *format,
                      ...)
{
	va_list arguments;

	va_start(arguments, format);
	complaint_add(complaints, place, true, format, arguments);
	va_end(arguments);
}

static void complaint_print(const struct complaint *complaint, FILE *out)
{
	if (complaint->place.file)
		fprintf(out, "%s:%u:%u: ", complaint->place.file->name, complaint->place.line,
		        complaint->place.column);
	fprintf(out, "%s: %s\n", complaint->warning ? "warning" : "error", complaint->text);
}

/* Insertion keeps the order of complaints about one place, and there are few of them. */
void complaints_print(const struct complaints *complaints, FILE *out)
{
	const struct complaint *sorted[COMPLAINTS_MAX];
	size_t count = 0;

	for (const struct complaint *c = complaints->first; c; c = c->next) {
		size_t at = count++;

		for (; at && complaint_compare_places(sorted[at - 1]->place, c->place) > 0; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = c;
	}
	for (size_t i = 0; i < count; i++)
		complaint_print(sorted[i], out);
	if (complaints->untold)
		fprintf(out, "error: %zu more mistakes aren't shown; mend these first\n",
		        complaints->untold);
}
