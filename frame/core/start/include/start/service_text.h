/* Mends the images of the services, which the frame's image carries. All of it is the start's part.
 */
#ifndef START_SERVICE_TEXT_H
#define START_SERVICE_TEXT_H

#include <frame/types.h>
#include <kumiki/account.h>
#include <kumiki/report.h>

/* Looks whether a piece of the services' images is as it was built, and makes damage to it anew.
 * Returns an enum service_text. */
uint64_t service_text_mend(uint64_t piece);

/* The same of all pieces. Returns the last piece that was damaged; 0: there is none;
 * FRAME_TEXT_LOST: it can't be made anew, and no core looks for damaged text any more. */
uint64_t service_text_mend_all(void);

#endif
