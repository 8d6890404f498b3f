/*
 * A console with its two brokers and the guests on its ends. Each guest writes a stream of bytes of
 * its own; the other guest checks that each byte comes once and in its place. All else is in
 * unit/broker/lan.h.
 */
#ifndef UNIT_BROKER_WIRE_H
#define UNIT_BROKER_WIRE_H

#include <unit/broker/lan.h>

struct wire {
	uint32_t written[2], read[2]; /* how many bytes each guest wrote and read */
};

extern struct wire wire;

/* Begins a new console: both drivers have found their devices, and offer no buffer. */
void wire_begin(uint64_t features);

/* Writes `size` more bytes, in one buffer. */
void wire_write(uint32_t place, uint32_t size);

/* Offers buffers for reception, of `size` bytes each. */
void wire_offer(uint32_t place, uint16_t buffers, uint32_t size);

/* Takes all bytes that have come. */
void wire_take(uint32_t place);

/* Lets both guests take bytes and offer new buffers until all written bytes have come. */
void wire_finish(void);

#endif
