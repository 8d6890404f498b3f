/*
 * A console with its two brokers and the guests on its ends. Each guest writes a stream of bytes of
 * its own; the other one checks that each byte comes once and in its place. The rest is
 * unit/broker/lan.h's.
 */
#ifndef UNIT_BROKER_WIRE_H
#define UNIT_BROKER_WIRE_H

#include <unit/broker/lan.h>

struct wire {
	uint32_t written[2], read[2]; /* of each guest, since its drivers began */
};

extern struct wire wire;

/* Everything afresh: both drivers have found their devices, and offer no buffer. */
void wire_begin(uint64_t features);

/* So many more bytes, in one buffer. */
void wire_write(uint32_t place, uint32_t size);

/* Buffers for reception, of so many bytes each. */
void wire_offer(uint32_t place, uint16_t buffers, uint32_t size);

/* Takes what has come. */
void wire_take(uint32_t place);

/* Both guests take what comes and offer new buffers, until all that was written has come. */
void wire_finish(void);

#endif
