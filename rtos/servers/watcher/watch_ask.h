/* What the watched partition's registers say (kumiki/watch.h). */
#ifndef WATCHER_WATCH_ASK_H
#define WATCHER_WATCH_ASK_H

#include "watch.h"

/* What a glance needs to know. */
struct watch_seen watch_glimpse(volatile const uint64_t *registers, uint64_t now);

/* What a look needs to know. The registers are asked for news that the next look sees. */
struct watch_seen watch_see(volatile uint64_t *registers, uint64_t now);

#endif
