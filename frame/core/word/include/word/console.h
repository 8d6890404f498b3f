/* Word for the console service, from any core. */
#ifndef WORD_CONSOLE_H
#define WORD_CONSOLE_H

#include <frame/types.h>
#include <kumiki/service.h>

/* It has something to look at: by a message, even from its own core. */
void console_wake_later(uint64_t event_bit);

#endif
