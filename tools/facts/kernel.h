/*
 * A Linux as its own Image tells it: types (BTF), functions (kallsyms), variables. An image names
 * only exported variables; others are found by their users, or by what they hold. Places count
 * from the Image's first byte. The Image may be damaged: all that is read lies inside of it.
 * A program of a partition is told likewise by its ELF file: program.h.
 */
#ifndef FACTS_KERNEL_H
#define FACTS_KERNEL_H

#include "btf.h"
#include <host/arena.h>
#include <lib/kallsyms.h>

/* A word of the image that has the kernel's own address of another place of it. */
struct kernel_pointer {
	uint32_t at, to;
};

struct kernel;
struct nearest;
struct program;

/* How names are found: what kernel_functions() and the like do, for a Linux, and for a program. */
struct kernel_names {
	uint32_t (*functions)(const struct kernel *kernel, const char *name, uint32_t *place);
	bool (*function_at)(const struct kernel *kernel, uint32_t place,
	                    struct kallsyms_symbol *symbol);
	uint32_t (*behind)(const struct kernel *kernel, uint32_t place); /* the next symbol */
	uint32_t (*variables)(const struct kernel *kernel, const char *name, uint32_t *place);
	/* All names of functions. The best one stays in the arena. */
	void (*offer)(const struct kernel *kernel, struct nearest *nearest, struct arena *arena);
};

struct kernel {
	const struct kernel_names *names;
	const struct program *program; /* NULL: it is a Linux */
	const uint8_t *image;
	size_t size;
	uint32_t image_size; /* with what the image doesn't have in the file */
	struct kallsyms symbols;
	uint32_t base_at, base_of; /* as struct watchfacts has them */
	uint32_t text, text_end;
	struct kernel_pointer *pointer; /* sorted by `at` */
	size_t pointers;
	struct btf btf;
};

/* An Image, or an ELF file; it lies at a multiple of 8. NULL: all is found; else what is missing,
 * the end of a sentence: "it has no BTF, …". */
const char *kernel_open(struct kernel *kernel, struct arena *arena, const uint8_t *image,
                        size_t size);

/* How many functions have this name; *place is that of the first one. */
uint32_t kernel_functions(const struct kernel *kernel, const char *name, uint32_t *place);

/* The function that was probably meant; NULL: none. */
const char *kernel_function_meant(const struct kernel *kernel, const char *name,
                                  struct arena *arena);

/* The function at or before a place of text. */
bool kernel_function_at(const struct kernel *kernel, uint32_t place,
                        struct kallsyms_symbol *symbol);

#define KERNEL_EXPORT 12u /* bytes of an entry of the table of exported names */

/* Where the entry of an exported variable is in its table, and where the variable. False: there is
 * none. */
bool kernel_export(const struct kernel *kernel, const char *name, uint32_t *entry, uint32_t *place);

/* How many variables have this name; *place is that of the first one. A Linux's are those that it
 * exports. */
uint32_t kernel_variables(const struct kernel *kernel, const char *name, uint32_t *place);

/* Sorts the pointers, which kernel_leads() needs. */
void kernel_sort(struct kernel *kernel);

/* What the pointer at a place leads to. False: there is no pointer. */
bool kernel_leads(const struct kernel *kernel, uint32_t at, uint32_t *to);

/* The places of data whose addresses a function's code makes: at most `room`, each once. Not
 * `made`: also those that it only reads or writes. */
uint32_t kernel_used(const struct kernel *kernel, uint32_t function, bool made, uint32_t *place,
                     uint32_t room);
/* Likewise. Code may make one address for several neighbours, and go on from there: then it uses
 * those, and not that one. */
uint32_t kernel_used_far(const struct kernel *kernel, uint32_t function, bool made, uint32_t *place,
                         uint32_t room);

/* The place of the only variable of 64 bits that a function's code reads; 0: none, or several. */
uint32_t kernel_read(const struct kernel *kernel, uint32_t function);

/* Where a function's code ends: the next symbol. */
uint32_t kernel_behind(const struct kernel *kernel, uint32_t function);

/* ---- exports ---- */

/* What a kernel exports to its modules, functions and variables: the tables of it in the Image
 * (`__ksymtab`). They are found from one name that each kernel exports. */

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
