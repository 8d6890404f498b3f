/*
 * What `kumiki check` says about each core's time.
 */
#ifndef HOST_TIMING_H
#define HOST_TIMING_H

#include <host/model.h>
#include <stdio.h>

/* Prints this only for cores with several vCPUs or with promises. */
void timing_print(const struct model *model, FILE *out);

#endif
