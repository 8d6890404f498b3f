/*
 * A thread of init on each other CPU, at the highest priority. These threads and init's first
 * thread see of each other whether they still run. A CPU that runs none of them hangs in the
 * kernel.
 */
#ifndef INIT_GUARD_H
#define INIT_GUARD_H

/* Makes the threads. */
void guard_begin(void);
/* Called by the first thread: it still runs. */
void guard_beat(void);
/* Called by the first thread: if another CPU doesn't run its thread any more, the kernel begins
 * anew. */
void guard_look(void);

#endif
