/*
 * See start/service_text.h. There is no copy of the services' images, but the parity of their
 * pages, and a sum for each piece (frame/build/parity.c).
 */
#include <frame/hardware.h>
#include <frame/layout.h>
#include <lib/string.h>
#include <start/service_text.h>
#include <state/core.h>
#include <state/services.h>

static uint32_t piece_of(const void *at)
{
	return (uint32_t)((const uint8_t *)at - service_console_image) / PARITY_PIECE;
}

/* Other cores may run this text: what is right isn't written. */
static void write(const uint8_t *piece, const uint64_t was[PARITY_WORDS])
{
	uint64_t *image = (uint64_t *)(uintptr_t)(piece + (LAYOUT_IMAGE - LAYOUT_TEXT));

	for (uint32_t i = 0; i < PARITY_WORDS; i++) {
		if (image[i] == was[i])
			continue;
		image[i] = was[i];
		hw_clean_invalidate_to_poc(&image[i], sizeof(*image));
	}
	hw_invalidate_instructions();
}

/* The parity has the piece as it is: then its sum is what was damaged. */
static bool mend_sum(uint32_t piece, const uint8_t *found, const uint64_t was[PARITY_WORDS])
{
	uint32_t *sum = (uint32_t *)(uintptr_t)((const uint8_t *)&service_sums[piece] +
	                                        (LAYOUT_IMAGE - LAYOUT_TEXT));

	if (memcmp(found, was, PARITY_PIECE) != 0)
		return false;
	*sum = crc32c(0, was, PARITY_PIECE);
	hw_clean_invalidate_to_poc(sum, sizeof(*sum));
	return true;
}

/* Of these pieces. Notes the last one that was damaged. */
static enum service_text mend(uint32_t piece, uint32_t end, const uint8_t **found)
{
	const struct parity parity = services_parity();
	enum service_text text = SERVICE_TEXT_WHOLE;
	uint64_t was[PARITY_WORDS];

	for (; piece < end; piece++) {
		if (parity_holds(&parity, piece))
			continue;
		*found = parity.pages + piece * PARITY_PIECE;
		if (parity_read(&parity, piece, was))
			write(*found, was);
		else if (!mend_sum(piece, *found, was))
			text = SERVICE_TEXT_LOST;
		if (text == SERVICE_TEXT_WHOLE)
			text = SERVICE_TEXT_MENDED;
	}
	return text;
}

enum service_text service_text_mend(const struct service_row *row)
{
	const uint8_t *found;

	return mend(piece_of(row->image), piece_of(row->image_end), &found);
}

uint64_t service_text_mend_all(void)
{
	const uint8_t *found = 0;

	if (mend(0, piece_of(service_sums), &found) == SERVICE_TEXT_LOST) {
		shared_memory->update.pristine = 0;
		return FRAME_TEXT_LOST;
	}
	return (uint64_t)(uintptr_t)found;
}
