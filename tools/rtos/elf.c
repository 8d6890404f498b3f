/* A program's ELF file: puts the results of lib/elf.h into words and into a system's program. */
#include "build.h"
#include <kumiki/rtos/call.h>
#include <lib/elf.h>
#include <string.h>

#define ELF_HOW "link it statically: -static, without -pie"

/* Words for the faults whose message has no numbers. */
static const char *const elf_words[ELF_STATUSES] = {
    [ELF_NO_FILE] = "is no ELF file; give the linker's file, before any objcopy",
    [ELF_OTHER_MACHINE] = "is an ELF file, and not for little-endian AArch64; build it for that",
    [ELF_ANY_ADDRESS] = "is linked for any address, and nothing would relocate it; " ELF_HOW,
    [ELF_NOT_LINKED] = "isn't linked; " ELF_HOW,
    [ELF_BAD_HEADERS] = "has no program headers, or they lie outside of it; is it damaged?",
    [ELF_WANTS_LINKING] = "wants to be linked at its start, and nothing would do that; " ELF_HOW,
    [ELF_OUTSIDE] = "has a segment that lies outside of it; is it damaged?",
    [ELF_BAD_ENTRY] = "begins where it has no instructions (e_entry); name one: -e ENTRY",
};

static const char *elf_wrong(struct arena *arena, const struct elf *elf, enum elf_status status)
{
	const unsigned long long at = elf->bad_at, size = elf->bad_size;

	switch (status) {
	case ELF_BAD_PLACE:
		return arena_format(arena,
		                    "has a segment of 0x%llx bytes at 0x%llx; programs lie from "
		                    "0x%llx to 0x%llx: link it there",
		                    size, at, (unsigned long long)RTOS_ADDRESS_FIRST,
		                    (unsigned long long)RTOS_PROGRAM_END);
	case ELF_BAD_RIGHTS:
		return arena_format(arena,
		                    "has a segment at 0x%llx that is writable and executable; keep "
		                    "data and text apart: -z separate-code",
		                    at);
	case ELF_SAME_PAGE:
		return arena_format(arena,
		                    "has two segments in the page at 0x%llx; give each its own "
		                    "pages: -z max-page-size=4096 -z separate-code",
		                    at);
	case ELF_TOO_MANY:
		return arena_format(arena, "has more than %d segments; use a simpler linker script",
		                    RTOS_IMAGE_SEGMENTS_MAX);
	default:
		return elf_words[status];
	}
}

/*
 * A segment's content in the image, from the beginning of its page on. A read-only segment is
 * mapped from the image, so the image has all of its bytes, also zeros. Of a writable segment it
 * has only the file's bytes.
 */
static struct rtos_content elf_content(struct arena *arena, const uint8_t *bytes,
                                       const struct elf_segment *segment)
{
	const bool written = (segment->rights & RTOS_RIGHT_WRITE) != 0;
	const size_t size = written ? segment->before + segment->filled : segment->memory;
	uint8_t *content;

	if (size == segment->before)
		return (struct rtos_content){NULL, 0};
	content = arena_alloc(arena, size);
	memcpy(content + segment->before, bytes + segment->offset, segment->filled);
	return (struct rtos_content){content, size};
}

const char *rtos_elf_read(struct arena *arena, const void *bytes, size_t size,
                          struct rtos_system_program *program)
{
	struct rtos_program *image = &program->image;
	struct elf elf;
	const enum elf_status status = elf_read(bytes, size, size, &elf);

	image->segment_count = 0;
	if (status != ELF_GOOD)
		return elf_wrong(arena, &elf, status);
	for (uint32_t i = 0; i < elf.count; i++) {
		program->contents[i] = elf_content(arena, bytes, &elf.segment[i]);
		image->segment[i] = (struct rtos_segment){.address = elf.segment[i].address,
		                                          .memory = elf.segment[i].memory,
		                                          .rights = elf.segment[i].rights};
	}
	image->segment_count = elf.count;
	image->entry = elf.entry;
	return NULL;
}
