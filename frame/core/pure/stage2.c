/*
 * The stage-2 builder: owns the descriptors of a partition's or service's tables, and the order in
 * which tables in use change. The start of partitions and services calls it. It promises: nothing
 * changes unless the whole call succeeds; of a valid entry nothing changes but the rights of a
 * page; a table is visible before it is linked.
 *
 * Several steps rely on an invariant: each linked table except the root has at least one valid
 * entry, or gets one in the same call.
 */
#include <frame/hardware.h>
#include <pure/stage2.h>

#define ENTRIES    512u
#define LEVEL_LEAF 3u

#define ENTRY_VALID  1ULL
#define ENTRY_TABLE  2ULL /* at levels 1 and 2: a table; at level 3 set in every valid entry */
#define ENTRY_OUTPUT 0x0000fffffffff000ULL

/* Leaf attributes (Arm ARM, "Stage 2 attribute fields"; HCR_EL2.FWB = 0). */
#define LEAF_NORMAL      (0xfULL << 2) /* MemAttr: inner and outer write-back cacheable */
#define LEAF_UNCACHED    (0x5ULL << 2) /* MemAttr: inner and outer non-cacheable */
#define LEAF_DEVICE      (0x1ULL << 2) /* MemAttr: Device-nGnRE; a stricter stage 1 wins */
#define LEAF_READ        (1ULL << 6)   /* S2AP[0] */
#define LEAF_WRITE       (1ULL << 7)   /* S2AP[1] */
#define LEAF_INNER       (3ULL << 8)   /* SH: inner shareable */
#define LEAF_ACCESSED    (1ULL << 10)  /* AF: set, as the frame doesn't use it */
#define LEAF_NO_EXECUTE  (1ULL << 54)  /* XN[1]; XN[0] stays 0 with FEAT_XNX and without, but: */
#define LEAF_ONLY_EL0    (1ULL << 53)  /* with FEAT_XNX, who may execute */
#define LEAF_ONLY_EL1    (3ULL << 53)
#define LEAF_ATTRIBUTES  (~ENTRY_OUTPUT & ~(ENTRY_VALID | ENTRY_TABLE))
#define LEAF_NORMAL_READ (LEAF_NORMAL | LEAF_READ | LEAF_INNER | LEAF_ACCESSED)
#define LEAF_UNCACHED_READ                                                                         \
	(LEAF_UNCACHED | LEAF_READ | LEAF_INNER | LEAF_ACCESSED | LEAF_NO_EXECUTE)

/* For a stage 1 that a device goes through: attribute 0 of its context, without privilege, not
 * global, never code. SH and AF are where stage 2 has them. */
#define LEAF_STAGE1_DEVICE     (1ULL << 2)  /* attribute 1 */
#define LEAF_STAGE1_ALL        (1ULL << 6)  /* AP[1]: without privilege, too */
#define LEAF_STAGE1_READ_ONLY  (1ULL << 7)  /* AP[2] */
#define LEAF_STAGE1_NOT_GLOBAL (1ULL << 11) /* nG */
#define LEAF_STAGE1_NO_CODE    (3ULL << 53) /* PXN, UXN */
#define LEAF_STAGE1                                                                                \
	(LEAF_STAGE1_ALL | LEAF_INNER | LEAF_ACCESSED | LEAF_STAGE1_NOT_GLOBAL |                   \
	 LEAF_STAGE1_NO_CODE)

#define STAGE2_KINDS STAGE2_DMA_DEVICE /* the last one */
static const uint64_t leaf_attributes[] = {
    [STAGE2_RAM] = LEAF_NORMAL_READ | LEAF_WRITE,
    [STAGE2_TEXT] = LEAF_NORMAL_READ,
    [STAGE2_DATA] = LEAF_NORMAL_READ | LEAF_WRITE | LEAF_NO_EXECUTE,
    [STAGE2_CONSTANT] = LEAF_NORMAL_READ | LEAF_NO_EXECUTE,
    [STAGE2_DEVICE] =
        LEAF_DEVICE | LEAF_READ | LEAF_WRITE | LEAF_INNER | LEAF_ACCESSED | LEAF_NO_EXECUTE,
    [STAGE2_UNCACHED] = LEAF_UNCACHED_READ | LEAF_WRITE,
    [STAGE2_UNCACHED_CONSTANT] = LEAF_UNCACHED_READ,
    [STAGE2_DMA] = LEAF_STAGE1,
    [STAGE2_RAM_EL1] = LEAF_NORMAL_READ | LEAF_WRITE | LEAF_ONLY_EL1,
    [STAGE2_RAM_EL0] = LEAF_NORMAL_READ | LEAF_WRITE | LEAF_ONLY_EL0,
    [STAGE2_TEXT_EL1] = LEAF_NORMAL_READ | LEAF_ONLY_EL1,
    [STAGE2_CONSTANT_EL0] = LEAF_NORMAL_READ | LEAF_ONLY_EL0,
    [STAGE2_DMA_CONSTANT] = LEAF_STAGE1 | LEAF_STAGE1_READ_ONLY,
    [STAGE2_DMA_DEVICE] =
        (LEAF_STAGE1 & ~LEAF_STAGE1_NO_CODE) | LEAF_NO_EXECUTE | LEAF_STAGE1_DEVICE,
};

/* Leaves of one level that lie side by side in one table. */
struct run {
	uint32_t level;
	uint32_t count;
};

static uint32_t level_shift(uint32_t level)
{
	return PAGE_SHIFT + 9 * (LEVEL_LEAF - level);
}

static uint64_t level_size(uint32_t level)
{
	return 1ULL << level_shift(level);
}

static uint32_t level_index(uint32_t level, uint64_t at)
{
	return (uint32_t)(at >> level_shift(level)) & (ENTRIES - 1);
}

static bool entry_is_valid(uint64_t entry)
{
	return (entry & ENTRY_VALID) != 0;
}

static bool entry_is_table(uint64_t entry, uint32_t level)
{
	return level < LEVEL_LEAF &&
	       (entry & (ENTRY_VALID | ENTRY_TABLE)) == (ENTRY_VALID | ENTRY_TABLE);
}

static uint64_t entry_leaf(uint64_t output, uint64_t attributes, uint32_t level)
{
	return output | attributes | ENTRY_VALID | (level == LEVEL_LEAF ? ENTRY_TABLE : 0);
}

/* ---- the pool ---- */

AT_START void page_pool_init(struct page_pool *pool, void *base, pa_t base_pa, uint32_t count)
{
	*pool = (struct page_pool){.base = base, .base_pa = base_pa, .count = count};
}

static uint32_t pool_available(const struct page_pool *pool)
{
	return pool->count - pool->used;
}

static uint64_t *pool_page(const struct page_pool *pool, pa_t pa)
{
	return (uint64_t *)(void *)(pool->base + (pa.at - pool->base_pa.at));
}

static pa_t pool_pa(const struct page_pool *pool, const uint64_t *page)
{
	return pa_add(pool->base_pa, (uint64_t)((const uint8_t *)page - pool->base));
}

/* Takes an empty table, which isn't linked yet. The callers have made sure that one is left. */
AT_START static uint64_t *pool_take(struct page_pool *pool)
{
	uint64_t *page = (uint64_t *)(void *)(pool->base + pool->used * PAGE_SIZE);

	pool->used++;
	hw_zero_table(page);
	return page;
}

/* ---- walking ---- */

static uint64_t *table_of(const struct stage2 *s2, uint64_t entry)
{
	return pool_page(s2->pool, pa_at(entry & ENTRY_OUTPUT));
}

/* Returns the entry where a walk for this address ends: a leaf or an invalid entry, at *level. */
static uint64_t *walk(const struct stage2 *s2, uint64_t ipa, uint32_t *level)
{
	uint64_t *table = s2->root;

	for (*level = 1;; (*level)++) {
		uint64_t *entry = &table[level_index(*level, ipa)];

		if (!entry_is_table(*entry, *level))
			return entry;
		table = table_of(s2, *entry);
	}
}

static enum stage2_kind kind_of(uint64_t entry)
{
	for (uint32_t kind = STAGE2_RAM; kind <= STAGE2_KINDS; kind++) {
		if ((entry & LEAF_ATTRIBUTES) == leaf_attributes[kind])
			return (enum stage2_kind)kind;
	}
	return STAGE2_NOTHING;
}

struct stage2_place stage2_lookup(const struct stage2 *s2, ipa_t ipa)
{
	struct stage2_place nothing = {.kind = STAGE2_NOTHING};
	uint32_t level;

	if (ipa.at >= STAGE2_IPA_SIZE)
		return nothing;
	uint64_t entry = *walk(s2, ipa.at, &level);

	if (!entry_is_valid(entry))
		return nothing;
	return (struct stage2_place){
	    .pa = pa_at((entry & ENTRY_OUTPUT) + (ipa.at & (level_size(level) - 1))),
	    .kind = kind_of(entry),
	};
}

/* ---- mapping ---- */

/* Rights of these kinds change page by page later. */
static bool is_by_pages(enum stage2_kind kind)
{
	return kind >= STAGE2_RAM_EL1;
}

/* Returns the largest leaves with which a range can begin, as many as lie in one table. */
AT_START static struct run run_at(uint64_t ipa, uint64_t pa, uint64_t size, enum stage2_kind kind)
{
	struct run run = {.level = is_by_pages(kind) ? LEVEL_LEAF : 1};

	while (run.level < LEVEL_LEAF &&
	       (!is_aligned(ipa | pa, level_size(run.level)) || size < level_size(run.level)))
		run.level++;

	uint64_t fit = size >> level_shift(run.level);
	uint32_t room = ENTRIES - level_index(run.level, ipa);

	run.count = fit < room ? (uint32_t)fit : room;
	/* Larger leaves may be possible from a boundary on. That boundary is the end of this table,
	 * where the run ends, too. */
	return run;
}

AT_START static uint64_t run_bytes(struct run run)
{
	return (uint64_t)run.count << level_shift(run.level);
}

/* Returns how many tables above a leaf of this level don't exist yet. A table is counted at the
 * first run that needs it: at the beginning of the table's span, or of the whole range. */
AT_START static uint32_t tables_missing(const struct stage2 *s2, uint64_t ipa, struct run run,
                                        bool first)
{
	uint32_t present = 1;
	uint32_t missing = 0;

	if (s2 != NULL)
		walk(s2, ipa, &present);
	for (uint32_t level = present; level < run.level; level++) {
		if (first || is_aligned(ipa, level_size(level)))
			missing++;
	}
	return missing;
}

AT_START static uint32_t tables_for(const struct stage2 *s2, uint64_t ipa, uint64_t pa,
                                    uint64_t size, enum stage2_kind kind)
{
	uint32_t tables = 0;
	bool first = true;

	while (size > 0) {
		struct run run = run_at(ipa, pa, size, kind);
		uint64_t bytes = run_bytes(run);

		tables += tables_missing(s2, ipa, run, first);
		first = false;
		ipa += bytes;
		pa += bytes;
		size -= bytes;
	}
	return tables;
}

AT_START uint32_t stage2_tables_for(ipa_t ipa, pa_t pa, uint64_t size, enum stage2_kind kind)
{
	return tables_for(NULL, ipa.at, pa.at, size, kind);
}

AT_START static bool range_is_free(const struct stage2 *s2, uint64_t ipa, uint64_t size)
{
	uint64_t end = ipa + size;

	while (ipa < end) {
		uint32_t level;

		if (entry_is_valid(*walk(s2, ipa, &level)))
			return false;
		/* nothing is mapped up to the next entry of this level */
		ipa = (ipa | (level_size(level) - 1)) + 1;
	}
	return true;
}

AT_START static enum stage2_status check_range(uint64_t ipa, uint64_t size)
{
	if (size == 0 || !is_aligned(ipa | size, PAGE_SIZE))
		return STAGE2_UNALIGNED;
	if (size > STAGE2_IPA_SIZE || ipa > STAGE2_IPA_SIZE - size)
		return STAGE2_OUT_OF_RANGE;
	return STAGE2_OK;
}

AT_START static enum stage2_status check_map(const struct stage2 *s2, uint64_t ipa, uint64_t pa,
                                             uint64_t size, enum stage2_kind kind)
{
	enum stage2_status status = check_range(ipa, size);

	if (status != STAGE2_OK)
		return status;
	if (!is_aligned(pa, PAGE_SIZE))
		return STAGE2_UNALIGNED;
	if (pa > STAGE2_PA_SIZE - size)
		return STAGE2_OUT_OF_RANGE;
	if (kind < STAGE2_RAM || kind > STAGE2_KINDS)
		return STAGE2_BAD_KIND;
	if (!range_is_free(s2, ipa, size))
		return STAGE2_OCCUPIED;
	if (tables_for(s2, ipa, pa, size, kind) > pool_available(s2->pool))
		return STAGE2_NO_PAGES;
	return STAGE2_OK;
}

/* Links a table whose contents are complete into an invalid entry. */
static void link_table(struct stage2 *s2, uint64_t *entry, const uint64_t *table)
{
	hw_barrier_tables();
	hw_write_entry(entry, pool_pa(s2->pool, table).at | ENTRY_VALID | ENTRY_TABLE);
}

/* Returns the table of this level on the way to the address. Makes tables that are missing. */
AT_START static uint64_t *table_for(struct stage2 *s2, uint64_t ipa, uint32_t level)
{
	uint64_t *table = s2->root;

	for (uint32_t above = 1; above < level; above++) {
		uint64_t *entry = &table[level_index(above, ipa)];

		if (entry_is_valid(*entry)) {
			table = table_of(s2, *entry);
		} else {
			table = pool_take(s2->pool);
			link_table(s2, entry, table);
		}
	}
	return table;
}

AT_START static void fill(uint64_t *entry, struct run run, uint64_t output, uint64_t attributes)
{
	for (uint32_t i = 0; i < run.count; i++) {
		hw_write_entry(&entry[i], entry_leaf(output, attributes, run.level));
		output += level_size(run.level);
	}
}

AT_START enum stage2_status stage2_map(struct stage2 *s2, ipa_t ipa, pa_t pa, uint64_t size,
                                       enum stage2_kind kind)
{
	enum stage2_status status = check_map(s2, ipa.at, pa.at, size, kind);

	if (status != STAGE2_OK)
		return status;
	while (size > 0) {
		struct run run = run_at(ipa.at, pa.at, size, kind);
		uint64_t *table = table_for(s2, ipa.at, run.level);

		fill(&table[level_index(run.level, ipa.at)], run, pa.at, leaf_attributes[kind]);
		ipa = ipa_add(ipa, run_bytes(run));
		pa = pa_add(pa, run_bytes(run));
		size -= run_bytes(run);
	}
	hw_barrier_tables();
	return STAGE2_OK;
}

/* ---- rights of pages ---- */

bool stage2_is_ram(enum stage2_kind kind)
{
	return kind == STAGE2_RAM || (kind >= STAGE2_DMA && kind != STAGE2_DMA_DEVICE);
}

/* As stage2_is_ram(), and quicker than kind_of(): in a partition's tables these kinds alone differ
 * from LEAF_NO_EXECUTE in who executes. So do those of a device's stage 1, and its
 * STAGE2_DMA_DEVICE doesn't. */
static bool entry_is_ram(uint64_t entry)
{
	return entry_is_valid(entry) && (entry & LEAF_ONLY_EL1) != LEAF_NO_EXECUTE;
}

bool stage2_allows(const struct stage2 *s2, ipa_t ipa, uint32_t pages, enum stage2_kind kind)
{
	uint32_t level;

	for (; pages > 0 && ipa.at < STAGE2_IPA_SIZE; pages--, ipa = ipa_add(ipa, PAGE_SIZE)) {
		const uint64_t entry = *walk(s2, ipa.at, &level);

		if (level == LEVEL_LEAF && entry_is_ram(entry) &&
		    entry != entry_leaf(entry & ENTRY_OUTPUT, leaf_attributes[kind], LEVEL_LEAF))
			return false;
	}
	return true;
}

void stage2_allow(struct stage2 *s2, ipa_t ipa, uint32_t pages, enum stage2_kind kind)
{
	uint32_t level;

	for (; pages > 0 && ipa.at < STAGE2_IPA_SIZE; pages--, ipa = ipa_add(ipa, PAGE_SIZE)) {
		uint64_t *entry = walk(s2, ipa.at, &level);

		if (level == LEVEL_LEAF && entry_is_ram(*entry))
			hw_write_entry(entry, entry_leaf(*entry & ENTRY_OUTPUT,
			                                 leaf_attributes[kind], LEVEL_LEAF));
	}
	hw_barrier_tables();
}

/* ---- the whole ---- */

AT_START enum stage2_status stage2_init(struct stage2 *s2, struct page_pool *pool, uint16_t vmid)
{
	if (pool_available(pool) == 0)
		return STAGE2_NO_PAGES;
	*s2 = (struct stage2){.pool = pool, .vmid = vmid};
	s2->root = pool_take(pool);
	s2->root_pa = pool_pa(pool, s2->root);
	hw_barrier_tables();
	return STAGE2_OK;
}

AT_START uint64_t stage2_vtcr(uint64_t pa_range)
{
	uint64_t size = pa_range < 5 ? pa_range : 5; /* 48 bits: what 4 KiB granules can say */

	/* TG0 in 15:14 stays 0: 4 KiB granules. */
	return 1ULL << 31 |                 /* RES1 */
	       size << 16 |                 /* PS */
	       3ULL << 12 |                 /* SH0: walks are inner shareable, */
	       1ULL << 10 |                 /* ORGN0, */
	       1ULL << 8 |                  /* IRGN0: write-back cacheable */
	       1ULL << 6 |                  /* SL0: start at level 1 */
	       (64 - STAGE2_IPA_BITS) << 0; /* T0SZ */
}
