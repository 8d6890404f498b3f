/*
 * Files that are often taken for an image: their kind, and how to make an image of them. images.c
 * uses this file, which looks at a file's first bytes only.
 */
#include "build.h"
#include <elf.h>
#include <endian.h>
#include <string.h>

#define FOREIGN_HEAD 1024 /* an ELF header and the program headers that usually stand behind it */

/* Finds where the output of `objcopy -O binary` begins, which is the lowest load address, and the
 * entry's load address: the file has its virtual address. */
static bool foreign_elf_lowest(const unsigned char *head, const Elf64_Ehdr *elf, uint64_t *lowest,
                               uint64_t *entry)
{
	const uint64_t at = le64toh(elf->e_phoff), count = le16toh(elf->e_phnum);
	bool found = false;

	if (le16toh(elf->e_phentsize) != sizeof(Elf64_Phdr) ||
	    !build_inside(at, count * sizeof(Elf64_Phdr), 0, FOREIGN_HEAD))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		Elf64_Phdr segment;

		memcpy(&segment, head + at + i * sizeof(segment), sizeof(segment));
		if (le32toh(segment.p_type) != PT_LOAD || !segment.p_filesz)
			continue;
		/* A linker may put the headers into the first segment, and objcopy leaves them out.
		 * Then only the sections tell where its output begins. */
		if (le64toh(segment.p_offset) < at + count * sizeof(segment))
			return false;
		if (!found || le64toh(segment.p_paddr) < *lowest)
			*lowest = le64toh(segment.p_paddr);
		if (build_inside(le64toh(elf->e_entry), 4, le64toh(segment.p_vaddr),
		                 le64toh(segment.p_filesz)))
			*entry = le64toh(elf->e_entry) - le64toh(segment.p_vaddr) +
			         le64toh(segment.p_paddr);
		found = true;
	}
	return found && *lowest;
}

static const char *foreign_address(struct build *build, const char *property, uint64_t address)
{
	if (address >> 32)
		return arena_format(build->arena, "%s = <0x%llx 0x%llx>;", property,
		                    (unsigned long long)(address >> 32),
		                    (unsigned long long)(address & UINT32_MAX));
	return arena_format(build->arena, "%s = <0x%llx>;", property, (unsigned long long)address);
}

/* The properties that a description needs, as a binary doesn't tell its addresses. "": none, or not
 * known. */
static const char *foreign_elf_properties(struct build *build, const unsigned char *head,
                                          const Elf64_Ehdr *elf)
{
	uint64_t lowest = 0, entry = 0;
	const char *link;

	if (!foreign_elf_lowest(head, elf, &lowest, &entry))
		return "";
	link = foreign_address(build, "kumiki,link-address", lowest);
	if (entry == lowest || !entry)
		return arena_format(build->arena, ", and say %s", link);
	return arena_format(build->arena, ", and say %s %s", link,
	                    foreign_address(build, "kumiki,entry", entry));
}

static const char *foreign_elf(struct build *build, const char *name, const unsigned char *head)
{
	Elf64_Ehdr elf;

	memcpy(&elf, head, sizeof(elf));
	if (elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_ident[EI_DATA] != ELFDATA2LSB ||
	    le16toh(elf.e_machine) != EM_AARCH64)
		return "is an ELF file, and not for little-endian AArch64; build it for that";
	return arena_format(build->arena,
	                    "is an ELF file, not an image of memory; make one with: "
	                    "aarch64-linux-gnu-objcopy -O binary %s %s.bin%s",
	                    name, name, foreign_elf_properties(build, head, &elf));
}

/* What to do with a compressed file. `suffix` is the usual end of its name. `path` is for the
 * command, from the current folder; `name` is for the property, from the description's folder. */
static const char *foreign_packed(struct build *build, const char *path, const char *name,
                                  const char *unpack, const char *suffix)
{
	const size_t length = strlen(name), end = strlen(suffix);
	const bool usual = length > end && !strcmp(name + length - end, suffix);
	const int kept = (int)(strlen(path) - (usual ? end : 0));
	const char *more = usual ? "" : ".bin";

	return arena_format(build->arena,
	                    "is compressed; unpack it with: %s -c %s >%.*s%s, and write "
	                    "kumiki,image = \"%.*s%s\";",
	                    unpack, path, kept, path, more, (int)(length - (usual ? end : 0)), name,
	                    more);
}

/* The same for a program that is to run on a core of another architecture: 32-bit Arm code without
 * a header. */
static const char *foreign_to_remote(struct build *build, const char *path, const char *name,
                                     const unsigned char *head)
{
	const struct arm64_image_header *image =
	    (const struct arm64_image_header *)(const void *)head;
	const size_t length = strlen(name);
	const size_t end = length > 4 && !strcmp(name + length - 4, ".elf") ? 4 : 0;
	Elf32_Ehdr elf;

	memcpy(&elf, head, sizeof(elf));
	if (!memcmp(head, ELFMAG, SELFMAG) && elf.e_ident[EI_CLASS] == ELFCLASS32 &&
	    elf.e_ident[EI_DATA] == ELFDATA2LSB && le16toh(elf.e_machine) == EM_ARM)
		return arena_format(
		    build->arena,
		    "is an ELF file, and its core runs what lies in memory, without a "
		    "header; make that with: arm-none-eabi-objcopy -O binary %s "
		    "%.*s.bin, and write kumiki,image = \"%.*s.bin\";",
		    path, (int)(strlen(path) - end), path, (int)(length - end), name);
	if (!memcmp(head, ELFMAG, SELFMAG))
		return "is an ELF file, and not for 32-bit Arm, which its core runs; build it for "
		       "that core (docs/unlike-cores.md, 'Write a program')";
	if (le32toh(image->magic) == ARM64_IMAGE_MAGIC)
		return "is an arm64 Image, for cores that the frame runs on, and its core runs "
		       "32-bit Arm; build a program for that core (docs/unlike-cores.md, 'Write a "
		       "program'), or name cores of &cpus alone";
	return NULL;
}

const char *foreign_kind_remote(struct build *build, const char *path, const char *name)
{
	const struct file_access *access = build->search.access;
	_Alignas(struct arm64_image_header) unsigned char head[FOREIGN_HEAD] = {0};
	const char *kind;
	uint64_t size;

	if (access->peek(access->context, path, head, sizeof(head), &size))
		return NULL;
	kind = foreign_to_remote(build, path, name, head);
	return kind ? kind : foreign_kind(build, path, name);
}

const char *foreign_kind(struct build *build, const char *path, const char *name)
{
	const struct file_access *access = build->search.access;
	unsigned char head[FOREIGN_HEAD];
	uint64_t size;

	if (access->peek(access->context, path, head, sizeof(head), &size))
		return NULL;
	if (!memcmp(head, ELFMAG, SELFMAG))
		return foreign_elf(build, name, head);
	if (head[0] == 0x1f && head[1] == 0x8b)
		return foreign_packed(build, path, name, "gunzip", ".gz");
	if (!memcmp(head, "\x28\xb5\x2f\xfd", 4))
		return foreign_packed(build, path, name, "unzstd", ".zst");
	if (!memcmp(head, "MZ\0\0zimg", 8))
		return "is a compressed EFI kernel; take the Image it was made from";
	if (!memcmp(head, "\x27\x05\x19\x56", 4))
		return "is a U-Boot uImage; take the Image it was made from";
	if (!memcmp(head, "\xd0\x0d\xfe\xed", 4))
		return "is a flattened tree (a FIT or a device tree); take the Image out of it";
	if (!memcmp(head, "070701", 6) || !memcmp(head, "070702", 6))
		return "is an archive of files (cpio); as an initial RAM disk it stands in "
		       "'kumiki,initrd'";
	return NULL;
}
