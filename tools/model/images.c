/*
 * The files that a description names: are they there, and of the right kind? Only their sizes and
 * first bytes are looked at; `kumiki pack` reads the rest.
 */
#include "build.h"
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <kumiki/rule.h>
#include <kumiki/watchfacts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- files of other kinds ---- */

/* Files that are often taken for an image: their kind, and how to make an image of them. */

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

/* Files that other commands of Kumiki make. */
static const char *foreign_ours(const unsigned char *head)
{
	uint64_t magic;

	memcpy(&magic, head, sizeof(magic));
	if (le64toh(magic) == WATCHFACTS_MAGIC)
		return "has a watcher's facts, as 'kumiki facts' makes them; name the kernel "
		       "that they were made of";
	if (le64toh(magic) == RULE_MAGIC)
		return "has a watcher's rules, as 'kumiki rules' makes them; name the kernel "
		       "that they were made for";
	return NULL;
}

static const char *foreign_kind(struct build *build, const char *path, const char *name)
{
	const struct file_access *access = build->search.access;
	unsigned char head[FOREIGN_HEAD] = {0};
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
	if (!memcmp(head + 0x24, "\x18\x28\x6f\x01", 4))
		return "is a 32-bit Arm kernel (zImage), and a partition's cores begin in 64-bit "
		       "code; take an arm64 kernel's Image";
	if (!memcmp(head + 0x28, "_FVH", 4))
		return "is UEFI firmware, which doesn't run in a partition; name the kernel that "
		       "it would start (kumiki,image, kumiki,initrd)";
	if (!memcmp(head, "/dts-v1/", 8) || !memcmp(head, "/*", 2))
		return "is a source; a partition starts from what 'kumiki rtos pack' makes of a "
		       "manifest";
	if (!memcmp(head, "070701", 6) || !memcmp(head, "070702", 6))
		return "is an archive of files (cpio); as an initial RAM disk it stands in "
		       "'kumiki,initrd'";
	return foreign_ours(head);
}

static const char *foreign_kind_remote(struct build *build, const char *path, const char *name)
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

/* ---- images ---- */

#define IMAGES_FILE_MAX   (4ull << 30)
#define IMAGES_OLD_OFFSET 0x80000

const char *images_find(struct build *build, struct dts_place place, const char *name, int *error)
{
	const char *path, *folder = place.file->folder, *main = build->tree->file->folder;
	int second = 0;

	path = file_search_find(&build->search, build->arena, folder, name, error);
	if (!path && strcmp(folder, main) != 0)
		path = file_search_find(&build->search, build->arena, main, name, &second);
	return path;
}

/* Reads the beginning of the file that the property `name` names. False after a complaint, or
 * without such a property. */
static bool images_peek(struct build *build, const struct draft *draft, const char *name,
                        struct draft_file *file, void *head, size_t head_size)
{
	const struct dts_property *property = dts_property(draft->node, name);
	const struct file_access *access = build->search.access;
	int error = 0;

	if (!property || !vocabulary_good(draft->node, name))
		return false;
	file->place = property->items->place;
	file->path = images_find(build, file->place, property->items->text, &error);
	if (file->path)
		error = access->peek(access->context, file->path, head, head_size, &file->size);
	if (error) {
		complain(&build->complaints, file->place,
		         "can't read '%s' for '%s': %s; paths count from the description's folder, "
		         "then from those of -I and $KUMIKI_PATH",
		         property->items->text, name,
		         error == EISDIR ? "it is a folder" : strerror(error));
		file->path = NULL;
		return false;
	}
	if (file->size && file->size < IMAGES_FILE_MAX)
		return true;
	complain(&build->complaints, file->place, "'%s' %s; is it the right file?",
	         property->items->text, file->size ? "is larger than 4 GiB" : "is empty");
	file->path = NULL;
	return false;
}

static void images_header(struct build *build, const struct draft *draft, struct draft_file *file)
{
	struct arm64_image_header *image = &file->image;
	const char *name = dts_property(draft->node, "kumiki,image")->items->text;
	unsigned page;

	file->header = le32toh(image->magic) == ARM64_IMAGE_MAGIC;
	if (!file->header)
		return;
	image->text_offset = le64toh(image->text_offset);
	image->image_size = le64toh(image->image_size);
	image->flags = le64toh(image->flags);
	/* Kernels before 3.17: see Linux, Documentation/arm64/booting.rst. */
	if (!image->image_size)
		image->text_offset = IMAGES_OLD_OFFSET;
	page = image->flags >> 1 & 3;
	if (image->flags & 1)
		complain(&build->complaints, file->place,
		         "'%s' is a big-endian kernel, and the devices that the frame emulates are "
		         "little-endian; build it little-endian",
		         name);
	if (page > 1)
		complain_warning(&build->complaints, file->place,
		                 "'%s' uses pages of %d KiB; it runs only if the cores can do that",
		                 name, page == 2 ? 16 : 64);
	if (image->text_offset >= BUNDLE_ADDRESS_LIMIT ||
	    image->image_size >= BUNDLE_ADDRESS_LIMIT || image->text_offset % 8) {
		complain(&build->complaints, file->place,
		         "'%s' has an arm64 Image header with impossible numbers (text_offset "
		         "0x%llx, image_size 0x%llx); is the file damaged?",
		         name, (unsigned long long)image->text_offset,
		         (unsigned long long)image->image_size);
		file->path = NULL;
	}
}

/* The minder is a file of Kumiki's: there is one for each board with cores of another architecture.
 */
static void images_read_minder(struct build *build, struct draft *draft)
{
	const struct file_search *search = &build->search;
	struct draft_file *file = &draft->image;
	const char *name = arena_format(build->arena, "minder-%s.bin", build->model->board.name);
	int error = 0;

	file->place = draft->remote.place;
	file->path = file_search_find(
	    search, build->arena, search->folder_count ? search->folders[0] : "/", name, &error);
	if (file->path)
		error = search->access->peek(search->access->context, file->path, &file->image,
		                             sizeof(file->image), &file->size);
	if (!file->path || error) {
		complain(&build->complaints, file->place,
		         "can't read '%s', which stands for the core of another architecture: %s; "
		         "build it (make remote)",
		         name, strerror(error));
		file->path = NULL;
		return;
	}
	images_header(build, draft, file);
}

static void images_read_image(struct build *build, struct draft *draft)
{
	const bool remote = build_remote(draft->node) != NULL;
	struct draft_file *file = remote ? &draft->remote : &draft->image;
	const char *foreign, *name;

	if (!images_peek(build, draft, "kumiki,image", file, &file->image, sizeof(file->image)))
		return;
	name = dts_property(draft->node, "kumiki,image")->items->text;
	foreign = remote ? foreign_kind_remote(build, file->path, name)
	                 : foreign_kind(build, file->path, name);
	if (foreign) {
		complain(&build->complaints, file->place, "'%s' %s", name, foreign);
		file->path = NULL;
		return;
	}
	if (remote)
		images_read_minder(build, draft);
	else
		images_header(build, draft, file);
}

static void images_read_tree(struct build *build, struct draft *draft)
{
	const struct dts_property *none = dts_property(draft->node, "kumiki,no-dtb");
	const struct dts_property *initrd = dts_property(draft->node, "kumiki,initrd");
	const struct dts_property *address = dts_property(draft->node, "kumiki,dtb-address");
	unsigned char head[4];

	if (none && dts_property(draft->node, "kumiki,dtb")) {
		complain(&build->complaints, none->place,
		         "'%s' has 'kumiki,dtb' and 'kumiki,no-dtb'; remove one of them",
		         draft->name);
		return;
	}
	if (none && address)
		complain(&build->complaints, address->place,
		         "'%s' has 'kumiki,no-dtb' and an address for its device tree; remove one "
		         "of them",
		         draft->name);
	if (none && initrd)
		complain(&build->complaints, initrd->place,
		         "'%s' can't find its initrd without a device tree; remove 'kumiki,no-dtb'",
		         draft->name);
	if (!images_peek(build, draft, "kumiki,dtb", &draft->dtb, head, sizeof(head)))
		return;
	if (memcmp(head, "\xd0\x0d\xfe\xed", 4) != 0 || draft->dtb.size > MODEL_BLOCK) {
		complain(
		    &build->complaints, draft->dtb.place,
		    "'%s' isn't a flattened device tree of at most 2 MiB; make one with: dtc -O "
		    "dtb",
		    dts_property(draft->node, "kumiki,dtb")->items->text);
		draft->dtb.path = NULL;
	}
}

/* Any file can be an initrd, even a kernel for a boot loader. Only the partition's own image is
 * refused. */
static void images_read_initrd(struct build *build, struct draft *draft)
{
	unsigned char head[4];

	if (!images_peek(build, draft, "kumiki,initrd", &draft->initrd, head, sizeof(head)) ||
	    !draft->image.path || strcmp(draft->image.path, draft->initrd.path) != 0)
		return;
	complain(&build->complaints, draft->initrd.place,
	         "'%s' is named by 'kumiki,image', too; give an initial RAM disk",
	         dts_property(draft->node, "kumiki,initrd")->items->text);
	draft->initrd.path = NULL;
}

void images_read(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		images_read_image(build, &build->drafts[i]);
		images_read_initrd(build, &build->drafts[i]);
		images_read_tree(build, &build->drafts[i]);
		cmdline_remark_panic(build, &build->drafts[i]);
	}
}
