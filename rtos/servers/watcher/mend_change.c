/* See mend_change.h. */
#include "mend_change.h"

void mend_add(struct mend *mend, struct watch_change change)
{
	if (mend->count < WATCH_CHANGES)
		mend->change[mend->count++] = change;
}

bool mend_may_write(const struct guest *guest, const struct watch_change *change)
{
	const uint64_t place = change->address - guest->kernel;

	return change->value == change->expected || place < guest->facts->text ||
	       place >= guest->facts->constants_end;
}

bool mend_change(struct mend *mend, const struct guest *guest, uint64_t address, uint64_t expected,
                 uint64_t value)
{
	struct watch_change change = {.mask = ~0ULL, .expected = expected, .value = value};

	if (!guest_ipa(guest, address, &change.address) || !mend_may_write(guest, &change))
		return false;
	mend_add(mend, change);
	return true;
}

bool mend_word(struct mend *mend, const struct guest *guest, uint64_t address, uint64_t value)
{
	uint64_t found;

	return guest_word(guest, address, &found) &&
	       mend_change(mend, guest, address, found, value);
}

bool mend_look_at(struct mend *mend, const struct guest *guest, uint64_t address, uint64_t value)
{
	uint64_t found;

	return guest_word(guest, address, &found) && found == value &&
	       mend_change(mend, guest, address, value, value);
}

bool mend_half(struct mend *mend, const struct guest *guest, uint64_t address, uint32_t mask,
               uint32_t expected, uint32_t value)
{
	const uint32_t shift = address % sizeof(uint64_t) == 0 ? 0 : 32;
	struct watch_change change = {.mask = (uint64_t)mask << shift,
	                              .expected = (uint64_t)expected << shift,
	                              .value = (uint64_t)value << shift};

	if (address % sizeof(uint32_t) != 0 ||
	    !guest_ipa(guest, address & ~7ULL, &change.address) || !mend_may_write(guest, &change))
		return false;
	mend_add(mend, change);
	return true;
}

bool mend_lives(struct mend *mend, const struct guest *guest, uint64_t task)
{
	const uint64_t link = task + guest->facts->task_link;
	uint64_t back;

	return guest_word(guest, link + MEND_POINTER, &back) &&
	       mend_look_at(mend, guest, link + MEND_POINTER, back) &&
	       mend_look_at(mend, guest, back, link);
}

void mend_lock(struct mend *mend, const struct guest *guest, uint32_t lock, uint32_t free)
{
	const uint64_t address = guest->kernel + lock;
	const uint32_t shift = address % sizeof(uint64_t) == 0 ? 0 : 32;
	const uint64_t value = (uint64_t)free << shift;

	mend_add(mend, (struct watch_change){.address = address & ~7ULL,
	                                     .mask = (uint64_t)UINT32_MAX << shift,
	                                     .expected = value,
	                                     .value = value});
}
