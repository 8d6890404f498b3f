/*
 * What is found early on a machine that runs: it feeds early.h from the picture's series, and tells
 * what early.h found: as events, among what is wrong now, and as numbers for Prometheus.
 */
#ifndef KEEPER_FOUND_H
#define KEEPER_FOUND_H

#include <keeper/picture.h>

void found_start(struct picture *picture);
void found_free(struct picture *picture);

/* Feeds and judges what is new; each second. */
void found_turn(struct picture *picture);

/* Appends each finding to what is wrong now: {"system", "found", "text"}. */
void found_wrong(const struct picture *picture, json_t *wrong);

#endif
