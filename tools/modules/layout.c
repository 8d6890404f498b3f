/* See layout.h. */
#include "layout.h"
#include <stdlib.h>
#include <string.h>

#define LAYOUT_PAGE     4096u
#define LAYOUT_LINE     64u         /* L1_CACHE_BYTES: where a PLT begins */
#define LAYOUT_RO_LATER 0x00200000u /* SHF_RO_AFTER_INIT, which is Linux's own */
#define LAYOUT_TRACERS  2u          /* ftrace_caller and ftrace_regs_caller */

static uint64_t layout_align(uint64_t at, uint64_t align)
{
	return align > 1 ? (at + align - 1) / align * align : at;
}

static bool layout_begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

static enum watchmodules_part layout_part(const struct object_section *section)
{
	return layout_begins(section->name, ".init") ? WATCHMODULES_INIT : WATCHMODULES_CORE;
}

/* What the file has only a byte of. */
static bool layout_is_made(const struct layout *layout, uint32_t section)
{
	return section != 0 &&
	       (section == layout->plt[WATCHMODULES_CORE] ||
	        section == layout->plt[WATCHMODULES_INIT] || section == layout->tracers);
}

/* ---- PLTs: an entry for each target of a branch to another section ---- */

static int layout_by_target(const void *a, const void *b)
{
	const struct object_relocation *left = a, *right = b;

	if (left->type != right->type)
		return left->type < right->type ? -1 : 1;
	return (left->symbol > right->symbol) - (left->symbol < right->symbol);
}

static bool layout_needs_entry(const struct object *object, uint32_t section,
                               const struct object_relocation *relocation)
{
	return (relocation->type == R_AARCH64_CALL26 || relocation->type == R_AARCH64_JUMP26) &&
	       object->symbol[relocation->symbol].section != section;
}

/* Relocations of one table that have the same type and symbol, and no addend, have one entry. */
static uint64_t layout_entries(const struct object *object, struct arena *arena, uint32_t table)
{
	const uint64_t most = object->section[table].size / sizeof(Elf64_Rela);
	struct object_relocation *shared = arena_array(arena, most + 1, sizeof(*shared));
	struct object_relocation relocation;
	uint64_t count = 0, entries = 0;

	for (uint64_t i = 0; object_relocation(object, table, i, &relocation); i++)
		if (layout_needs_entry(object, object->section[table].info, &relocation)) {
			if (relocation.addend == 0)
				shared[count++] = relocation;
			else
				entries++;
		}
	qsort(shared, count, sizeof(*shared), layout_by_target);
	for (uint64_t i = 0; i < count; i++)
		if (i == 0 || layout_by_target(&shared[i], &shared[i - 1]) != 0)
			entries++;
	return entries;
}

static void layout_plts(struct layout *layout, struct arena *arena, const struct object *object)
{
	layout->plt[WATCHMODULES_CORE] = object_find(object, ".plt", 0);
	layout->plt[WATCHMODULES_INIT] = object_find(object, ".init.plt", 0);
	layout->tracers = object_find(object, ".text.ftrace_trampoline", 0);
	layout->percpu = object_find(object, ".data..percpu", 0);
	for (uint32_t i = 1; i < object->sections; i++) {
		const struct object_section *section = &object->section[i];

		if (section->type == SHT_RELA &&
		    (object->section[section->info].flags & SHF_EXECINSTR) != 0)
			layout->entries[layout_part(&object->section[section->info])] +=
			    layout_entries(object, arena, i);
	}
	for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++)
		layout->entries[part]++;
}

/* ---- sections ---- */

/* What the loader makes of a section's flags. */
static uint64_t layout_flags(const struct layout *layout, const struct object *object, uint32_t i)
{
	const struct object_section *section = &object->section[i];

	if (i == layout->percpu || strcmp(section->name, "__versions") == 0 ||
	    strcmp(section->name, ".modinfo") == 0)
		return section->flags & ~(uint64_t)SHF_ALLOC;
	if (strcmp(section->name, ".data..ro_after_init") == 0 ||
	    strcmp(section->name, "__jump_table") == 0)
		return section->flags | LAYOUT_RO_LATER;
	return layout_is_made(layout, i) ? SHF_EXECINSTR | SHF_ALLOC : section->flags;
}

/* Its size and alignment in memory. */
static uint64_t layout_size(const struct layout *layout, const struct object *object, uint32_t i,
                            uint64_t *align)
{
	*align = object->section[i].align;
	if (i == layout->tracers) {
		*align = sizeof(uint32_t);
		return LAYOUT_TRACERS * WATCHMODULES_ENTRY;
	}
	for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++)
		if (i == layout->plt[part]) {
			*align = LAYOUT_LINE;
			return layout->entries[part] * WATCHMODULES_ENTRY;
		}
	return object->section[i].size;
}

/* Sections of a kind have all flags of `with`, and none of `without`. */
static const struct {
	uint64_t with, without;
} layout_masks[LAYOUT_KINDS] = {
    {SHF_EXECINSTR | SHF_ALLOC, 0},
    {SHF_ALLOC, SHF_WRITE},
    {LAYOUT_RO_LATER | SHF_ALLOC, 0},
    {SHF_WRITE | SHF_ALLOC, 0},
};

static uint64_t layout_add(struct layout *layout, const struct object *object,
                           enum watchmodules_part part, enum layout_kind kind, uint64_t end)
{
	for (uint32_t i = 1; i < object->sections; i++) {
		const uint64_t flags = layout_flags(layout, object, i);
		struct layout_place *place = &layout->place[i];
		uint64_t align;

		if ((flags & layout_masks[kind].with) != layout_masks[kind].with ||
		    (flags & layout_masks[kind].without) != 0 || place->there ||
		    layout_part(&object->section[i]) != part)
			continue;
		place->there = true;
		place->kind = kind;
		place->part = part;
		place->size = layout_size(layout, object, i, &align);
		place->offset = layout_align(end, align);
		end = place->offset + place->size;
	}
	return end;
}

void layout_make(struct layout *layout, struct arena *arena, const struct object *object)
{
	*layout =
	    (struct layout){.place = arena_array(arena, object->sections, sizeof(*layout->place))};
	layout_plts(layout, arena, object);
	for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++) {
		uint64_t end = 0;

		for (uint32_t kind = 0; kind < LAYOUT_KINDS; kind++) {
			end = layout_add(layout, object, part, kind, end);
			if (kind == LAYOUT_CODE)
				layout->code[part] = end;
			else if (kind == LAYOUT_CONSTANT)
				layout->size[part] = end;
			end = layout_align(end, LAYOUT_PAGE);
		}
	}
}
