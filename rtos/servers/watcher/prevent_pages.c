/* See prevent_pages.h. */
#include "prevent_pages.h"
#include <lib/string.h>

#define PAGES_MAGIC 0x3353454741504b4bULL /* "KKPAGES3": of this layout */

/* A word: 0 if the page is no module's; its state, and what struct prevent_code has. */
#define PAGES_CHANGES  1u
#define PAGES_CODE     2u
#define PAGES_CONSTANT 3u
#define PAGES_MADE     4u
#define PAGES_STATE    7u
#define PAGES_KIND     6u /* PAGES_CODE of both that are a module's */
#define PAGES_PART     3  /* a bit */
#define PAGES_MODULE   4  /* 8 bits */
#define PAGES_OFFSET   12 /* 12 bits: in pages, as the address, which has the rest */
#define PAGES_ADDRESS  24

size_t prevent_pages_room(const struct guestwalk *walk)
{
	size_t room = sizeof(struct prevent_pages_head);

	for (uint32_t i = 0; i < walk->ranges; i++)
		room += walk->range[i].size / PREVENT_PAGE * sizeof(uint64_t);
	return room;
}

bool prevent_pages_open(struct prevent_pages *pages, void *kept, size_t size,
                        const struct guestwalk *walk)
{
	pages->walk = walk;
	pages->head = kept;
	pages->word = (uint64_t *)kept + sizeof(struct prevent_pages_head) / sizeof(uint64_t);
	return prevent_pages_room(walk) <= size;
}

bool prevent_pages_are_of(const struct prevent_pages *pages, uint32_t starts)
{
	return pages->head->magic == PAGES_MAGIC && pages->head->starts == starts;
}

void prevent_pages_forget(struct prevent_pages *pages, uint32_t starts, bool sealed)
{
	size_t count = 0;

	for (uint32_t i = 0; i < pages->walk->ranges; i++)
		count += pages->walk->range[i].size / PREVENT_PAGE;
	memset(pages->word, 0, count * sizeof(uint64_t));
	memset(pages->head->area, 0, sizeof(pages->head->area));
	pages->head->lost = sealed;
	pages->head->magic = PAGES_MAGIC;
	__atomic_store_n(&pages->head->starts, starts, __ATOMIC_RELEASE); /* now they count */
}

/* NULL: it is nowhere in the Linux's memory. */
static uint64_t *pages_word(const struct prevent_pages *pages, uint64_t address)
{
	const struct guestwalk *walk = pages->walk;
	uint64_t *first = pages->word;

	for (uint32_t i = 0; i < walk->ranges; first += walk->range[i++].size / PREVENT_PAGE)
		if (address - walk->range[i].ipa < walk->range[i].size)
			return &first[(address - walk->range[i].ipa) / PREVENT_PAGE];
	return NULL;
}

static enum prevent_page pages_state(uint64_t word)
{
	switch (word & PAGES_STATE) {
	case 0:
		return PREVENT_PAGE_OTHER;
	case PAGES_CODE:
		return PREVENT_PAGE_CODE;
	case PAGES_CONSTANT:
		return PREVENT_PAGE_CONSTANT;
	case PAGES_MADE:
		return PREVENT_PAGE_MADE;
	default:
		return PREVENT_PAGE_CHANGES;
	}
}

enum prevent_page prevent_pages_state(const struct prevent_pages *pages, uint64_t address)
{
	const uint64_t *word = pages_word(pages, address);

	return word != NULL ? pages_state(*word) : PREVENT_PAGE_NOWHERE;
}

/* False: it is no module's. */
static bool pages_read(uint64_t word, struct prevent_code *code)
{
	if ((word & PAGES_KIND) != PAGES_CODE)
		return false;
	*code = (struct prevent_code){
	    .state = pages_state(word),
	    .module = word >> PAGES_MODULE & 0xff,
	    .part = word >> PAGES_PART & 1,
	    .address = (uint64_t)((int64_t)word >> PAGES_ADDRESS) * PREVENT_PAGE,
	    .offset = (word >> PAGES_OFFSET & 0xfff) * PREVENT_PAGE,
	};
	return true;
}

bool prevent_pages_code(const struct prevent_pages *pages, uint64_t address,
                        struct prevent_code *code)
{
	const uint64_t *word = pages_word(pages, address);

	return word != NULL && pages_read(*word, code);
}

bool prevent_pages_next(const struct prevent_pages *pages, uint32_t module, size_t *next,
                        uint64_t *address, struct prevent_code *code)
{
	const struct guestwalk *walk = pages->walk;
	const uint64_t mask = PAGES_KIND | 0xffULL << PAGES_MODULE;
	const uint64_t its = PAGES_CODE | (uint64_t)module << PAGES_MODULE;
	size_t first = 0;

	for (uint32_t i = 0; i < walk->ranges; i++) {
		const size_t end = first + walk->range[i].size / PREVENT_PAGE;

		while (*next < end) {
			const uint64_t word = pages->word[(*next)++];

			*address = walk->range[i].ipa + (*next - 1 - first) * PREVENT_PAGE;
			if ((word & mask) == its)
				return pages_read(word, code);
		}
		first = end;
	}
	return false;
}

static void pages_put(struct prevent_pages *pages, uint64_t address, uint64_t value)
{
	uint64_t *word = pages_word(pages, address);

	if (word != NULL)
		__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

void prevent_pages_change(struct prevent_pages *pages, uint64_t address)
{
	pages_put(pages, address, PAGES_CHANGES);
}

void prevent_pages_note(struct prevent_pages *pages, uint64_t address,
                        const struct prevent_code *code)
{
	pages_put(pages, address,
	          code == NULL
	              ? 0
	              : (code->state == PREVENT_PAGE_CONSTANT ? PAGES_CONSTANT : PAGES_CODE) |
	                    (uint64_t)code->part << PAGES_PART |
	                    (uint64_t)code->module << PAGES_MODULE |
	                    (uint64_t)(code->offset / PREVENT_PAGE) << PAGES_OFFSET |
	                    code->address / PREVENT_PAGE << PAGES_ADDRESS);
}

void prevent_pages_make(struct prevent_pages *pages, uint64_t address, uint64_t made)
{
	pages_put(pages, address, PAGES_MADE | made / PREVENT_PAGE << PAGES_ADDRESS);
}

uint64_t prevent_pages_made(const struct prevent_pages *pages, uint64_t address)
{
	const uint64_t *word = pages_word(pages, address);

	return word != NULL ? (uint64_t)((int64_t)*word >> PAGES_ADDRESS) * PREVENT_PAGE : 0;
}
