/*
 * Where Linux's loader of modules puts each section of a module's file: into the module's core,
 * which stays, or into what it needs only as it begins (kernel/module/main.c, layout_sections(),
 * and arch/arm64/kernel/module-plts.c of Linux 6.1).
 */
#ifndef MODULES_LAYOUT_H
#define MODULES_LAYOUT_H

#include "object.h"
#include <kumiki/watchmodules.h>

/* Sections, in the order of the loader. */
enum layout_kind {
	LAYOUT_CODE,
	LAYOUT_CONSTANT,
	LAYOUT_AFTER_INIT, /* constant when the module has begun */
	LAYOUT_DATA,
	LAYOUT_KINDS,
};

struct layout_place {
	bool there;
	enum layout_kind kind;
	enum watchmodules_part part;
	uint64_t offset; /* in the part */
	uint64_t size;
};

struct layout {
	struct layout_place *place;           /* of each section */
	uint64_t code[WATCHMODULES_PARTS];    /* bytes of sections with code, which come first */
	uint64_t size[WATCHMODULES_PARTS];    /* with constants, which follow in whole pages */
	uint32_t plt[WATCHMODULES_PARTS];     /* a section's number; 0: there is none */
	uint32_t tracers, percpu;             /* likewise */
	uint64_t entries[WATCHMODULES_PARTS]; /* of the PLT */
};

void layout_make(struct layout *layout, struct arena *arena, const struct object *object);

#endif
