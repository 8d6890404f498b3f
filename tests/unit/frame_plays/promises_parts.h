/* What promises_begin.c needs of promises.c. */
#ifndef UNIT_FRAME_PROMISES_PARTS_H
#define UNIT_FRAME_PROMISES_PARTS_H

#include "promises.h"

/* No time has passed, and nothing is known. */
void promises_reset(uint32_t seed);

/* Whom a core runs; NULL: no guest. */
struct promises_guest *promises_running(uint32_t number);

/* The guest that runs arms its timer, and waits. How much it is to do then. */
void promises_sleep(struct promises_guest *guest);
void promises_wait(void);
uint64_t promises_work(const struct promises_guest *guest);

/* The console service hears what it was told; false: it wasn't told anything. */
bool promises_serve(void);

#endif
