/* See transfer.h. */
#include "transfer.h"

bool transfer_is_sound(const struct transfer *transfer)
{
	const uint32_t kind = tftp_kind(transfer->packet, transfer->size);
	const size_t block = transfer->request.block, full = TFTP_HEAD + block;

	if (transfer->file < 0 || transfer->tries >= TRANSFER_TRIES || transfer->size > TFTP_MOST ||
	    block < TFTP_BLOCK_LEAST || block > TFTP_BLOCK_MOST)
		return false;
	if (kind == TFTP_OPTIONS)
		return transfer->number == 0 && !transfer->last;
	return kind == TFTP_DATA && tftp_number(transfer->packet) == transfer->number &&
	       transfer->size <= full && transfer->last == (transfer->size < full);
}
