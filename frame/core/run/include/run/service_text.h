/* The pieces of a service's image, in the order in which they lie (lib/parity.h). */
#ifndef RUN_SERVICE_TEXT_H
#define RUN_SERVICE_TEXT_H

#include <kumiki/report.h>
#include <state/services.h>

uint32_t service_text_pieces(const struct service_row *row);

/* Looks whether the piece is as it was built. Damage is made anew at once; that is rare, and
 * takes long. */
enum service_text service_text_look(const struct service_row *row, uint32_t piece);

#endif
