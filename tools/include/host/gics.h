/* The interrupt controllers that a frame is there for, by their `compatible`. */
#ifndef HOST_GICS_H
#define HOST_GICS_H

#include <host/dts.h>
#include <stdbool.h>

extern const char *const gics_compatible[]; /* the last one is NULL */

bool gics_has(const struct dts_node *node);   /* the node is such a controller */
bool gics_is_v2(const struct dts_node *node); /* and a GICv2 */

#endif
