/*
 * Pages that can be mended. The last one is the parity of all others: together all pages are zeros.
 * Each piece of a page has a sum (CRC-32C). So a damaged piece is found, and is made anew from the
 * pieces at the same place in the other pages.
 */
#ifndef LIB_PARITY_H
#define LIB_PARITY_H

#include <lib/crc32c.h>
#include <stdbool.h>

#define PARITY_PAGE          4096u
#define PARITY_PIECE         1024u
#define PARITY_WORDS         (PARITY_PIECE / sizeof(uint64_t))
#define PARITY_PIECES(pages) ((pages) * (PARITY_PAGE / PARITY_PIECE))

struct parity {
	const uint8_t *pages; /* aligned */
	uint32_t pieces;      /* of all pages */
	const uint32_t *sums; /* of each piece */
};

static inline bool parity_holds(const struct parity *parity, uint32_t piece)
{
	return crc32c(0, parity->pages + piece * PARITY_PIECE, PARITY_PIECE) == parity->sums[piece];
}

/* Reads what the piece was before it was damaged; never what it is, as another core may mend it
 * now. False: another piece at the same place is damaged, too, or the sum is,
 * and `was` has the piece as it is. */
bool parity_read(const struct parity *parity, uint32_t piece, uint64_t was[PARITY_WORDS]);

/* Makes the last page, and all sums. */
void parity_make(void *pages, uint32_t count, uint32_t *sums);

#endif
