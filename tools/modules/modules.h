/* Makes the file of modules that a watched Linux may load, kumiki/watchmodules.h, from its Image
 * and the modules' own files. */
#ifndef MODULES_MODULES_H
#define MODULES_MODULES_H

#include "layout.h"
#include <facts/kernel.h>
#include <kumiki/watchfacts.h>

struct modules_part {
	uint8_t *text; /* then constants, as in struct watchmodules_text */
	struct watchmodules_site *site;
	uint32_t code, size, count;
};

struct modules_file {
	const char *path, *name;
	const char *depends; /* names of modules, with commas; NULL or empty: it says of none */
	struct object object;
	struct layout layout;
	struct modules_part part[WATCHMODULES_PARTS];
};

struct modules_set {
	struct arena *arena;
	/* Of the kernel: what it exports, its words about itself, and where its struct module has
	 * the name. */
	struct exports exports;
	char banner[WATCHFACTS_BANNER];
	uint32_t name;
	struct modules_file file[WATCHMODULES_MOST];
	uint32_t count;
};

/* Begins, without a module. NULL: all is found; else what is missing, the end of a sentence. */
const char *modules_open(struct modules_set *set, struct arena *arena, const uint8_t *image,
                         size_t size);

/* Adds a module; its file's bytes stay as long as the set. NULL: it is added; else what is wrong,
 * the end of a sentence that begins with "it". */
const char *modules_add(struct modules_set *set, const char *path, const uint8_t *bytes,
                        size_t size);

/* Finds the sites of a module, when all are added. Likewise. */
const char *modules_make(struct modules_set *set, struct modules_file *file);

/* The whole file, when all are made. NULL: it would be larger than 4 GiB. */
const struct watchmodules *modules_join(const struct modules_set *set);

#endif
