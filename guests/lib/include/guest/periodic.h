/* SPDX-License-Identifier: MIT-0 */
/* Work of the first CPU that comes again at fixed times. The virtual timer belongs to it. */
#ifndef GUEST_PERIODIC_H
#define GUEST_PERIODIC_H

#include <stdint.h>

/* The first release is a period from now. Interrupts come from here on. */
void periodic_start(uint32_t microseconds);

/* Sleeps until the next release; one that has passed is there at once. Returns how many more have
 * passed since. */
uint32_t periodic_wait(void);

/* The jobs of releases that have passed aren't done any more. */
void periodic_skip(void);

#endif
