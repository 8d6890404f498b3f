/* See lib/guestcache.h. */
#include <lib/guestcache.h>
#include <lib/string.h>

#define CACHE_REGIME  (63ULL << 16 | 1ULL << 23 | 3ULL << 30) /* of TCR_EL1: T1SZ, EPD1, TG1 */
#define CACHE_LINUX   (16ULL << 16 | 2ULL << 30)              /* 48 bits, pages of 4 KiB */
#define CACHE_UPPER   0xffff000000000000ULL
#define CACHE_ADDRESS 0xfffffffff000ULL
#define CACHE_KIND    3u /* of a descriptor */
#define CACHE_TABLE   3u /* likewise a page */
#define CACHE_BLOCK   1u
#define CACHE_TOP     39u
#define CACHE_LAST    12u
#define CACHE_STRIDE  9u
#define CACHE_SLOTS   512u

void guestcache_forget(struct guestcache *cache)
{
	memset(cache, 0, sizeof(*cache));
}

/* A block that is all in one piece of the guest's memory. */
static bool cache_block(const struct guestwalk *walk, uint64_t ipa, uint64_t *at)
{
	uint64_t last;

	return guestwalk_memory(walk, ipa, at) &&
	       guestwalk_memory(walk, ipa + GUESTCACHE_TABLE - 1, &last) &&
	       last - *at == GUESTCACHE_TABLE - 1;
}

/* What the last level but one has for an address: the reader's address of a table, or of a block
 * with CACHE_BLOCK. False: it is neither. */
static bool cache_table(const struct guestwalk *walk, uint64_t va, uint64_t *at)
{
	uint64_t table = walk->ttbr1 & CACHE_ADDRESS, descriptor = CACHE_TABLE;

	if ((walk->tcr & CACHE_REGIME) != CACHE_LINUX || (walk->sctlr & 1) == 0 ||
	    (va & CACHE_UPPER) != CACHE_UPPER)
		return false;
	for (uint32_t shift = CACHE_TOP; shift > CACHE_LAST; shift -= CACHE_STRIDE) {
		if ((descriptor & CACHE_KIND) != CACHE_TABLE ||
		    !guestwalk_word(walk, table + (va >> shift) % CACHE_SLOTS * sizeof(descriptor),
		                    &descriptor))
			return false;
		table = descriptor & CACHE_ADDRESS;
	}
	if ((descriptor & CACHE_KIND) == CACHE_TABLE)
		return guestwalk_memory(walk, table, at);
	if ((descriptor & CACHE_KIND) != CACHE_BLOCK ||
	    !cache_block(walk, table - table % GUESTCACHE_TABLE, at))
		return false;
	*at |= CACHE_BLOCK;
	return true;
}

/* False: the page isn't found by a table. */
static bool cache_page(struct guestcache *cache, const struct guestwalk *walk, uint64_t va,
                       uint64_t *at)
{
	struct guestcache_entry *table = &cache->table[va / GUESTCACHE_TABLE % GUESTCACHE_TABLES];
	const uint64_t last = va | (GUESTCACHE_TABLE - 1);
	uint64_t descriptor;

	if (table->last != last) {
		table->last = 0;
		if (!cache_table(walk, va, &table->at))
			return false;
		table->last = last;
	}
	if ((table->at & CACHE_BLOCK) != 0) {
		*at = table->at - CACHE_BLOCK + va % GUESTCACHE_TABLE;
		return true;
	}
	descriptor =
	    ((const volatile uint64_t *)(uintptr_t)table->at)[va / GUESTCACHE_PAGE % CACHE_SLOTS];
	return (descriptor & CACHE_KIND) == CACHE_TABLE &&
	       guestwalk_memory(walk, descriptor & CACHE_ADDRESS, at);
}

bool guestcache_fill(struct guestcache *cache, const struct guestwalk *walk, uint64_t va,
                     struct guestcache_entry *entry)
{
	const uint64_t page = va - va % GUESTCACHE_PAGE;

	entry->last = 0;
	if (!cache_page(cache, walk, page, &entry->at) &&
	    !guestwalk_translate(walk, page, &entry->at))
		return false;
	entry->last = va | (GUESTCACHE_PAGE - 1);
	return true;
}
