/*
 * Loads a good description, from tests/descriptions/good, for tests.
 */
#ifndef UNIT_TOOLS_GOOD_MODEL_H
#define UNIT_TOOLS_GOOD_MODEL_H

#include <host/model.h>

/* Loads the description of this name, and checks that there are exactly `warnings` lines of
 * complaints. The caller frees the model. */
struct model *good_load(const char *name, size_t warnings);

const struct model_partition *good_partition(const struct model *model, const char *name);

#endif
