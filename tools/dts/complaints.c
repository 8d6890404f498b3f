/* Collects and prints complaints (host/complaints.h). Text from a file may have any bytes, and so
 * may a file's name. */
#include <host/complaints.h>
#include <host/tame.h>
#include <lib/utf8.h>
#include <stdlib.h>
#include <string.h>

/* The text as a terminal may show it. */
static const char *complaint_tame(struct arena *arena, const char *text)
{
	char *tame = arena_alloc(arena, strlen(text) * 4 + 1), *at = tame;

	while (*text) {
		const size_t length = tame_length(text);

		if (length != 0)
			at = mempcpy(at, text, length);
		else
			at += sprintf(at, "\\x%02x", (unsigned char)*text);
		text += length != 0 ? length : 1;
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

static bool complaint_same_name(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool complaint_known(const struct complaints *complaints, const struct complaint *new)
{
	for (const struct complaint *c = complaints->first; c; c = c->next)
		if (!complaint_compare_places(c->place, new->place) &&
		    complaint_same_name(c->about, new->about) && !strcmp(c->text, new->text))
			return true;
	return false;
}

/* Adds a complaint that has everything except its text. */
static void complaint_add(struct complaints *complaints, struct complaint new, const char *format,
                          va_list arguments)
{
	struct complaint *complaint;
	const bool warning = new.warning;

	if (complaints->errors + complaints->warnings >= COMPLAINTS_MAX) {
		complaints->untold++;
		complaints->errors += !warning;
		return;
	}
	new.text =
	    complaint_tame(complaints->arena, arena_vformat(complaints->arena, format, arguments));
	if (complaint_known(complaints, &new))
		return;
	complaint = arena_alloc(complaints->arena, sizeof(*complaint));
	*complaint = new;
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
	complaint_add(complaints, (struct complaint){.place = place}, format, arguments);
	va_end(arguments);
}

void complain_warning(struct complaints *complaints, struct dts_place place, const char *format,
                      ...)
{
	va_list arguments;

	va_start(arguments, format);
	complaint_add(complaints, (struct complaint){.place = place, .warning = true}, format,
	              arguments);
	va_end(arguments);
}

/* In a comment such a byte does no harm; in a string a guest gets it as it is. */
void complain_encoding(struct complaints *complaints, const struct dts_file *file, const char *text,
                       size_t size)
{
	struct dts_place place = {file, 1, 1};
	uint32_t character;
	size_t length;

	for (size_t at = 0; at < size; at += length) {
		length = utf8_take(text + at, size - at, &character);
		if (length == 0) {
			complain_warning(
			    complaints, place,
			    "the byte 0x%02x is no UTF-8; save the file as UTF-8, or: iconv "
			    "-f ISO-8859-1 -t UTF-8",
			    (unsigned char)text[at]);
			return;
		}
		place.column += (uint32_t)length;
		if (text[at] == '\n')
			place = (struct dts_place){file, place.line + 1, 1};
	}
}

bool complain_about(struct complaints *complaints, const char *about, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complaint_add(complaints, (struct complaint){.about = about}, format, arguments);
	va_end(arguments);
	return false;
}

const char *complaints_where(const struct complaints *complaints, struct dts_place here,
                             struct dts_place there)
{
	if (here.file == there.file)
		return arena_format(complaints->arena, "line %u", there.line);
	return arena_format(complaints->arena, "%s:%u", there.file->name, there.line);
}

static void complaint_print(void *context, const struct complaint *complaint)
{
	FILE *out = context;

	if (complaint->place.file) {
		tame_print(complaint->place.file->name, out);
		fprintf(out, ":%u:%u: ", complaint->place.line, complaint->place.column);
	} else if (!complaint->about || *complaint->about) {
		tame_print(complaint->about ? complaint->about : "kumiki", out);
		fputs(": ", out);
	}
	fprintf(out, "%s: %s\n", complaint->warning ? "warning" : "error", complaint->text);
}

static void complaints_tell_untold(const struct complaints *complaints,
                                   const struct complaints_ear *ear)
{
	char text[80];
	const struct complaint untold = {.about = "", .text = text};

	if (!complaints->untold)
		return;
	snprintf(text, sizeof(text), "%zu more mistakes aren't shown; mend these first",
	         complaints->untold);
	ear->hear(ear->context, &untold);
}

/* Sorts by insertion. That keeps the order of complaints about the same place, and there are few
 * complaints. */
void complaints_tell(const struct complaints *complaints, const struct complaints_ear *ear,
                     FILE *out)
{
	const struct complaints_ear lines = {.hear = complaint_print, .context = out};
	const struct complaint *sorted[COMPLAINTS_MAX];
	size_t count = 0;

	if (!ear)
		ear = &lines;
	for (const struct complaint *c = complaints->first; c; c = c->next) {
		size_t at = count++;

		for (; at && complaint_compare_places(sorted[at - 1]->place, c->place) > 0; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = c;
	}
	for (size_t i = 0; i < count; i++)
		ear->hear(ear->context, sorted[i]);
	complaints_tell_untold(complaints, ear);
}

void complaints_print(const struct complaints *complaints, FILE *out)
{
	complaints_tell(complaints, NULL, out);
}
