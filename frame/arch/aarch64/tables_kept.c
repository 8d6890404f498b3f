/* A core's tables as the start made them, beside those in use; see frame/tables.h. */
#include <frame/layout.h>
#include <frame/tables.h>
#include <lib/string.h>

#define own_kept ((struct tables_kept *)LAYOUT_TABLES_KEPT)

_Static_assert(sizeof(struct tables_kept) == PAGE_SIZE, "a page is mapped");

static uint64_t *entries_of(const struct tables_piece *piece)
{
	return (uint64_t *)LAYOUT_TABLES + piece->first;
}

bool tables_differ(uint32_t piece)
{
	const struct tables_piece *kept = &own_kept->piece[piece];
	const uint64_t *entry = entries_of(kept);
	uint64_t value = kept->entry;

	if (piece >= own_kept->looked)
		return false;
	for (uint32_t i = 0; i < kept->count; i++, value += PAGE_SIZE)
		if (entry[i] != value)
			return true;
	return false;
}

/* ---- in the tables of a way in ---- */

AT_START static uint64_t sum_of(const struct tables_kept *kept)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < TABLES_PIECES && kept->piece[i].count != 0; i++)
		sum += kept->piece[i].first + ((uint64_t)kept->piece[i].count << 32) +
		       kept->piece[i].entry;
	return sum;
}

AT_START void tables_seal(const struct tables *in)
{
	in->kept->sum = sum_of(in->kept);
}

AT_START static enum tables_found mend_piece(const struct tables_piece *piece)
{
	uint64_t *entry = entries_of(piece), value = piece->entry;
	enum tables_found found = TABLES_WHOLE;

	for (uint32_t i = 0; i < piece->count; i++, value += PAGE_SIZE) {
		if (entry[i] == value)
			continue;
		entry[i] = value;
		found = TABLES_MENDED;
	}
	return found;
}

/* Nobody relies on a damaged entry, so none is made invalid first (break-before-make): it may map
 * what this core uses just now. */
AT_START enum tables_found tables_mend(void)
{
	enum tables_found found = TABLES_WHOLE;

	if (sum_of(own_kept) != own_kept->sum) {
		memset(own_kept, 0, sizeof(*own_kept));
		return TABLES_LOST;
	}
	for (uint32_t i = 0; i < TABLES_PIECES && own_kept->piece[i].count != 0; i++)
		if (mend_piece(&own_kept->piece[i]) != TABLES_WHOLE)
			found = TABLES_MENDED;
	if (found != TABLES_WHOLE)
		__asm__ volatile("dsb ishst; tlbi alle2; dsb nsh; isb" ::: "memory");
	return found;
}
