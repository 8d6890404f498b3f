/* Word for the services that last, from any core. */
#ifndef WORD_SERVICE_H
#define WORD_SERVICE_H

#include <frame/types.h>
#include <kumiki/service.h>

/* Tells the services that hear of this event: by a message, even on their own core. */
void service_wake_later(uint64_t event_bit);

#endif
