/*
 * A kernel module's file (ELF, relocatable, AArch64). It may be damaged: object_open() looks at
 * each section, symbol and relocation, so that all that is read later lies inside of the file.
 */
#ifndef MODULES_OBJECT_H
#define MODULES_OBJECT_H

#include <elf.h>
#include <host/arena.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object_section {
	const char *name;
	uint32_t type, link, info;
	uint64_t flags, size, align;
	const uint8_t *bytes; /* NULL: the file has none of it */
};

struct object_symbol {
	const char *name;
	uint64_t value;
	uint32_t section; /* SHN_UNDEF, a section's number, or another SHN_ number */
};

struct object_relocation {
	uint64_t offset; /* in the section that it is about */
	uint32_t type, symbol;
	uint64_t addend;
};

struct object {
	struct object_section *section;
	uint32_t sections;
	struct object_symbol *symbol;
	uint32_t symbols;
};

/* NULL: it is good; else the end of a sentence that begins with the file's name. */
const char *object_open(struct object *object, struct arena *arena, const uint8_t *bytes,
                        size_t size);

/* The number of the first section of that name behind `before`; 0: there is none. */
uint32_t object_find(const struct object *object, const char *name, uint32_t before);

/* The number of the section with relocations of this section, behind `before`; 0: there is none. */
uint32_t object_relocations(const struct object *object, uint32_t section, uint32_t before);

/* One after the other. False: there are no more. */
bool object_relocation(const struct object *object, uint32_t relocations, uint64_t index,
                       struct object_relocation *relocation);

#endif
