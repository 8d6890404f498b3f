/*
 * What a driver finds in the window that the driver before it left, and what it leaves there for
 * the next one. The client can write to the window, too, so everything is checked. Pure.
 */
#ifndef NIC_HANDOVER_H
#define NIC_HANDOVER_H

#include <proto/nic.h>
#include <stdbool.h>

/* Places in nic_window.card. */
enum handover {
	HANDOVER_REAPED = 0,   /* buffers taken back from the queue of incoming frames: 16 bits */
	HANDOVER_GIVEN = 1,    /* buffers given to the queue of outgoing frames: 16 bits */
	HANDOVER_FINISHED = 2, /* buffers taken back from that queue: 16 bits */
	HANDOVER_MAGIC = 3,
};

#define HANDOVER_IS_ONE 0x6e696331u

/* The driver's own copy of the window's numbers. */
struct handover_state {
	uint32_t received, sent, taken;
	uint8_t buffer[NIC_BUFFERS];   /* of each frame that wasn't taken, at the frame's place */
	bool with_client[NIC_BUFFERS]; /* whether the client has this buffer */
};

/* Takes over. `used`: how many frames the card had brought when it was reset; `buffers`: how many
 * buffers there are. Counts what is lost. */
void handover_take(struct handover_state *state, volatile struct nic_window *window, uint16_t used,
                   uint32_t buffers);

/* The client begins, and waits meanwhile. Tells the driver's numbers anew, and corrects an earlier
 * client's numbers that can't be right. */
void handover_mend(const struct handover_state *state, volatile struct nic_window *window);

/* Tells one buffer that is free, since the client has taken its frame. False: there is no further
 * one; or, with *wrong, the client's number can't be right. */
bool handover_freed(struct handover_state *state, const volatile struct nic_window *window,
                    uint32_t *buffer, bool *wrong);

#endif
