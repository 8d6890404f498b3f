/* Reads a program's ELF file; see lib/elf.h. Fields have the names of ELF's specification, without
 * e_ and p_. */
#include <kumiki/rtos/call.h>
#include <kumiki/rtos/manifest.h>
#include <lib/elf.h>
#include <lib/string.h>

#define ELF_MAGIC       "\177ELF"
#define ELF_CLASS_64    2
#define ELF_DATA_LITTLE 1
#define ELF_EXEC        2
#define ELF_DYN         3
#define ELF_AARCH64     183
#define ELF_LOAD        1
#define ELF_DYNAMIC     2
#define ELF_INTERP      3
#define ELF_X           1u
#define ELF_W           2u
#define ELF_HEADERS_MAX 64

struct elf_header {
	char magic[4];
	uint8_t class, data, rest[10];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct elf_header) == 64, "as the specification has it");

struct elf_program_header {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
_Static_assert(sizeof(struct elf_program_header) == 56, "as the specification has it");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are read as they are");

/* [at, at + size) lies inside the file. */
static bool elf_inside(uint64_t at, uint64_t size, uint64_t file)
{
	return at <= file && size <= file - at;
}

static enum elf_status elf_header(const void *head, size_t size, uint64_t file_size,
                                  struct elf_header *header)
{
	if (size < sizeof(*header) || memcmp(head, ELF_MAGIC, sizeof(header->magic)) != 0)
		return ELF_NO_FILE;
	memcpy(header, head, sizeof(*header));
	if (header->class != ELF_CLASS_64 || header->data != ELF_DATA_LITTLE ||
	    header->machine != ELF_AARCH64)
		return ELF_OTHER_MACHINE;
	if (header->type != ELF_EXEC)
		return header->type == ELF_DYN ? ELF_ANY_ADDRESS : ELF_NOT_LINKED;
	if (header->phentsize != sizeof(struct elf_program_header) || header->phnum == 0 ||
	    header->phnum > ELF_HEADERS_MAX ||
	    !elf_inside(header->phoff, header->phnum * sizeof(struct elf_program_header),
	                file_size))
		return ELF_BAD_HEADERS;
	return elf_inside(header->phoff, header->phnum * sizeof(struct elf_program_header), size)
	           ? ELF_GOOD
	           : ELF_FAR_HEADERS;
}

static enum elf_status elf_place(const struct elf_program_header *segment, uint64_t file_size)
{
	if (segment->filesz > segment->memsz ||
	    !elf_inside(segment->offset, segment->filesz, file_size))
		return ELF_OUTSIDE;
	if (segment->vaddr < RTOS_ADDRESS_FIRST || segment->vaddr >= RTOS_PROGRAM_END ||
	    segment->memsz > RTOS_PROGRAM_END - segment->vaddr)
		return ELF_BAD_PLACE;
	return (segment->flags & (ELF_W | ELF_X)) == (ELF_W | ELF_X) ? ELF_BAD_RIGHTS : ELF_GOOD;
}

static uint32_t elf_rights(uint32_t flags)
{
	if ((flags & ELF_W) != 0)
		return RTOS_RIGHT_READ | RTOS_RIGHT_WRITE;
	return (flags & ELF_X) != 0 ? RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE : RTOS_RIGHT_READ;
}

/* Whether no segment before shares a page with this one. Otherwise the page would need the rights
 * of both. */
static bool elf_alone(const struct elf *elf, const struct elf_segment *own)
{
	const uint64_t end = (own->address + own->memory - 1) / RTOS_PAGE_SIZE;

	for (uint32_t i = 0; i < elf->count; i++) {
		const struct elf_segment *other = &elf->segment[i];

		if (own->address / RTOS_PAGE_SIZE <=
		        (other->address + other->memory - 1) / RTOS_PAGE_SIZE &&
		    other->address / RTOS_PAGE_SIZE <= end)
			return false;
	}
	return true;
}

static enum elf_status elf_add(const struct elf_program_header *segment, uint64_t file_size,
                               struct elf *elf)
{
	const enum elf_status status = elf_place(segment, file_size);
	struct elf_segment *added = &elf->segment[elf->count];

	elf->bad_at = segment->vaddr;
	elf->bad_size = segment->memsz;
	if (status != ELF_GOOD)
		return status;
	if (elf->count == RTOS_IMAGE_SEGMENTS_MAX)
		return ELF_TOO_MANY;
	added->before = segment->vaddr % RTOS_PAGE_SIZE;
	added->address = segment->vaddr - added->before;
	added->memory = segment->memsz + added->before;
	added->offset = segment->offset;
	added->filled = segment->filesz;
	added->rights = elf_rights(segment->flags);
	elf->bad_at = added->address;
	if (!elf_alone(elf, added))
		return ELF_SAME_PAGE;
	elf->count++;
	return ELF_GOOD;
}

static enum elf_status elf_each(const struct elf_program_header *segment, uint64_t file_size,
                                struct elf *elf)
{
	if (segment->type == ELF_INTERP || segment->type == ELF_DYNAMIC)
		return ELF_WANTS_LINKING;
	if (segment->type != ELF_LOAD || segment->memsz == 0)
		return ELF_GOOD;
	return elf_add(segment, file_size, elf);
}

static bool elf_entry_good(const struct elf *elf)
{
	for (uint32_t i = 0; i < elf->count; i++)
		if ((elf->segment[i].rights & RTOS_RIGHT_EXECUTE) != 0 &&
		    elf->entry >= elf->segment[i].address &&
		    elf->entry - elf->segment[i].address < elf->segment[i].memory)
			return elf->entry % 4 == 0;
	return false;
}

enum elf_status elf_read(const void *head, size_t head_size, uint64_t file_size, struct elf *elf)
{
	struct elf_header header;
	enum elf_status status = elf_header(head, head_size, file_size, &header);

	elf->count = 0;
	elf->bad_at = elf->bad_size = 0;
	for (uint32_t i = 0; status == ELF_GOOD && i < header.phnum; i++) {
		struct elf_program_header segment;

		memcpy(&segment, (const uint8_t *)head + header.phoff + i * sizeof(segment),
		       sizeof(segment));
		status = elf_each(&segment, file_size, elf);
	}
	if (status != ELF_GOOD)
		return status;
	elf->entry = header.entry;
	return elf_entry_good(elf) ? ELF_GOOD : ELF_BAD_ENTRY;
}

uint64_t elf_pages(const struct elf *elf)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < elf->count; i++)
		pages += (elf->segment[i].memory + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE;
	return pages;
}

uint64_t elf_variables(const struct elf *elf)
{
	for (uint32_t i = 0; i < elf->count; i++)
		if ((elf->segment[i].rights & RTOS_RIGHT_WRITE) != 0)
			return elf->segment[i].address;
	return 0;
}
