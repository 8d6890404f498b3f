/*
 * See kernel.h. Pointers stand in the image as relocations: a place, a kind, and a value. Where the
 * linker packed these (CONFIG_RELR), each pointer's own place has its value. kallsyms counts from a
 * base that is such a pointer.
 */
#include "program.h"
#include <kumiki/bundle.h>
#include <lib/nearest.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_RELATIVE   0x403u /* R_AARCH64_RELATIVE */
#define KERNEL_RELOCATION 24u    /* bytes: place, kind, value */
#define KERNEL_BLOCK      (2ull << 20)
#define KERNEL_LOWEST     (~0ull << 47)
#define KERNEL_PAGE       4096u

static uint64_t kernel_word(const struct kernel *kernel, size_t at)
{
	uint64_t word;

	memcpy(&word, kernel->image + at, sizeof(word));
	return word;
}

/* ---- pointers ---- */

/* Reads a relocation: the place of an address, and its value as the kernel is linked. False: no
 * such relocation is at this offset. */
static bool kernel_relocation(const struct kernel *kernel, size_t at, uint64_t *place,
                              uint64_t *value)
{
	*place = kernel_word(kernel, at);
	*value = kernel_word(kernel, at + 16);
	return kernel_word(kernel, at + 8) == KERNEL_RELATIVE && *place >= KERNEL_LOWEST &&
	       *value >= KERNEL_LOWEST;
}

/* The link address of the image's first byte: the multiple of 2 MiB at or below the lowest address
 * that a relocation has. */
static uint64_t kernel_linked(const struct kernel *kernel, size_t *count)
{
	uint64_t lowest = ~0ull, place, value;

	*count = 0;
	for (size_t i = 0; i + KERNEL_RELOCATION <= kernel->size; i += sizeof(uint64_t))
		if (kernel_relocation(kernel, i, &place, &value)) {
			lowest = value < lowest ? value : lowest;
			++*count;
		}
	return lowest / KERNEL_BLOCK * KERNEL_BLOCK;
}

static int kernel_by_place(const void *a, const void *b)
{
	const struct kernel_pointer *left = a, *right = b;

	return (left->at > right->at) - (left->at < right->at);
}

void kernel_sort(struct kernel *kernel)
{
	qsort(kernel->pointer, kernel->pointers, sizeof(*kernel->pointer), kernel_by_place);
}

/* Of packed relocations. What looks like an address of the image is one. */
static void kernel_packed(struct kernel *kernel, uint64_t linked, struct arena *arena)
{
	kernel->pointer =
	    arena_array(arena, kernel->size / sizeof(uint64_t), sizeof(*kernel->pointer));
	for (size_t at = 0; at + sizeof(uint64_t) <= kernel->size; at += sizeof(uint64_t)) {
		const uint64_t value = kernel_word(kernel, at) - linked;

		if (value < kernel->image_size)
			kernel->pointer[kernel->pointers++] =
			    (struct kernel_pointer){(uint32_t)at, (uint32_t)value};
	}
}

static void kernel_pointers(struct kernel *kernel, struct arena *arena)
{
	const uint64_t base = kernel_word(kernel, kernel->base_at);
	uint64_t linked, place, value;
	size_t count;

	if (base != 0) {
		kernel_packed(kernel, base / KERNEL_BLOCK * KERNEL_BLOCK, arena);
		return;
	}
	linked = kernel_linked(kernel, &count);
	kernel->pointer = arena_array(arena, count + 1, sizeof(*kernel->pointer));
	for (size_t i = 0; i + KERNEL_RELOCATION <= kernel->size; i += sizeof(uint64_t))
		if (kernel_relocation(kernel, i, &place, &value) &&
		    place - linked < kernel->image_size && value - linked < kernel->image_size)
			kernel->pointer[kernel->pointers++] = (struct kernel_pointer){
			    (uint32_t)(place - linked), (uint32_t)(value - linked)};
	kernel_sort(kernel);
}

bool kernel_leads(const struct kernel *kernel, uint32_t at, uint32_t *to)
{
	const struct kernel_pointer wanted = {.at = at};
	const struct kernel_pointer *found =
	    kernel->pointers == 0 ? NULL
	                          : bsearch(&wanted, kernel->pointer, kernel->pointers,
	                                    sizeof(wanted), kernel_by_place);

	if (found != NULL)
		*to = found->to;
	return found != NULL;
}

/* ---- functions ---- */

static uint32_t linux_functions(const struct kernel *kernel, const char *name, uint32_t *place)
{
	const uint32_t count = kallsyms_places(&kernel->symbols, name, place);

	if (count == 0)
		return 0;
	*place += kernel->base_of;
	return *place < kernel->image_size ? count : 0;
}

static bool linux_function_at(const struct kernel *kernel, uint32_t place,
                              struct kallsyms_symbol *symbol)
{
	if (place < kernel->base_of ||
	    !kallsyms_name(&kernel->symbols, place - kernel->base_of, symbol))
		return false;
	symbol->offset += kernel->base_of;
	return true;
}

static const char *kernel_symbols(struct kernel *kernel, struct arena *arena)
{
	if (!kallsyms_find(&kernel->symbols, kernel->image, kernel->size))
		return "it has no symbols; build it with CONFIG_KALLSYMS";
	kernel->base_at = (uint32_t)((const uint8_t *)kernel->symbols.base - kernel->image);
	kernel_pointers(kernel, arena);
	if (!kernel_leads(kernel, kernel->base_at, &kernel->base_of))
		return "it has no symbols; build it with CONFIG_KALLSYMS";
	if (linux_functions(kernel, "_stext", &kernel->text) == 0 ||
	    linux_functions(kernel, "_etext", &kernel->text_end) == 0)
		return "one of '_stext', '_etext' is missing";
	return kernel->text < kernel->text_end ? NULL : "its text has no size";
}

/* ---- exported variables ---- */

/* Finds the entry of a variable by its name. An entry has three words: the distances from each word
 * to the variable, to its name, and to its namespace's name. */
static bool kernel_entry(const struct kernel *kernel, size_t name, uint32_t *entry_at,
                         uint32_t *place)
{
	for (size_t at = 4; at + 8 <= kernel->size; at += 4) {
		int32_t entry[3];
		int64_t variable;

		memcpy(entry, kernel->image + at - 4, sizeof(entry));
		variable = (int64_t)at - 4 + entry[0];
		if ((int64_t)at + entry[1] != (int64_t)name || variable <= 0 || variable % 4 != 0 ||
		    variable >= kernel->image_size)
			continue;
		*entry_at = (uint32_t)at - 4;
		*place = (uint32_t)variable;
		return true;
	}
	return false;
}

/* A name may be at several places of the image; an entry points to only one of these. */
bool kernel_export(const struct kernel *kernel, const char *name, uint32_t *entry, uint32_t *place)
{
	const size_t length = strlen(name) + 1;
	const uint8_t *at = kernel->image, *end = kernel->image + kernel->size;

	while ((at = memmem(at, (size_t)(end - at), name, length)) != NULL) {
		if (kernel_entry(kernel, (size_t)(at - kernel->image), entry, place))
			return true;
		at++;
	}
	return false;
}

/* Of a kernel with CONFIG_KALLSYMS_ALL the symbols name variables, too. */
static uint32_t linux_variables(const struct kernel *kernel, const char *name, uint32_t *place)
{
	uint32_t entry, count;

	if (kernel_export(kernel, name, &entry, place))
		return 1;
	count = linux_functions(kernel, name, place);
	return count != 0 && *place >= kernel->text_end ? count : 0;
}

/* ---- what code uses: an address is made by ADRP, and by ADD or a load or store behind it ---- */

#define CODE_REGISTERS 32u

struct code {
	uint64_t page[CODE_REGISTERS]; /* 0: the register has no page's address */
};

static uint32_t code_field(uint32_t word, uint32_t low, uint32_t bits)
{
	return word >> low & ((1u << bits) - 1);
}

static uint64_t code_page(uint32_t at, uint32_t word)
{
	const uint32_t pages = code_field(word, 5, 19) << 2 | code_field(word, 29, 2);
	const int64_t far = (int64_t)(pages ^ 1u << 20) - (1 << 20);

	return (uint64_t)((int64_t)(at / KERNEL_PAGE) + far) * KERNEL_PAGE;
}

/* The place that an instruction makes the address of, or not `made`: also reads or writes; 0: none.
 */
static uint64_t code_place(const struct code *code, uint32_t word, bool made)
{
	const uint64_t page = code->page[code_field(word, 5, 5)];
	const uint32_t offset = code_field(word, 10, 12);

	if (page == 0)
		return 0;
	if ((word & 0xffc00000) == 0x91000000) /* ADD, 64 bits, without a shift */
		return page + offset;
	if (!made &&
	    (word & 0x3f000000) == 0x39000000) /* LDR, STR and their like, with an offset */
		return page + ((uint64_t)offset << (word >> 30));
	return 0;
}

/* Stores write no register, and branches hardly one that matters. */
static void code_forget(struct code *code, uint32_t word)
{
	const bool stores = (word & 0x3fc00000) == 0x39000000 || (word & 0x3e400000) == 0x28000000;

	if (!stores && (word & 0x1c000000) != 0x14000000)
		code->page[code_field(word, 0, 5)] = 0;
}

static uint32_t linux_behind(const struct kernel *kernel, uint32_t function)
{
	const struct kallsyms *symbols = &kernel->symbols;

	for (uint32_t i = 0; i < symbols->count; i++) {
		const uint64_t place = (uint64_t)symbols->offsets[i] + kernel->base_of;

		if (place > function)
			return place < kernel->size ? (uint32_t)place : (uint32_t)kernel->size;
	}
	return function;
}

static bool kernel_has(const uint32_t *place, uint32_t count, uint64_t wanted)
{
	for (uint32_t i = 0; i < count; i++)
		if (place[i] == wanted)
			return true;
	return false;
}

uint32_t kernel_behind(const struct kernel *kernel, uint32_t function)
{
	return kernel->names->behind(kernel, function);
}

uint32_t kernel_used(const struct kernel *kernel, uint32_t function, bool made, uint32_t *place,
                     uint32_t room)
{
	const uint32_t end = kernel_behind(kernel, function);
	struct code code = {0};
	uint32_t count = 0;

	for (uint32_t at = function; at + 4 <= end; at += 4) {
		uint32_t word;
		uint64_t used;

		memcpy(&word, kernel->image + at, sizeof(word));
		used = code_place(&code, word, made);
		if (used >= kernel->text_end && used < kernel->image_size && count < room &&
		    !kernel_has(place, count, used))
			place[count++] = (uint32_t)used;
		code_forget(&code, word);
		if ((word & 0x9f000000) == 0x90000000) /* ADRP */
			code.page[code_field(word, 0, 5)] = code_page(at, word);
	}
	return count;
}

/* Goes on in the same register: to the next element. */
static bool code_steps(uint32_t word)
{
	return (word & 0xffc00000) == 0x91000000 &&
	       code_field(word, 0, 5) == code_field(word, 5, 5);
}

static uint32_t kernel_drop(uint32_t *place, uint32_t count, uint64_t unwanted)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < count; i++)
		if (place[i] != unwanted)
			place[left++] = place[i];
	return left;
}

uint32_t kernel_used_far(const struct kernel *kernel, uint32_t function, bool made, uint32_t *place,
                         uint32_t room)
{
	const uint32_t end = kernel_behind(kernel, function);
	struct code pages = {0}, anchors = {0}; /* of registers, addresses made of pages */
	uint32_t count = 0;

	for (uint32_t at = function; at + 4 <= end; at += 4) {
		uint64_t near, far, used;
		uint32_t word;

		memcpy(&word, kernel->image + at, sizeof(word));
		near = code_place(&pages, word, made);
		far = code_steps(word) ? 0 : code_place(&anchors, word, made);
		used = far != 0 ? far : near;
		if (far != 0 && far != anchors.page[code_field(word, 5, 5)])
			count = kernel_drop(place, count, anchors.page[code_field(word, 5, 5)]);
		if (used >= kernel->text_end && used < kernel->image_size && count < room &&
		    !kernel_has(place, count, used))
			place[count++] = (uint32_t)used;
		code_forget(&pages, word);
		code_forget(&anchors, word);
		if ((word & 0x9f000000) == 0x90000000) /* ADRP */
			pages.page[code_field(word, 0, 5)] = code_page(at, word);
		else if (near != 0 && (word & 0xffc00000) == 0x91000000)
			anchors.page[code_field(word, 0, 5)] = near;
	}
	return count;
}

/* Nothing is known behind an instruction that goes on elsewhere. */
static bool code_leaves(uint32_t word)
{
	return (word & 0xfc000000) == 0x14000000 || (word & 0xfffffc1f) == 0xd65f0000; /* B, RET */
}

/* The address that an instruction makes, whole or of a page; 0: none. */
static uint64_t code_makes(const struct code *code, uint32_t at, uint32_t word)
{
	return (word & 0x9f000000) == 0x90000000 ? code_page(at, word)
	                                         : code_place(code, word, true);
}

uint32_t kernel_read(const struct kernel *kernel, uint32_t function)
{
	const uint32_t end = kernel_behind(kernel, function);
	struct code code = {0};
	uint32_t found = 0;

	for (uint32_t at = function; at + 4 <= end; at += 4) {
		uint32_t word;
		uint64_t made, read = 0;

		memcpy(&word, kernel->image + at, sizeof(word));
		made = code_makes(&code, at, word);
		if ((word & 0xffc00000) == 0xf9400000) /* LDR, 64 bits, with an offset */
			read = code_place(&code, word, false);
		code_forget(&code, word);
		if (made != 0)
			code.page[code_field(word, 0, 5)] = made;
		if (code_leaves(word))
			code = (struct code){0};
		if (read < kernel->text_end || read >= kernel->image_size || read == found)
			continue;
		if (found != 0)
			return 0;
		found = (uint32_t)read;
	}
	return found;
}

/* ---- names, of a Linux or of a program ---- */

static void linux_offer(const struct kernel *kernel, struct nearest *nearest, struct arena *arena)
{
	struct kallsyms_symbol symbol;

	for (uint32_t i = 0; i < kernel->symbols.count; i++) {
		if (!kallsyms_name(&kernel->symbols, kernel->symbols.offsets[i], &symbol))
			continue;
		nearest_offer(nearest, symbol.name);
		if (nearest->best == symbol.name)
			nearest->best = arena_copy(arena, symbol.name, strlen(symbol.name));
	}
}

static const struct kernel_names linux_names = {linux_functions, linux_function_at, linux_behind,
                                                linux_variables, linux_offer};

uint32_t kernel_functions(const struct kernel *kernel, const char *name, uint32_t *place)
{
	return kernel->names->functions(kernel, name, place);
}

const char *kernel_function_meant(const struct kernel *kernel, const char *name,
                                  struct arena *arena)
{
	struct nearest nearest = {.word = name};

	kernel->names->offer(kernel, &nearest, arena);
	return nearest_answer(&nearest);
}

bool kernel_function_at(const struct kernel *kernel, uint32_t place, struct kallsyms_symbol *symbol)
{
	return kernel->names->function_at(kernel, place, symbol);
}

uint32_t kernel_variables(const struct kernel *kernel, const char *name, uint32_t *place)
{
	return kernel->names->variables(kernel, name, place);
}

/* ---- the whole ---- */

const char *kernel_open(struct kernel *kernel, struct arena *arena, const uint8_t *image,
                        size_t size)
{
	struct arm64_image_header header;
	const char *missing;

	*kernel = (struct kernel){.names = &linux_names, .image = image, .size = size};
	if (program_is_elf(image, size))
		return program_open(kernel, arena);
	if (size < sizeof(header) || size > UINT32_MAX)
		return "it is no arm64 Image, and no ELF file";
	memcpy(&header, image, sizeof(header));
	if (header.magic != ARM64_IMAGE_MAGIC || header.image_size < size ||
	    header.image_size > UINT32_MAX)
		return "it is neither a Linux's arm64 Image nor a program's ELF file; unpack it if "
		       "it is compressed";
	kernel->image_size = (uint32_t)header.image_size;
	missing = kernel_symbols(kernel, arena);
	if (missing != NULL)
		return missing;
	return btf_find(&kernel->btf, arena, image, size)
	           ? NULL
	           : "it has no BTF; build it with CONFIG_DEBUG_INFO_BTF";
}
