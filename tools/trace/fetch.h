/* Fetching a trace over the link. */
#ifndef TRACE_FETCH_H
#define TRACE_FETCH_H

#include "set.h"

/* Fetches all cores' rings. False after a complaint. */
bool trace_fetch(struct trace_set *set, const char *path, FILE *complaints);

#endif
