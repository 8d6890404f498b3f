/*
 * Address spaces: see kernel/space.h. Stage 1 descriptors with 4 KiB granule, three levels (Arm
 * ARM D8.3): level 1 has 1 GiB an entry, level 2 2 MiB, level 3 4 KiB.
 */
#include <kernel/space.h>
#include <kernel/table.h>
#include <machine/cpu.h>
#include <machine/memory.h>

/* ---- ASIDs: 8 bits, which every CPU has; 0 is no space's ---- */

#define ASIDS 256

static uint64_t asids_used[ASIDS / WORD_BITS] = {1};

/* Takes a free ASID; 0: all are in use. */
static uint32_t take_asid(void)
{
	for (uint32_t word = 0; word < ASIDS / WORD_BITS; word++) {
		uint32_t bit;

		if (~asids_used[word] == 0)
			continue;
		bit = (uint32_t)__builtin_ctzll(~asids_used[word]);
		asids_used[word] |= 1ULL << bit;
		return word * WORD_BITS + bit;
	}
	return 0;
}

static void put_asid(uint32_t asid)
{
	asids_used[asid / WORD_BITS] &= ~(1ULL << asid % WORD_BITS);
}

/* ---- tables ---- */

/* Makes a zeroed table; NULL: the pool is empty. */
static uint64_t *new_table(struct space *space, struct pool *pool)
{
	uint32_t number = pool_take(pool, 0);
	struct frame *frame = &memory.frames[number];

	if (number == FRAME_NONE)
		return NULL;
	frame->kind = FRAME_TABLE;
	frame->owner = pool->owner;
	frame->next = space->tables;
	space->tables = number;
	machine_zero(memory_at(number), PAGE_SIZE);
	return memory_at(number);
}

bool space_begin(struct space *space)
{
	space->tables = FRAME_NONE;
	space->spare = FRAME_NONE;
	space->ttbr = machine_no_space;
	space->asid = take_asid();
	return space->asid != 0;
}

/* Makes the root, when the first page is mapped. No CPU uses the space yet: a thread without any
 * page would have ended its process at once. */
static uint64_t make_root(struct space *space, struct pool *pool)
{
	space->root = new_table(space, pool);
	if (space->root == NULL)
		return SPACE_NO_MEMORY;
	space->ttbr = memory_pa(space->root).at | (uint64_t)space->asid << TABLE_ASID_SHIFT;
	return 0;
}

bool space_empty_step(struct space *space, struct pool *pool)
{
	uint32_t number = space->tables;

	if (space->root == NULL)
		return false;
	if (space->ttbr != machine_no_space) {
		machine_forget_space(space->asid, space->cpus);
		space->ttbr = machine_no_space;
		space->cpus = 0;
		return true;
	}
	if (number == FRAME_NONE) {
		space->root = NULL;
		space->spare = FRAME_NONE;
		return false;
	}
	space->tables = memory.frames[number].next;
	pool_put(pool, number, 0);
	return true;
}

bool space_end_step(struct space *space, struct pool *pool)
{
	if (space_empty_step(space, pool))
		return true;
	if (space->asid == 0)
		return false;
	put_asid(space->asid);
	space->asid = 0;
	return true;
}

static uint64_t *table_in(uint64_t entry)
{
	return (uint64_t *)(void *)(memory.at + ((entry & TABLE_ADDRESS) - memory.base.at));
}

static uint64_t make_table(struct space *space, struct pool *pool, uint64_t *entry)
{
	uint64_t *table = new_table(space, pool);

	if (table == NULL)
		return SPACE_NO_MEMORY;
	machine_write_entry(entry, memory_pa(table).at | TABLE_TABLE);
	return 0;
}

static uint64_t attributes(uint32_t rights, enum space_memory kind)
{
	static const uint16_t kinds[] = {[SPACE_NORMAL] = TABLE_NORMAL,
	                                 [SPACE_DEVICE] = TABLE_DEVICE,
	                                 [SPACE_UNCACHED] = TABLE_UNCACHED};
	uint64_t bits = TABLE_USER | TABLE_ACCESSED | TABLE_NOT_GLOBAL | TABLE_PXN;

	bits |= kinds[kind];
	if ((rights & RTOS_RIGHT_WRITE) == 0)
		bits |= TABLE_READ_ONLY;
	if ((rights & RTOS_RIGHT_EXECUTE) == 0)
		bits |= TABLE_UXN;
	return bits;
}

uint64_t space_map(struct space *space, struct pool *pool, uint64_t address, pa_t pa,
                   uint64_t pages, uint32_t rights, enum space_memory kind)
{
	uint64_t bits = attributes(rights, kind);
	uint64_t *entry;

	if (space->root == NULL)
		return make_root(space, pool);
	entry = &space->root[TABLE_INDEX(1, address)];
	if (*entry == 0)
		return make_table(space, pool, entry);
	entry = &table_in(*entry)[TABLE_INDEX(2, address)];
	if (*entry == 0 && pages >= 1u << BLOCK_ORDER && is_aligned(address | pa.at, BLOCK_SIZE)) {
		machine_write_entry(entry, pa.at | bits | TABLE_BLOCK);
		return 1u << BLOCK_ORDER;
	}
	if (*entry == 0)
		return make_table(space, pool, entry);
	machine_write_entry(&table_in(*entry)[TABLE_INDEX(3, address)], pa.at | bits | TABLE_PAGE);
	return 1;
}

/* How many pages lie up to the end of an entry of this level, at most `pages`. */
static uint64_t rest_of(uint32_t level, uint64_t address, uint64_t pages)
{
	uint64_t all = 1ULL << (TABLE_SHIFT(level) - PAGE_SHIFT);
	uint64_t rest = all - (address >> PAGE_SHIFT & (all - 1));

	return rest < pages ? rest : pages;
}

uint64_t space_unmap(struct space *space, uint64_t address, uint64_t pages)
{
	uint64_t *entry = &space->root[TABLE_INDEX(1, address)];
	uint32_t level;

	for (level = 1; level < 3 && (*entry & TABLE_KIND) == TABLE_TABLE; level++)
		entry = &table_in(*entry)[TABLE_INDEX(level + 1, address)];
	if (*entry != 0) {
		machine_write_entry(entry, 0);
		machine_forget_page(space->asid, address, space->cpus);
	}
	return rest_of(level, address, pages);
}

bool space_has(const struct space *space, uint64_t address)
{
	const uint64_t *entry;

	if (space->root == NULL || address >= RTOS_ADDRESS_LIMIT)
		return false;
	entry = &space->root[TABLE_INDEX(1, address)];
	for (uint32_t level = 1; level < 3 && (*entry & TABLE_KIND) == TABLE_TABLE; level++)
		entry = &table_in(*entry)[TABLE_INDEX(level + 1, address)];
	return *entry != 0;
}

/* ---- windows ---- */

static pa_t space_zero_page, space_zero_table;

#define WINDOW_RIGHTS RTOS_RIGHT_READ

void space_make_zeros(void *page, uint64_t *table)
{
	space_zero_page = memory_pa(page);
	space_zero_table = memory_pa(table);
	machine_zero(page, PAGE_SIZE);
	for (uint32_t i = 0; i < TABLE_ENTRIES; i++)
		table[i] =
		    space_zero_page.at | attributes(WINDOW_RIGHTS, SPACE_NORMAL) | TABLE_PAGE;
}

static uint64_t *block_entry(const struct space *space, uint64_t address)
{
	return &table_in(space->root[TABLE_INDEX(1, address)])[TABLE_INDEX(2, address)];
}

static uint64_t *page_entry(const struct space *space, uint64_t address)
{
	return &table_in(*block_entry(space, address))[TABLE_INDEX(3, address)];
}

static uint64_t at_most(uint64_t pages, uint64_t limit)
{
	return pages < limit ? pages : limit;
}

uint64_t space_prepare(struct space *space, struct pool *pool, uint64_t address, uint64_t pages)
{
	uint64_t *entry;

	if (space->root == NULL)
		return make_root(space, pool);
	entry = &space->root[TABLE_INDEX(1, address)];
	if (*entry == 0)
		return make_table(space, pool, entry);
	entry = block_entry(space, address);
	return *entry == 0 ? make_table(space, pool, entry) : rest_of(2, address, pages);
}

/* Break before make (Arm ARM D8.14.1): no TLB has the old entry when there is a new one. */
static void exchange(const struct space *space, uint64_t address, uint64_t *entry, uint64_t value,
                     uint64_t pages)
{
	machine_write_entry(entry, 0);
	machine_forget_pages(space->asid, address, pages, space->cpus);
	machine_write_entry(entry, value);
}

/* Puts a 2 MiB page in the place of the table, which is empty. */
static void set_aside(struct space *space, uint64_t address, uint64_t block)
{
	uint64_t *entry = block_entry(space, address);
	uint32_t number = memory_frame(table_in(*entry));

	memory.frames[number].prev = space->spare;
	space->spare = number;
	exchange(space, address, entry, block, 1);
}

/* Puts the table back, instead of the 2 MiB page or the zeros that stood in for it. */
static void take_back(struct space *space, uint64_t address, uint64_t *entry, uint64_t pages)
{
	uint32_t number = space->spare;

	space->spare = memory.frames[number].prev;
	exchange(space, address, entry, memory_frame_pa(number).at | TABLE_TABLE, pages);
}

uint64_t space_show(struct space *space, uint64_t address, pa_t pa, uint64_t pages)
{
	uint64_t bits = attributes(WINDOW_RIGHTS, SPACE_NORMAL);

	if (pages >= 1u << BLOCK_ORDER && is_aligned(address | pa.at, BLOCK_SIZE)) {
		set_aside(space, address, pa.at | bits | TABLE_BLOCK);
		return 1u << BLOCK_ORDER;
	}
	pages = at_most(rest_of(2, address, pages), SPACE_AT_ONCE);
	machine_write_entries(page_entry(space, address), pa.at | bits | TABLE_PAGE, PAGE_SIZE,
	                      pages);
	return pages;
}

uint64_t space_room(uint64_t address, uint64_t pages)
{
	return rest_of(2, address, pages);
}

void space_show_each(struct space *space, uint64_t address, const pa_t *at, uint64_t pages)
{
	machine_write_entries_at(page_entry(space, address), at,
	                         attributes(WINDOW_RIGHTS, SPACE_NORMAL) | TABLE_PAGE, pages);
}

/* Whether some entry shows another page than it is to show. */
static bool differs(const uint64_t *entry, const pa_t *at, uint64_t bits, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++)
		if (entry[i] != 0 && entry[i] != (at[i].at | bits))
			return true;
	return false;
}

void space_show_instead(struct space *space, uint64_t address, const pa_t *at, uint64_t pages)
{
	const uint64_t bits = attributes(WINDOW_RIGHTS, SPACE_NORMAL) | TABLE_PAGE;
	uint64_t *entry = page_entry(space, address);

	if (differs(entry, at, bits, pages)) {
		machine_write_entries(entry, 0, 0, pages);
		machine_forget_pages(space->asid, address, pages, space->cpus);
	}
	for (uint64_t i = 0; i < pages; i++)
		if (entry[i] == 0)
			machine_write_entry(&entry[i], at[i].at | bits);
}

pa_t space_zeros(void)
{
	return space_zero_page;
}

bool space_hide_page(struct space *space, uint64_t address, pa_t pa)
{
	uint64_t *entry = page_entry(space, address);

	if (*entry == 0 || (*entry & TABLE_ADDRESS) != pa.at)
		return false;
	machine_write_entry(entry, 0);
	machine_forget_page(space->asid, address, space->cpus);
	return true;
}

uint64_t space_show_zeros(struct space *space, uint64_t address, uint64_t pages)
{
	uint64_t bits = attributes(WINDOW_RIGHTS, SPACE_NORMAL);

	pages = at_most(rest_of(2, address, pages), SPACE_AT_ONCE);
	machine_write_entries(page_entry(space, address), space_zero_page.at | bits | TABLE_PAGE, 0,
	                      pages);
	return pages;
}

uint64_t space_hide(struct space *space, uint64_t address, uint64_t pages)
{
	uint64_t *entry = block_entry(space, address);

	if ((*entry & TABLE_KIND) == TABLE_BLOCK) {
		take_back(space, address, entry, 1);
		return 1u << BLOCK_ORDER;
	}
	if ((*entry & TABLE_ADDRESS) == space_zero_table.at) {
		take_back(space, address, entry, 1u << BLOCK_ORDER);
		return 1u << BLOCK_ORDER;
	}
	pages = at_most(rest_of(2, address, pages), SPACE_AT_ONCE);
	machine_write_entries(page_entry(space, address), 0, 0, pages);
	machine_forget_pages(space->asid, address, pages, space->cpus);
	return pages;
}

uint64_t space_zero(struct space *space, uint64_t address, uint64_t pages)
{
	uint64_t *entry = block_entry(space, address);

	if ((*entry & TABLE_KIND) == TABLE_BLOCK) {
		exchange(space, address, entry, space_zero_table.at | TABLE_TABLE, 1);
		return 1u << BLOCK_ORDER;
	}
	pages = at_most(rest_of(2, address, pages), SPACE_ZERO_AT_ONCE);
	machine_write_entries(page_entry(space, address), 0, 0, pages);
	machine_forget_pages(space->asid, address, pages, space->cpus);
	return space_show_zeros(space, address, pages);
}
