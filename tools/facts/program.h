/*
 * A program of a partition as its ELF file tells it: Kumiki's RTOS, or any bare program. Types are
 * BTF, which pahole makes of what `-g` leaves; names are those of the file's symbols, static ones
 * too. Places count from the page before the lowest address. The file may be damaged: all that is
 * read lies inside of it.
 */
#ifndef FACTS_PROGRAM_H
#define FACTS_PROGRAM_H

#include "kernel.h"

struct program_symbol {
	const char *name;
	uint32_t place;
	uint32_t size; /* 0: not known */
	bool code;
};

struct program {
	uint64_t linked; /* the address of place 0 */
	bool anywhere;   /* it moves itself to where it is put, and `linked` isn't used */
	/* Pages without data. If text shares its last page with data, it ends behind text_end. */
	uint32_t text_end, constants_end;
	/* A word that is completed when something is appended: the size in an arm64 Image's header.
	 * 0: there is none. */
	uint32_t open;
	struct program_symbol *symbol; /* in the order of their places */
	uint32_t symbols;
};

bool program_is_elf(const uint8_t *file, size_t size);

/* As kernel_open(): `kernel` is zeroed but for its image, which is the file first, and then what
 * the program has in memory. */
const char *program_open(struct kernel *kernel, struct arena *arena);

/* The size of the first variable of this name; 0: not known. */
uint32_t program_size(const struct program *program, const char *name);

#endif
