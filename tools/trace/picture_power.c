/*
 * Cores that are off, in the picture: the lane of such a core is hatched, and below all lanes a
 * plot shows how many cores were on. Both appear only if a core in the trace went off or came on.
 */
#include "picture.h"
#include <string.h>

#define PLOT_HEIGHT 60

static bool power_event(const struct trace_event *event)
{
	return TRACE_TYPE(event) == TRACE_CORE;
}

/* The number of a core's next event, from `from` on, by which it goes off or comes on; core->count:
 * there is none. */
static size_t power_next(const struct trace_core *core, size_t from)
{
	while (from < core->count && !power_event(&core->events[from]))
		from++;
	return from;
}

/* Whether a core is off at first: its first such event tells the state before. */
static bool power_begins_off(const struct trace_core *core)
{
	size_t first = power_next(core, 0);

	return first < core->count && core->events[first].data != 0;
}

bool picture_power_any(const struct trace_set *set)
{
	for (uint32_t i = 0; i < set->welcome.cores; i++)
		if (power_next(&set->core[i], 0) < set->core[i].count)
			return true;
	return false;
}

/* ---- in the lane ---- */

static void off_draw(const struct trace_set *set, uint32_t number, uint64_t from, uint64_t to,
                     FILE *out)
{
	double x = picture_at(set, from), width = picture_at(set, to) - x;
	double y = picture_band_top(number);
	char duration[32];

	if (to <= set->shown || from >= set->until || width <= 0)
		return;
	picture_duration(duration, sizeof(duration), picture_nanoseconds(set, to - from));
	fprintf(out,
	        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"url(#off)\">"
	        "<title>core %u is off, for %s</title></rect>\n",
	        x, y, width, PICTURE_BAND, number, duration);
	if (width > 3 * PICTURE_LETTER + 8)
		picture_label(out, x + 4, y + PICTURE_BAND / 2.0 + 4, "in", "off");
}

void picture_off(const struct trace_set *set, uint32_t number, FILE *out)
{
	const struct trace_core *core = &set->core[number];
	bool off = power_begins_off(core);
	uint64_t since = set->shown;

	for (size_t i = power_next(core, 0); i < core->count; i = power_next(core, i + 1)) {
		uint64_t now = trace_set_ticks(set, &core->events[i]);

		if (off)
			off_draw(set, number, since, now, out);
		off = core->events[i].data == 0;
		since = now;
	}
	if (off)
		off_draw(set, number, since, set->until, out);
}

/* ---- how many are on ---- */

struct plot {
	double y; /* where no core is on */
	double on, at, sum;
	uint32_t cores;
};

static double plot_y(const struct plot *plot)
{
	return plot->y - PLOT_HEIGHT * plot->on / plot->cores;
}

/* Goes on with the present number of cores, up to a place. */
static void plot_until(struct plot *plot, double x, FILE *out)
{
	plot->sum += plot->on * (x - plot->at);
	plot->at = x;
	fprintf(out, "H%.1f", x);
}

static void plot_words(const struct plot *plot, FILE *out)
{
	char label[64];

	snprintf(label, sizeof(label), "%u cores on", plot->cores);
	picture_label(out, PICTURE_LEFT - 8, plot->y - PLOT_HEIGHT + 8, "right", label);
	picture_label(out, PICTURE_LEFT - 8, plot->y, "right", "0");
	snprintf(label, sizeof(label), "%.2f on average", plot->sum / PICTURE_SPAN);
	picture_label(out, 16, plot->y - PLOT_HEIGHT / 2.0, "small", label);
}

void picture_cores_on(const struct trace_set *set, double top, FILE *out)
{
	struct plot plot = {
	    .y = top + PLOT_HEIGHT, .at = PICTURE_LEFT, .cores = set->welcome.cores};
	struct trace_cursor cursor = {0};
	const struct trace_event *event;

	for (uint32_t i = 0; i < plot.cores; i++)
		plot.on += !power_begins_off(&set->core[i]);
	fprintf(out,
	        "<path d=\"M%d %.1fH%d\" class=\"line\"/>\n<path id=\"cores-on\" d=\"M%d %.1fV%.1f",
	        PICTURE_LEFT, plot.y, PICTURE_LEFT + PICTURE_SPAN, PICTURE_LEFT, plot.y,
	        plot_y(&plot));
	while ((event = trace_next(set, &cursor)) != NULL) {
		if (!power_event(event))
			continue;
		if (trace_set_ticks(set, event) < set->until)
			plot_until(&plot, picture_at(set, trace_set_ticks(set, event)), out);
		else
			break;
		plot.on += event->data != 0 ? 1 : -1;
		fprintf(out, "V%.1f", plot_y(&plot));
	}
	plot_until(&plot, PICTURE_LEFT + PICTURE_SPAN, out);
	fprintf(out, "V%.1fZ\" class=\"on\"/>\n", plot.y);
	plot_words(&plot, out);
}
