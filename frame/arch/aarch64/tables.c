/*
 * The frame's own page tables: first the few blocks on which the boot core starts, then one set of
 * 4 KiB pages for each core. The boot core makes these while memory is still mapped where it lies.
 * After that only the window changes, in the core's own tables.
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

/* A table's entry for an address: level 1 has 1 GiB each, 2: 2 MiB, 3: 4 KiB. */
static uint64_t index_at(uint64_t va, int level)
{
	return va >> (39 - 9 * level) & (ENTRIES - 1);
}

AT_START_CONST static const char outgrown[] = "the frame's page tables outgrew LAYOUT_TABLE_PAGES";

/* Takes the next page. While the boot core maps memory where it lies, an address is a physical
 * one. */
AT_START static uint64_t *new_table(struct tables *tables)
{
	uint64_t *table = tables->root + (uint64_t)tables->used * ENTRIES;

	if (tables->used == tables->count)
		stop_machine(outgrown);
	tables->used++;
	return table;
}

/* Eight at a time: the compiler pairs them, and this is much of what a boot costs. */
AT_START static void tables_clear(uint64_t *words, uint64_t count)
{
	for (uint64_t i = 0; i < count; i += 8) {
		words[i] = words[i + 1] = words[i + 2] = words[i + 3] = 0;
		words[i + 4] = words[i + 5] = words[i + 6] = words[i + 7] = 0;
	}
}

AT_START static uint64_t *make_table_below(struct tables *tables, uint64_t *table, uint64_t index)
{
	if (table[index] == 0) {
		uint64_t *below = new_table(tables);

		if (tables->dirty)
			tables_clear(below, ENTRIES);
		table[index] = (uint64_t)(uintptr_t)below | ENTRY_TABLE;
	}
	return (uint64_t *)(uintptr_t)(table[index] & ENTRY_ADDRESS);
}

AT_START uint64_t *tables_leaf(struct tables *tables, uint64_t va)
{
	uint64_t *level2;

	if (tables->used == 0)
		tables->used = 2; /* the roots, its own and the way in's: side by side for head.S */
	level2 = make_table_below(tables, tables->root, index_at(va, 1));
	return make_table_below(tables, level2, index_at(va, 2));
}

AT_START void tables_map(struct tables *tables, uint64_t va, pa_t pa, uint64_t size,
                         enum tables_kind kind)
{
	uint64_t bits = attributes(kind) | ENTRY_PAGE;
	uint64_t *leaf = tables_leaf(tables, va);

	for (uint64_t at = 0; at < size; at += PAGE_SIZE) {
		if (index_at(va + at, 3) == 0)
			leaf = tables_leaf(tables, va + at);
		leaf[index_at(va + at, 3)] = (pa.at + at) | bits;
	}
}

/*
 * The lower tables are shared, but for those of text's slot, which `in` has to map anew. Mappings
 * beside the frame's own addresses aren't shared.
 */
AT_START void tables_begin_way_in(struct tables *in, struct tables *tables)
{
	uint64_t *from = make_table_below(tables, tables->root, index_at(LAYOUT_BASE, 1));
	uint64_t *level2;

	*in = (struct tables){tables->root + ENTRIES, tables->used - 1, tables->count - 1, false};
	level2 = make_table_below(in, in->root, index_at(LAYOUT_BASE, 1));
	for (uint64_t i = 0; i < ENTRIES; i++)
		if (i != index_at(LAYOUT_TEXT, 2))
			level2[i] = from[i];
}

/* No mapping changes but that some go: there is nothing to break before. */
void tables_leave_start(void)
{
	sysreg_write(ttbr0_el2, core.root);
	__asm__ volatile("isb; tlbi alle2; dsb nsh; isb" ::: "memory");
}

/* ---- the boot core's first tables ---- */

/* Where virtual addresses are physical ones: everything is device memory but what is said below. */
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
 * Runs where it was loaded, with the MMU off. Maps as memory, where they lie, the image with its
 * working memory, and what the firmware's tree may take. Maps the text, a .core and a stack for the
 * boot where a core has its own. The tables stand at the head of the scratch memory, behind them
 * .core's pages, then the stack's.
 */
AT_START uint64_t boot_tables(uint64_t load, uint64_t tree, uint64_t scratch)
{
	struct tables tables = {(uint64_t *)(uintptr_t)scratch, 0, LAYOUT_BOOT_TABLES, true};
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
	/* Devices before the text that are in the same entry of the first level. */
	for (uint64_t at = LAYOUT_BASE; at < LAYOUT_PARTITION; at += BLOCK_SIZE)
		level2[index_at(at, 2)] = at | attributes(TABLES_DEVICE) | ENTRY_BLOCK;
	level2[index_at(LAYOUT_TEXT, 2)] = load | attributes(TABLES_TEXT) | ENTRY_BLOCK;
	return scratch;
}

/* ---- the window ---- */

/* The window's slot is the one leaf table that a core maps for itself; the window is its first
 * entry. */
#define window_entry ((volatile uint64_t *)LAYOUT_WINDOW_TABLE)

static void window_close(void)
{
	*window_entry = 0;
	__asm__ volatile("dsb ishst; tlbi vae2, %0; dsb ish; isb" ::"r"(LAYOUT_WINDOW >> PAGE_SHIFT)
	                 : "memory");
}

/*
 * The guest may run with its caches off. Then memory is newer than a line that a cache still has of
 * it, and older than a line that this read would leave behind (Arm ARM, "Mismatched memory
 * attributes"). So the line is cleaned and invalidated before and after. An access and the
 * maintenance of its own line stay in order; the DSBs complete the maintenance.
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

AT_START va_t window_open_device(pa_t page)
{
	window_close();
	*window_entry = (page.at & ENTRY_ADDRESS) | attributes(TABLES_DEVICE) | ENTRY_PAGE;
	__asm__ volatile("dsb ishst; isb" ::: "memory");
	return (va_t){LAYOUT_WINDOW};
}
