/* See program.h. */
#include "program.h"
#include <elf.h>
#include <kumiki/bundle.h>
#include <lib/nearest.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM_PAGE    4096u
#define PROGRAM_MOST    (64ull << 20) /* of its memory */
#define PROGRAM_LINES   4096u         /* sections */
#define PROGRAM_TYPES   ".BTF"
#define PROGRAM_DAMAGED "its file is damaged: build it anew"

struct program_file {
	const uint8_t *bytes;
	size_t size;
	Elf64_Ehdr head;
	/* Addresses: of place 0, of the end, and of the end of what the file has. */
	uint64_t low, end, filled;
};

static uint64_t program_down(uint64_t address)
{
	return address / PROGRAM_PAGE * PROGRAM_PAGE;
}

static uint64_t program_up(uint64_t address)
{
	return program_down(address + PROGRAM_PAGE - 1);
}

static bool program_has(const struct program_file *file, uint64_t at, uint64_t size)
{
	return at <= file->size && size <= file->size - at;
}

/* ---- headers ---- */

bool program_is_elf(const uint8_t *file, size_t size)
{
	return size >= SELFMAG && memcmp(file, ELFMAG, SELFMAG) == 0;
}

static const char *program_head(struct program_file *file)
{
	Elf64_Ehdr *head = &file->head;

	if (!program_has(file, 0, sizeof(*head)))
		return PROGRAM_DAMAGED;
	memcpy(head, file->bytes, sizeof(*head));
	if (head->e_ident[EI_CLASS] != ELFCLASS64)
		return "it has 32 bits; a partition's program has 64";
	if (head->e_ident[EI_DATA] != ELFDATA2LSB || head->e_machine != EM_AARCH64)
		return "it is for another machine; a partition's program is for little-endian "
		       "AArch64";
	if (head->e_type != ET_EXEC && head->e_type != ET_DYN)
		return "it isn't linked; give the file that the linker makes, or of a Linux its "
		       "Image rather than a module";
	if (head->e_shnum == 0)
		return "it has no sections; don't strip it";
	if (head->e_phentsize != sizeof(Elf64_Phdr) || head->e_shentsize != sizeof(Elf64_Shdr) ||
	    head->e_shnum > PROGRAM_LINES || head->e_shstrndx >= head->e_shnum ||
	    !program_has(file, head->e_phoff, head->e_phnum * sizeof(Elf64_Phdr)) ||
	    !program_has(file, head->e_shoff, head->e_shnum * sizeof(Elf64_Shdr)))
		return PROGRAM_DAMAGED;
	return NULL;
}

/* False: it isn't loaded. */
static bool program_segment(const struct program_file *file, uint32_t index, Elf64_Phdr *segment)
{
	memcpy(segment, file->bytes + file->head.e_phoff + index * sizeof(*segment),
	       sizeof(*segment));
	return segment->p_type == PT_LOAD && segment->p_memsz != 0;
}

static Elf64_Shdr program_section(const struct program_file *file, uint32_t index)
{
	Elf64_Shdr section;

	memcpy(&section, file->bytes + file->head.e_shoff + index * sizeof(section),
	       sizeof(section));
	return section;
}

/* Whether the file has what a section is said to have. */
static bool program_holds(const struct program_file *file, const Elf64_Shdr *section)
{
	return section->sh_type != SHT_NOBITS &&
	       program_has(file, section->sh_offset, section->sh_size);
}

/* ---- memory ---- */

/* Place 0 is a page in front of it all, as no place is called 0. */
static const char *program_bounds(struct program_file *file)
{
	Elf64_Phdr segment;

	file->low = UINT64_MAX;
	for (uint32_t i = 0; i < file->head.e_phnum; i++) {
		if (!program_segment(file, i, &segment))
			continue;
		if (segment.p_filesz > segment.p_memsz ||
		    segment.p_vaddr + segment.p_memsz < segment.p_vaddr ||
		    !program_has(file, segment.p_offset, segment.p_filesz))
			return PROGRAM_DAMAGED;
		if (program_down(segment.p_vaddr) < file->low)
			file->low = program_down(segment.p_vaddr);
		if (segment.p_vaddr + segment.p_memsz > file->end)
			file->end = segment.p_vaddr + segment.p_memsz;
		if (segment.p_vaddr + segment.p_filesz > file->filled)
			file->filled = segment.p_vaddr + segment.p_filesz;
	}
	if (file->low == UINT64_MAX)
		return "it has nothing that is loaded";
	if (file->head.e_type == ET_EXEC && file->low == 0)
		return "it is linked to address 0; link it to where it lies";
	if (file->filled < file->low)
		file->filled = file->low;
	file->low -= PROGRAM_PAGE;
	return file->end - file->low <= PROGRAM_MOST ? NULL : "it has more than 64 MiB of memory";
}

/* Zeros stand between the segments, and up to the end of the last page. */
static void program_lay(struct kernel *kernel, struct arena *arena, const struct program_file *file)
{
	const size_t size = program_up(file->filled - file->low);
	uint8_t *image = arena_alloc(arena, size + PROGRAM_PAGE);
	Elf64_Phdr segment;

	for (uint32_t i = 0; i < file->head.e_phnum; i++)
		if (program_segment(file, i, &segment))
			memcpy(image + (segment.p_vaddr - file->low),
			       file->bytes + segment.p_offset, segment.p_filesz);
	kernel->image = image;
	kernel->size = size;
	kernel->image_size = (uint32_t)program_up(file->end - file->low);
}

/* ---- text and constants: whole pages, without a byte that may be written ---- */

/* Addresses, of what isn't written; and of what is, around the code. */
struct program_pages {
	uint64_t code, code_end, begin, end;
	uint64_t below, above;
};

/* False: it has no memory. */
static bool program_takes(const Elf64_Shdr *section, uint64_t *end)
{
	*end = section->sh_addr + section->sh_size;
	return (section->sh_flags & SHF_ALLOC) != 0 && section->sh_size != 0 &&
	       *end > section->sh_addr;
}

static void program_find_code(const struct program_file *file, struct program_pages *pages)
{
	uint64_t end;

	pages->code = UINT64_MAX;
	for (uint32_t i = 0; i < file->head.e_shnum; i++) {
		const Elf64_Shdr section = program_section(file, i);

		if (!program_takes(&section, &end) ||
		    (section.sh_flags & (SHF_EXECINSTR | SHF_WRITE)) != SHF_EXECINSTR)
			continue;
		if (section.sh_addr < pages->code)
			pages->code = section.sh_addr;
		if (end > pages->code_end)
			pages->code_end = end;
	}
}

static void program_find_data(const struct program_file *file, struct program_pages *pages)
{
	uint64_t end;

	pages->above = UINT64_MAX;
	for (uint32_t i = 0; i < file->head.e_shnum; i++) {
		const Elf64_Shdr section = program_section(file, i);

		if (!program_takes(&section, &end) || (section.sh_flags & SHF_WRITE) == 0)
			continue;
		if (section.sh_addr < pages->code && program_up(end) > pages->below)
			pages->below = program_up(end);
		if (section.sh_addr >= pages->code && program_down(section.sh_addr) < pages->above)
			pages->above = program_down(section.sh_addr);
	}
}

static void program_find_constants(const struct program_file *file, struct program_pages *pages)
{
	uint64_t end;

	pages->begin = pages->code;
	pages->end = pages->code_end;
	for (uint32_t i = 0; i < file->head.e_shnum; i++) {
		const Elf64_Shdr section = program_section(file, i);

		if (!program_takes(&section, &end) || (section.sh_flags & SHF_WRITE) != 0)
			continue;
		if (section.sh_addr >= pages->below && section.sh_addr < pages->begin)
			pages->begin = section.sh_addr;
		if (section.sh_addr < pages->above && end > pages->end)
			pages->end = end;
	}
	pages->begin = program_down(pages->begin);
	if (pages->begin < pages->below)
		pages->begin = pages->below;
	pages->end = program_up(pages->end);
	if (pages->end > pages->above)
		pages->end = pages->above;
}

static const char *program_constants(struct kernel *kernel, struct program *program,
                                     const struct program_file *file)
{
	struct program_pages pages = {.code_end = 0};

	program_find_code(file, &pages);
	if (pages.code == UINT64_MAX)
		return "it has no text that is read-only: link code apart from data";
	program_find_data(file, &pages);
	program_find_constants(file, &pages);
	if (pages.begin > pages.code || pages.end <= pages.begin ||
	    pages.code_end > pages.end + PROGRAM_PAGE)
		return "its text has no page of 4 KiB without data: link code apart from data";
	if (pages.begin - file->low > kernel->size || pages.end - file->low > kernel->size)
		return PROGRAM_DAMAGED;
	kernel->text = (uint32_t)(pages.begin - file->low);
	program->text_end = (uint32_t)(program_up(pages.code_end) - file->low);
	if (pages.code_end > pages.end)
		program->text_end = (uint32_t)(pages.end - file->low);
	kernel->text_end = program->text_end;
	if (pages.code_end > pages.end)
		kernel->text_end = (uint32_t)(pages.code_end - file->low);
	program->constants_end = (uint32_t)(pages.end - file->low);
	return NULL;
}

/* ---- pointers ---- */

/* Of a program that lies at fixed addresses each word that may be a pointer is one. */
static void program_words(struct kernel *kernel, uint64_t linked)
{
	uint64_t word;

	for (size_t at = 0; at + sizeof(word) <= kernel->size; at += sizeof(word)) {
		memcpy(&word, kernel->image + at, sizeof(word));
		if (word - linked < kernel->image_size)
			kernel->pointer[kernel->pointers++] =
			    (struct kernel_pointer){(uint32_t)at, (uint32_t)(word - linked)};
	}
}

/* Of another one each relocation. False: a constant is one, which no file knows. */
static bool program_relocations(struct kernel *kernel, const struct program *program,
                                const struct program_file *file, const Elf64_Shdr *section)
{
	const uint64_t room = kernel->size / sizeof(uint64_t);
	bool good = true;
	Elf64_Rela rela;

	for (uint64_t at = 0; at + sizeof(rela) <= section->sh_size; at += sizeof(rela)) {
		uint64_t place, to;

		memcpy(&rela, file->bytes + section->sh_offset + at, sizeof(rela));
		place = rela.r_offset - file->low;
		to = (uint64_t)rela.r_addend - file->low;
		if (ELF64_R_TYPE(rela.r_info) != R_AARCH64_RELATIVE || place >= kernel->size ||
		    to >= kernel->image_size || kernel->pointers == room)
			continue;
		kernel->pointer[kernel->pointers++] =
		    (struct kernel_pointer){(uint32_t)place, (uint32_t)to};
		good &= place < kernel->text || place >= program->constants_end;
	}
	return good;
}

static const char *program_pointers(struct kernel *kernel, const struct program *program,
                                    const struct program_file *file, struct arena *arena)
{
	bool good = true;

	kernel->pointer =
	    arena_array(arena, kernel->size / sizeof(uint64_t) + 1, sizeof(*kernel->pointer));
	if (!program->anywhere)
		program_words(kernel, file->low);
	for (uint32_t i = 0; program->anywhere && i < file->head.e_shnum; i++) {
		const Elf64_Shdr section = program_section(file, i);

		if (section.sh_type == SHT_RELA && (section.sh_flags & SHF_ALLOC) != 0 &&
		    program_holds(file, &section))
			good &= program_relocations(kernel, program, file, &section);
	}
	kernel_sort(kernel);
	return good ? NULL : "its constants depend on where it lies: link it to a fixed address";
}

/* ---- names ---- */

/* NULL: the string doesn't end in the table. */
static const char *program_string(const struct program_file *file, uint32_t table, uint64_t at)
{
	Elf64_Shdr section;

	if (table >= file->head.e_shnum)
		return NULL;
	section = program_section(file, table);
	if (!program_holds(file, &section) || at >= section.sh_size ||
	    memchr(file->bytes + section.sh_offset + at, 0, section.sh_size - at) == NULL)
		return NULL;
	return (const char *)file->bytes + section.sh_offset + at;
}

/* Functions and variables; mapping symbols such as "$x" tell only what is code. */
static bool program_is_name(const Elf64_Sym *symbol, const char *name)
{
	const unsigned int type = ELF64_ST_TYPE(symbol->st_info);

	return name != NULL && *name != '\0' && *name != '$' &&
	       (type == STT_NOTYPE || type == STT_OBJECT || type == STT_FUNC);
}

static void program_add(struct program *program, const struct kernel *kernel,
                        const struct program_file *file, const Elf64_Sym *symbol, uint32_t strings)
{
	const char *name = program_string(file, strings, symbol->st_name);
	const uint64_t place = symbol->st_value - file->low;
	Elf64_Shdr section;

	if (!program_is_name(symbol, name) || symbol->st_shndx == SHN_UNDEF ||
	    symbol->st_shndx >= file->head.e_shnum || place >= kernel->image_size)
		return;
	section = program_section(file, symbol->st_shndx);
	if ((section.sh_flags & SHF_ALLOC) != 0)
		program->symbol[program->symbols++] = (struct program_symbol){
		    name, (uint32_t)place,
		    symbol->st_size < kernel->image_size ? (uint32_t)symbol->st_size : 0,
		    (section.sh_flags & SHF_EXECINSTR) != 0};
}

static int program_by_symbol(const void *a, const void *b)
{
	const struct program_symbol *left = a, *right = b;

	if (left->place != right->place)
		return left->place < right->place ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* Its Image tells more, and a Linux changes its own text. */
static bool program_is_linux(const struct program *program)
{
	for (uint32_t i = 0; i < program->symbols; i++)
		if (strcmp(program->symbol[i].name, "linux_banner") == 0)
			return true;
	return false;
}

static const char *program_symbols(struct program *program, const struct kernel *kernel,
                                   const struct program_file *file, struct arena *arena)
{
	Elf64_Shdr table = {.sh_size = 0};
	Elf64_Sym symbol;

	for (uint32_t i = 0; i < file->head.e_shnum && table.sh_type != SHT_SYMTAB; i++)
		table = program_section(file, i);
	if (table.sh_type != SHT_SYMTAB)
		return "it has no symbols; don't strip it";
	if (!program_holds(file, &table))
		return PROGRAM_DAMAGED;
	program->symbol =
	    arena_array(arena, table.sh_size / sizeof(symbol) + 1, sizeof(*program->symbol));
	for (uint64_t at = 0; at + sizeof(symbol) <= table.sh_size; at += sizeof(symbol)) {
		memcpy(&symbol, file->bytes + table.sh_offset + at, sizeof(symbol));
		program_add(program, kernel, file, &symbol, table.sh_link);
	}
	qsort(program->symbol, program->symbols, sizeof(*program->symbol), program_by_symbol);
	if (program_is_linux(program))
		return "it is a Linux: give the Image that the partition boots";
	return program->symbols != 0 ? NULL : "it has no symbols; don't strip it";
}

/* How many there are; *place is that of the first one. */
static uint32_t program_named(const struct kernel *kernel, const char *name, bool code,
                              uint32_t *place)
{
	const struct program *program = kernel->program;
	uint32_t count = 0;

	for (uint32_t i = 0; i < program->symbols; i++) {
		if (program->symbol[i].code != code || strcmp(program->symbol[i].name, name) != 0)
			continue;
		if (count++ == 0)
			*place = program->symbol[i].place;
	}
	return count;
}

uint32_t program_size(const struct program *program, const char *name)
{
	for (uint32_t i = 0; i < program->symbols; i++)
		if (!program->symbol[i].code && strcmp(program->symbol[i].name, name) == 0)
			return program->symbol[i].size;
	return 0;
}

static uint32_t program_functions(const struct kernel *kernel, const char *name, uint32_t *place)
{
	return program_named(kernel, name, true, place);
}

static uint32_t program_variables(const struct kernel *kernel, const char *name, uint32_t *place)
{
	return program_named(kernel, name, false, place);
}

static bool program_function_at(const struct kernel *kernel, uint32_t place,
                                struct kallsyms_symbol *symbol)
{
	const struct program *program = kernel->program;
	const struct program_symbol *found = NULL;

	for (uint32_t i = 0; i < program->symbols && program->symbol[i].place <= place; i++)
		if (program->symbol[i].code)
			found = &program->symbol[i];
	if (found == NULL)
		return false;
	*symbol = (struct kallsyms_symbol){.offset = found->place};
	strncpy(symbol->name, found->name, sizeof(symbol->name) - 1);
	return true;
}

static uint32_t program_behind(const struct kernel *kernel, uint32_t place)
{
	const struct program *program = kernel->program;

	for (uint32_t i = 0; i < program->symbols; i++)
		if (program->symbol[i].place > place)
			return program->symbol[i].place;
	return (uint32_t)kernel->size;
}

static void program_offer(const struct kernel *kernel, struct nearest *nearest, struct arena *arena)
{
	const struct program *program = kernel->program;

	(void)arena;
	for (uint32_t i = 0; i < program->symbols; i++)
		if (program->symbol[i].code)
			nearest_offer(nearest, program->symbol[i].name);
}

static const struct kernel_names program_names = {program_functions, program_function_at,
                                                  program_behind, program_variables, program_offer};

/* ---- types ---- */

static const char *program_types(struct kernel *kernel, const struct program_file *file,
                                 struct arena *arena)
{
	for (uint32_t i = 0; i < file->head.e_shnum; i++) {
		const Elf64_Shdr section = program_section(file, i);
		const char *name = program_string(file, file->head.e_shstrndx, section.sh_name);

		if (name == NULL || strcmp(name, PROGRAM_TYPES) != 0)
			continue;
		if (program_holds(file, &section) &&
		    btf_find(&kernel->btf, arena, file->bytes + section.sh_offset, section.sh_size))
			return NULL;
		return "its types are damaged; make them anew with pahole";
	}
	return "it has no types; compile it with -g, and have pahole add them";
}

/* ---- the whole ---- */

static void program_header(const struct kernel *kernel, struct program *program)
{
	struct arm64_image_header header;

	if (kernel->size < PROGRAM_PAGE + sizeof(header))
		return;
	memcpy(&header, kernel->image + PROGRAM_PAGE, sizeof(header));
	if (header.magic == ARM64_IMAGE_MAGIC)
		program->open = PROGRAM_PAGE + offsetof(struct arm64_image_header, image_size);
}

const char *program_open(struct kernel *kernel, struct arena *arena)
{
	struct program_file file = {.bytes = kernel->image, .size = kernel->size};
	struct program *program = arena_alloc(arena, sizeof(*program));
	const char *missing = program_head(&file);

	kernel->program = program;
	kernel->names = &program_names;
	if (missing == NULL)
		missing = program_bounds(&file);
	if (missing != NULL)
		return missing;
	*program = (struct program){.linked = file.low, .anywhere = file.head.e_type == ET_DYN};
	program_lay(kernel, arena, &file);
	program_header(kernel, program);
	missing = program_constants(kernel, program, &file);
	if (missing == NULL)
		missing = program_symbols(program, kernel, &file, arena);
	if (missing == NULL)
		missing = program_types(kernel, &file, arena);
	return missing != NULL ? missing : program_pointers(kernel, program, &file, arena);
}
