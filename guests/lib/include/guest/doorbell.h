/* SPDX-License-Identifier: MIT-0 */
/* Kumiki's own calls, as a guest uses them: see kumiki/hypercall.h. */
#ifndef GUEST_DOORBELL_H
#define GUEST_DOORBELL_H

#include <guest/psci.h>
#include <kumiki/hypercall.h>

/* Rings a doorbell. A partition that hears it sees everything that was written before. */
static inline int64_t doorbell_ring(uint32_t number)
{
	return (int64_t)psci_call4(KUMIKI_CALL_RING, number, 0, 0).x[0];
}

/* How often this partition was started: its generation in a channel. */
static inline uint32_t doorbell_generation(void)
{
	return (uint32_t)psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[3];
}

#endif
