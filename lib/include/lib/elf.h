/*
 * Where each piece of a program's ELF file is laid out (docs/rtos/programs.md, "Memory"): static,
 * AArch64, little-endian, linked at fixed addresses. Pure, and safe for any input; the host's
 * command and the RTOS's loader read programs with it.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include <kumiki/rtos/image.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum elf_status {
	ELF_GOOD = 0,
	ELF_NO_FILE,       /* it is no ELF file */
	ELF_OTHER_MACHINE, /* not for little-endian AArch64 */
	ELF_ANY_ADDRESS,   /* linked for any address: nothing relocates it */
	ELF_NOT_LINKED,
	ELF_BAD_HEADERS,   /* there are no program headers, or they lie outside of the file */
	ELF_FAR_HEADERS,   /* the program headers lie behind the given bytes */
	ELF_WANTS_LINKING, /* it has to be linked at its start */
	ELF_OUTSIDE,       /* a segment lies outside of the file */
	ELF_BAD_PLACE,     /* a segment isn't where programs are */
	ELF_BAD_RIGHTS,    /* a segment is writable and executable */
	ELF_SAME_PAGE,     /* two segments are in one page, which would need the rights of both */
	ELF_TOO_MANY,      /* segments */
	ELF_BAD_ENTRY,     /* it begins where it has no instructions */
	ELF_STATUSES,
};

struct elf_segment {
	uint64_t address; /* of its first page */
	uint64_t memory;  /* bytes from there on */
	uint64_t before;  /* zeros before the file's bytes */
	uint64_t offset;  /* in the file */
	uint64_t filled;  /* from the file */
	uint32_t rights;
};

struct elf {
	uint64_t entry;
	uint32_t count;
	struct elf_segment segment[RTOS_IMAGE_SEGMENTS_MAX];
	uint64_t bad_at, bad_size; /* of the wrong segment: address, bytes of memory */
};

/* `head`: the file's first bytes, or all of it. */
enum elf_status elf_read(const void *head, size_t head_size, uint64_t file_size, struct elf *elf);

/* Of all segments. */
uint64_t elf_pages(const struct elf *elf);

/* The thread pointer of its first thread: where rtos/sys/program.ld puts the variables. */
uint64_t elf_variables(const struct elf *elf);

#endif
