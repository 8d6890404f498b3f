/*
 * The fake machine: frame/hardware.h on the host; see fake/machine.h. It has a copy of all table
 * memory, from which it knows what a walker may have read.
 */
#include <fake/complaint.h>
#include <fake/machine.h>
#include <frame/hardware.h>
#include <frame/types.h>
#include <string.h>

#define ENTRIES    512u
#define PAGES_MAX  256u
#define STALE_MAX  4096u
#define TLB_MAX    256u
#define VMIDS_MAX  16u
#define OUTPUT     0x0000fffffffff000ULL
#define LEVEL_LEAF 3u

enum page_state {
	PAGE_DETACHED = 0, /* no walker can reach it */
	PAGE_LINKED,
	PAGE_STALE, /* unlinked, but a walker may still hold the link */
};

/* A table page as the walkers know it. `ipa` and `level` are those of its first entry. */
struct page {
	enum page_state state;
	uint32_t parent; /* page whose entry links this one; a root has its own number */
	uint16_t vmid;
	uint32_t level;
	uint64_t ipa;
	uint64_t entry[ENTRIES]; /* as written through hw_write_entry() */
	bool unordered[ENTRIES]; /* written, and no barrier since */
};

/* An entry that was made invalid, and that a TLB may still have. */
struct stale {
	uint32_t page, index;
	uint16_t vmid;
	uint64_t ipa, size;
	uint32_t table; /* page that the entry linked; PAGES_MAX: none */
};

struct tlb_entry {
	bool used;
	uint16_t vmid;
	uint64_t ipa, size, leaf;
};

static struct {
	uint8_t *base;
	pa_t base_pa;
	uint32_t pages;
	pa_t roots[VMIDS_MAX];
	bool has_root[VMIDS_MAX];
	struct page page[PAGES_MAX];
	struct stale stale[STALE_MAX];
	uint32_t stales;
	struct tlb_entry tlb[TLB_MAX];
	uint32_t tlb_next;
	uint16_t invalidated_vmid;
} fake;

struct fake_counts fake_counts;

void fake_reset(void *base, pa_t base_pa, uint32_t pages)
{
	memset(&fake, 0, sizeof(fake));
	fake_complaints_forget();
	memset(&fake_counts, 0, sizeof(fake_counts));
	fake.base = base;
	fake.base_pa = base_pa;
	fake.pages = pages;
	if (pages > PAGES_MAX)
		fake_complain("the fake machine has room for %u table pages", PAGES_MAX);
}

/* ---- table pages ---- */

static uint64_t level_size(uint32_t level)
{
	return 1ULL << (PAGE_SHIFT + 9 * (LEVEL_LEAF - level));
}

static bool is_valid(uint64_t entry)
{
	return (entry & 1) != 0;
}

static bool is_table(uint64_t entry, uint32_t level)
{
	return level < LEVEL_LEAF && (entry & 3) == 3;
}

static uint32_t page_of_pa(uint64_t pa)
{
	uint64_t number = (pa - fake.base_pa.at) >> PAGE_SHIFT;

	if (pa >= fake.base_pa.at && number < fake.pages)
		return (uint32_t)number;
	fake_complain("a table at physical %#llx lies outside the pool", (unsigned long long)pa);
	return PAGES_MAX;
}

static uint32_t page_of_pointer(const uint64_t *entry)
{
	const uint8_t *at = (const uint8_t *)entry;

	if (at >= fake.base && at < fake.base + fake.pages * PAGE_SIZE)
		return (uint32_t)((uint64_t)(at - fake.base) >> PAGE_SHIFT);
	fake_complain("a write to something that is no table");
	return PAGES_MAX;
}

static const uint64_t *memory_of(uint32_t page)
{
	return (const uint64_t *)(const void *)(fake.base + page * PAGE_SIZE);
}

static bool page_is_live(uint32_t number)
{
	const struct page *page = &fake.page[number];

	if (page->state == PAGE_DETACHED)
		return false;
	return page->parent == number || page_is_live(page->parent);
}

static bool page_is_stale(uint32_t number)
{
	const struct page *page = &fake.page[number];

	if (page->state == PAGE_DETACHED || page->parent == number)
		return false;
	return page->state == PAGE_STALE || page_is_stale(page->parent);
}

void fake_root(uint16_t vmid, pa_t root)
{
	uint32_t number = page_of_pa(root.at);

	if (number == PAGES_MAX || vmid >= VMIDS_MAX)
		return;
	struct page *page = &fake.page[number];

	for (uint32_t i = 0; i < ENTRIES; i++) {
		if (page->unordered[i]) {
			fake_complain("a root is used before its contents are ordered");
			break;
		}
	}
	page->state = PAGE_LINKED;
	page->parent = number;
	page->vmid = vmid;
	page->level = 1;
	page->ipa = 0;
	fake.roots[vmid] = root;
	fake.has_root[vmid] = true;
}

static bool page_was_changed_directly(uint32_t number)
{
	return memcmp(memory_of(number), fake.page[number].entry, PAGE_SIZE) != 0;
}

/* ---- writes ---- */

static void link_page(uint32_t from, uint32_t index, uint64_t entry)
{
	uint32_t number = page_of_pa(entry & OUTPUT);

	if (number == PAGES_MAX)
		return;
	struct page *page = &fake.page[number];

	if (page->state != PAGE_DETACHED)
		fake_complain("a table is linked that a walker can reach already");
	for (uint32_t i = 0; i < ENTRIES; i++) {
		if (page->unordered[i]) {
			fake_complain("a table is linked before its contents are ordered");
			break;
		}
	}
	page->state = PAGE_LINKED;
	page->parent = from;
	page->vmid = fake.page[from].vmid;
	page->level = fake.page[from].level + 1;
	page->ipa = fake.page[from].ipa + index * level_size(fake.page[from].level);
	if (page_was_changed_directly(number))
		fake_complain("a table is linked whose memory isn't what was written to it");
}

static bool entry_is_stale(uint32_t page, uint32_t index)
{
	for (uint32_t i = 0; i < fake.stales; i++) {
		if (fake.stale[i].page == page && fake.stale[i].index == index)
			return true;
	}
	return false;
}

static void make_stale(uint32_t number, uint32_t index, uint64_t old)
{
	const struct page *page = &fake.page[number];
	uint32_t table = PAGES_MAX;

	if (is_table(old, page->level)) {
		table = page_of_pa(old & OUTPUT);
		fake.page[table].state = PAGE_STALE;
	}
	if (fake.stales == STALE_MAX) {
		fake_complain("the fake machine has room for %u stale entries", STALE_MAX);
		return;
	}
	fake.stale[fake.stales++] = (struct stale){
	    .page = number,
	    .index = index,
	    .vmid = page->vmid,
	    .ipa = page->ipa + index * level_size(page->level),
	    .size = level_size(page->level),
	    .table = table,
	};
}

/* Of a valid entry only the rights to write and execute may change. */
#define RIGHTS (3ULL << 53 | 1ULL << 7)

static void check_live_write(uint32_t number, uint32_t index, uint64_t value)
{
	uint64_t old = fake.page[number].entry[index];

	if (page_is_stale(number))
		fake_complain("a write into a table that a walker may still read");
	if (is_valid(old) && is_valid(value) && ((old ^ value) & ~RIGHTS) != 0)
		fake_complain("a valid entry was replaced without break before make");
	if (!is_valid(old) && is_valid(value) && entry_is_stale(number, index))
		fake_complain("an entry was made again before its old translation was invalidated");
	if (is_valid(old) && !is_valid(value))
		make_stale(number, index, old);
}

void hw_write_entry(uint64_t *entry, uint64_t value)
{
	uint32_t number = page_of_pointer(entry);

	if (number == PAGES_MAX)
		return;
	uint32_t index = (uint32_t)((va_of(entry).at & PAGE_MASK) / sizeof(*entry));
	struct page *page = &fake.page[number];
	bool live = page_is_live(number);

	fake_counts.writes++;
	if (live && page->entry[index] != *entry)
		fake_complain("a live entry was changed without hw_write_entry()");
	if (live)
		check_live_write(number, index, value);
	page->entry[index] = value;
	page->unordered[index] = true;
	*entry = value;
	if (live && is_table(value, page->level))
		link_page(number, index, value);
}

void hw_zero_pages(void *pages, uint64_t size)
{
	memset(pages, 0, size);
}

void hw_zero_table(uint64_t *table)
{
	uint32_t number = page_of_pointer(table);

	if (number == PAGES_MAX)
		return;
	if (fake.page[number].state != PAGE_DETACHED)
		fake_complain("a table was zeroed that a walker may still read");
	memset(table, 0, PAGE_SIZE);
	memset(fake.page[number].entry, 0, PAGE_SIZE);
	memset(fake.page[number].unordered, true, ENTRIES);
}

void hw_barrier_tables(void)
{
	fake_counts.barriers++;
	for (uint32_t i = 0; i < fake.pages; i++)
		memset(fake.page[i].unordered, false, ENTRIES);
}

/* ---- the TLB ---- */

static bool covers(uint64_t ipa, uint64_t size, uint64_t at)
{
	return at >= ipa && at - ipa < size;
}

/* Drops all translations of a VMID, or only those of one address. */
static void invalidate(uint16_t vmid, bool all, uint64_t at)
{
	uint32_t kept = 0;

	fake_counts.invalidations++;
	hw_barrier_tables();
	for (uint32_t i = 0; i < fake.stales; i++) {
		struct stale stale = fake.stale[i];

		if (stale.vmid != vmid || (!all && !covers(stale.ipa, stale.size, at)))
			fake.stale[kept++] = stale;
		else if (stale.table != PAGES_MAX)
			fake.page[stale.table].state = PAGE_DETACHED;
	}
	fake.stales = kept;
	for (uint32_t i = 0; i < TLB_MAX; i++) {
		struct tlb_entry *entry = &fake.tlb[i];

		if (entry->vmid == vmid && (all || covers(entry->ipa, entry->size, at)))
			entry->used = false;
	}
}

void fake_invalidate_ipa(uint16_t vmid, ipa_t ipa)
{
	invalidate(vmid, false, ipa.at);
}

uint16_t fake_invalidated(void)
{
	return fake.invalidated_vmid;
}

/* A walker may go by these tables meanwhile. */
void hw_invalidate_stage2(uint64_t vttbr)
{
	const uint16_t vmid = (uint16_t)(vttbr >> 48);

	if (vmid < VMIDS_MAX && fake.has_root[vmid] && (vttbr & OUTPUT) != fake.roots[vmid].at)
		fake_complain("VMID %u is borrowed with other tables than its own", vmid);
	fake.invalidated_vmid = vmid;
	invalidate(vmid, true, 0);
}

static const struct tlb_entry *tlb_find(uint16_t vmid, uint64_t at)
{
	for (uint32_t i = 0; i < TLB_MAX; i++) {
		const struct tlb_entry *entry = &fake.tlb[i];

		if (entry->used && entry->vmid == vmid && covers(entry->ipa, entry->size, at))
			return entry;
	}
	return NULL;
}

static void tlb_fill(struct tlb_entry new)
{
	for (uint32_t i = 0; i < TLB_MAX; i++) {
		const struct tlb_entry *old = &fake.tlb[i];

		if (old->used && old->vmid == new.vmid &&
		    (covers(old->ipa, old->size, new.ipa) || covers(new.ipa, new.size, old->ipa)))
			fake_complain(
			    "two translations of one address in the TLB: a conflict abort");
	}
	fake.tlb[fake.tlb_next++ % TLB_MAX] = new;
}

/* ---- accesses ---- */

static struct fake_translation translation(const struct tlb_entry *entry, uint64_t at)
{
	uint64_t leaf = entry->leaf;

	return (struct fake_translation){
	    .mapped = true,
	    .pa = pa_at((leaf & OUTPUT) + (at - entry->ipa)),
	    .readable = (leaf >> 6 & 1) != 0,
	    .writable = (leaf >> 7 & 1) != 0,
	    .executable = (leaf >> 53 & 3) == 0,
	    .device = (leaf >> 4 & 3) == 0,
	    .leaf_size = entry->size,
	};
}

static struct fake_translation walk(uint16_t vmid, uint64_t at, bool relies)
{
	uint64_t table = fake.roots[vmid].at;

	for (uint32_t level = 1;; level++) {
		uint32_t number = page_of_pa(table);

		if (number == PAGES_MAX)
			return (struct fake_translation){0};
		uint32_t index = (uint32_t)(at / level_size(level)) % ENTRIES;
		uint64_t entry = memory_of(number)[index];

		if (entry != fake.page[number].entry[index])
			fake_complain("a live entry was changed without hw_write_entry()");
		if (relies && fake.page[number].unordered[index])
			fake_complain("an entry is relied on before the barrier");
		if (!is_valid(entry))
			return (struct fake_translation){0};
		if (is_table(entry, level)) {
			table = entry & OUTPUT;
			continue;
		}
		if ((entry & 3) != (level == LEVEL_LEAF ? 3 : 1) || (entry >> 10 & 1) == 0)
			fake_complain("a malformed leaf %#llx", (unsigned long long)entry);

		struct tlb_entry new = {.used = true,
		                        .vmid = vmid,
		                        .ipa = at & ~(level_size(level) - 1),
		                        .size = level_size(level),
		                        .leaf = entry};
		tlb_fill(new);
		return translation(&new, at);
	}
}

static struct fake_translation translate(uint16_t vmid, uint64_t at, bool relies)
{
	const struct tlb_entry *cached = tlb_find(vmid, at);

	if (cached != NULL)
		return translation(cached, at);
	if (vmid >= VMIDS_MAX || !fake.has_root[vmid])
		return (struct fake_translation){0};
	return walk(vmid, at, relies);
}

struct fake_translation fake_access(uint16_t vmid, ipa_t ipa)
{
	return translate(vmid, ipa.at, true);
}

struct fake_translation fake_speculate(uint16_t vmid, ipa_t ipa)
{
	return translate(vmid, ipa.at, false);
}

void fake_settled(void)
{
	if (fake.stales > 0)
		fake_complain("a translation of %#llx was not invalidated",
		              (unsigned long long)fake.stale[0].ipa);
	for (uint32_t i = 0; i < fake.pages; i++) {
		if (!page_is_live(i))
			continue;
		if (page_was_changed_directly(i))
			fake_complain("a live table was changed without hw_write_entry()");
		for (uint32_t k = 0; k < ENTRIES; k++) {
			if (fake.page[i].unordered[k])
				fake_complain("a live entry was left without a barrier");
		}
	}
}

/* ---- caches ---- */

void hw_clean_invalidate_to_poc(const void *from, uint64_t size)
{
	(void)from;
	fake_counts.cleaned += (uint32_t)size;
	fake_counts.invalidated += (uint32_t)size;
}

void hw_invalidate_instructions(void)
{
	fake_counts.instructions++;
}
