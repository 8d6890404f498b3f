/* Functions of promises.c that promises_begin.c needs. */
#ifndef UNIT_FRAME_PROMISES_PARTS_H
#define UNIT_FRAME_PROMISES_PARTS_H

#include "promises.h"

/* Resets the play: no time has passed, and the model knows nothing. */
void promises_reset(uint32_t seed);

/* The guest that a core runs; NULL: none. */
struct promises_guest *promises_running(uint32_t number);

/* A guest's sleep: the running guest arms its timer, then waits; and the work that it gets then. */
void promises_sleep(struct promises_guest *guest);
void promises_wait(void);
uint64_t promises_work(const struct promises_guest *guest);

/* Lets the console service hear its news. False: there was none. */
bool promises_serve(void);

#endif
