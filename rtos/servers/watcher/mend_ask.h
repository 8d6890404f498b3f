/* Has the frame make a mend: the registers for it, in the watcher's page (kumiki/watch.h). */
#ifndef WATCHER_MEND_ASK_H
#define WATCHER_MEND_ASK_H

#include "mend.h"

/* False: the partition may not mend. */
bool mend_may(volatile uint64_t *registers);

/* Waits for the answer, a bounded time; returns what WATCH_MEND reads then. */
uint32_t mend_registers(volatile uint64_t *registers, const struct mend *mend);

#endif
