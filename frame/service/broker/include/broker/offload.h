/*
 * Work that a driver leaves to its network device (virtio 1.2, 5.1.6.2): the sum of a TCP or UDP
 * packet, and cutting a large TCP segment into frames. A receiver whose driver takes such frames
 * gets them as they are. For all others the sender's broker does the work. What a guest says of a
 * frame is copied, then checked.
 */
#ifndef BROKER_OFFLOAD_H
#define BROKER_OFFLOAD_H

#include <broker/ring.h>

#define OFFLOAD_HEADER  12  /* struct virtio_net_hdr_v1, before each frame */
#define OFFLOAD_HEADERS 192 /* bytes of a frame's own headers, at most */

struct offload {
	uint64_t needs; /* features of a receiver that takes the frame as it is */
	/* Of the frame: the sum begins here, and its word is there. `at` 0: nothing was left out.
	 */
	uint32_t from, at;
	/* Of a large segment: where the IP header begins, bytes of all headers, and of TCP's data
	 * in a frame. `piece` 0: it is none. */
	uint32_t network, headers, piece;
	uint8_t header[OFFLOAD_HEADER]; /* before the frame */
	uint8_t bytes[OFFLOAD_HEADERS]; /* of a large segment: its headers */
};

/* Reads what the sender's driver, with these features, says before the frame of `size` bytes.
 * False: it can't be true. */
bool offload_read(struct offload *offload, uint64_t features, const struct chain *chain,
                  uint64_t size);

/* Whether a receiver with these features gets the frame as it is. */
static inline bool offload_suits(const struct offload *offload, uint64_t features)
{
	return (features & offload->needs) == offload->needs;
}

/* For a receiver that doesn't: how many frames the frame becomes, and how long one of them is. */
uint32_t offload_frames(const struct offload *offload, uint64_t size);
uint64_t offload_size(const struct offload *offload, uint64_t size, uint32_t number);

/* Writes that frame, without the header before it. `to` has room for it. */
void offload_write(const struct offload *offload, const struct chain *chain, uint64_t size,
                   uint32_t number, struct chain_range to);

#endif
