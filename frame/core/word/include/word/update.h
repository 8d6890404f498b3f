/* The exchange of the frame while guests run (docs/update.md). Its code belongs to the start, which
 * isn't mapped now: update_in_start() goes there. */
#ifndef WORD_UPDATE_H
#define WORD_UPDATE_H

#include <frame/types.h>

/* The first `size` bytes of the spare area are to take the frame's place. Returns the enum
 * update_fault; doesn't return if it happens. For the console's core. */
uint64_t update_in_start(uint64_t size);

#endif
