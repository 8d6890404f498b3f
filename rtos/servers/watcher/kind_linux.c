/* See kind.h. A Linux chooses its addresses as it starts, and says what it does. */
#include "kind.h"
#include "vectors.h"

#define LINUX_BLOCK      (2ULL << 20) /* a kernel lies at a multiple of it */
#define LINUX_BLOCKS     64u          /* so many are looked at */
#define LINUX_TABLE      0xfffffffff000ULL
#define LINUX_TABLE_SIZE 4096u
#define LINUX_CANDIDATES 3u

static bool linux_has_banner(const struct guest *guest, uint64_t kernel)
{
	const char *banner = guest->facts->banner;
	uint64_t at;

	for (uint32_t i = 0; i < WATCHFACTS_BANNER && banner[i] != 0; i++)
		if (!guestwalk_memory(&guest->walk, kernel + guest->facts->banner_at + i, &at) ||
		    *(const volatile char *)(uintptr_t)at != banner[i])
			return false;
	return true;
}

/* By its own words about itself. */
static uint64_t linux_find(const struct guest *guest, uint64_t last)
{
	const uint64_t first = (guest->walk.range[0].ipa + LINUX_BLOCK - 1) & ~(LINUX_BLOCK - 1);

	for (uint32_t i = 0; i < LINUX_BLOCKS; i++) {
		const uint64_t place = first + i * LINUX_BLOCK;

		if (place > last && linux_has_banner(guest, place))
			return place;
	}
	return 0;
}

/* The kernel relocates this word as it starts: the word says where its text is. */
static uint64_t linux_base(const struct guest *guest)
{
	uint64_t word;

	if (!guestwalk_word(&guest->walk, guest->kernel + guest->facts->base_at, &word) ||
	    word == 0)
		return 0;
	return word - guest->facts->base_of;
}

/* Tables of the kernel lie in its image. */
static bool linux_is_table(const struct guest *guest, const struct guestwalk *walk)
{
	const struct watchfacts *facts = guest->facts;

	return walk->ttbr1 - guest->kernel < facts->image_size &&
	       guest_leads(guest, walk, facts->text) &&
	       guest_leads(guest, walk, facts->text_end - 4) &&
	       guest_leads(guest, walk, facts->init_task);
}

/* While user space runs, TTBR1_EL1 has tables with little more than the way into the kernel (KPTI).
 * The kernel's own lie one or two pages behind them. */
static bool linux_tables(const struct guest *guest, const struct watch_record *record,
                         struct guestwalk *walk)
{
	for (uint32_t i = 0; i < LINUX_CANDIDATES; i++) {
		walk->ttbr1 = (record->ttbr1 & LINUX_TABLE) + i * LINUX_TABLE_SIZE;
		if (linux_is_table(guest, walk))
			return true;
	}
	return false;
}

static enum kind_state linux_state(const struct guest *guest)
{
	uint32_t state;

	if (!guest_half(guest, guest_address(guest, guest->facts->system_state), &state))
		return KIND_UNKNOWN;
	if (state == guest->facts->running)
		return KIND_UP;
	return state < guest->facts->running ? KIND_BOOTS : KIND_ENDS;
}

static uint64_t linux_behind(const struct watchfacts *facts)
{
	return (uint64_t)facts->jumps * sizeof(struct watchfacts_jump) +
	       (uint64_t)facts->traced * sizeof(uint32_t);
}

static const uint64_t *linux_contents(const struct watchfacts *facts)
{
	(void)facts;
	return NULL;
}

const struct kind kind_linux = {
    .find = linux_find,
    .base = linux_base,
    .tables = linux_tables,
    .state = linux_state,
    .vectors = vectors_are_linux,
    .behind = linux_behind,
    .contents = linux_contents,
    .settle = 5,
    .lists = true,
    .alike = true,
    .begins = "text, constants, vectors and tasks are watched",
};
