/* See run/service_text.h. */
#include <run/service_text.h>
#include <word/service.h>

uint32_t service_text_pieces(const struct service_row *row)
{
	return (uint32_t)(row->image_end - row->image) / PARITY_PIECE;
}

enum service_text service_text_look(const struct service_row *row, uint32_t piece)
{
	const struct parity parity = services_parity();

	piece += (uint32_t)(row->image - parity.pages) / PARITY_PIECE;
	return parity_holds(&parity, piece) ? SERVICE_TEXT_WHOLE
	                                    : (enum service_text)mend_in_start(piece);
}
