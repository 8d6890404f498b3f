/* Parts of the picture of a trace: see picture.c. All write to `out`, and report no errors: the
 * stream does. */
#ifndef TRACE_PICTURE_H
#define TRACE_PICTURE_H

#include "set.h"

#define PICTURE_WIDTH 1600
#define PICTURE_LEFT  150
#define PICTURE_RIGHT 30
#define PICTURE_TOP   116
#define PICTURE_FLAGS 20 /* height of the flags' row */
#define PICTURE_BAND  30
#define PICTURE_WAITS 14 /* below the band: vCPUs that were ready while another context ran */
#define PICTURE_ROW   22
#define PICTURE_GAP   26 /* between lanes */
#define PICTURE_PLOT  74 /* below the lanes: how many cores were on */
#define PICTURE_BIN   2
#define PICTURE_SPAN  (PICTURE_WIDTH - PICTURE_LEFT - PICTURE_RIGHT)
#define PICTURE_BINS  (PICTURE_SPAN / PICTURE_BIN)
#define PICTURE_ROWS  4
#define PICTURE_LANE                                                                               \
	(PICTURE_FLAGS + PICTURE_BAND + PICTURE_WAITS + PICTURE_ROWS * PICTURE_ROW + PICTURE_GAP)
#define PICTURE_LETTER        6.6 /* width of a letter in labels */
#define PICTURE_LEGEND_LETTER 7.6

void picture_text(FILE *out, const char *text);
void picture_label(FILE *out, double x, double y, const char *class, const char *text);
/* The logarithm to base 2 of a number from 1 on, in sixteenths: near enough for a bar. */
uint32_t picture_logarithm(uint32_t number);

void picture_duration(char *text, size_t size, double nanoseconds);

/* Where a time (ticks since set->begin) stands; earlier times stand at the picture's edge. */
double picture_at(const struct trace_set *set, uint64_t ticks);

/* Whether an event is in the picture. */
bool picture_shown(const struct trace_set *set, const struct trace_event *event);
double picture_nanoseconds(const struct trace_set *set, uint64_t ticks);

/* A context's colour: its partition's, in a shade for each vCPU. */
const char *picture_colour(const struct trace_set *set, uint8_t vcpu);
double picture_strength(const struct trace_set *set, uint8_t vcpu);

/* A context's name here: an idle core isn't the frame's. */
const char *picture_context(const struct trace_set *set, uint8_t vcpu, char words[TRACE_WORDS_MAX]);

/* Where a core's lane begins, and its band in it. */
double picture_lane_top(uint32_t core);
double picture_band_top(uint32_t core);

/* ---- picture_band.c: contexts on a core, and vCPUs that waited for it ---- */

void picture_band(const struct trace_set *set, uint32_t core, FILE *out);
void picture_waits(const struct trace_set *set, FILE *out);

/* ---- picture_power.c: cores that are off ---- */

/* True if a core goes off or comes on. */
bool picture_power_any(const struct trace_set *set);
void picture_off(const struct trace_set *set, uint32_t core, FILE *out);

/* How many cores are on, over time; PICTURE_PLOT high. */
void picture_cores_on(const struct trace_set *set, double top, FILE *out);

/* ---- picture_marks.c: flags, missed deadlines, budgets; moves between the cores ---- */

void picture_marks(const struct trace_set *set, uint32_t core, FILE *out);
void picture_moves(const struct trace_set *set, FILE *out);

/* The flags' words, as far as there is room, over everything else. */
void picture_labels(const struct trace_set *set, uint32_t core, FILE *out);

/* Symbols of marks, which the other parts of the picture use by name. */
void picture_symbols(FILE *out);

/* Symbols and their words side by side; what finds no room goes on in a further row. */
struct picture_legend {
	FILE *out;
	double x, y; /* where the next one stands; of the letters' feet */
};

/* Where something of this width begins; it is taken then. */
double picture_legend_take(struct picture_legend *legend, double width);

/* The meaning of the symbols in this trace. */
void picture_marks_legend(const struct trace_set *set, struct picture_legend *legend);

#endif
