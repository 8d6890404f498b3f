/*
 * Marks in the lanes of the picture: flags for rare events (starts, stops, faults), missed
 * deadlines, and budgets that end or begin anew. Between the lanes it draws vCPUs that move.
 */
#include "picture.h"
#include <lib/tracewords.h>
#include <string.h>

static const uint32_t flag_types = 1u << TRACE_START | 1u << TRACE_STOP | 1u << TRACE_FAULT |
                                   1u << TRACE_VCPU_ON | 1u << TRACE_VCPU_OFF | 1u << TRACE_MISS;

/* ---- flags ---- */

static bool is_flag(const struct trace_event *event)
{
	uint8_t type = TRACE_TYPE(event);

	return type < 32 && (flag_types >> type & 1) != 0;
}

/* The words of a flag's title, like "fault rt.0 data abort …". A start or stop is about a
 * partition, not about the running context. */
static void flag_words(const struct trace_set *set, const struct trace_event *event, char *label,
                       size_t size)
{
	char words[TRACE_WORDS_MAX], context[TRACE_WORDS_MAX];
	uint8_t type = TRACE_TYPE(event);

	trace_words(set, event, words);
	if (type == TRACE_START || type == TRACE_STOP)
		snprintf(label, size, "%s %s", trace_type_name(type), words);
	else if (type == TRACE_MISS)
		snprintf(label, size, "%s missed its deadline: %s",
		         trace_context(set, TRACE_VCPU(event), context), words);
	else
		snprintf(label, size, "%s %s %s", trace_type_name(type),
		         trace_context(set, TRACE_VCPU(event), context), words);
}

/* The words beside a pole; its title says more. */
static void flag_short(const struct trace_set *set, const struct trace_event *event, char *label,
                       size_t size)
{
	const uint8_t type = TRACE_TYPE(event);
	char context[TRACE_WORDS_MAX];

	if (type == TRACE_START || type == TRACE_STOP)
		flag_words(set, event, label, size);
	else
		snprintf(label, size, "%s %s", type == TRACE_MISS ? "miss" : trace_type_name(type),
		         trace_context(set, TRACE_VCPU(event), context));
}

/* Draws a label right or left of its pole. If it would reach another pole, the label before, or the
 * picture's edge, there is no label: the pole has only its title. Returns where the next label may
 * begin. */
static double flag_label(double x, double y, double free_from, double until, const char *label,
                         FILE *out)
{
	double width = (double)strlen(label) * PICTURE_LETTER + 6;

	if (x + width <= until && x >= free_from) {
		picture_label(out, x + 3, y + 12, "over", label);
		return x + width;
	}
	if (x - width >= free_from)
		picture_label(out, x - 3, y + 12, "over right", label);
	return x;
}

/* The place of the next flag; if there is none, the picture's edge. */
static double flag_next(const struct trace_set *set, const struct trace_core *core, size_t i)
{
	while (++i < core->count)
		if (picture_shown(set, &core->events[i]) && is_flag(&core->events[i]))
			return picture_at(set, trace_set_ticks(set, &core->events[i]));
	return PICTURE_WIDTH;
}

static const char *flag_class(uint8_t type)
{
	return type == TRACE_FAULT || type == TRACE_MISS ? "fault" : "flag";
}

/* Draws a symbol. Its point is at (x, y). */
static void mark_use(const char *symbol, double x, double y, FILE *out)
{
	fprintf(out, "<use href=\"#%s\" x=\"%.1f\" y=\"%.1f\"/>", symbol, x, y);
}

static void flag_draw(const struct trace_set *set, const struct trace_event *event, double y,
                      FILE *out)
{
	char label[TRACE_WORDS_MAX * 3];
	double x = picture_at(set, trace_set_ticks(set, event));
	uint8_t type = TRACE_TYPE(event);

	flag_words(set, event, label, sizeof(label));
	fputs("<g><title>", out);
	picture_text(out, label);
	fprintf(out, "</title><path d=\"M%.1f %.1fv%d\" class=\"%s\"/>", x, y,
	        PICTURE_FLAGS + PICTURE_BAND, flag_class(type));
	if (type == TRACE_MISS)
		mark_use("miss", x, y + PICTURE_FLAGS, out);
	fputs("</g>\n", out);
}

/* ---- budgets ---- */

static void budget_draw(const struct trace_set *set, const struct trace_event *event, double y,
                        FILE *out)
{
	char context[TRACE_WORDS_MAX], words[TRACE_WORDS_MAX];

	fputs("<g><title>", out);
	picture_text(out, trace_context(set, TRACE_VCPU(event), context));
	fprintf(out, " %s ", trace_type_name(TRACE_TYPE(event)));
	picture_text(out, trace_words(set, event, words));
	fputs("</title>", out);
	mark_use(TRACE_TYPE(event) == TRACE_EXHAUSTED ? "exhausted" : "refill",
	         picture_at(set, trace_set_ticks(set, event)), y, out);
	fputs("</g>\n", out);
}

void picture_marks(const struct trace_set *set, uint32_t number, FILE *out)
{
	const struct trace_core *core = &set->core[number];

	for (size_t i = 0; i < core->count; i++) {
		const struct trace_event *event = &core->events[i];
		uint8_t type = TRACE_TYPE(event);

		if (!picture_shown(set, event))
			continue;
		if (type == TRACE_EXHAUSTED || type == TRACE_REFILL)
			budget_draw(set, event, picture_band_top(number) + PICTURE_BAND, out);
		else if (is_flag(event))
			flag_draw(set, event, picture_lane_top(number), out);
	}
}

/* Says in a lane why it has no events up to the picture's end. */
static void end_label(const struct trace_set *set, uint32_t number, FILE *out)
{
	static const char label[] = "no further events: its ring was read by now, or nothing came";
	const struct trace_core *core = &set->core[number];
	double x = picture_at(set, trace_set_ticks(set, &core->events[core->count - 1]));

	if (x > PICTURE_LEFT && x + (double)sizeof(label) * PICTURE_LETTER <= PICTURE_WIDTH)
		picture_label(out, x + 6, picture_band_top(number) + PICTURE_BAND / 2.0 + 5, "over",
		              label);
}

void picture_labels(const struct trace_set *set, uint32_t number, FILE *out)
{
	const struct trace_core *core = &set->core[number];
	char label[TRACE_WORDS_MAX * 3];
	double free_from = 0;

	for (size_t i = 0; i < core->count; i++) {
		const struct trace_event *event = &core->events[i];

		if (!picture_shown(set, event) || !is_flag(event))
			continue;
		flag_short(set, event, label, sizeof(label));
		free_from = flag_label(picture_at(set, trace_set_ticks(set, event)),
		                       picture_lane_top(number), free_from, flag_next(set, core, i),
		                       label, out);
	}
	if (core->count != 0 && !picture_power_any(set))
		end_label(set, number, out);
}

/* ---- moves ---- */

struct move {
	bool left;
	uint32_t from;
	uint64_t at;
};

static void move_draw(const struct trace_set *set, uint8_t vcpu, const struct move *move,
                      uint32_t to, uint64_t came, FILE *out)
{
	bool down = to > move->from;
	double from_y = picture_band_top(move->from) + (down ? PICTURE_BAND : 0);
	double to_y = picture_band_top(to) + (down ? 0 : PICTURE_BAND);
	char words[TRACE_WORDS_MAX], duration[32];

	picture_duration(duration, sizeof(duration), picture_nanoseconds(set, came - move->at));
	fputs("<g><title>", out);
	picture_text(out, trace_context(set, vcpu, words));
	fprintf(out,
	        " moves from core %u to core %u in %s</title><path d=\"M%.1f %.1fL%.1f %.1f\" "
	        "class=\"move\" marker-end=\"url(#head)\"/></g>\n",
	        move->from, to, duration, picture_at(set, move->at), from_y, picture_at(set, came),
	        to_y);
}

/* Draws a move. It has an event on either core; if the first is overwritten, the move isn't
 * drawn. */
static void move_event(const struct trace_set *set, struct move moves[BUNDLE_VCPUS_MAX],
                       const struct trace_event *event, uint32_t core, FILE *out)
{
	uint32_t from = (uint32_t)(event->data >> 32), to = (uint32_t)event->data;
	uint8_t vcpu = TRACE_VCPU(event);
	uint64_t now = trace_set_ticks(set, event);

	if (vcpu >= BUNDLE_VCPUS_MAX || from == to || to >= set->welcome.cores)
		return;
	if (core == from)
		moves[vcpu] = (struct move){true, from, now};
	else if (core == to && moves[vcpu].left && moves[vcpu].from == from) {
		moves[vcpu].left = false;
		if (picture_shown(set, event))
			move_draw(set, vcpu, &moves[vcpu], to, now, out);
	}
}

void picture_moves(const struct trace_set *set, FILE *out)
{
	struct move moves[BUNDLE_VCPUS_MAX] = {0};
	struct trace_cursor cursor = {0};
	const struct trace_event *event;

	while ((event = trace_next(set, &cursor)) != NULL)
		if (TRACE_TYPE(event) == TRACE_MOVE)
			move_event(set, moves, event, cursor.core, out);
}

/* ---- what they look like ---- */

void picture_symbols(FILE *out)
{
	fputs("<defs><g id=\"miss\"><path d=\"M0 4L-6 -6H6Z\" fill=\"#dc2626\" "
	      "stroke=\"#ffffff\"/></g>"
	      "<g id=\"exhausted\"><path d=\"M-3.5 0h7v7h-7Z\" fill=\"#b45309\"/></g>"
	      "<g id=\"refill\"><path d=\"M0 0L4 7H-4Z\" fill=\"#15803d\"/></g>"
	      "<pattern id=\"off\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
	      "patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#ffffff\"/>"
	      "<path d=\"M0 0V6\" stroke=\"#9aa5b1\" stroke-width=\"2\"/></pattern>"
	      "<g id=\"dark\"><path d=\"M-7 -7h14v14h-14Z\" fill=\"url(#off)\" "
	      "stroke=\"#52606d\" stroke-width=\"0.5\"/></g>"
	      "<marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" "
	      "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
	      "<path d=\"M0 0L8 4L0 8Z\" fill=\"#be185d\"/></marker></defs>\n",
	      out);
}

static uint32_t marks_types(const struct trace_set *set)
{
	uint32_t types = 0;

	for (uint32_t i = 0; i < set->welcome.cores; i++)
		for (size_t j = 0; j < set->core[i].count; j++)
			if (TRACE_TYPE(&set->core[i].events[j]) < 32)
				types |= 1u << TRACE_TYPE(&set->core[i].events[j]);
	return types;
}

static void mark_explain(struct picture_legend *legend, const char *symbol, const char *words)
{
	double x = picture_legend_take(legend, 50 + (double)strlen(words) * PICTURE_LEGEND_LETTER);

	if (symbol)
		mark_use(symbol, x + 7, legend->y - 6, legend->out);
	else
		fprintf(legend->out,
		        "<path d=\"M%.1f %.1fh18\" class=\"move\" marker-end=\"url(#head)\"/>",
		        x - 2, legend->y - 4);
	picture_label(legend->out, x + 20, legend->y, "legend", words);
}

void picture_marks_legend(const struct trace_set *set, struct picture_legend *legend)
{
	static const struct {
		uint32_t type;
		const char *symbol, *words;
	} marks[] = {
	    {TRACE_MISS, "miss", "missed deadline"},
	    {TRACE_EXHAUSTED, "exhausted", "budget used up"},
	    {TRACE_REFILL, "refill", "budget full again"},
	    {TRACE_CORE, "dark", "the core is off"},
	    {TRACE_MOVE, NULL, "a vCPU moves to another core"},
	};
	uint32_t types = marks_types(set);

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if ((types >> marks[i].type & 1) != 0)
			mark_explain(legend, marks[i].symbol, marks[i].words);
}
