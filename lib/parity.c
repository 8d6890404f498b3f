/* See lib/parity.h. */
#include <lib/parity.h>

typedef uint64_t __attribute__((may_alias)) parity_word;

#define WORDS_APART (PARITY_PAGE / sizeof(uint64_t))

/* Returns the parity of the words at one place in all pages but one. */
static uint64_t parity_of(const void *pages, uint32_t count, size_t place, size_t but)
{
	const parity_word *at = (const parity_word *)pages + place;
	uint64_t parity = 0;

	for (size_t i = 0; i < count; i++, at += WORDS_APART)
		if (i != but)
			parity ^= *at;
	return parity;
}

bool parity_read(const struct parity *parity, uint32_t piece, uint64_t was[PARITY_WORDS])
{
	const uint32_t count = parity->pieces / PARITY_PIECES(1);
	const size_t first = piece * PARITY_WORDS;

	for (size_t i = first; i < first + PARITY_WORDS; i++)
		was[i - first] = parity_of(parity->pages, count, i % WORDS_APART, i / WORDS_APART);
	return crc32c(0, was, PARITY_PIECE) == parity->sums[piece];
}

void parity_make(void *pages, uint32_t count, uint32_t *sums)
{
	parity_word *last = (parity_word *)pages + (count - 1) * WORDS_APART;

	for (size_t i = 0; i < WORDS_APART; i++)
		last[i] = parity_of(pages, count, i, count - 1);
	for (uint32_t i = 0; i < PARITY_PIECES(count); i++)
		sums[i] = crc32c(0, (const uint8_t *)pages + i * PARITY_PIECE, PARITY_PIECE);
}
