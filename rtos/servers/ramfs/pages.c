/* See pages.h. */
#include "pages.h"
#include "store.h"

/* ---- free pages ---- */

static uint32_t pages_masks(const struct ramfs *fs)
{
	return (fs->pages + RAMFS_BITS - 1) / RAMFS_BITS;
}

static uint32_t pages_mark(struct ramfs *fs, uint32_t mask, uint32_t bits)
{
	const uint32_t bit = (uint32_t)__builtin_ctz(~bits);

	change_set(fs, &fs->bitmap[mask], bits | 1u << bit);
	fs->next_page = mask * RAMFS_BITS + bit;
	return fs->next_page;
}

uint32_t pages_take(struct ramfs *fs)
{
	const uint32_t masks = pages_masks(fs), from = fs->next_page / RAMFS_BITS;

	for (uint32_t i = 0; i < masks; i++) {
		const uint32_t mask = (from + i) % masks;
		uint32_t bits = fs->bitmap[mask];

		if (bits != UINT32_MAX)
			bits = change_get(fs, &fs->bitmap[mask]);
		if (bits != UINT32_MAX)
			return pages_mark(fs, mask, bits);
	}
	return 0;
}

void pages_release(struct ramfs *fs, uint32_t page)
{
	uint32_t *mask = &fs->bitmap[page / RAMFS_BITS];

	change_set(fs, mask, change_get(fs, mask) & ~(1u << page % RAMFS_BITS));
}

uint32_t pages_free(const struct ramfs *fs)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < pages_masks(fs); i++)
		for (uint32_t bits = ~fs->bitmap[i]; bits != 0; bits &= bits - 1)
			count++;
	return count;
}

/* ---- of a file ---- */

static uint32_t *pages_index(const struct ramfs *fs, uint32_t page)
{
	return page == 0 ? NULL : change_page(fs, page);
}

uint32_t pages_of(const struct ramfs *fs, const struct ramfs_inode *inode, uint32_t place)
{
	const uint32_t *index;

	if (place < RAMFS_DIRECT)
		return inode->pages[place];
	place -= RAMFS_DIRECT;
	if (place < RAMFS_INDEXES) {
		index = pages_index(fs, inode->index);
		return index ? index[place] : 0;
	}
	place -= RAMFS_INDEXES;
	index = pages_index(fs, inode->index_of_indexes);
	index = index ? pages_index(fs, index[place / RAMFS_INDEXES]) : NULL;
	return index ? index[place % RAMFS_INDEXES] : 0;
}

static const uint32_t *pages_index_will_be(const struct ramfs *fs, const uint32_t *word)
{
	return pages_index(fs, change_get(fs, word));
}

uint32_t pages_will_be(const struct ramfs *fs, const struct ramfs_inode *inode, uint32_t place)
{
	const uint32_t *index = inode->pages;

	if (place >= RAMFS_DIRECT) {
		place -= RAMFS_DIRECT;
		index = pages_index_will_be(fs, place < RAMFS_INDEXES ? &inode->index
		                                                      : &inode->index_of_indexes);
	}
	if (index != inode->pages && place >= RAMFS_INDEXES && index) {
		place -= RAMFS_INDEXES;
		index = pages_index_will_be(fs, &index[place / RAMFS_INDEXES]);
		place %= RAMFS_INDEXES;
	}
	return index ? change_get(fs, &index[place]) : 0;
}

/* The index page that a word leads to, or will lead to. NULL: there is none, and no free page for
 * it. */
static uint32_t *pages_index_made(struct ramfs *fs, uint32_t *word)
{
	uint32_t page = change_get(fs, word);

	if (page != 0)
		return change_page(fs, page);
	page = pages_take(fs);
	if (page == 0)
		return NULL;
	store_zeros(change_page(fs, page), RAMFS_PAGE);
	change_set(fs, word, page);
	return change_page(fs, page);
}

bool pages_put(struct ramfs *fs, struct ramfs_inode *inode, uint32_t place, uint32_t page)
{
	uint32_t *index = inode->pages;

	if (place >= RAMFS_DIRECT) {
		place -= RAMFS_DIRECT;
		index = pages_index_made(fs, place < RAMFS_INDEXES ? &inode->index
		                                                   : &inode->index_of_indexes);
		if (place >= RAMFS_INDEXES && index) {
			place -= RAMFS_INDEXES;
			index = pages_index_made(fs, &index[place / RAMFS_INDEXES]);
			place %= RAMFS_INDEXES;
		}
	}
	if (index)
		change_set(fs, &index[place], page);
	return index != NULL;
}

/* ---- giving back: until the record has enough ---- */

/* Cuts an index's entries from `keep` on. False: there is more to cut. */
static bool pages_cut_entries(struct ramfs *fs, uint32_t *index, uint32_t count, uint32_t keep)
{
	for (uint32_t i = count; i-- > keep;) {
		if (index[i] == 0)
			continue;
		if (fs->changes >= fs->piece)
			return false;
		pages_release(fs, index[i]);
		change_set(fs, &index[i], 0);
	}
	return true;
}

/* How many of `count` places from `first` on stay. */
static uint32_t pages_stay(uint32_t keep, uint32_t first, uint32_t count)
{
	if (keep <= first)
		return 0;
	return keep - first < count ? keep - first : count;
}

/* Cuts an index page. The page itself goes with its last entry. */
static bool pages_cut_index(struct ramfs *fs, uint32_t *word, uint32_t keep)
{
	if (*word == 0 || keep == RAMFS_INDEXES)
		return true;
	if (!pages_cut_entries(fs, change_page(fs, *word), RAMFS_INDEXES, keep))
		return false;
	return keep != 0 || pages_cut_entries(fs, word, 1, 0);
}

static bool pages_cut_indexes(struct ramfs *fs, uint32_t *word, uint32_t keep)
{
	const uint32_t first = RAMFS_DIRECT + RAMFS_INDEXES;
	uint32_t *index = *word != 0 ? change_page(fs, *word) : NULL;

	if (!index)
		return true;
	for (uint32_t i = RAMFS_INDEXES; i-- > 0;)
		if (!pages_cut_index(fs, &index[i],
		                     pages_stay(keep, first + i * RAMFS_INDEXES, RAMFS_INDEXES)))
			return false;
	return keep > first || pages_cut_entries(fs, word, 1, 0);
}

bool pages_cut(struct ramfs *fs, struct ramfs_inode *inode, uint32_t keep)
{
	return pages_cut_indexes(fs, &inode->index_of_indexes, keep) &&
	       pages_cut_index(fs, &inode->index, pages_stay(keep, RAMFS_DIRECT, RAMFS_INDEXES)) &&
	       pages_cut_entries(fs, inode->pages, RAMFS_DIRECT, pages_stay(keep, 0, RAMFS_DIRECT));
}

/* ---- handing over ---- */

static void pages_hand_word(struct ramfs *fs, uint32_t *word, uint32_t *heir)
{
	if (*word == 0)
		return;
	change_set(fs, heir, *word);
	change_set(fs, word, 0);
}

/* Parts an index page: its first `bytes` go into one page, the others into another, each at its
 * place. */
static void pages_part(const struct ramfs *fs, uint32_t index, uint32_t first, uint32_t second,
                       uint32_t bytes)
{
	const uint8_t *entries = change_page(fs, index);
	uint8_t *stay = change_page(fs, first), *go = change_page(fs, second);

	store_bytes(stay, entries, bytes);
	store_zeros(stay + bytes, RAMFS_PAGE - bytes);
	store_zeros(go, bytes);
	store_bytes(go + bytes, entries + bytes, RAMFS_PAGE - bytes);
}

/* Hands an index page over, from its entry `keep` on. If it has to be parted, the parts go into two
 * free pages. The old index page becomes the heir's, as contents. It can't be freed in this record:
 * it could be taken in the same record, and be another one's at once. */
static bool pages_hand_index(struct ramfs *fs, uint32_t *word, uint32_t *heir, uint32_t *rest,
                             uint32_t keep)
{
	const uint32_t index = *word;
	uint32_t stays, goes;

	if (index == 0 || keep == RAMFS_INDEXES)
		return true;
	if (keep == 0) {
		pages_hand_word(fs, word, heir);
		return true;
	}
	stays = pages_take(fs);
	goes = pages_take(fs);
	if (stays == 0 || goes == 0)
		return false;
	pages_part(fs, index, stays, goes, keep * (uint32_t)sizeof(*word));
	change_set(fs, word, stays);
	change_set(fs, heir, goes);
	change_set(fs, rest, index);
	return true;
}

/* An index below the index of indexes that has to be parted goes into the heir's index, which is
 * free. All that the file's own index leads to stays. */
static bool pages_hand_indexes(struct ramfs *fs, struct ramfs_inode *inode,
                               struct ramfs_inode *heir, uint32_t keep)
{
	const uint32_t whole = keep / RAMFS_INDEXES, part = keep % RAMFS_INDEXES;
	uint32_t top;

	if (!pages_hand_index(fs, &inode->index_of_indexes, &heir->index_of_indexes,
	                      &heir->pages[0], whole + (part != 0)))
		return false;
	top = change_get(fs, &inode->index_of_indexes);
	return part == 0 || top == 0 ||
	       pages_hand_index(fs, (uint32_t *)change_page(fs, top) + whole, &heir->index,
	                        &heir->pages[1], part);
}

/* If an index is parted, no page from before the indexes is handed over. So the heir's places for
 * those are free. */
bool pages_hand_over(struct ramfs *fs, struct ramfs_inode *inode, struct ramfs_inode *heir,
                     uint32_t keep)
{
	const uint32_t first = RAMFS_DIRECT + RAMFS_INDEXES;

	for (uint32_t i = pages_stay(keep, 0, RAMFS_DIRECT); i < RAMFS_DIRECT; i++)
		pages_hand_word(fs, &inode->pages[i], &heir->pages[i]);
	return pages_hand_index(fs, &inode->index, &heir->index, &heir->pages[0],
	                        pages_stay(keep, RAMFS_DIRECT, RAMFS_INDEXES)) &&
	       pages_hand_indexes(fs, inode, heir, keep > first ? keep - first : 0);
}
