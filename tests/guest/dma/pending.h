/*
 * The messages (MSI-X) of a partition's only function, an NVMe drive. Its first message is masked
 * while the drive finishes a command, and goes off with the store that ends the mask. pending.c
 * implements this, beside nvme.c.
 */
#ifndef PENDING_H
#define PENDING_H

#include <guest/board.h>
#include <stdbool.h>
#include <stdint.h>

#define PENDING_CONTROL 12u /* in the message's entry: 0 lets the message go */

/* Finds the drive, and turns its messages on. False: it has none. */
bool pending_find(void);

/* Makes a message pending: this event is to be written there. Returns where PENDING_CONTROL counts
 * from; 0: the drive doesn't work. */
uintptr_t pending_make(uint64_t to, uint32_t event);

#endif
