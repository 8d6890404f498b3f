/* SPDX-License-Identifier: MIT-0 */
/*
 * A device's interrupt line that rises at a known moment: that of a virtio network card, which
 * sends each packet only after a delay (QEMU's `tx=timer,x-txtimer=NANOSECONDS`). It sends the same
 * packet again and again; no receiver is needed.
 */
#ifndef REALTIME_LINE_H
#define REALTIME_LINE_H

#include <realtime/latency.h>
#include <stdbool.h>

/* Finds the card. False: this partition has none. `delay`: the card's delay, in nanoseconds. */
bool line_start(const void *device_tree, uint64_t delay);

/* Sends the next packet, unless a packet is on its way; its latency is noted later. Returns when
 * the line is due; 0: that isn't known, or nothing was sent. */
uint64_t line_send(struct latency *latency);
bool line_is_under_way(void);

/* How many packets never got an interrupt. */
uint32_t line_lost(void);

#endif
