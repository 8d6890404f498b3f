/* What the files of the API share: api.c, which has the addresses, and api_series.c. */
#ifndef KEEPER_API_H
#define KEEPER_API_H

#include <keeper/door.h>

/* Reads a number of a request. False: it isn't one from `least` to `most`. An absent one leaves
 * *number as it is. */
bool api_number(const char *text, uint64_t least, uint64_t most, uint64_t *number);

/* /api/series */
enum MHD_Result api_series(struct request *request);

/* /metrics */
enum MHD_Result api_metrics(struct request *request);

#endif
