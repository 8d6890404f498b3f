/*
 * What tests of good descriptions begin with: one of tests/descriptions/good by its name.
 */
#ifndef UNIT_TOOLS_GOOD_MODEL_H
#define UNIT_TOOLS_GOOD_MODEL_H

#include <host/model.h>

/* Also checks that nothing but `warnings` lines is said. The caller frees it. */
struct model *good_load(const char *name, size_t warnings);

const struct model_partition *good_partition(const struct model *model, const char *name);

#endif
