/*
 * The board's own watchdog is fed only when every core that is on has looked since the last
 * feeding. A look shows that its core gets somewhere (run/progress.h), and each core looks about
 * twice a second. So a core that gets nowhere, and that no other core brings to rest, ends in a
 * reset of the machine.
 */
#ifndef RUN_FEED_H
#define RUN_FEED_H

/* This core looks. */
void feed_look(void);

#endif
