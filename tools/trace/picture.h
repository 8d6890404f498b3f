/* Parts of the picture of a trace: see picture.c. All write to `out`, and don't look for errors:
 * its owner asks the stream. */
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
/* The logarithm to base 2 of a number from 1 on, in sixteenths. This is exact enough for a bar. */
uint32_t picture_logarithm(uint32_t number);

void picture_duration(char *text, size_t size, double nanoseconds);

/* The place of a time (ticks since set->begin); earlier times are at the picture's edge. */
double picture_at(const struct trace_set *set, uint64_t ticks);

/* Whether an event is in the picture. */
bool picture_shown(const struct trace_set *set, const struct trace_event *event);
double picture_nanoseconds(const struct trace_set *set, uint64_t ticks);

/* A context's colour: its partition's, in a shade for each vCPU. */
const char *picture_colour(const struct trace_set *set, uint8_t vcpu);
double picture_strength(const struct trace_set *set, uint8_t vcpu);

/* A context's name in the picture: if no vCPU runs, the core is idle, and not the frame's. */
const char *picture_context(const struct trace_set *set, uint8_t vcpu, char words[TRACE_WORDS_MAX]);

/* Where a core's lane begins, and its band in it. */
double picture_lane_top(uint32_t core);
double picture_band_top(uint32_t core);

/* ---- picture_band.c: contexts on a core, and vCPUs that waited for it ---- */

void picture_band(const struct trace_set *set, uint32_t core, FILE *out);
void picture_waits(const struct trace_set *set, FILE *out);

/* ---- picture_power.c: which cores are off ---- */

/* True if a core goes off or comes on. */
bool picture_power_any(const struct trace_set *set);
void picture_off(const struct trace_set *set, uint32_t core, FILE *out);

/* Draws how many cores are on over time; this is PICTURE_PLOT high. */
void picture_cores_on(const struct trace_set *set, double top, FILE *out);

/* ---- picture_marks.c: flags, missed deadlines, budgets; moves between the cores ---- */

void picture_marks(const struct trace_set *set, uint32_t core, FILE *out);
void picture_moves(const struct trace_set *set, FILE *out);

/* Draws the flags' words where there is room. They lie above everything else. */
void picture_labels(const struct trace_set *set, uint32_t core, FILE *out);

/* Defines the symbols of marks, which the other parts of the picture use by name. */
void picture_symbols(FILE *out);

/* The legend: symbols and their words side by side, in as many rows as they need. */
struct picture_legend {
	FILE *out;
	double x, y; /* where the next entry begins; y: the letters' baseline */
};

/* Takes room of this width, and returns where it begins. */
double picture_legend_take(struct picture_legend *legend, double width);

/* Writes the meaning of the symbols in this trace. */
void picture_marks_legend(const struct trace_set *set, struct picture_legend *legend);

#endif
