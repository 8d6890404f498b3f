/*
 * A trace as a picture: a lane for each core; in it a band that says which context ran when, flags
 * for the rare events (starts, stops, faults), and rows that show how many exits, interrupts and
 * injections there were in each two pixels of time. Bars grow with the logarithm of the number.
 */
#include "set.h"
#include <lib/tracewords.h>
#include <string.h>

#define SVG_WIDTH  1600
#define SVG_LEFT   150
#define SVG_RIGHT  30
#define SVG_TOP    92
#define SVG_FLAGS  20 /* height of the flags' row */
#define SVG_BAND   24
#define SVG_ROW    22
#define SVG_GAP    26 /* between lanes */
#define SVG_BIN    2
#define SVG_SPAN   (SVG_WIDTH - SVG_LEFT - SVG_RIGHT)
#define SVG_BINS   (SVG_SPAN / SVG_BIN)
#define SVG_ROWS   4
#define SVG_LANE   (SVG_FLAGS + SVG_BAND + SVG_ROWS * SVG_ROW + SVG_GAP)
#define SVG_LETTER 6.6 /* width of one at the size of labels */

struct svg_row {
	const char *name, *colour;
	uint32_t types; /* bits of enum trace_type */
};

static const struct svg_row rows[SVG_ROWS] = {
    {"exits", "#c2410c", 1u << TRACE_EXIT},
    {"interrupts", "#1d4ed8", 1u << TRACE_INTERRUPT},
    {"injected", "#0f766e", 1u << TRACE_INJECT},
    {"mail, calls", "#7e22ce", 1u << TRACE_MAIL | 1u << TRACE_HYPERCALL},
};

static const uint32_t flag_types = 1u << TRACE_START | 1u << TRACE_STOP | 1u << TRACE_FAULT |
                                   1u << TRACE_VCPU_ON | 1u << TRACE_VCPU_OFF;

static const char *const colours[BUNDLE_PARTITIONS_MAX] = {
    "#7cb0e8", "#f2b263", "#8fca8a", "#d79ad6", "#e58b8b", "#6cc5c1", "#c4b35a", "#a3a1e6"};

static void svg_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '<')
			fputs("&lt;", out);
		else
			putc(*text < ' ' || *text > '~' ? '?' : *text, out);
	}
}

static void svg_label(FILE *out, double x, double y, const char *class, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	svg_text(out, text);
	fputs("</text>\n", out);
}

static uint64_t svg_ticks(const struct trace_set *set)
{
	return set->end ? set->end : 1;
}

static double svg_x(const struct trace_set *set, const struct trace_event *event)
{
	double share = (double)trace_set_ticks(set, event) / (double)svg_ticks(set);

	return SVG_LEFT + share * SVG_SPAN;
}

static bool event_in(const struct trace_event *event, uint32_t types)
{
	return TRACE_TYPE(event) < 32 && (types >> TRACE_TYPE(event) & 1);
}

static const char *svg_colour(const struct trace_set *set, uint8_t vcpu)
{
	int partition = trace_partition(set, vcpu);

	if (partition >= 0)
		return colours[partition];
	if (vcpu == TRACE_NO_VCPU)
		return "#eceff3";
	return vcpu == TRACE_CONSOLE ? "#9aa5b1" : "#616e7c";
}

static void svg_slice(const struct trace_set *set, uint8_t vcpu, double from, double to, double y,
                      FILE *out)
{
	char words[TRACE_WORDS_MAX];

	trace_context(set, vcpu, words);
	fprintf(out, "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%d\" fill=\"%s\"><title>",
	        from, y, to - from > 0.3 ? to - from : 0.3, SVG_BAND, svg_colour(set, vcpu));
	svg_text(out, words);
	fputs("</title></rect>\n", out);
	if (to - from > (double)strlen(words) * SVG_LETTER + 8)
		svg_label(out, from + 4, y + SVG_BAND - 8, "in", words);
}

static void svg_band(const struct trace_set *set, const struct trace_core *core, double y,
                     FILE *out)
{
	double begin = svg_x(set, &core->events[0]);
	uint8_t running = TRACE_VCPU(&core->events[0]);

	for (size_t i = 1; i < core->count; i++) {
		const struct trace_event *event = &core->events[i];

		if (TRACE_TYPE(event) != TRACE_SWITCH || TRACE_VCPU(event) == running)
			continue;
		svg_slice(set, running, begin, svg_x(set, event), y, out);
		begin = svg_x(set, event);
		running = TRACE_VCPU(event);
	}
	svg_slice(set, running, begin, svg_x(set, &core->events[core->count - 1]), y, out);
}

/* "fault rt.0 data abort …"; a start or stop is about a partition, not about what ran then. */
static void svg_flag_words(const struct trace_set *set, const struct trace_event *event,
                           char *label, size_t size)
{
	char words[TRACE_WORDS_MAX], context[TRACE_WORDS_MAX];
	uint8_t type = TRACE_TYPE(event);

	trace_words(set, event, words);
	if (type == TRACE_START || type == TRACE_STOP)
		snprintf(label, size, "%s %s", trace_type_name(type), words);
	else
		snprintf(label, size, "%s %s %s", trace_type_name(type),
		         trace_context(set, TRACE_VCPU(event), context), words);
}

/* A label stands right of its pole, at the picture's edge left of it. If it would cover the one
 * before it, it is only the pole's title. Returns where the next one may begin. */
static double svg_flag_label(double x, double y, double free_from, const char *label, FILE *out)
{
	double width = (double)strlen(label) * SVG_LETTER;

	if (x + width <= SVG_WIDTH && x >= free_from) {
		svg_label(out, x + 3, y + 12, "small", label);
		return x + width + 10;
	}
	if (x + width > SVG_WIDTH && x - width >= free_from) {
		svg_label(out, x - 3, y + 12, "right", label);
		return SVG_WIDTH;
	}
	return free_from;
}

static void svg_flags(const struct trace_set *set, const struct trace_core *core, double y,
                      FILE *out)
{
	char label[TRACE_WORDS_MAX * 3];
	double free_from = 0;

	for (size_t i = 0; i < core->count; i++) {
		const struct trace_event *event = &core->events[i];
		double x = svg_x(set, event);

		if (!event_in(event, flag_types))
			continue;
		svg_flag_words(set, event, label, sizeof(label));
		fprintf(out, "<path d=\"M%.1f %.1fv%d\" class=\"%s\"><title>", x, y,
		        SVG_FLAGS + SVG_BAND, TRACE_TYPE(event) == TRACE_FAULT ? "fault" : "flag");
		svg_text(out, label);
		fputs("</title></path>\n", out);
		free_from = svg_flag_label(x, y, free_from, label, out);
	}
}

static size_t svg_bin(const struct trace_set *set, const struct trace_event *event)
{
	size_t bin = (size_t)((svg_x(set, event) - SVG_LEFT) / SVG_BIN);

	return bin < SVG_BINS ? bin : SVG_BINS - 1;
}

/* The logarithm to base 2 of a number from 1 on, in sixteenths: near enough for a bar. */
static uint32_t svg_logarithm(uint32_t number)
{
	uint32_t whole = 0;

	while (number >> (whole + 1))
		whole++;
	return whole * 16 + (uint32_t)(((uint64_t)number << 4 >> whole) - 16);
}

static void svg_bars(const uint32_t count[SVG_BINS], uint32_t most, const struct svg_row *row,
                     double y, FILE *out)
{
	for (size_t i = 0; i < SVG_BINS; i++) {
		if (!count[i])
			continue;
		double share = most > 1 ? (double)svg_logarithm(count[i]) / svg_logarithm(most) : 1;
		double height = 3 + (SVG_ROW - 7) * share;
		fprintf(out,
		        "<rect x=\"%zu\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" "
		        "fill=\"%s\"><title>%u %s</title></rect>\n",
		        SVG_LEFT + i * SVG_BIN, y + SVG_ROW - 3 - height, SVG_BIN, height,
		        row->colour, count[i], row->name);
	}
}

static void svg_row(const struct trace_set *set, const struct trace_core *core,
                    const struct svg_row *row, double y, FILE *out)
{
	uint32_t count[SVG_BINS] = {0}, most = 1, all = 0;
	char label[64];

	for (size_t i = 0; i < core->count; i++) {
		uint32_t *bin = &count[svg_bin(set, &core->events[i])];

		if (!event_in(&core->events[i], row->types))
			continue;
		all++;
		if (++*bin > most)
			most = *bin;
	}
	fprintf(out, "<path d=\"M%d %.1fH%d\" class=\"line\"/>\n", SVG_LEFT, y + SVG_ROW - 3,
	        SVG_LEFT + SVG_SPAN);
	snprintf(label, sizeof(label), "%u %s", all, row->name);
	svg_label(out, SVG_LEFT - 8, y + SVG_ROW - 5, "right", label);
	svg_bars(count, most, row, y, out);
}

static void svg_lane(const struct trace_set *set, uint32_t number, FILE *out)
{
	const struct trace_core *core = &set->core[number];
	double y = SVG_TOP + (double)number * SVG_LANE;
	char label[64];

	snprintf(label, sizeof(label), "core %u", number);
	svg_label(out, 16, y + SVG_FLAGS + SVG_BAND - 7, "lane", label);
	if (!core->count) {
		svg_label(out, SVG_LEFT, y + SVG_FLAGS + SVG_BAND - 7, "small", "no events");
		return;
	}
	svg_band(set, core, y + SVG_FLAGS, out);
	svg_flags(set, core, y, out);
	for (size_t i = 0; i < SVG_ROWS; i++)
		svg_row(set, core, &rows[i], y + SVG_FLAGS + SVG_BAND + (double)i * SVG_ROW, out);
}

static void svg_duration(char *text, size_t size, double nanoseconds)
{
	if (nanoseconds >= 1e9)
		snprintf(text, size, "%.6g s", nanoseconds / 1e9);
	else if (nanoseconds >= 1e6)
		snprintf(text, size, "%.6g ms", nanoseconds / 1e6);
	else
		snprintf(text, size, "%.6g us", nanoseconds / 1e3);
}

static void svg_legend(const struct trace_set *set, FILE *out)
{
	static const uint8_t others[] = {TRACE_NO_VCPU, TRACE_CONSOLE, TRACE_LOADER};
	char words[TRACE_WORDS_MAX];
	double x = 16;
	uint32_t known = set->welcome.partitions;

	for (uint32_t i = 0; i < known + sizeof(others); i++) {
		const char *name =
		    i < known ? set->source[i] : trace_context(set, others[i - known], words);
		const char *colour = i < known ? colours[i] : svg_colour(set, others[i - known]);

		fprintf(out,
		        "<rect x=\"%.1f\" y=\"46\" width=\"14\" height=\"14\" fill=\"%s\" "
		        "stroke=\"#52606d\" stroke-width=\"0.5\"/>\n",
		        x, colour);
		svg_label(out, x + 20, 58, "legend", name);
		x += 44 + (double)strlen(name) * SVG_LETTER;
	}
}

/* A step of 1, 2 or 5 times a power of ten: at most twenty of them. */
static double svg_step(double nanoseconds)
{
	double power = 1;

	while (nanoseconds / power > 50)
		power *= 10;
	if (nanoseconds / power > 20)
		return nanoseconds / power > 40 ? power * 5 : power * 2;
	return power;
}

static double svg_nanoseconds(const struct trace_set *set)
{
	return (double)svg_ticks(set) * 1e9 / (double)set->welcome.counter_hz;
}

static void svg_axis(const struct trace_set *set, double bottom, FILE *out)
{
	double all = svg_nanoseconds(set), step = svg_step(all);
	char label[32];

	for (unsigned int i = 0; i * step <= all; i++) {
		double x = SVG_LEFT + i * step / all * SVG_SPAN;

		fprintf(out, "<path d=\"M%.1f %d V%.1f\" class=\"grid\"/>\n", x, SVG_TOP - 4,
		        bottom);
		svg_duration(label, sizeof(label), i * step);
		svg_label(out, x, bottom + 16, "middle", label);
	}
}

static void svg_head(const struct trace_set *set, double height, FILE *out)
{
	char title[160], duration[32];

	fprintf(out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
	        "viewBox=\"0 0 %d %.0f\">\n",
	        SVG_WIDTH, height, SVG_WIDTH, height);
	fputs("<style>text{font-family:sans-serif;font-size:12px;fill:#1f2933}"
	      ".title{font-size:18px;font-weight:bold}.lane{font-size:15px;font-weight:bold}"
	      ".small,.in{font-size:11px}.right{text-anchor:end;fill:#52606d;font-size:11px}"
	      ".middle{text-anchor:middle;fill:#52606d}.grid{stroke:#e4e7eb}"
	      ".line{stroke:#cbd2d9}.flag{stroke:#1f2933}.fault{stroke:#dc2626;stroke-width:2}"
	      "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
	      out);
	svg_duration(duration, sizeof(duration), svg_nanoseconds(set));
	snprintf(title, sizeof(title), "%s: %zu events on %u cores in %s", set->welcome.system,
	         trace_set_events(set), set->welcome.cores, duration);
	svg_label(out, 16, 30, "title", title);
	svg_legend(set, out);
	svg_label(out, 16, 80, "small",
	          "Band: what each core ran. Bars: how many events in that time, on a "
	          "logarithmic scale of their own in each row.");
}

bool trace_write_svg(const struct trace_set *set, FILE *out)
{
	double bottom = SVG_TOP + (double)set->welcome.cores * SVG_LANE - SVG_GAP + 4;

	svg_head(set, bottom + 30, out);
	svg_axis(set, bottom, out);
	for (uint32_t i = 0; i < set->welcome.cores; i++)
		svg_lane(set, i, out);
	fputs("</svg>\n", out);
	return !ferror(out);
}
