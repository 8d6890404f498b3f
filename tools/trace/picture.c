/*
 * A trace as a picture, with a lane for each core. A lane has a band with the contexts over time
 * (picture_band.c), marks for rare events (picture_marks.c), and rows with the number of exits,
 * interrupts and injections in each two pixels of time. A bar's height is the logarithm of the
 * number. This file makes the page and the rows.
 */
#include "picture.h"
#include "rtos.h"
#include <stdlib.h>
#include <string.h>

struct picture_row {
	const char *name, *colour;
	uint32_t types; /* bits of enum trace_type */
};

static const struct picture_row rows[PICTURE_ROWS] = {
    {"exits", "#c2410c", 1u << TRACE_EXIT},
    {"interrupts", "#1d4ed8", 1u << TRACE_INTERRUPT},
    {"injected", "#0f766e", 1u << TRACE_INJECT},
    {"mail, calls", "#7e22ce", 1u << TRACE_MAIL | 1u << TRACE_HYPERCALL},
};

static const char *const colours[BUNDLE_PARTITIONS_MAX] = {
    "#7cb0e8", "#f2b263", "#8fca8a", "#d79ad6", "#e58b8b", "#6cc5c1", "#c4b35a", "#a3a1e6"};

void picture_text(FILE *out, const char *text)
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

void picture_label(FILE *out, double x, double y, const char *class, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	picture_text(out, text);
	fputs("</text>\n", out);
}

static uint64_t picture_ticks(const struct trace_set *set)
{
	return set->until > set->shown ? set->until - set->shown : 1;
}

double picture_at(const struct trace_set *set, uint64_t ticks)
{
	uint64_t at = ticks < set->until ? ticks : set->until;
	double since = at > set->shown ? (double)(at - set->shown) : 0;

	return PICTURE_LEFT + since / (double)picture_ticks(set) * PICTURE_SPAN;
}

bool picture_shown(const struct trace_set *set, const struct trace_event *event)
{
	uint64_t ticks = trace_set_ticks(set, event);

	return ticks >= set->shown && ticks <= set->until;
}

double picture_nanoseconds(const struct trace_set *set, uint64_t ticks)
{
	return (double)ticks * 1e9 / (double)set->welcome.counter_hz;
}

double picture_lane_top(uint32_t core)
{
	return PICTURE_TOP + (double)core * PICTURE_LANE;
}

double picture_band_top(uint32_t core)
{
	return picture_lane_top(core) + PICTURE_FLAGS;
}

static bool event_in(const struct trace_event *event, uint32_t types)
{
	return TRACE_TYPE(event) < 32 && (types >> TRACE_TYPE(event) & 1);
}

const char *picture_colour(const struct trace_set *set, uint8_t vcpu)
{
	int partition = trace_partition(set, vcpu);

	if (partition >= 0)
		return colours[partition];
	if (vcpu == TRACE_NO_VCPU)
		return "#eceff3";
	if (vcpu == TRACE_WARDEN)
		return "#7c8896";
	if (vcpu == TRACE_BROKER)
		return "#52606d";
	return vcpu == TRACE_CONSOLE ? "#9aa5b1" : "#616e7c";
}

/* A vCPU's shade. There are four: a partition's fifth vCPU looks like the first. */
double picture_strength(const struct trace_set *set, uint8_t vcpu)
{
	static const double strengths[] = {1, 0.55, 0.8, 0.35};
	unsigned int number = 0;

	while (trace_partition(set, vcpu) >= 0 && vcpu > number &&
	       trace_partition(set, (uint8_t)(vcpu - number - 1)) == trace_partition(set, vcpu))
		number++;
	return strengths[number % 4];
}

static size_t picture_bin(const struct trace_set *set, const struct trace_event *event)
{
	size_t bin =
	    (size_t)((picture_at(set, trace_set_ticks(set, event)) - PICTURE_LEFT) / PICTURE_BIN);

	return bin < PICTURE_BINS ? bin : PICTURE_BINS - 1;
}

uint32_t picture_logarithm(uint32_t number)
{
	uint32_t whole = 0;

	while (number >> (whole + 1))
		whole++;
	return whole * 16 + (uint32_t)(((uint64_t)number << 4 >> whole) - 16);
}

static void picture_bars(const uint32_t count[PICTURE_BINS], uint32_t most,
                         const struct picture_row *row, double y, FILE *out)
{
	for (size_t i = 0; i < PICTURE_BINS; i++) {
		if (!count[i])
			continue;
		double share =
		    most > 1 ? (double)picture_logarithm(count[i]) / picture_logarithm(most) : 1;
		double height = 3 + (PICTURE_ROW - 7) * share;
		fprintf(out,
		        "<rect x=\"%zu\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" "
		        "fill=\"%s\"><title>%u %s</title></rect>\n",
		        PICTURE_LEFT + i * PICTURE_BIN, y + PICTURE_ROW - 3 - height, PICTURE_BIN,
		        height, row->colour, count[i], row->name);
	}
}

static void picture_row(const struct trace_set *set, const struct trace_core *core,
                        const struct picture_row *row, double y, FILE *out)
{
	uint32_t count[PICTURE_BINS] = {0}, most = 1, all = 0;
	char label[64];

	for (size_t i = 0; i < core->count; i++) {
		uint32_t *bin = &count[picture_bin(set, &core->events[i])];

		if (!event_in(&core->events[i], row->types) ||
		    !picture_shown(set, &core->events[i]))
			continue;
		all++;
		if (++*bin > most)
			most = *bin;
	}
	fprintf(out, "<path d=\"M%d %.1fH%d\" class=\"line\"/>\n", PICTURE_LEFT,
	        y + PICTURE_ROW - 3, PICTURE_LEFT + PICTURE_SPAN);
	snprintf(label, sizeof(label), "%u %s", all, row->name);
	picture_label(out, PICTURE_LEFT - 8, y + PICTURE_ROW - 5, "right", label);
	picture_bars(count, most, row, y, out);
}

static bool picture_any(const struct trace_set *set, const struct trace_core *core)
{
	for (size_t i = 0; i < core->count; i++)
		if (picture_shown(set, &core->events[i]))
			return true;
	return false;
}

static void picture_lane(const struct trace_set *set, uint32_t number, FILE *out)
{
	const struct trace_core *core = &set->core[number];
	double middle = picture_band_top(number) + PICTURE_BAND / 2.0 + 5;
	double rows_top = picture_band_top(number) + PICTURE_BAND + PICTURE_WAITS;
	char label[64];

	snprintf(label, sizeof(label), "core %u", number);
	picture_label(out, 16, middle, "lane", label);
	if (!core->count) {
		picture_label(out, PICTURE_LEFT, middle, "small", "no events");
		return;
	}
	if (!picture_any(set, core) && !picture_power_any(set))
		picture_label(out, PICTURE_LEFT + 4, middle, "small",
		              "no events in this time: its ring was read before it, or it slept");
	picture_band(set, number, out);
	picture_off(set, number, out);
	picture_marks(set, number, out);
	for (size_t i = 0; i < PICTURE_ROWS; i++)
		picture_row(set, core, &rows[i], rows_top + (double)i * PICTURE_ROW, out);
}

void picture_duration(char *text, size_t size, double nanoseconds)
{
	if (nanoseconds >= 1e9)
		snprintf(text, size, "%.6g s", nanoseconds / 1e9);
	else if (nanoseconds >= 1e6)
		snprintf(text, size, "%.6g ms", nanoseconds / 1e6);
	else
		snprintf(text, size, "%.6g us", nanoseconds / 1e3);
}

const char *picture_context(const struct trace_set *set, uint8_t vcpu, char words[TRACE_WORDS_MAX])
{
	return vcpu == TRACE_NO_VCPU ? "nobody" : trace_context(set, vcpu, words);
}

#define LEGEND_LEFT 16
#define LEGEND_TOP  58 /* the first row's letters */
#define LEGEND_ROW  18
#define LEGEND_BOX  14

double picture_legend_take(struct picture_legend *legend, double width)
{
	const double x = legend->x;

	if (x > LEGEND_LEFT && x + width > PICTURE_WIDTH - LEGEND_LEFT) {
		legend->x = LEGEND_LEFT + width;
		legend->y += LEGEND_ROW;
		return LEGEND_LEFT;
	}
	legend->x = x + width;
	return x;
}

static double legend_box(const char *colour, double strength, double x,
                         const struct picture_legend *legend)
{
	fprintf(legend->out,
	        "<rect x=\"%.1f\" y=\"%.0f\" width=\"%d\" height=\"%d\" fill=\"%s\" "
	        "fill-opacity=\"%.2f\" stroke=\"#52606d\" stroke-width=\"0.5\"/>\n",
	        x, legend->y - 12, LEGEND_BOX, LEGEND_BOX, colour, strength);
	return x + LEGEND_BOX;
}

/* Takes room in the legend for some boxes and a name behind them; returns where the boxes begin. */
static double legend_take(struct picture_legend *legend, unsigned int boxes, const char *name)
{
	return picture_legend_take(legend, boxes * LEGEND_BOX + 28 +
	                                       (double)strlen(name) * PICTURE_LEGEND_LETTER);
}

/* How many boxes a partition needs: one for each of its vCPUs that looks different. */
static unsigned int legend_boxes(const struct trace_set *set, uint32_t partition)
{
	unsigned int boxes = 0;

	for (uint32_t vcpu = 0; vcpu < set->welcome.vcpus; vcpu++)
		boxes += trace_partition(set, (uint8_t)vcpu) == (int)partition;
	return boxes < 4 ? boxes : 4;
}

static void legend_partition(const struct trace_set *set, uint32_t partition,
                             struct picture_legend *legend)
{
	const char *name = set->source[partition];
	unsigned int boxes = legend_boxes(set, partition);
	double x = legend_take(legend, boxes, name);

	for (uint32_t vcpu = 0; vcpu < set->welcome.vcpus && boxes != 0; vcpu++)
		if (trace_partition(set, (uint8_t)vcpu) == (int)partition) {
			x = legend_box(colours[partition], picture_strength(set, (uint8_t)vcpu), x,
			               legend);
			boxes--;
		}
	picture_label(legend->out, x + 6, legend->y, "legend", name);
}

static void legend_other(const struct trace_set *set, uint8_t vcpu, struct picture_legend *legend)
{
	char words[TRACE_WORDS_MAX];
	const char *name = picture_context(set, vcpu, words);
	double x = legend_take(legend, 1, name);

	x = legend_box(picture_colour(set, vcpu), 1, x, legend);
	picture_label(legend->out, x + 6, legend->y, "legend", name);
}

static void legend_all(const struct trace_set *set, struct picture_legend *legend)
{
	static const uint8_t others[] = {TRACE_NO_VCPU, TRACE_CONSOLE, TRACE_LOADER, TRACE_WARDEN,
	                                 TRACE_BROKER};

	for (uint32_t i = 0; i < set->welcome.partitions; i++)
		legend_partition(set, i, legend);
	for (uint32_t i = 0; i < sizeof(others); i++)
		legend_other(set, others[i], legend);
	picture_marks_legend(set, legend);
}

/* Makes the legend as text first, since its rows decide how high the picture is. The caller frees
 * the text; NULL: no memory. `more`: the height of the rows after the first. */
static char *picture_legend(const struct trace_set *set, double *more)
{
	struct picture_legend legend = {.x = LEGEND_LEFT, .y = LEGEND_TOP};
	char *text = NULL;
	size_t size = 0;

	legend.out = open_memstream(&text, &size);
	if (!legend.out)
		return NULL;
	if (set->welcome.cores)
		legend_all(set, &legend);
	*more = legend.y - LEGEND_TOP;
	if (fclose(legend.out) == 0)
		return text;
	free(text);
	return NULL;
}

/* The step of the axis' labels: 1, 2 or 5 times a power of ten, so that there are at most
 * twenty. */
static double picture_step(double nanoseconds)
{
	double power = 1;

	while (nanoseconds / power > 50)
		power *= 10;
	if (nanoseconds / power > 20)
		return nanoseconds / power > 40 ? power * 5 : power * 2;
	return power;
}

static void picture_axis(const struct trace_set *set, double bottom, FILE *out)
{
	double all = picture_nanoseconds(set, picture_ticks(set)), step = picture_step(all);
	char label[32];

	for (unsigned int i = 0; i * step <= all; i++) {
		double x = PICTURE_LEFT + i * step / all * PICTURE_SPAN;

		fprintf(out, "<path d=\"M%.1f %d V%.1f\" class=\"grid\"/>\n", x, PICTURE_TOP - 4,
		        bottom);
		picture_duration(label, sizeof(label), i * step);
		picture_label(out, x, bottom + 16, "middle", label);
	}
}

static size_t picture_events(const struct trace_set *set)
{
	size_t count = 0;

	for (uint32_t i = 0; i < set->welcome.cores; i++)
		for (size_t j = 0; j < set->core[i].count; j++)
			count += picture_shown(set, &set->core[i].events[j]);
	for (uint32_t i = 0; set->rtos && i < set->rtos->cpus; i++)
		for (size_t j = 0; j < set->rtos->cpu[i].count; j++)
			count += picture_shown(set, &set->rtos->cpu[i].events[j]);
	return count;
}

static void picture_explain(FILE *out)
{
	picture_label(out, 16, 80, "small",
	              "Band: the contexts that ran on the core; where many took turns, each "
	              "context's share of that time, but a tenth at least. Thin lines below it: "
	              "the contexts that were ready and waited.");
	picture_label(
	    out, 16, 96, "small",
	    "Bars: how many events in that time, on a logarithmic scale of their own in "
	    "each row. Rest the mouse on anything: it says what it is. A guest alone on its "
	    "core seems to run while it waits.");
}

static void picture_head(const struct trace_set *set, double height, FILE *out)
{
	const size_t shown = picture_events(set), all = trace_set_events(set);
	char title[200], duration[32], whole[40] = "";

	fprintf(out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
	        "viewBox=\"0 0 %d %.0f\">\n",
	        PICTURE_WIDTH, height, PICTURE_WIDTH, height);
	fputs("<style>text{font-family:sans-serif;font-size:12px;fill:#1f2933}"
	      ".title{font-size:18px;font-weight:bold}.lane{font-size:15px;font-weight:bold}"
	      ".small,.in{font-size:11px}.right{text-anchor:end;fill:#52606d;font-size:11px}"
	      ".over{font-size:11px;paint-order:stroke;stroke:#ffffff;stroke-width:4px}"
	      ".middle{text-anchor:middle;fill:#52606d}.grid{stroke:#e4e7eb}"
	      ".line{stroke:#cbd2d9}.flag{stroke:#1f2933}.fault{stroke:#dc2626;stroke-width:2}"
	      ".move{stroke:#be185d;stroke-width:1.5;fill:none}.wait{stroke:none}"
	      ".on{fill:#8fca8a;fill-opacity:0.5;stroke:#15803d}"
	      "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
	      out);
	picture_duration(duration, sizeof(duration), picture_nanoseconds(set, picture_ticks(set)));
	if (shown != all)
		snprintf(whole, sizeof(whole), " (of %zu in the trace)", all);
	snprintf(title, sizeof(title), "%s: %zu events on %u %s%s in %s%s", set->welcome.system,
	         shown, trace_set_count(set), set->welcome.cores ? "core" : "CPU",
	         trace_set_count(set) == 1 ? "" : "s", duration, whole);
	picture_label(out, 16, 30, "title", title);
}

/* Draws the axis, the lanes, and what joins lanes. */
static void picture_lanes(const struct trace_set *set, double bottom, FILE *out)
{
	picture_axis(set, bottom, out);
	if (picture_power_any(set))
		picture_cores_on(set, bottom + 26, out);
	for (uint32_t i = 0; i < set->welcome.cores; i++)
		picture_lane(set, i, out);
	picture_waits(set, out);
	picture_moves(set, out);
	for (uint32_t i = 0; i < set->welcome.cores; i++)
		picture_labels(set, i, out);
}

bool trace_write_svg(const struct trace_set *set, FILE *out)
{
	const double lanes = PICTURE_TOP + (double)set->welcome.cores * PICTURE_LANE;
	const double bottom =
	    (set->rtos ? lanes + trace_rtos_height(set) : lanes - PICTURE_GAP) + 4;
	double more = 0;
	char *legend = picture_legend(set, &more);

	if (!legend)
		return false;
	picture_head(set, bottom + 30 + more + (picture_power_any(set) ? PICTURE_PLOT : 0), out);
	if (set->welcome.cores)
		picture_symbols(out);
	fprintf(out, "%s<g transform=\"translate(0 %.0f)\">\n", legend, more);
	if (set->welcome.cores)
		picture_explain(out);
	picture_lanes(set, bottom, out);
	if (set->rtos)
		trace_rtos_picture(set, lanes, out);
	fputs("</g></svg>\n", out);
	free(legend);
	return !ferror(out);
}
