/* Writes a file's sections as systemd's units (units.c). */
#ifndef RESERVE_UNITS_H
#define RESERVE_UNITS_H

#include "plan.h"

/* Below `root`, where systemd runs, the groups have these names. */
#define UNITS_PARENT "kumiki.slice"

/* Writes all units into `folder`, as systemd's generators do. False: it is told what failed. */
bool units(const char *folder, const char *path, const struct reserve *reserve,
           const struct reserve_plan *plan, FILE *err);

#endif
