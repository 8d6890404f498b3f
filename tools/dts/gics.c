/* The interrupt controllers that a frame is there for: see host/gics.h. */
#include <host/gics.h>
#include <stddef.h>

#define FIRST_V2 1

const char *const gics_compatible[] = {"arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic", NULL};

static bool gics_from(const struct dts_node *node, size_t first)
{
	for (size_t i = first; gics_compatible[i] != NULL; i++)
		if (dts_compatible(node, gics_compatible[i]))
			return true;
	return false;
}

bool gics_has(const struct dts_node *node)
{
	return gics_from(node, 0);
}

bool gics_is_v2(const struct dts_node *node)
{
	return gics_from(node, FIRST_V2);
}
