/*
 * Work that a driver leaves to its network device (virtio 1.2, 5.1.6.2): the sum of a TCP or UDP
 * packet, and cutting a large TCP segment into frames. A receiver whose driver takes such frames
 * gets them as they are. For all other receivers the sender's broker does the work. What a guest
 * says of a frame is copied first, then checked.
 */
#ifndef BROKER_OFFLOAD_H
#define BROKER_OFFLOAD_H

#include <broker/ring.h>

#define OFFLOAD_HEADER  12  /* struct virtio_net_hdr_v1, in front of each frame */
#define OFFLOAD_HEADERS 192 /* bytes of a frame's own headers, at most */

struct offload {
	uint64_t needs; /* features that a receiver needs to take the frame as it is */
	/* Where the sum begins in the frame, and where its word is. `at` 0: no sum was left out. */
	uint32_t from, at;
	/* A large segment's: where the IP header begins; bytes of all headers; bytes of TCP's data
	 * in each frame. `piece` 0: the frame is no large segment. */
	uint32_t network, headers, piece;
	uint8_t header[OFFLOAD_HEADER]; /* in front of the frame */
	uint8_t bytes[OFFLOAD_HEADERS]; /* a large segment's headers */
};

/* Reads what the sender's driver, with these features, says in front of the frame of `size` bytes.
 * False: it can't be true. */
bool offload_read(struct offload *offload, uint64_t features, const struct chain *chain,
                  uint64_t size);

/* Whether a receiver with these features gets the frame as it is. */
static inline bool offload_suits(const struct offload *offload, uint64_t features)
{
	return (features & offload->needs) == offload->needs;
}

/* For any other receiver: how many frames the frame becomes, and how long frame `number` is. */
uint32_t offload_frames(const struct offload *offload, uint64_t size);
uint64_t offload_size(const struct offload *offload, uint64_t size, uint32_t number);

/* Writes frame `number`, without the header in front of it. `to` has room for it. */
void offload_write(const struct offload *offload, const struct chain *chain, uint64_t size,
                   uint32_t number, struct chain_range to);

#endif
