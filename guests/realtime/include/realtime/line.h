/* SPDX-License-Identifier: MIT-0 */
/*
 * A device's interrupt line that rises at a known moment: a virtio network card, which QEMU makes
 * send each packet only after a while (`tx=timer,x-txtimer=NANOSECONDS`). It gets the same packet
 * again and again; no receiver is needed.
 */
#ifndef REALTIME_LINE_H
#define REALTIME_LINE_H

#include <realtime/latency.h>
#include <stdbool.h>

/* False: this partition has no such card. `delay`: the card's, in nanoseconds. */
bool line_start(const void *device_tree, uint64_t delay);

/* Sends the next packet, unless a packet is on its way, and notes its latency. Returns when the
 * line is due; 0: not known, or nothing was sent. */
uint64_t line_send(struct latency *latency);
bool line_is_under_way(void);

/* How many answers never came. */
uint32_t line_lost(void);

#endif
