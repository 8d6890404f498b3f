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

uint64_t service_text_mend(uint64_t piece)
{
	const struct parity parity = services_parity();
	const uint8_t *found = parity.pages + piece * PARITY_PIECE;
	uint64_t was[PARITY_WORDS];

	if (parity_holds(&parity, (uint32_t)piece))
		return SERVICE_TEXT_WHOLE;
	if (parity_read(&parity, (uint32_t)piece, was))
		write(found, was);
	else if (!mend_sum((uint32_t)piece, found, was))
		return SERVICE_TEXT_LOST;
	return SERVICE_TEXT_MENDED;
}

uint64_t service_text_mend_all(void)
{
	const struct parity parity = services_parity();
	uint64_t found = 0;
	bool lost = false;

	for (uint32_t piece = 0; piece < parity.pieces; piece++) {
		const uint64_t text = service_text_mend(piece);

		lost |= text == SERVICE_TEXT_LOST;
		if (text != SERVICE_TEXT_WHOLE)
			found = (uint64_t)(uintptr_t)(parity.pages + piece * PARITY_PIECE);
	}
	if (!lost)
		return found;
	shared_memory->update.pristine = 0;
	return FRAME_TEXT_LOST;
}
