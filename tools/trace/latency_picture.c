/*
 * Latencies as a picture: for each vCPU and kind a histogram with a bar for each bucket. All have
 * the same logarithmic axis of time, so that they can be compared. The bars' heights are
 * logarithmic, too: otherwise one worst case among thousands would be invisible.
 */
#include "latency.h"
#include "picture.h"
#include <string.h>

#define LATENCY_LEFT  460 /* the longest name ends before it */
#define LATENCY_TOP   96
#define LATENCY_ROW   64
#define LATENCY_BAR   44 /* height of the highest bar */
#define LATENCY_WIDTH 1320
#define LATENCY_SPAN  (LATENCY_WIDTH - LATENCY_LEFT - 40)

/* The buckets with samples. */
struct range {
	size_t first, last;
	unsigned int rows;
};

static struct range range_of(const struct latencies *latencies)
{
	struct range range = {LATENCY_BUCKETS - 1, 0, 0};

	for (size_t i = 0; i < BUNDLE_VCPUS_MAX * (size_t)LATENCY_KINDS; i++) {
		const struct latency *latency =
		    &latencies->of[i / LATENCY_KINDS][i % LATENCY_KINDS];

		range.rows += latency->count != 0;
		for (size_t bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
			if (!latency->bucket[bucket])
				continue;
			range.first = bucket < range.first ? bucket : range.first;
			range.last = bucket > range.last ? bucket : range.last;
		}
	}
	return range;
}

static double bucket_width(const struct range *range)
{
	return (double)LATENCY_SPAN / (double)(range->last - range->first + 1);
}

static double bucket_x(const struct range *range, size_t bucket)
{
	return LATENCY_LEFT + (double)(bucket - range->first) * bucket_width(range);
}

/* The place of a number of ticks, on the logarithmic axis. */
static double ticks_x(const struct range *range, uint64_t ticks)
{
	size_t bucket = 0;

	while (bucket < LATENCY_BUCKETS - 1 && ticks >> bucket)
		bucket++;
	double begin = (double)latency_bucket_begin(bucket);
	double share = begin > 0 ? ((double)ticks - begin) / begin : 0;
	return bucket_x(range, bucket) + share * bucket_width(range);
}

static void draw_bars(const struct trace_set *set, const struct latency *latency,
                      const struct range *range, double bottom, FILE *out)
{
	size_t most = 1;
	char from[TRACE_WORDS_MAX], to[TRACE_WORDS_MAX];

	for (size_t i = range->first; i <= range->last; i++)
		most = latency->bucket[i] > most ? latency->bucket[i] : most;
	for (size_t i = range->first; i <= range->last; i++) {
		double share = (16.0 + picture_logarithm((uint32_t)latency->bucket[i])) /
		               (16.0 + picture_logarithm((uint32_t)most));
		double height = LATENCY_BAR * share;

		if (!latency->bucket[i])
			continue;
		fprintf(out,
		        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		        "class=\"bar\"><title>%zu from %s to %s</title></rect>\n",
		        bucket_x(range, i) + 1, bottom - height, bucket_width(range) - 2, height,
		        latency->bucket[i], latency_time(set, latency_bucket_begin(i), from),
		        latency_time(set, latency_bucket_begin(i + 1), to));
	}
}

static void draw_mark(const struct trace_set *set, const struct latency *latency,
                      const struct range *range, unsigned int share, double bottom, FILE *out)
{
	static const char *const names[] = {"median", "99 %", "worst"};
	const char *name = share == 500 ? names[0] : share == 990 ? names[1] : names[2];
	double x = ticks_x(range, latency_at(latency, share));
	char words[TRACE_WORDS_MAX];

	fprintf(out, "<path d=\"M%.1f %.1fv%d\" class=\"%s\"><title>%s %s</title></path>\n", x,
	        bottom - LATENCY_BAR, LATENCY_BAR + 4, share == 1000 ? "worst" : "mark", name,
	        latency_time(set, latency_at(latency, share), words));
}

static void draw_one(const struct trace_set *set, const struct latency *latency, const char *name,
                     const struct range *range, double top, FILE *out)
{
	double bottom = top + LATENCY_BAR;
	char label[TRACE_WORDS_MAX * 2], words[4][TRACE_WORDS_MAX];

	picture_label(out, 16, top + 16, "name", name);
	snprintf(label, sizeof(label), "%zu times; median %s, 99 %% %s, worst %s", latency->count,
	         latency_time(set, latency_at(latency, 500), words[0]),
	         latency_time(set, latency_at(latency, 990), words[1]),
	         latency_time(set, latency_at(latency, 1000), words[2]));
	picture_label(out, 16, top + 34, "small", label);
	fprintf(out, "<path d=\"M%d %.1fH%d\" class=\"line\"/>\n", LATENCY_LEFT, bottom,
	        LATENCY_LEFT + LATENCY_SPAN);
	draw_bars(set, latency, range, bottom, out);
	draw_mark(set, latency, range, 500, bottom, out);
	draw_mark(set, latency, range, 990, bottom, out);
	draw_mark(set, latency, range, 1000, bottom, out);
}

static void draw_axis(const struct trace_set *set, const struct range *range, double bottom,
                      FILE *out)
{
	char words[TRACE_WORDS_MAX];

	for (size_t i = range->first; i <= range->last + 1; i++) {
		double x = LATENCY_LEFT + (double)(i - range->first) * bucket_width(range);

		fprintf(out, "<path d=\"M%.1f %d V%.1f\" class=\"grid\"/>\n", x, LATENCY_TOP - 6,
		        bottom);
		picture_label(out, x, bottom + 16, "middle",
		              latency_time(set, latency_bucket_begin(i), words));
	}
}

static void draw_head(const struct trace_set *set, double height, FILE *out)
{
	char title[160], duration[32];

	fprintf(out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
	        "viewBox=\"0 0 %d %.0f\">\n",
	        LATENCY_WIDTH, height, LATENCY_WIDTH, height);
	fputs("<style>text{font-family:sans-serif;font-size:12px;fill:#1f2933}"
	      ".title{font-size:18px;font-weight:bold}.name{font-weight:bold}"
	      ".small{font-size:11px}.middle{text-anchor:middle;fill:#52606d;font-size:11px}"
	      ".grid{stroke:#e4e7eb}.line{stroke:#cbd2d9}.bar{fill:#7cb0e8}"
	      ".mark{stroke:#1f2933}.worst{stroke:#dc2626;stroke-width:2}"
	      "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
	      out);
	picture_duration(duration, sizeof(duration), picture_nanoseconds(set, set->end));
	snprintf(title, sizeof(title), "%s: latencies in %s", set->welcome.system, duration);
	picture_label(out, 16, 30, "title", title);
	picture_label(out, 16, 52, "small",
	              "Each bar: how often it took so long, on a logarithmic scale. Lines: median, "
	              "99 % and, in red, the worst. A bar's title has its number.");
	picture_label(out, 16, 68, "small",
	              "Woken: it had something to do. Injected: the interrupt was in its list "
	              "register; a context that already runs has it at once and isn't counted.");
}

bool latency_write_svg(const struct trace_set *set, FILE *out)
{
	struct latencies latencies;
	struct range range;
	bool good = latency_take(set, &latencies);
	char words[TRACE_WORDS_MAX];
	double y = LATENCY_TOP;

	range = range_of(&latencies);
	draw_head(set, LATENCY_TOP + (range.rows ? range.rows : 1) * (double)LATENCY_ROW + 30, out);
	if (range.rows)
		draw_axis(set, &range, LATENCY_TOP + range.rows * (double)LATENCY_ROW - 8, out);
	else
		picture_label(out, 16, y + 16, "name", "no vCPU was woken or interrupted");
	for (uint32_t i = 0; i < set->welcome.vcpus * (uint32_t)LATENCY_KINDS; i++) {
		enum latency_kind kind = (enum latency_kind)(i % LATENCY_KINDS);
		const struct latency *latency = &latencies.of[i / LATENCY_KINDS][kind];

		if (!latency->count)
			continue;
		draw_one(set, latency, latency_name(set, i / LATENCY_KINDS, kind, words), &range, y,
		         out);
		y += LATENCY_ROW;
	}
	fputs("</svg>\n", out);
	latency_free(&latencies);
	return good && !ferror(out);
}
