/*
 * Receive queues: the broker of a sender finds buffers there, fills them and gives them back.
 * Unless a comment says otherwise, it has locked the queue, and the end is there.
 */
#ifndef BROKER_RECEIVE_H
#define BROKER_RECEIVE_H

#include <broker/ring.h>

/* Buffers of a receiver for one delivery: what receive_find() found. It is large, so there is one.
 */
struct receive_buffers {
	uint32_t count;  /* of chains */
	uint32_t pieces; /* of all of them */
	uint64_t size;
	struct chain_piece piece[2 * CHAIN_PIECES];
};
extern struct receive_buffers receive_buffers;

/* Carries out a delivery that an earlier run of a broker had opened, if there is one. */
void receive_settle(struct broker *broker, uint32_t to);

/* Finds buffers for so many bytes, in one chain or in several. CHANNEL_RECEIVED, or what is wrong:
 * CHANNEL_NO_BUFFER, CHANNEL_TOO_LONG, CHANNEL_BAD. */
enum channel_counter receive_find(struct broker *broker, const struct ring *ring, uint64_t size,
                                  bool several);

/* So many bytes are in the buffers that were found. From here on they are delivered, and with them
 * `taken` bytes of the sender's chain; the buffers are given back. */
void receive_deliver(struct broker *broker, uint32_t to, uint64_t size, uint64_t taken);

/* Gives back one chain, of whose buffers so many bytes are filled. */
void receive_give(struct broker *broker, uint32_t to, uint32_t id, uint32_t length, uint64_t taken);

/* This broker begins anew: it gives back each queue that it still owns from an earlier run, which
 * may have delivered something. Nothing is locked. */
void receive_recover(struct broker *broker);

/* Brokers may wait for buffers of this broker's guest. If the guest has given some, they look
 * again. Nothing is locked. */
void receive_feed(struct broker *broker);

#endif
