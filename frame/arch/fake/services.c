/* The fake machine has no image: no services, and no text that a pristine frame could have. */
#include <fake/services.h>
#include <run/service_text.h>

extern const uint8_t frame_text[], frame_text_end[], vectors[], trap_ways_back_end[];
extern const uint8_t service_broker_image[], service_broker_end[];
extern const uint8_t service_console_image[], service_console_end[];
extern const uint8_t service_loader_image[], service_loader_end[];
extern const uint8_t service_updater_image[], service_updater_end[];
extern const uint8_t service_warden_image[], service_warden_end[];
extern const uint32_t service_sums[];

const uint8_t frame_text[1], frame_text_end[1], vectors[1], trap_ways_back_end[1];
const uint8_t service_broker_image[1], service_broker_end[1];
const uint8_t service_console_image[1], service_console_end[1];
const uint8_t service_loader_image[1], service_loader_end[1];
const uint8_t service_updater_image[1], service_updater_end[1];
const uint8_t service_warden_image[1], service_warden_end[1];
const uint32_t service_sums[1];

enum service_text fake_service_text;

uint32_t service_text_pieces(const struct service_row *row)
{
	(void)row;
	return FAKE_SERVICE_PIECES;
}

/* The last piece is the one that may be damaged. */
enum service_text service_text_look(const struct service_row *row, uint32_t piece)
{
	(void)row;
	return piece + 1 == FAKE_SERVICE_PIECES ? fake_service_text : SERVICE_TEXT_WHOLE;
}
