/* See object.h. */
#include "object.h"
#include <string.h>

#define OBJECT_DAMAGED "is damaged: copy it anew from its package"

/* ---- sections ---- */

/* A string of a table. NULL: it doesn't end in it. */
static const char *object_string(const struct object_section *table, uint64_t at)
{
	if (table->bytes == NULL || at >= table->size ||
	    memchr(table->bytes + at, 0, table->size - at) == NULL)
		return NULL;
	return (const char *)table->bytes + at;
}

static bool object_section(struct object_section *section, const Elf64_Shdr *head,
                           const uint8_t *bytes, size_t size)
{
	*section = (struct object_section){.type = head->sh_type,
	                                   .link = head->sh_link,
	                                   .info = head->sh_info,
	                                   .flags = head->sh_flags,
	                                   .size = head->sh_size,
	                                   .align = head->sh_addralign};
	if (head->sh_type == SHT_NOBITS || head->sh_type == SHT_NULL)
		return true;
	if (head->sh_offset > size || head->sh_size > size - head->sh_offset)
		return false;
	section->bytes = bytes + head->sh_offset;
	return true;
}

static bool object_sections(struct object *object, struct arena *arena, const Elf64_Ehdr *file,
                            const uint8_t *bytes, size_t size)
{
	Elf64_Shdr head;

	if (file->e_shentsize != sizeof(head) || file->e_shoff > size || file->e_shnum == 0 ||
	    file->e_shstrndx >= file->e_shnum ||
	    (size - file->e_shoff) / sizeof(head) < file->e_shnum)
		return false;
	object->sections = file->e_shnum;
	object->section = arena_array(arena, object->sections, sizeof(*object->section));
	for (uint32_t i = 0; i < object->sections; i++) {
		memcpy(&head, bytes + file->e_shoff + i * sizeof(head), sizeof(head));
		if (!object_section(&object->section[i], &head, bytes, size))
			return false;
	}
	for (uint32_t i = 0; i < object->sections; i++) {
		memcpy(&head, bytes + file->e_shoff + i * sizeof(head), sizeof(head));
		object->section[i].name =
		    object_string(&object->section[file->e_shstrndx], head.sh_name);
		if (object->section[i].name == NULL)
			return false;
	}
	return true;
}

/* ---- symbols and relocations ---- */

static bool object_symbol(const struct object *object, const struct object_section *table,
                          uint32_t index)
{
	Elf64_Sym symbol;
	struct object_symbol *to = &object->symbol[index];

	memcpy(&symbol, table->bytes + index * sizeof(symbol), sizeof(symbol));
	*to = (struct object_symbol){object_string(&object->section[table->link], symbol.st_name),
	                             symbol.st_value, symbol.st_shndx};
	return to->name != NULL && (to->section < object->sections || to->section >= SHN_LORESERVE);
}

/* A module has one table of symbols. */
static bool object_symbols(struct object *object, struct arena *arena)
{
	const struct object_section *table = NULL;

	for (uint32_t i = 0; i < object->sections; i++)
		if (object->section[i].type == SHT_SYMTAB) {
			if (table != NULL)
				return false;
			table = &object->section[i];
		}
	if (table == NULL || table->link >= object->sections ||
	    table->size / sizeof(Elf64_Sym) > UINT32_MAX)
		return false;
	object->symbols = (uint32_t)(table->size / sizeof(Elf64_Sym));
	object->symbol = arena_array(arena, object->symbols + 1ull, sizeof(*object->symbol));
	for (uint32_t i = 0; i < object->symbols; i++)
		if (!object_symbol(object, table, i))
			return false;
	return true;
}

bool object_relocation(const struct object *object, uint32_t relocations, uint64_t index,
                       struct object_relocation *relocation)
{
	const struct object_section *table = &object->section[relocations];
	Elf64_Rela rela;

	if (index >= table->size / sizeof(rela))
		return false;
	memcpy(&rela, table->bytes + index * sizeof(rela), sizeof(rela));
	*relocation =
	    (struct object_relocation){rela.r_offset, (uint32_t)ELF64_R_TYPE(rela.r_info),
	                               (uint32_t)ELF64_R_SYM(rela.r_info), (uint64_t)rela.r_addend};
	return true;
}

static bool object_relocates(const struct object *object, uint32_t section)
{
	const struct object_section *table = &object->section[section];
	struct object_relocation relocation;

	if (table->type != SHT_RELA)
		return table->type != SHT_REL; /* AArch64 has none */
	if (table->info >= object->sections)
		return false;
	for (uint64_t i = 0; object_relocation(object, section, i, &relocation); i++)
		if (relocation.symbol >= object->symbols ||
		    relocation.offset >= object->section[table->info].size)
			return false;
	return true;
}

/* ---- all ---- */

const char *object_open(struct object *object, struct arena *arena, const uint8_t *bytes,
                        size_t size)
{
	Elf64_Ehdr file;

	*object = (struct object){.sections = 0};
	if (size < sizeof(file))
		return "is no kernel module";
	memcpy(&file, bytes, sizeof(file));
	if (memcmp(file.e_ident, ELFMAG, SELFMAG) != 0)
		return "is no kernel module; unpack it if it is compressed";
	if (file.e_ident[EI_CLASS] != ELFCLASS64 || file.e_ident[EI_DATA] != ELFDATA2LSB ||
	    file.e_machine != EM_AARCH64 || file.e_type != ET_REL)
		return "is no kernel module for arm64";
	if (!object_sections(object, arena, &file, bytes, size) || !object_symbols(object, arena))
		return OBJECT_DAMAGED;
	for (uint32_t i = 0; i < object->sections; i++)
		if (!object_relocates(object, i))
			return OBJECT_DAMAGED;
	return NULL;
}

uint32_t object_find(const struct object *object, const char *name, uint32_t before)
{
	for (uint32_t i = before + 1; i < object->sections; i++)
		if (strcmp(object->section[i].name, name) == 0)
			return i;
	return 0;
}

uint32_t object_relocations(const struct object *object, uint32_t section, uint32_t before)
{
	for (uint32_t i = before + 1; i < object->sections; i++)
		if (object->section[i].type == SHT_RELA && object->section[i].info == section)
			return i;
	return 0;
}
