/*
 * What a driver finds in the window that its predecessor left, and what it leaves there for its
 * successor. The client can write it, too, so it is checked. Pure.
 */
#ifndef NIC_HANDOVER_H
#define NIC_HANDOVER_H

#include <proto/nic.h>
#include <stdbool.h>

/* Places in nic_window.card. */
enum handover {
	HANDOVER_REAPED = 0,   /* taken back of the queue of frames that come in: 16 bits */
	HANDOVER_GIVEN = 1,    /* given to the queue of frames that go out: 16 bits */
	HANDOVER_FINISHED = 2, /* and taken back: 16 bits */
	HANDOVER_MAGIC = 3,
};

#define HANDOVER_IS_ONE 0x6e696331u

/* The driver's own numbers of the window. */
struct handover_state {
	uint32_t received, sent, taken;
	uint8_t buffer[NIC_BUFFERS];   /* of each frame that wasn't taken, at its place */
	bool with_client[NIC_BUFFERS]; /* each buffer */
};

/* Takes over. `used`: how many frames the card had brought when it was reset; `buffers`: how many
 * there are. Counts what is lost. */
void handover_take(struct handover_state *state, volatile struct nic_window *window, uint16_t used,
                   uint32_t buffers);

/* The client begins, and waits meanwhile: the driver's numbers are told anew, and those of an
 * earlier client that can't be are set to ones that can. */
void handover_mend(const struct handover_state *state, volatile struct nic_window *window);

/* Which frames the client has taken since: their buffers are free, and told one after the other.
 * False: there is no further one, or, with *wrong, the client's number can't be. */
bool handover_freed(struct handover_state *state, const volatile struct nic_window *window,
                    uint32_t *buffer, bool *wrong);

#endif
