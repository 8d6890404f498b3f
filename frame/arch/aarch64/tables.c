/*
 * The frame's own page tables: first a few blocks, with which the boot core starts; then for each
 * core a set of tables with 4 KiB pages. The boot core makes these sets while memory is still
 * mapped at its physical addresses. After the start only the window changes, in each core's own
 * tables.
 */
#include <frame/stop.h>
#include <frame/tables.h>
#include <machine/sysreg.h>
#include <state/core.h>

#define ENTRY_TABLE     3ULL
#define ENTRY_PAGE      3ULL
#define ENTRY_BLOCK     1ULL
#define ENTRY_ATTR(n)   ((uint64_t)(n) << 2)
#define ENTRY_RES1      (1ULL << 6) /* AP[1] is one at EL2 */
#define ENTRY_READ_ONLY (1ULL << 7)
#define ENTRY_INNER     (3ULL << 8)
#define ENTRY_ACCESS    (1ULL << 10)
#define ENTRY_XN        (1ULL << 54)
#define ENTRY_ADDRESS   0x0000fffffffff000ULL

#define BLOCK_SIZE 0x200000ULL
#define ENTRIES    512

_Static_assert(LAYOUT_PRISTINE + IMAGE_ROOM <= LAYOUT_IMAGE, "the pristine frame has room");
_Static_assert(LAYOUT_IMAGE + IMAGE_ROOM <= LAYOUT_TABLES, "the image has room in a way in");
_Static_assert(LAYOUT_SPARE + IMAGE_ROOM <= LAYOUT_TEXT_TABLES, "the spare area has room");
_Static_assert(LAYOUT_PARTITION + BUNDLE_PARTITIONS_MAX * LAYOUT_SLOT <= LAYOUT_PCI,
               "a slot for each partition");

AT_START static uint64_t attributes(enum tables_kind kind)
{
	uint64_t normal = ENTRY_ATTR(1) | ENTRY_INNER | ENTRY_ACCESS | ENTRY_RES1;

	switch (kind) {
	case TABLES_TEXT:
		return normal | ENTRY_READ_ONLY;
	case TABLES_CONSTANT:
		return normal | ENTRY_READ_ONLY | ENTRY_XN;
	case TABLES_DATA:
		return normal | ENTRY_XN;
	case TABLES_CONFIG:
		return ENTRY_ATTR(2) | ENTRY_ACCESS | ENTRY_RES1 | ENTRY_XN;
	case TABLES_DEVICE:
		break;
	}
	return ENTRY_ATTR(0) | ENTRY_ACCESS | ENTRY_RES1 | ENTRY_XN;
}

/* Returns the index of an address's entry in its table of this level. An entry of level 1 covers 1
 * GiB, of level 2 2 MiB, of level 3 4 KiB. */
static uint64_t index_at(uint64_t va, int level)
{
	return va >> (39 - 9 * level) & (ENTRIES - 1);
}

AT_START_CONST static const char outgrown[] = "the frame's page tables outgrew LAYOUT_TABLE_PAGES";

/* Takes the next page for a table. Its pointer is its physical address, as memory is still mapped
 * like that. */
AT_START static uint64_t *new_table(struct tables *tables)
{
	uint64_t *table = tables->root + (uint64_t)tables->used * ENTRIES;

	if (tables->used == tables->count)
		stop_machine(outgrown);
	tables->used++;
	return table;
}

/* Clears eight words at a time, which the compiler stores in pairs: this is a large part of a
 * boot's time. */
AT_START static void tables_clear(uint64_t *words, uint64_t count)
{
	for (uint64_t i = 0; i < count; i += 8) {
		words[i] = words[i + 1] = words[i + 2] = words[i + 3] = 0;
		words[i + 4] = words[i + 5] = words[i + 6] = words[i + 7] = 0;
	}
}

/* Keeps `count` entries from this one on: the first is `value`. */
AT_START static void keep(struct tables *tables, const uint64_t *entry, uint64_t value,
                          uint64_t count)
{
	/* The way in's root is the second page. */
	const uint64_t *first = (const uint64_t *)((uintptr_t)tables->root & ~PAGE_SIZE);

	if (tables->kept == 0)
		return;
	if (tables->pieces == TABLES_PIECES)
		stop_machine(outgrown);
	tables->kept->piece[tables->pieces++] =
	    (struct tables_piece){(uint32_t)(entry - first), (uint32_t)count, value};
}

AT_START static uint64_t *make_table_below(struct tables *tables, uint64_t *table, uint64_t index)
{
	if (table[index] == 0) {
		uint64_t *below = new_table(tables);

		if (tables->dirty)
			tables_clear(below, ENTRIES);
		table[index] = (uint64_t)(uintptr_t)below | ENTRY_TABLE;
		keep(tables, &table[index], table[index], 1);
	}
	return (uint64_t *)(uintptr_t)(table[index] & ENTRY_ADDRESS);
}

AT_START uint64_t *tables_leaf(struct tables *tables, uint64_t va)
{
	uint64_t *level2;

	if (tables->used == 0)
		tables->used = 2; /* two roots, this and the way in's: side by side for head.S */
	level2 = make_table_below(tables, tables->root, index_at(va, 1));
	return make_table_below(tables, level2, index_at(va, 2));
}

AT_START void tables_map(struct tables *tables, uint64_t va, pa_t pa, uint64_t size,
                         enum tables_kind kind)
{
	uint64_t bits = attributes(kind) | ENTRY_PAGE;
	uint64_t *leaf = tables_leaf(tables, va);

	for (uint64_t at = 0; at < size; at += PAGE_SIZE) {
		const uint64_t index = index_at(va + at, 3), entry = (pa.at + at) | bits;
		const uint64_t left = (size - at + PAGE_SIZE - 1) / PAGE_SIZE;
		const uint64_t room = TABLES_TOGETHER - index % TABLES_TOGETHER;

		if (index == 0)
			leaf = tables_leaf(tables, va + at);
		if (at == 0 || room == TABLES_TOGETHER)
			keep(tables, &leaf[index], entry, left < room ? left : room);
		leaf[index] = entry;
	}
}

/*
 * `in` shares the leaf tables of the frame's own addresses, except the text's: the caller maps the
 * text's slot anew. `in` has no mappings at other addresses yet.
 */
AT_START void tables_begin_way_in(struct tables *in, struct tables *tables)
{
	uint64_t *from = make_table_below(tables, tables->root, index_at(LAYOUT_BASE, 1));
	uint64_t *level2;

	*in = *tables;
	if (in->kept != 0)
		in->kept->looked = in->pieces;
	in->root += ENTRIES;
	in->used--;
	in->count--;
	level2 = make_table_below(in, in->root, index_at(LAYOUT_BASE, 1));
	for (uint64_t i = 0; i < ENTRIES; i++) {
		if (from[i] == 0 || i == index_at(LAYOUT_TEXT, 2))
			continue;
		level2[i] = from[i];
		keep(in, &level2[i], from[i], 1);
	}
}

/* Some mappings go, and none changes, so no entry needs to be made invalid first
 * (break-before-make). */
void tables_leave_start(void)
{
	sysreg_write(ttbr0_el2, core.root);
	__asm__ volatile("isb; tlbi alle2; dsb nsh; isb" ::: "memory");
}

/* ---- the boot core's first tables ---- */

/* Fills a table with blocks that map each address to itself, as device memory. boot_memory() then
 * maps normal memory. */
AT_START static void boot_fill(uint64_t *table, uint64_t base, uint64_t step)
{
	for (uint64_t i = 0; i < ENTRIES; i++)
		table[i] = (base + i * step) | attributes(TABLES_DEVICE) | ENTRY_BLOCK;
}

AT_START static uint64_t *boot_level2(struct tables *tables, uint64_t pa)
{
	uint64_t *entry = &tables->root[index_at(pa, 1)];

	if ((*entry & ENTRY_TABLE) != ENTRY_TABLE) {
		uint64_t *level2 = new_table(tables);

		boot_fill(level2, pa & ~(BLOCK_SIZE * ENTRIES - 1), BLOCK_SIZE);
		*entry = (uint64_t)(uintptr_t)level2 | ENTRY_TABLE;
	}
	return (uint64_t *)(uintptr_t)(*entry & ENTRY_ADDRESS);
}

AT_START static void boot_memory(struct tables *tables, uint64_t pa, uint64_t size)
{
	for (uint64_t at = pa & ~(BLOCK_SIZE - 1); at < pa + size; at += BLOCK_SIZE)
		boot_level2(tables, at)[index_at(at, 2)] =
		    at | (attributes(TABLES_DATA) & ~ENTRY_XN) | ENTRY_BLOCK;
}

uint64_t boot_tables(uint64_t load, uint64_t tree, uint64_t scratch);

/*
 * Makes the boot core's first tables. Runs at the image's physical address, with the MMU off. At
 * their physical addresses the tables map, as normal memory, the image with its working memory, and
 * 2 MiB for the firmware's tree. At the linked addresses they map the text, a .core and a stack for
 * the boot. The scratch memory begins with these tables; behind them are the pages of .core, then
 * the stack.
 */
AT_START uint64_t boot_tables(uint64_t load, uint64_t tree, uint64_t scratch)
{
	struct tables tables = {
	    .root = (uint64_t *)(uintptr_t)scratch, .count = LAYOUT_BOOT_TABLES, .dirty = true};
	uint64_t own = scratch + LAYOUT_BOOT_TABLES * PAGE_SIZE;
	uint64_t *level2;

	boot_fill(new_table(&tables), 0, BLOCK_SIZE * ENTRIES);
	tables.root[index_at(LAYOUT_BASE, 1)] = 0;
	boot_memory(&tables, load, scratch + LAYOUT_BOOT_SIZE - load);
	if (tree != 0 && tree < BUNDLE_ADDRESS_LIMIT - 2 * BLOCK_SIZE)
		boot_memory(&tables, tree, BLOCK_SIZE);
	tables_clear((uint64_t *)(uintptr_t)own, LAYOUT_BOOT_CORE_SIZE / sizeof(uint64_t));
	tables_map(&tables, LAYOUT_LOCAL, pa_at(own), LAYOUT_BOOT_CORE_SIZE, TABLES_DATA);
	tables_map(&tables, LAYOUT_STACK, pa_at(own + LAYOUT_BOOT_CORE_SIZE), LAYOUT_STACK_SIZE,
	           TABLES_DATA);
	level2 = make_table_below(&tables, tables.root, index_at(LAYOUT_TEXT, 1));
	/* Devices that lie in the same entry of the first level, before the frame's own addresses.
	 */
	for (uint64_t at = LAYOUT_BASE; at < LAYOUT_PARTITION; at += BLOCK_SIZE)
		level2[index_at(at, 2)] = at | attributes(TABLES_DEVICE) | ENTRY_BLOCK;
	level2[index_at(LAYOUT_TEXT, 2)] = load | attributes(TABLES_TEXT) | ENTRY_BLOCK;
	return scratch;
}

/* ---- the window ---- */

/* The entry of the window. It is the first one of its leaf table, the only table that a core maps
 * for itself. */
#define window_entry ((volatile uint64_t *)LAYOUT_WINDOW_TABLE)

static void window_close(void)
{
	*window_entry = 0;
	__asm__ volatile("dsb ishst; tlbi vae2, %0; dsb ish; isb" ::"r"(LAYOUT_WINDOW >> PAGE_SHIFT)
	                 : "memory");
}

/*
 * The guest may run with its caches off (Arm ARM, "Mismatched memory attributes"). Then a cache may
 * have an old line of this memory, which this read must not find. And this read must not leave a
 * line behind, which later would be old. So the line is cleaned and invalidated before the read and
 * after it. An access and the maintenance of its own line stay in order; the DSBs complete the
 * maintenance.
 */
uint32_t window_read(pa_t place)
{
	uint64_t at = LAYOUT_WINDOW + (place.at & PAGE_MASK & ~3ULL);
	uint32_t word;

	*window_entry = (place.at & ENTRY_ADDRESS) | attributes(TABLES_CONSTANT) | ENTRY_PAGE;
	__asm__ volatile("dsb ishst; isb\n\t"
	                 "dc civac, %1; dsb sy\n\t"
	                 "ldr %w0, [%1]\n\t"
	                 "dc civac, %1; dsb sy"
	                 : "=&r"(word)
	                 : "r"(at)
	                 : "memory");
	window_close();
	return word;
}

void window_write(pa_t place, uint32_t word)
{
	uint64_t at = LAYOUT_WINDOW + (place.at & PAGE_MASK & ~3ULL);

	*window_entry = (place.at & ENTRY_ADDRESS) | attributes(TABLES_DATA) | ENTRY_PAGE;
	__asm__ volatile("dsb ishst; isb\n\tstr %w0, [%1]" ::"r"(word), "r"(at) : "memory");
	window_close();
}

AT_START va_t window_open_device(pa_t page)
{
	window_close();
	*window_entry = (page.at & ENTRY_ADDRESS) | attributes(TABLES_DEVICE) | ENTRY_PAGE;
	__asm__ volatile("dsb ishst; isb" ::: "memory");
	return (va_t){LAYOUT_WINDOW};
}
