/*
 * The band of each core: its contexts over time. If several contexts ran within a bin's width, each
 * gets a share of the bin's height by its time, always in the same order. So many switches are
 * visible as shares, and a short run is visible, too. Below the band stand vCPUs that were ready
 * and waited for the core.
 */
#include "picture.h"
#include <lib/tracewords.h>
#include <string.h>

#define BAND_CONTEXTS 256
#define BAND_LEAST    0.1 /* of the band's height, for any context that ran */
#define WAITS_ROWS    3
#define WAITS_HEIGHT  3

/* The time of each context in a bin. */
struct band_bin {
	double time[BAND_CONTEXTS];
	uint32_t contexts; /* contexts with time in the bin */
	uint8_t first;     /* the context, if there is only one */
};

struct band {
	struct band_bin bin[PICTURE_BINS];
};

static void band_add(struct band *band, uint8_t vcpu, double from, double to)
{
	double end = (to - PICTURE_LEFT) / PICTURE_BIN, at = (from - PICTURE_LEFT) / PICTURE_BIN;

	while (at < end) {
		size_t number = (size_t)at;
		double until = (double)number + 1 < end ? (double)number + 1 : end;

		if (number >= PICTURE_BINS)
			return;
		struct band_bin *bin = &band->bin[number];
		if (bin->time[vcpu] == 0 && bin->contexts++ == 0)
			bin->first = vcpu;
		bin->time[vcpu] += until - at;
		at = until;
	}
}

static void band_fill(const struct trace_set *set, const struct trace_core *core, struct band *band)
{
	uint8_t running = TRACE_VCPU(&core->events[0]);
	double begin = picture_at(set, trace_set_ticks(set, &core->events[0]));

	for (size_t i = 1; i < core->count; i++) {
		const struct trace_event *event = &core->events[i];

		if (TRACE_TYPE(event) != TRACE_SWITCH || TRACE_VCPU(event) == running)
			continue;
		double now = picture_at(set, trace_set_ticks(set, event));
		band_add(band, running, begin, now);
		begin = now;
		running = TRACE_VCPU(event);
	}
	band_add(band, running, begin,
	         picture_at(set, trace_set_ticks(set, &core->events[core->count - 1])));
}

static void band_box(const struct trace_set *set, uint8_t vcpu, double x, double y, double width,
                     double height, FILE *out)
{
	fprintf(out,
	        "<rect x=\"%.1f\" y=\"%.2f\" width=\"%.1f\" height=\"%.2f\" fill=\"%s\" "
	        "fill-opacity=\"%.2f\"",
	        x, y, width, height, picture_colour(set, vcpu), picture_strength(set, vcpu));
}

/* Draws one context alone, over some bins. */
static void band_stretch(const struct trace_set *set, uint8_t vcpu, size_t from, size_t to,
                         double y, FILE *out)
{
	double x = PICTURE_LEFT + (double)from * PICTURE_BIN,
	       width = (double)(to - from) * PICTURE_BIN;
	char room[TRACE_WORDS_MAX];
	const char *words = picture_context(set, vcpu, room);

	band_box(set, vcpu, x, y, width, PICTURE_BAND, out);
	fputs("><title>", out);
	picture_text(out, words);
	fputs("</title></rect>\n", out);
	if (width > (double)strlen(words) * PICTURE_LETTER + 8)
		picture_label(out, x + 4, y + PICTURE_BAND / 2.0 + 4, "in", words);
}

static void band_title(const struct trace_set *set, const struct band_bin *bin, double all,
                       FILE *out)
{
	char words[TRACE_WORDS_MAX];
	const char *between = "";

	fputs("<title>", out);
	for (unsigned int vcpu = 0; vcpu < BAND_CONTEXTS; vcpu++) {
		if (bin->time[vcpu] == 0)
			continue;
		fputs(between, out);
		picture_text(out, picture_context(set, (uint8_t)vcpu, words));
		fprintf(out, " %.0f %%", bin->time[vcpu] * 100 / all);
		between = ", ";
	}
	fputs("</title>", out);
}

/* The height for this share of the time. It has a minimum: even the shortest run is visible. */
static double band_height(double share)
{
	return share > 0 && share < BAND_LEAST ? BAND_LEAST : share;
}

static void band_shares(const struct trace_set *set, const struct band_bin *bin, size_t number,
                        double y, FILE *out)
{
	double all = 0, heights = 0, x = PICTURE_LEFT + (double)number * PICTURE_BIN;

	for (unsigned int vcpu = 0; vcpu < BAND_CONTEXTS; vcpu++)
		all += bin->time[vcpu];
	for (unsigned int vcpu = 0; vcpu < BAND_CONTEXTS; vcpu++)
		heights += band_height(bin->time[vcpu] / all);
	fputs("<g>", out);
	band_title(set, bin, all, out);
	for (unsigned int vcpu = 0; vcpu < BAND_CONTEXTS; vcpu++) {
		double height = band_height(bin->time[vcpu] / all) / heights * PICTURE_BAND;

		if (bin->time[vcpu] == 0)
			continue;
		band_box(set, (uint8_t)vcpu, x, y, PICTURE_BIN, height, out);
		fputs("/>", out);
		y += height;
	}
	fputs("</g>\n", out);
}

void picture_band(const struct trace_set *set, uint32_t number, FILE *out)
{
	static struct band band;
	double y = picture_band_top(number);
	size_t next;

	memset(&band, 0, sizeof(band));
	band_fill(set, &set->core[number], &band);
	for (size_t i = 0; i < PICTURE_BINS; i = next) {
		const struct band_bin *bin = &band.bin[i];

		next = i + 1;
		if (bin->contexts > 1)
			band_shares(set, bin, i, y, out);
		if (bin->contexts != 1)
			continue;
		while (next < PICTURE_BINS && band.bin[next].contexts == 1 &&
		       band.bin[next].first == bin->first)
			next++;
		band_stretch(set, bin->first, i, next, y, out);
	}
}

/* ---- waiting vCPUs ---- */

/* From which place on each row is free. An entry that finds no free row is left out. */
struct waits {
	double free[BUNDLE_CORES_MAX][WAITS_ROWS];
};

static void waits_draw(const struct trace_set *set, const struct trace_wait *wait, double y,
                       double x, double width, FILE *out)
{
	char words[TRACE_WORDS_MAX], duration[32];

	picture_duration(duration, sizeof(duration),
	                 picture_nanoseconds(set, wait->to - wait->from));
	fprintf(out,
	        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" class=\"wait\" "
	        "fill=\"%s\"><title>",
	        x, y, width, WAITS_HEIGHT, picture_colour(set, wait->vcpu));
	picture_text(out, trace_context(set, wait->vcpu, words));
	fprintf(out, " %s %s</title></rect>\n", wait->woke ? "woke, and waited" : "was ready for",
	        duration);
}

static void waits_one(const struct trace_set *set, struct waits *waits,
                      const struct trace_wait *wait, FILE *out)
{
	double x = picture_at(set, wait->from), width = picture_at(set, wait->to) - x;

	if (width < 0.5)
		return;
	for (unsigned int row = 0; row < WAITS_ROWS; row++) {
		if (waits->free[wait->core][row] > x)
			continue;
		waits->free[wait->core][row] = x + width;
		waits_draw(set, wait,
		           picture_band_top(wait->core) + PICTURE_BAND + 2 +
		               row * (WAITS_HEIGHT + 1.0),
		           x, width, out);
		return;
	}
}

void picture_waits(const struct trace_set *set, FILE *out)
{
	struct trace_cursor cursor = {0};
	struct trace_story story;
	struct waits waits = {0};
	const struct trace_event *event;
	struct trace_wait wait;

	trace_story_begin(&story);
	while ((event = trace_next(set, &cursor)) != NULL)
		if (trace_story_event(set, &story, event, cursor.core, &wait))
			waits_one(set, &waits, &wait, out);
}
