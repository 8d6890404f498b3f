/*
 * Linux's own symbols (CONFIG_KALLSYMS, since 4.6): see lib/kallsyms.h. Nothing in an image says
 * where the tables are, so they are found by their shape. They lie in this order, each aligned to
 * 8 bytes, sometimes with other data between:
 *
 *   offsets   of each symbol from the base, 32 bits, rising
 *   base      64 bits; relocated by the kernel as it starts
 *   count     32 bits
 *   names     of each symbol: its length (two bytes, if bit 7 of the first is set), then tokens
 *   markers   where in `names` each 256th symbol is, 32 bits, from 0, rising
 *   (order of names, since 6.2 and some kernels before: 24 bits for each symbol)
 *   tokens    256 strings, each ended by NUL
 *   index     where in `tokens` each token is, 16 bits, from 0, rising
 *
 * Since 6.4 offsets and base stand behind the index instead.
 *
 * The index is looked for first, in steps of nearly its length, so the search reads a small part of
 * the image. The tables are the pristine image's, which no guest can write; nevertheless nothing in
 * them is taken on trust.
 */
#include <lib/kallsyms.h>

#define TOKENS       256u
#define TOKEN_MIN    2u /* a token's length, its NUL included */
#define TOKEN_MAX    64u
#define INDEX_WINDOW 8u /* so many rising numbers in a row may be a part of an index */
#define INDEX_STEP   (TOKENS - INDEX_WINDOW)
#define BLOCK        256u /* symbols of each marker */
#define BLOCK_MIN    (BLOCK * 2)
#define BLOCK_MAX    (BLOCK * 514)
#define MARKERS_MIN  4u
#define ORDER_MAX    (1024u * 1024) /* bytes between markers and tokens, at most */
#define WORK_MAX     1000000u       /* steps of the whole search; Debian's image takes 60,000 */

struct search {
	const uint8_t *image, *end;
	uint32_t work; /* steps that the search may still take */
};

static bool spend(struct search *search, uint32_t steps)
{
	bool enough = search->work >= steps;

	search->work = enough ? search->work - steps : 0;
	return enough;
}

static uintptr_t align8(uintptr_t value)
{
	return (value + 7) & ~(uintptr_t)7;
}

/* ---- tokens ---- */

static bool follows(uint16_t before, uint16_t after)
{
	return (uint16_t)(after - before - TOKEN_MIN) <= TOKEN_MAX - TOKEN_MIN;
}

static bool rises(const uint16_t *numbers, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		if (!follows(numbers[i - 1], numbers[i]))
			return false;
	return true;
}

/* Goes back from a place in the index to its first number. NULL: this is no index. */
static const uint16_t *index_begin(const struct search *search, const uint16_t *at)
{
	const uint16_t *first = (const uint16_t *)(const void *)search->image;

	while (*at != 0 && at > first && follows(at[-1], *at))
		at--;
	return *at == 0 && (uintptr_t)at % 8 == 0 ? at : NULL;
}

/* Whether each token ends where the next one begins. The last token's end isn't looked at. */
static bool tokens_end(const char *tokens, const uint16_t *index)
{
	for (uint32_t i = 1; i < TOKENS; i++)
		if (tokens[index[i] - 1] != 0 || tokens[index[i] - 2] == 0)
			return false;
	return true;
}

static const char *find_tokens(const struct search *search, const uint16_t *index)
{
	const char *end = (const char *)(const void *)index;
	size_t room = (size_t)((const uint8_t *)end - search->image);

	for (size_t size = align8(index[TOKENS - 1] + 1u);
	     size <= index[TOKENS - 1] + TOKEN_MAX + 8u && size <= room; size += 8)
		if (end[-1] == 0 && tokens_end(end - size, index))
			return end - size;
	return NULL;
}

/* ---- names ---- */

/* The place behind `count` symbols; NULL: there are fewer symbols. */
static const uint8_t *skip_names(const struct kallsyms *tables, const uint8_t *at, uint32_t count)
{
	for (; count > 0; count--) {
		size_t room = (size_t)(tables->names_end - at);
		size_t length;

		if (room < 2)
			return NULL;
		length = at[0] + 1u;
		if (at[0] >= 0x80)
			length = (at[0] & 0x7fu) + ((size_t)at[1] << 7) + 2;
		if (length > room)
			return NULL;
		at += length;
	}
	return at;
}

static uint32_t marker_count(uint32_t symbols)
{
	return (uint32_t)(((uint64_t)symbols + BLOCK - 1) / BLOCK);
}

/* Whether the first and the last block of names are as long as the markers say. */
static bool names_fit(const struct kallsyms *tables)
{
	uint32_t last = marker_count(tables->count) - 1;
	const uint8_t *first_end = skip_names(tables, tables->names, BLOCK);
	const uint8_t *end =
	    skip_names(tables, tables->names + tables->markers[last], tables->count - last * BLOCK);

	return first_end == tables->names + tables->markers[1] && end != NULL &&
	       tables->names_end - end < 8;
}

/* Takes the offsets that are at `at`, and the base behind them. False: no offsets rise there. */
static bool take_offsets(struct search *search, struct kallsyms *tables, const uint8_t *at)
{
	size_t size = align8((size_t)tables->count * sizeof(uint32_t));
	const uint32_t *offset = (const uint32_t *)(const void *)at;

	if (!spend(search, tables->count))
		return false;
	for (uint32_t i = 1; i < tables->count; i++)
		if (offset[i] < offset[i - 1])
			return false;
	tables->offsets = offset;
	tables->base = (const uint64_t *)(const void *)(at + size);
	return true;
}

/* Offsets and base are in front of the count or behind the index. False: neither place has them. */
static bool find_offsets(struct search *search, struct kallsyms *tables)
{
	const uint8_t *count = tables->names - 8;
	const uint8_t *behind = (const uint8_t *)(tables->index + TOKENS);
	size_t size = align8((size_t)tables->count * sizeof(uint32_t)) + 8;

	return ((size_t)(count - search->image) >= size &&
	        take_offsets(search, tables, count - size)) ||
	       ((size_t)(search->end - behind) >= size && take_offsets(search, tables, behind));
}

/* Finds where `names` begins. The last marker says how far behind that place the last block is. */
static bool find_names(struct search *search, struct kallsyms *tables, uint32_t markers)
{
	size_t last = tables->markers[markers - 1];
	size_t room = (size_t)(tables->names_end - search->image);

	for (size_t size = align8(last + 1); size <= last + BLOCK_MAX && size + 8 <= room;
	     size += 8) {
		const uint32_t *count =
		    (const uint32_t *)(const void *)(tables->names_end - size - 8);

		if (!spend(search, 1))
			return false;
		if (marker_count(count[0]) != markers || count[1] != 0)
			continue;
		tables->names = tables->names_end - size;
		tables->count = count[0];
		if (!spend(search, 2 * BLOCK))
			return false;
		if (names_fit(tables) && find_offsets(search, tables))
			return true;
	}
	return false;
}

/* How many markers there are if `last` is the last marker; 0: `last` isn't a marker. */
static uint32_t count_markers(struct search *search, const uint32_t *last)
{
	const uint32_t *first = (const uint32_t *)(const void *)search->image, *at = last;

	while (at > first && at[0] - at[-1] - BLOCK_MIN <= BLOCK_MAX - BLOCK_MIN && at[0] > at[-1])
		at--;
	if (!spend(search, (uint32_t)(last - at)) || at[0] != 0 || (uintptr_t)at % 8 != 0)
		return 0;
	return (uint32_t)(last - at) + 1;
}

/* Finds the markers, going back from the tokens: other data may lie between. */
static bool find_markers(struct search *search, struct kallsyms *tables)
{
	const uint32_t *end = (const uint32_t *)(const void *)tables->tokens;
	size_t room = (size_t)((const uint8_t *)tables->tokens - search->image);

	for (size_t back = 0; back + 16 <= room && back <= ORDER_MAX && spend(search, 1);
	     back += 8, end -= 2) {
		const uint32_t *last = end[-1] != 0 ? end - 1 : end - 2;
		uint32_t count = count_markers(search, last);

		if (count < MARKERS_MIN)
			continue;
		tables->markers = last - count + 1;
		tables->names_end = (const uint8_t *)tables->markers;
		if (find_names(search, tables, count))
			return true;
	}
	return false;
}

/* ---- all of it ---- */

static bool try_index(struct search *search, struct kallsyms *tables, const uint16_t *at)
{
	const uint16_t *end = (const uint16_t *)(const void *)search->end;

	if (!spend(search, 2 * TOKENS))
		return false;
	tables->index = index_begin(search, at);
	if (tables->index == NULL || end - tables->index < (ptrdiff_t)TOKENS ||
	    !rises(tables->index, TOKENS))
		return false;
	tables->tokens = find_tokens(search, tables->index);
	return tables->tokens != NULL && find_markers(search, tables);
}

bool kallsyms_find(struct kallsyms *tables, const uint8_t *image, size_t size)
{
	struct search search = {.image = image, .end = image + size / 8 * 8, .work = WORK_MAX};
	const uint16_t *at = (const uint16_t *)(const void *)image;

	for (size_t left = size / 8 * 4; left >= INDEX_WINDOW && spend(&search, 1);
	     left -= INDEX_STEP, at += INDEX_STEP) {
		if (rises(at, INDEX_WINDOW) && try_index(&search, tables, at))
			return true;
		if (left < INDEX_STEP)
			break;
	}
	return false;
}

/* ---- names of addresses ---- */

/* The last symbol at or before an offset; the first symbol if all are behind the offset. Of several
 * at the same place, the first is taken. */
static uint32_t find_symbol(const struct kallsyms *tables, uint64_t offset)
{
	uint32_t low = 0, high = tables->count - 1;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (tables->offsets[middle] <= offset)
			low = middle;
		else
			high = middle - 1;
	}
	for (uint32_t i = 0;
	     i < BLOCK && low > 0 && tables->offsets[low - 1] == tables->offsets[low]; i++)
		low--;
	return low;
}

static size_t put_token(const struct kallsyms *tables, uint8_t token, char *to, size_t room)
{
	const char *end = (const char *)(const void *)tables->index;
	const char *at = tables->tokens + tables->index[token];
	size_t size = 0;

	for (; size < room && at < end && *at != 0; at++)
		to[size++] = *at > ' ' && *at <= '~' ? *at : '?';
	return size;
}

/* The names of a block before the symbol's are passed over. */
static bool put_name(const struct kallsyms *tables, uint32_t symbol, char *to, size_t room)
{
	size_t block = tables->markers[symbol / BLOCK], size = 0;
	const uint8_t *at, *end;

	if (block > (size_t)(tables->names_end - tables->names))
		return false;
	at = skip_names(tables, tables->names + block, symbol % BLOCK);
	end = at == NULL ? NULL : skip_names(tables, at, 1);
	if (end == NULL)
		return false;
	for (at += *at >= 0x80 ? 2 : 1; at < end; at++)
		size += put_token(tables, *at, to + size, room - 1 - size);
	to[size] = 0;
	for (size_t i = 0; i < size; i++) /* the first character is the symbol's type */
		to[i] = to[i + 1];
	return size > 1;
}

bool kallsyms_name(const struct kallsyms *tables, uint64_t offset, struct kallsyms_symbol *symbol)
{
	uint32_t found = find_symbol(tables, offset);

	if (found == tables->count - 1 || offset < tables->offsets[found])
		return false; /* before the first symbol, or not before the last */
	symbol->offset = tables->offsets[found];
	return put_name(tables, found, symbol->name, sizeof(symbol->name));
}

static bool same_name(const char *a, const char *b)
{
	for (; *a == *b; a++, b++)
		if (*a == 0)
			return true;
	return false;
}

uint32_t kallsyms_places(const struct kallsyms *tables, const char *name, uint32_t *offset)
{
	char found[sizeof(((struct kallsyms_symbol *)NULL)->name)];
	uint32_t count = 0;

	for (uint32_t i = 0; i < tables->count; i++)
		if (put_name(tables, i, found, sizeof(found)) && same_name(found, name) &&
		    count++ == 0)
			*offset = tables->offsets[i];
	return count;
}
