/*
 * Reads a program's ELF file: where each segment goes in memory (docs/rtos/programs.md, "Memory").
 * The program is static, for little-endian AArch64, and linked at fixed addresses. Pure, and safe
 * for any input. Both the host's command and the RTOS's loader use it.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include <kumiki/rtos/image.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum elf_status {
	ELF_GOOD = 0,
	ELF_NO_FILE,       /* it isn't an ELF file */
	ELF_OTHER_MACHINE, /* not for little-endian AArch64 */
	ELF_ANY_ADDRESS,   /* linked for any address: nothing relocates it */
	ELF_NOT_LINKED,
	ELF_BAD_HEADERS,   /* no program headers, or they lie outside the file */
	ELF_FAR_HEADERS,   /* the program headers lie behind the bytes that were given */
	ELF_WANTS_LINKING, /* it needs a dynamic linker */
	ELF_OUTSIDE,       /* a segment lies outside the file */
	ELF_BAD_PLACE,     /* a segment's address isn't one for programs */
	ELF_BAD_RIGHTS,    /* a segment is writable and executable */
	ELF_SAME_PAGE,     /* two segments share a page, which can have only one's rights */
	ELF_TOO_MANY,      /* too many segments */
	ELF_BAD_ENTRY,     /* the entry isn't in an executable segment */
	ELF_STATUSES,
};

struct elf_segment {
	uint64_t address; /* of its first page */
	uint64_t memory;  /* bytes, from that address on */
	uint64_t before;  /* zeros before the bytes of the file */
	uint64_t offset;  /* where its bytes are in the file */
	uint64_t filled;  /* bytes that come from the file */
	uint32_t rights;
};

struct elf {
	uint64_t entry;
	uint32_t count;
	struct elf_segment segment[RTOS_IMAGE_SEGMENTS_MAX];
	uint64_t bad_at, bad_size; /* the wrong segment's address and bytes of memory */
};

/* `head` has the file's first bytes, or the whole file. */
enum elf_status elf_read(const void *head, size_t head_size, uint64_t file_size, struct elf *elf);

/* How many pages all segments have. */
uint64_t elf_pages(const struct elf *elf);

/* The thread pointer of the program's first thread: the place where rtos/sys/program.ld puts its
 * variables. */
uint64_t elf_variables(const struct elf *elf);

#endif
