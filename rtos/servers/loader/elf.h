/* What of an ELF file is to be laid out where (docs/rtos/manifest.md, "Files"). Pure. */
#ifndef LOADER_ELF_H
#define LOADER_ELF_H

#include <kumiki/rtos/image.h>
#include <proto/loader.h>
#include <stdbool.h>
#include <stddef.h>

#define ELF_HEAD 1024u /* the program headers lie in the first bytes of a file */

struct elf_segment {
	uint64_t address; /* of its first page */
	uint64_t memory;  /* bytes from there on */
	uint64_t before;  /* of them before the file's: zeros */
	uint64_t offset;  /* in the file */
	uint64_t filled;  /* from the file */
	uint32_t rights;
};

struct elf {
	uint64_t entry;
	uint32_t count;
	struct elf_segment segment[RTOS_IMAGE_SEGMENTS_MAX];
};

/* `head`: the file's first bytes, ELF_HEAD of them or all of a shorter one. */
enum loader_status elf_read(const void *head, size_t head_size, uint64_t file_size,
                            struct elf *elf);

/* Of all segments. */
uint64_t elf_pages(const struct elf *elf);

/* The thread pointer of its first thread: where rtos/sys/program.ld puts the variables. */
uint64_t elf_variables(const struct elf *elf);

#endif
