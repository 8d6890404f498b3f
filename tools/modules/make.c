/* See modules.h: the sites of a module, where its loader and the kernel change its text, and its
 * loader its constants. */
#include "modules.h"
#include <stdlib.h>
#include <string.h>

#define MAKE_WORD        4u
#define MAKE_NOP         0xd503201fu
#define MAKE_LABEL       16u /* bytes of a struct jump_entry: two relative places, and a key */
#define MAKE_POINTER     8u
#define MAKE_ALTERNATIVE 12u     /* bytes of a struct alt_instr */
#define MAKE_CALLBACK    0x8000u /* ARM64_CB_BIT: a function makes the other instructions */
#define MAKE_NOPS        "alt_cb_patch_nops"
#define MAKE_EXCEPTION   12u /* bytes of a struct exception_table_entry */

struct making {
	const struct modules_set *set;
	struct modules_file *file;
	struct arena *arena;
	const char *wrong; /* NULL: nothing */
};

static bool make_wrong(struct making *making, const char *wrong)
{
	if (making->wrong == NULL)
		making->wrong = wrong;
	return false;
}

static bool make_damaged(struct making *making)
{
	return make_wrong(making, "is damaged: copy it anew from its package");
}

static uint32_t make_word(const uint8_t *bytes, uint64_t at)
{
	uint32_t word;

	memcpy(&word, bytes + at, sizeof(word));
	return word;
}

/* ---- targets ---- */

/* What another module exports. */
static bool make_other(const struct making *making, const char *name,
                       struct watchmodules_site *site)
{
	const char *export = arena_format(making->arena, "__ksymtab_%s", name);

	for (uint32_t i = 0; i < making->set->count; i++) {
		const struct modules_file *file = &making->set->file[i];
		const struct object_symbol *found = NULL;
		const struct layout_place *place;
		bool exported = false;

		for (uint32_t k = 0; k < file->object.symbols; k++) {
			const struct object_symbol *symbol = &file->object.symbol[k];

			if (symbol->section == SHN_UNDEF || symbol->section >= SHN_LORESERVE)
				continue;
			exported |= strcmp(symbol->name, export) == 0;
			if (strcmp(symbol->name, name) == 0)
				found = symbol;
		}
		if (!exported || found == NULL)
			continue;
		place = &file->layout.place[found->section];
		if (found->section != file->layout.percpu &&
		    (!place->there || place->part != WATCHMODULES_CORE))
			continue;
		site->base = found->section == file->layout.percpu ? WATCHMODULES_OF_OTHER_CPUS
		                                                   : WATCHMODULES_OF_OTHER;
		site->other = (uint8_t)i;
		site->value = place->offset + found->value;
		return true;
	}
	return false;
}

static bool make_missing(struct making *making, const char *symbol)
{
	const char *depends = making->file->depends;
	const bool says = depends != NULL && depends[0] != 0;

	return make_wrong(making,
	                  arena_format(making->arena,
	                               "needs '%s', which neither the kernel nor one of these "
	                               "modules exports: name the file of the module that does, "
	                               "too%s%s",
	                               symbol, says ? "; this one depends on " : "",
	                               says ? depends : ""));
}

/* Where a relocation leads. */
static bool make_target(struct making *making, const struct object_relocation *relocation,
                        struct watchmodules_site *site)
{
	const struct object_symbol *symbol = &making->file->object.symbol[relocation->symbol];
	const struct layout_place *place;
	uint32_t kernel;

	if (symbol->section == SHN_UNDEF) {
		if (exports_place(&making->set->exports, symbol->name, &kernel)) {
			site->base = WATCHMODULES_OF_KERNEL;
			site->value = kernel;
		} else if (!make_other(making, symbol->name, site)) {
			return make_missing(making, symbol->name);
		}
		site->value += relocation->addend;
		return true;
	}
	if (symbol->section >= SHN_LORESERVE)
		return make_wrong(making, arena_format(making->arena,
		                                       "uses '%s', which is in no section; nobody "
		                                       "can check that",
		                                       symbol->name));
	place = &making->file->layout.place[symbol->section];
	site->base = (uint8_t)place->part;
	if (symbol->section == making->file->layout.percpu)
		site->base = WATCHMODULES_OF_CPUS;
	else if (!place->there)
		return make_wrong(making,
		                  arena_format(making->arena,
		                               "uses its section %s, whose place isn't known; "
		                               "nobody can check that",
		                               making->file->object.section[symbol->section].name));
	site->value = place->offset + symbol->value + relocation->addend;
	return true;
}

/* The target is so many instructions of the module's own text. */
static bool make_is_text(const struct making *making, const struct watchmodules_site *target,
                         uint32_t words)
{
	return target->base < WATCHMODULES_PARTS && target->value % MAKE_WORD == 0 &&
	       target->value < making->file->part[target->base].code &&
	       words * MAKE_WORD <= making->file->part[target->base].code - target->value;
}

static void make_site(struct making *making, uint32_t part, const struct watchmodules_site *site)
{
	struct modules_part *to = &making->file->part[part];

	to->site[to->count++] = *site;
}

/* ---- relocations ---- */

static bool make_kind(uint32_t type, uint32_t word, struct watchmodules_site *site)
{
	site->kind = WATCHMODULES_LOW;
	switch (type) {
	case R_AARCH64_CALL26:
	case R_AARCH64_JUMP26:
		site->kind = WATCHMODULES_BRANCH;
		return (word & 0x7c000000) == 0x14000000;
	case R_AARCH64_ADR_PREL_PG_HI21:
	case R_AARCH64_ADR_PREL_PG_HI21_NC:
		site->kind = WATCHMODULES_PAGE;
		return (word & 0x9f000000) == 0x90000000;
	case R_AARCH64_ADD_ABS_LO12_NC:
	case R_AARCH64_LDST8_ABS_LO12_NC:
		return true;
	case R_AARCH64_LDST16_ABS_LO12_NC:
		site->shift = 1;
		return true;
	case R_AARCH64_LDST32_ABS_LO12_NC:
		site->shift = 2;
		return true;
	case R_AARCH64_LDST64_ABS_LO12_NC:
		site->shift = 3;
		return true;
	case R_AARCH64_LDST128_ABS_LO12_NC:
		site->shift = 4;
		return true;
	default:
		return false;
	}
}

static bool make_unknown(struct making *making, const char *where, uint32_t type)
{
	return make_wrong(making, arena_format(making->arena,
	                                       "has a relocation of type %u in its %s; nobody "
	                                       "can check that",
	                                       type, where));
}

static bool make_relocation(struct making *making, const struct layout_place *place,
                            const struct object_relocation *relocation)
{
	const struct modules_part *part = &making->file->part[place->part];
	struct watchmodules_site site = {.place = (uint32_t)(place->offset + relocation->offset)};

	if (site.place % MAKE_WORD != 0 || part->size - site.place < MAKE_WORD)
		return make_damaged(making);
	if (!make_kind(relocation->type, make_word(part->text, site.place), &site))
		return make_unknown(making, "code", relocation->type);
	if (!make_target(making, relocation, &site))
		return false;
	make_site(making, place->part, &site);
	return true;
}

/* Distances inside of a part are the same wherever it is loaded. */
static bool make_constant(struct making *making, const struct layout_place *place,
                          const struct object_relocation *relocation)
{
	const struct modules_part *part = &making->file->part[place->part];
	const bool pointer = relocation->type == R_AARCH64_ABS64;
	struct watchmodules_site site = {.place = (uint32_t)(place->offset + relocation->offset),
	                                 .kind = pointer ? WATCHMODULES_POINTER
	                                                 : WATCHMODULES_DISTANCE};
	uint32_t distance;

	if (!pointer && relocation->type != R_AARCH64_PREL32)
		return make_unknown(making, "constants", relocation->type);
	if (site.place % MAKE_WORD != 0 ||
	    part->size - site.place < (pointer ? MAKE_POINTER : MAKE_WORD))
		return make_damaged(making);
	if (!make_target(making, relocation, &site))
		return false;
	distance = (uint32_t)(site.value - site.place);
	if (!pointer && site.base == (uint8_t)place->part)
		memcpy(part->text + site.place, &distance, sizeof(distance));
	else
		make_site(making, place->part, &site);
	return true;
}

/* ---- tables: each entry has relocations at its words ---- */

/* The targets of an entry's words, as they stand in the table; NULL: an error. */
static struct watchmodules_site *make_table(struct making *making, uint32_t section,
                                            uint32_t entry_size, uint32_t first, uint32_t second)
{
	const struct object *object = &making->file->object;
	const uint64_t entries = object->section[section].size / entry_size;
	struct watchmodules_site *target;
	struct object_relocation relocation;

	if (object->section[section].bytes == NULL) {
		(void)make_damaged(making);
		return NULL;
	}
	target = arena_array(making->arena, entries * 2 + 1, sizeof(*target));
	for (uint64_t i = 0; i < entries * 2; i++)
		target[i].base = WATCHMODULES_BASES;
	for (uint32_t table = 0; (table = object_relocations(object, section, table)) != 0;)
		for (uint64_t i = 0; object_relocation(object, table, i, &relocation); i++) {
			const uint64_t entry = relocation.offset / entry_size;
			const uint32_t at = (uint32_t)(relocation.offset % entry_size);

			if (entry >= entries || (at != first && at != second))
				continue;
			target[entry * 2 + (at == second)].place = relocation.symbol;
			if ((at == first ||
			     strcmp(object->symbol[relocation.symbol].name, MAKE_NOPS) != 0) &&
			    !make_target(making, &relocation, &target[entry * 2 + (at == second)]))
				return NULL;
		}
	return target;
}

static bool make_jumps(struct making *making, uint32_t section)
{
	const uint64_t entries = making->file->object.section[section].size / MAKE_LABEL;
	const struct watchmodules_site *target =
	    make_table(making, section, MAKE_LABEL, 0, MAKE_WORD);

	for (uint64_t i = 0; target != NULL && i < entries; i++) {
		const struct watchmodules_site *code = &target[2 * i], *to = &target[2 * i + 1];
		const struct watchmodules_site site = {.place = (uint32_t)code->value,
		                                       .kind = WATCHMODULES_JUMP,
		                                       .base = code->base,
		                                       .value = to->value};

		if (!make_is_text(making, code, 1) || !make_is_text(making, to, 1) ||
		    code->base != to->base)
			return make_damaged(making);
		make_site(making, code->base, &site);
	}
	return target != NULL;
}

static bool make_traced(struct making *making, uint32_t section)
{
	const uint64_t entries = making->file->object.section[section].size / MAKE_POINTER;
	const struct watchmodules_site *target =
	    make_table(making, section, MAKE_POINTER, 0, MAKE_POINTER);

	for (uint64_t i = 0; target != NULL && i < entries; i++) {
		const struct watchmodules_site *code = &target[2 * i];
		const struct watchmodules_site site = {.place = (uint32_t)code->value,
		                                       .kind = WATCHMODULES_TRACED};
		const uint8_t *text;

		if (!make_is_text(making, code, 2))
			return make_damaged(making);
		text = making->file->part[code->base].text + site.place;
		if (make_word(text, 0) != MAKE_NOP || make_word(text, MAKE_WORD) != MAKE_NOP)
			return make_damaged(making);
		make_site(making, code->base, &site);
	}
	return target != NULL;
}

/* Instructions that the kernel copies as they are, or branches, whose distance it changes. */
static bool make_is_plain(const uint8_t *text, uint32_t words)
{
	for (uint32_t i = 0; i < words; i++) {
		const uint32_t word = make_word(text, i * MAKE_WORD);

		if ((word & 0x1f000000) == 0x10000000 || /* ADR, ADRP */
		    (word & 0xff000000) == 0x54000000 || /* B.cond */
		    (word & 0x7c000000) == 0x34000000 || /* CBZ, CBNZ, TBZ, TBNZ */
		    (word & 0x3b000000) == 0x18000000)   /* LDR of a literal */
			return false;
	}
	return true;
}

/* An entry: places of the instructions and of the others, the CPU's feature, and both lengths. */
static bool make_alternative(struct making *making, const uint8_t *entry,
                             const struct watchmodules_site *code,
                             const struct watchmodules_site *other)
{
	const bool calls = ((uint32_t)entry[9] << 8 & MAKE_CALLBACK) != 0;
	const uint32_t words = entry[10] / MAKE_WORD;
	struct watchmodules_site site = {.place = (uint32_t)code->value,
	                                 .kind = WATCHMODULES_ALTERNATIVE,
	                                 .value = (uint64_t)words << 32};

	if (words == 0 || entry[10] % MAKE_WORD != 0 || !make_is_text(making, code, words))
		return make_damaged(making);
	if (calls && other->base == WATCHMODULES_BASES && other->place != 0) {
		site.value |= WATCHMODULES_NOPS;
	} else if (calls) {
		return make_wrong(making, "has code that a function of the kernel's changes; "
		                          "nobody can check that");
	} else if (!make_is_text(making, other, words) || other->base != code->base ||
	           entry[11] != entry[10]) {
		return make_damaged(making);
	} else if (!make_is_plain(making->file->part[code->base].text + other->value, words)) {
		return make_wrong(making, "has a branch among the kernel's alternatives; nobody "
		                          "can check that");
	} else {
		site.value |= other->value;
	}
	make_site(making, code->base, &site);
	return true;
}

static bool make_alternatives(struct making *making, uint32_t section)
{
	const struct object_section *table = &making->file->object.section[section];
	const struct watchmodules_site *target =
	    make_table(making, section, MAKE_ALTERNATIVE, 0, MAKE_WORD);

	for (uint64_t i = 0; target != NULL && i < table->size / MAKE_ALTERNATIVE; i++)
		if (!make_alternative(making, table->bytes + i * MAKE_ALTERNATIVE, &target[2 * i],
		                      &target[2 * i + 1]))
			return false;
	return true;
}

/* The loader sorts them by their instructions. */
static bool make_exceptions(struct making *making, uint32_t section)
{
	const uint64_t entries = making->file->object.section[section].size / MAKE_EXCEPTION;
	const struct watchmodules_site *target =
	    make_table(making, section, MAKE_EXCEPTION, 0, MAKE_WORD);

	for (uint64_t i = 1; target != NULL && i < entries; i++)
		if (target[2 * i].base != target[0].base ||
		    target[2 * i].value <= target[2 * (i - 1)].value)
			return make_wrong(making, "has a table of exceptions that isn't sorted; "
			                          "nobody can check that");
	return target != NULL;
}

static bool make_tables(struct making *making)
{
	static const struct {
		const char *name;
		bool (*make)(struct making *making, uint32_t section);
	} tables[] = {{"__jump_table", make_jumps},
	              {"__patchable_function_entries", make_traced},
	              {".altinstructions", make_alternatives},
	              {"__ex_table", make_exceptions}};

	for (uint32_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (uint32_t at = 0;
		     (at = object_find(&making->file->object, tables[i].name, at)) != 0;)
			if (!tables[i].make(making, at))
				return false;
	return true;
}

/* ---- code and constants ---- */

static bool make_section(struct making *making, uint32_t section)
{
	const struct object *object = &making->file->object;
	const struct layout *layout = &making->file->layout;
	const struct layout_place *place = &layout->place[section];
	struct modules_part *part = &making->file->part[place->part];
	struct watchmodules_site site = {.place = (uint32_t)place->offset,
	                                 .kind = WATCHMODULES_PLT};
	struct object_relocation relocation;

	if (place->offset > part->size || place->size > part->size - place->offset ||
	    (place->kind == LAYOUT_CODE && place->offset % MAKE_WORD != 0))
		return make_damaged(making);
	if (section == layout->tracers || section == layout->plt[place->part]) {
		if (section == layout->tracers)
			site.kind = WATCHMODULES_TRACERS;
		site.value = place->size / WATCHMODULES_ENTRY;
		if (site.value > WATCHMODULES_ENTRIES)
			return make_wrong(making, "calls too many functions");
		make_site(making, place->part, &site);
		return true;
	}
	if (object->section[section].bytes != NULL)
		memcpy(part->text + place->offset, object->section[section].bytes, place->size);
	for (uint32_t table = 0; (table = object_relocations(object, section, table)) != 0;)
		for (uint64_t i = 0; object_relocation(object, table, i, &relocation); i++)
			if (place->kind == LAYOUT_CODE
			        ? !make_relocation(making, place, &relocation)
			        : !make_constant(making, place, &relocation))
				return false;
	return true;
}

static int make_by_place(const void *a, const void *b)
{
	const struct watchmodules_site *left = a, *right = b;

	if (left->place != right->place)
		return left->place < right->place ? -1 : 1;
	return left->kind - right->kind;
}

/* No place has two sites, but for alternatives. */
static bool make_order(struct making *making, struct modules_part *part)
{
	qsort(part->site, part->count, sizeof(*part->site), make_by_place);
	for (uint32_t i = 1; i < part->count; i++)
		if (part->site[i].place == part->site[i - 1].place &&
		    part->site[i - 1].kind != WATCHMODULES_ALTERNATIVE)
			return make_damaged(making);
	return true;
}

static bool make_room(struct making *making)
{
	const struct object *object = &making->file->object;
	const struct layout *layout = &making->file->layout;
	uint64_t most = 2; /* the PLT, and the one of ftrace */

	for (uint32_t i = 0; i < object->sections; i++)
		if (object->section[i].type == SHT_RELA)
			most += object->section[i].size / sizeof(Elf64_Rela);
		else if (object->section[i].bytes != NULL &&
		         strcmp(object->section[i].name, ".altinstructions") == 0)
			most += object->section[i].size / MAKE_ALTERNATIVE;
	for (uint32_t i = 0; i < WATCHMODULES_PARTS; i++) {
		struct modules_part *part = &making->file->part[i];

		if (layout->size[i] > WATCHMODULES_TEXT)
			return make_wrong(making, "has more than 16 MiB of code and constants");
		part->code = (uint32_t)(layout->code[i] + MAKE_WORD - 1) / MAKE_WORD * MAKE_WORD;
		part->size = (uint32_t)(layout->size[i] + MAKE_WORD - 1) / MAKE_WORD * MAKE_WORD;
		part->text = arena_array(making->arena, part->size + MAKE_WORD, 1);
		part->site = arena_array(making->arena, most, sizeof(*part->site));
	}
	return true;
}

const char *modules_make(struct modules_set *set, struct modules_file *file)
{
	struct making making = {.set = set, .file = file, .arena = set->arena};
	bool good = make_room(&making);

	for (uint32_t i = 1; good && i < file->object.sections; i++)
		if (file->layout.place[i].there && file->layout.place[i].kind <= LAYOUT_CONSTANT)
			good = make_section(&making, i);
	good = good && make_tables(&making);
	for (uint32_t i = 0; good && i < WATCHMODULES_PARTS; i++)
		good = make_order(&making, &file->part[i]);
	return making.wrong;
}
