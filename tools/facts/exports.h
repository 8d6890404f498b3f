/*
 * What a kernel exports to its modules, functions and variables: the tables of it in the Image
 * (`__ksymtab`). They are found from one name that each kernel exports.
 */
#ifndef FACTS_EXPORTS_H
#define FACTS_EXPORTS_H

#include "kernel.h"

struct export
{
	const char *name;
	uint32_t place;
};

struct exports {
	struct export *entry; /* in the order of their names */
	uint32_t count;
};

/* False: the tables aren't found. */
bool exports_find(struct exports *exports, const struct kernel *kernel, struct arena *arena);

/* False: the kernel exports nothing of that name. */
bool exports_place(const struct exports *exports, const char *name, uint32_t *place);

#endif
