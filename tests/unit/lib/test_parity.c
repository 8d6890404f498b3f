/*
 * Pages with sums and a parity: which damaged pieces can be made anew.
 *
 * Shows: services.text.
 */
#include <lib/parity.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define PAGES  5u /* with the parity's page */
#define PIECES PARITY_PIECES(PAGES)
#define BESIDE PARITY_PIECES(1) /* pieces between two at the same place in their pages */

static _Alignas(PARITY_PAGE) uint8_t pages[PAGES * PARITY_PAGE], whole[sizeof(pages)];
static uint32_t sums[PIECES];
static const struct parity parity = {pages, PIECES, sums};

static void begin(void)
{
	srandom(1);
	for (size_t i = 0; i < sizeof(pages); i++)
		pages[i] = (uint8_t)random();
	memset(pages + PARITY_PAGE / 2, 0, PARITY_PAGE); /* like a room that isn't filled */
	parity_make(pages, PAGES, sums);
	memcpy(whole, pages, sizeof(pages));
}

const struct unit_fixture unit_each = {begin, NULL};

static void damage(uint32_t piece, uint32_t byte, uint8_t bits)
{
	pages[piece * PARITY_PIECE + byte] ^= bits;
}

static bool can_be_read(uint32_t piece)
{
	uint64_t was[PARITY_WORDS];

	return parity_read(&parity, piece, was) &&
	       memcmp(was, whole + piece * PARITY_PIECE, PARITY_PIECE) == 0;
}

TEST(each_piece_holds)
{
	for (uint32_t i = 0; i < PIECES; i++) {
		assert_true(parity_holds(&parity, i));
		assert_true(can_be_read(i));
	}
}

/* Also if all of the piece is damaged, and also a piece of the parity. */
TEST(a_damaged_piece_can_be_read)
{
	for (uint32_t i = 0; i < PIECES; i++) {
		damage(i, i * 31 % PARITY_PIECE, 0x10);
		assert_false(parity_holds(&parity, i));
		assert_true(can_be_read(i));
		memset(pages + i * PARITY_PIECE, 0xa5, PARITY_PIECE);
		assert_false(parity_holds(&parity, i));
		assert_true(can_be_read(i));
		memcpy(pages, whole, sizeof(pages));
	}
}

TEST(damages_at_other_places_can_be_read)
{
	damage(0, 0, 0xff);
	damage(BESIDE + 1, 0, 0xff);
	damage(1 + 2, 0, 0xff);
	assert_true(can_be_read(0) && can_be_read(BESIDE + 1) && can_be_read(1 + 2));
}

/* The intact piece at the same place stays right. */
TEST(two_damages_at_one_place_cannot_be_read)
{
	damage(1, 5, 1);
	damage(1 + BESIDE, 700, 1);
	assert_false(can_be_read(1) || can_be_read(1 + BESIDE));
	assert_true(parity_holds(&parity, 1 + 2 * BESIDE));
	assert_false(can_be_read(1 + 2 * BESIDE));
}

TEST(a_damaged_sum_is_told)
{
	sums[3] ^= 1;
	assert_false(parity_holds(&parity, 3) || can_be_read(3));
}
