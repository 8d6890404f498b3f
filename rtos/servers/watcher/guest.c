/* See guest.h. */
#include "kind.h"

/* ---- the kernel ---- */

bool guest_find_next(struct guest *guest)
{
	guest->kernel = kind_of(guest->facts)->find(guest, guest->kernel);
	guest->base = 0;
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

bool guest_tables(const struct guest *guest, const struct watch_record *record,
                  struct guestwalk *walk)
{
	*walk = guest->walk;
	walk->tcr = record->tcr;
	walk->sctlr = record->sctlr;
	return kind_of(guest->facts)->tables(guest, record, walk);
}

bool guest_use(struct guest *guest, const struct watch_record *record)
{
	const uint64_t before = guest->base, base = kind_of(guest->facts)->base(guest);
	struct guestwalk walk;

	guest->base = base;
	if (base == 0 || !guest_tables(guest, record, &walk)) {
		guest->base = before;
		return false;
	}
	guest->walk = walk;
	guest->sctlr = record->sctlr;
	guest->vbar = record->vbar;
	guest_forget(guest);
	return true;
}

void guest_forget(const struct guest *guest)
{
	if (guest->cache != NULL)
		guestcache_forget(guest->cache);
}

void guest_beat(const struct guest *guest)
{
	if (guest->beat != NULL)
		guest->beat();
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
