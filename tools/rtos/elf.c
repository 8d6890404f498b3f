/*
 * A program's ELF file: static, AArch64, little-endian, linked at fixed addresses. Anything may be
 * fed to it. What isn't loaded (symbols, what debuggers want) is left alone.
 */
#include "build.h"
#include <elf.h>
#include <endian.h>
#include <kumiki/rtos/call.h>
#include <string.h>

#define ELF_HEADERS_MAX 64
#define ELF_HOW         "link it statically: -static, without -pie"

/* [at, at + size) lies inside of the file. */
static bool elf_inside(uint64_t at, uint64_t size, uint64_t file)
{
	return at <= file && size <= file - at;
}

static const char *elf_header(const uint8_t *bytes, size_t size, Elf64_Ehdr *elf)
{
	if (size < sizeof(*elf) || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return "is no ELF file; give what the linker made, before any objcopy";
	memcpy(elf, bytes, sizeof(*elf));
	if (elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_ident[EI_DATA] != ELFDATA2LSB ||
	    le16toh(elf->e_machine) != EM_AARCH64)
		return "is an ELF file, and not for little-endian AArch64; build it for that";
	if (le16toh(elf->e_type) == ET_DYN)
		return "is linked for any address, and nothing would relocate it; " ELF_HOW;
	if (le16toh(elf->e_type) != ET_EXEC)
		return "isn't linked; " ELF_HOW;
	if (le16toh(elf->e_phentsize) != sizeof(Elf64_Phdr) || le16toh(elf->e_phnum) == 0 ||
	    le16toh(elf->e_phnum) > ELF_HEADERS_MAX ||
	    !elf_inside(le64toh(elf->e_phoff), le16toh(elf->e_phnum) * sizeof(Elf64_Phdr), size))
		return "has no program headers, or they lie outside of it; is it damaged?";
	return NULL;
}

static Elf64_Phdr elf_segment(const uint8_t *bytes, const Elf64_Ehdr *elf, size_t index)
{
	Elf64_Phdr raw;

	memcpy(&raw, bytes + le64toh(elf->e_phoff) + index * sizeof(raw), sizeof(raw));
	return (Elf64_Phdr){.p_type = le32toh(raw.p_type),
	                    .p_flags = le32toh(raw.p_flags),
	                    .p_offset = le64toh(raw.p_offset),
	                    .p_vaddr = le64toh(raw.p_vaddr),
	                    .p_filesz = le64toh(raw.p_filesz),
	                    .p_memsz = le64toh(raw.p_memsz)};
}

static const char *elf_place(struct arena *arena, const Elf64_Phdr *segment, size_t size)
{
	if (segment->p_filesz > segment->p_memsz ||
	    !elf_inside(segment->p_offset, segment->p_filesz, size))
		return "has a segment that lies outside of it; is it damaged?";
	if (segment->p_vaddr < RTOS_ADDRESS_FIRST || segment->p_vaddr >= RTOS_PROGRAM_END ||
	    segment->p_memsz > RTOS_PROGRAM_END - segment->p_vaddr)
		return arena_format(
		    arena,
		    "has a segment of 0x%llx bytes at 0x%llx; programs lie from "
		    "0x%llx to 0x%llx: link it there",
		    (unsigned long long)segment->p_memsz, (unsigned long long)segment->p_vaddr,
		    (unsigned long long)RTOS_ADDRESS_FIRST, (unsigned long long)RTOS_PROGRAM_END);
	if ((segment->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
		return arena_format(arena,
		                    "has a segment at 0x%llx that is writable and executable; keep "
		                    "data and text apart: -z separate-code",
		                    (unsigned long long)segment->p_vaddr);
	return NULL;
}

static uint32_t elf_rights(const Elf64_Phdr *segment)
{
	if (segment->p_flags & PF_W)
		return RTOS_RIGHT_READ | RTOS_RIGHT_WRITE;
	return segment->p_flags & PF_X ? RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE : RTOS_RIGHT_READ;
}

/*
 * From the beginning of its page on. What isn't written is mapped from the image, so it has all of
 * its bytes there, zeros included; what is written has only those of the file.
 */
static struct rtos_content elf_content(struct arena *arena, const uint8_t *bytes,
                                       const Elf64_Phdr *segment)
{
	const size_t before = segment->p_vaddr % RTOS_PAGE;
	const size_t size = segment->p_flags & PF_W ? segment->p_filesz : segment->p_memsz;
	uint8_t *content;

	if (size == 0)
		return (struct rtos_content){NULL, 0};
	content = arena_alloc(arena, before + size);
	memcpy(content + before, bytes + segment->p_offset, segment->p_filesz);
	return (struct rtos_content){content, before + size};
}

/* Two in one page would need the rights of both. */
static const char *elf_alone(struct arena *arena, const struct rtos_program *image)
{
	const struct rtos_segment *last = &image->segment[image->segment_count - 1];

	for (uint32_t i = 0; i + 1 < image->segment_count; i++) {
		const struct rtos_segment *other = &image->segment[i];

		if (last->address / RTOS_PAGE <= (other->address + other->memory - 1) / RTOS_PAGE &&
		    other->address / RTOS_PAGE <= (last->address + last->memory - 1) / RTOS_PAGE)
			return arena_format(
			    arena,
			    "has two segments in the page at 0x%llx; give each its own "
			    "pages: -z max-page-size=4096 -z separate-code",
			    (unsigned long long)last->address);
	}
	return NULL;
}

static const char *elf_load(struct arena *arena, const uint8_t *bytes, size_t size,
                            const Elf64_Phdr *segment, struct rtos_system_program *program)
{
	struct rtos_program *image = &program->image;
	const char *wrong = elf_place(arena, segment, size);

	if (wrong)
		return wrong;
	if (image->segment_count == RTOS_IMAGE_SEGMENTS_MAX)
		return arena_format(arena, "has more than %d segments; use a simpler linker script",
		                    RTOS_IMAGE_SEGMENTS_MAX);
	program->contents[image->segment_count] = elf_content(arena, bytes, segment);
	image->segment[image->segment_count++] =
	    (struct rtos_segment){.address = segment->p_vaddr / RTOS_PAGE * RTOS_PAGE,
	                          .memory = segment->p_memsz + segment->p_vaddr % RTOS_PAGE,
	                          .rights = elf_rights(segment)};
	return elf_alone(arena, image);
}

static const char *elf_each(struct arena *arena, const uint8_t *bytes, size_t size,
                            const Elf64_Phdr *segment, struct rtos_system_program *program)
{
	if (segment->p_type == PT_INTERP || segment->p_type == PT_DYNAMIC)
		return "wants to be linked at its start, and nothing would do that; " ELF_HOW;
	if (segment->p_type != PT_LOAD || segment->p_memsz == 0)
		return NULL;
	return elf_load(arena, bytes, size, segment, program);
}

static bool elf_entry_good(const struct rtos_program *image)
{
	for (uint32_t i = 0; i < image->segment_count; i++)
		if (image->segment[i].rights & RTOS_RIGHT_EXECUTE &&
		    image->entry - image->segment[i].address < image->segment[i].memory)
			return image->entry % 4 == 0;
	return false;
}

const char *rtos_elf_read(struct arena *arena, const void *bytes, size_t size,
                          struct rtos_system_program *program)
{
	Elf64_Ehdr elf;
	const char *wrong = elf_header(bytes, size, &elf);

	program->image.segment_count = 0;
	for (size_t i = 0; !wrong && i < le16toh(elf.e_phnum); i++) {
		const Elf64_Phdr segment = elf_segment(bytes, &elf, i);

		wrong = elf_each(arena, bytes, size, &segment, program);
	}
	if (wrong)
		return wrong;
	program->image.entry = le64toh(elf.e_entry);
	return elf_entry_good(&program->image)
	           ? NULL
	           : "begins where it has no instructions (e_entry); name one: -e ENTRY";
}
