/*
 * Code is taken away only when nothing that the watcher knows leads there: a page that isn't to be
 * executed any more, and a module that is disarmed. Vectors, hooks and timers are undone first, by
 * other rules' mends. watch.c calls this before each pass of mends.
 */
#ifndef WATCHER_HOLD_H
#define WATCHER_HOLD_H

#include "watch.h"

/* Holds such mends up, or gives them up if what leads there stays. */
void hold_all(struct watch *watch, uint64_t now);

#endif
