/* Word for the services that last, from any core. */
#ifndef WORD_SERVICE_H
#define WORD_SERVICE_H

#include <frame/types.h>
#include <kumiki/service.h>

/* Tells the services that hear of this event: by a message, even on their own core. */
void service_wake_later(uint64_t event_bit);

/* Makes a damaged piece of the services' images anew. Returns an enum service_text. Runs in the
 * tables of this core's way in (start/service_text.c), with interrupts masked. */
uint64_t mend_in_start(uint64_t piece);

#endif
