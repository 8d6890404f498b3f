/* See guest.h. */
#include "guest.h"

#define GUEST_BLOCK      (2ULL << 20) /* a kernel lies at a multiple of it */
#define GUEST_BLOCKS     64u          /* so many are looked at */
#define GUEST_TABLE      0xfffffffff000ULL
#define GUEST_TABLE_SIZE 4096u
#define GUEST_CANDIDATES 3u

/* ---- the kernel ---- */

static bool guest_has_banner(const struct guest *guest, uint64_t kernel)
{
	const char *banner = guest->facts->banner;
	uint64_t at;

	for (uint32_t i = 0; i < WATCHFACTS_BANNER && banner[i] != 0; i++)
		if (!guestwalk_memory(&guest->walk, kernel + guest->facts->banner_at + i, &at) ||
		    *(const volatile char *)(uintptr_t)at != banner[i])
			return false;
	return true;
}

bool guest_find_next(struct guest *guest)
{
	const uint64_t first = (guest->walk.range[0].ipa + GUEST_BLOCK - 1) & ~(GUEST_BLOCK - 1);
	const uint64_t last = guest->kernel;

	guest->kernel = 0;
	guest->base = 0;
	for (uint32_t i = 0; i < GUEST_BLOCKS && guest->kernel == 0; i++) {
		const uint64_t place = first + i * GUEST_BLOCK;

		if (place > last && guest_has_banner(guest, place))
			guest->kernel = place;
	}
	return guest->kernel != 0;
}

bool guest_find(struct guest *guest)
{
	guest->kernel = 0;
	return guest_find_next(guest);
}

/* ---- its page tables ---- */

bool guest_leads(const struct guest *guest, const struct guestwalk *walk, uint32_t place)
{
	uint64_t ipa;

	return guestwalk_ipa(walk, guest->base + place, &ipa) && ipa == guest->kernel + place;
}

bool guest_is_mapped(const struct guest *guest, uint32_t place)
{
	uint64_t at, right;

	return guestwalk_memory(&guest->walk, guest->kernel + place, &right) &&
	       guestcache_translate(guest->cache, &guest->walk, guest->base + place, &at) &&
	       at == right;
}

/* Tables of the kernel lie in its image. */
static bool guest_is_table(const struct guest *guest, const struct guestwalk *walk)
{
	const struct watchfacts *facts = guest->facts;

	return walk->ttbr1 - guest->kernel < facts->image_size &&
	       guest_leads(guest, walk, facts->text) &&
	       guest_leads(guest, walk, facts->text_end - 4) &&
	       guest_leads(guest, walk, facts->init_task);
}

/* The kernel relocates this word as it starts: the word says where its text is. */
static bool guest_know_base(struct guest *guest)
{
	uint64_t word;

	if (!guestwalk_word(&guest->walk, guest->kernel + guest->facts->base_at, &word))
		return false;
	guest->base = word - guest->facts->base_of;
	return word != 0;
}

/* While user space runs, TTBR1_EL1 has tables with little more than the way into the kernel (KPTI).
 * The kernel's own lie one or two pages behind them. */
bool guest_tables(const struct guest *guest, const struct watch_record *record,
                  struct guestwalk *walk)
{
	*walk = guest->walk;
	walk->tcr = record->tcr;
	walk->sctlr = record->sctlr;
	for (uint32_t i = 0; i < GUEST_CANDIDATES; i++) {
		walk->ttbr1 = (record->ttbr1 & GUEST_TABLE) + i * GUEST_TABLE_SIZE;
		if (guest_is_table(guest, walk))
			return true;
	}
	return false;
}

bool guest_use(struct guest *guest, const struct watch_record *record)
{
	const uint64_t base = guest->base;
	struct guestwalk walk;

	if (!guest_know_base(guest) || !guest_tables(guest, record, &walk)) {
		guest->base = base;
		return false;
	}
	guest->walk = walk;
	guest_forget(guest);
	return true;
}

void guest_forget(const struct guest *guest)
{
	if (guest->cache != NULL)
		guestcache_forget(guest->cache);
}

/* ---- reads ---- */

uint64_t guest_address(const struct guest *guest, uint32_t place)
{
	return guest->base + place;
}

bool guest_ipa(const struct guest *guest, uint64_t address, uint64_t *ipa)
{
	return guestwalk_ipa(&guest->walk, address, ipa);
}

bool guest_word(const struct guest *guest, uint64_t address, uint64_t *value)
{
	uint64_t at;

	if (address % sizeof(*value) != 0 ||
	    !guestcache_translate(guest->cache, &guest->walk, address, &at))
		return false;
	*value = *(const volatile uint64_t *)(uintptr_t)at;
	return true;
}

bool guest_half(const struct guest *guest, uint64_t address, uint32_t *value)
{
	uint64_t at;

	if (address % sizeof(*value) != 0 ||
	    !guestcache_translate(guest->cache, &guest->walk, address, &at))
		return false;
	*value = *(const volatile uint32_t *)(uintptr_t)at;
	return true;
}

bool guest_text(const struct guest *guest, uint64_t address, char *text, uint32_t size)
{
	uint32_t i = 0;
	uint64_t at;

	for (; i + 1 < size; i++) {
		if (!guestcache_translate(guest->cache, &guest->walk, address + i, &at))
			return false;
		text[i] = *(const volatile char *)(uintptr_t)at;
		if (text[i] == 0)
			return true;
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	}
	text[i] = 0;
	return true;
}

const uint64_t *guest_page(const struct guest *guest, uint32_t place)
{
	uint64_t at;

	if (!guestwalk_memory(&guest->walk, guest->kernel + place, &at))
		return NULL;
	return (const uint64_t *)(uintptr_t)at;
}
