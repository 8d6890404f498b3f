/*
 * What `kumiki check` says of the time on each core.
 */
#ifndef HOST_TIMING_H
#define HOST_TIMING_H

#include <host/model.h>
#include <stdio.h>

/* Only of cores where several take turns or something is promised. */
void timing_print(const struct model *model, FILE *out);

#endif
