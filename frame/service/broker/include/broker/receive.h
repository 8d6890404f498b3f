/*
 * Receive queues. The broker of a sender finds buffers there, fills them and gives them back.
 * Unless a comment says otherwise, the broker has locked the queue, and the end is there.
 */
#ifndef BROKER_RECEIVE_H
#define BROKER_RECEIVE_H

#include <broker/ring.h>

/* Buffers of a receiver for one delivery, which receive_find() found. The structure is large, so
 * there is only one. */
struct receive_buffers {
	uint32_t count;  /* chains */
	uint32_t pieces; /* pieces of all chains */
	uint64_t size;
	struct chain_piece piece[2 * CHAIN_PIECES];
};
extern struct receive_buffers receive_buffers;

/* Carries out a delivery that an earlier run of a broker had opened, if there is one. */
void receive_settle(struct broker *broker, uint32_t to);

/* Opens the queue for a broker that waits if it finds too few buffers: settles it, and tells the
 * driver if nobody needs a notice of new buffers. False: the queue isn't ready. */
bool receive_open(struct broker *broker, uint32_t to, struct ring *ring);

/* Finds buffers for `size` bytes, in one chain or in several. CHANNEL_RECEIVED, or what is wrong:
 * CHANNEL_NO_BUFFER, CHANNEL_TOO_LONG, CHANNEL_BAD. If there are too few, and brokers wait for more
 * (channel_end's `starved`), it asks the driver for a notice of the next one. */
enum channel_counter receive_find(struct broker *broker, const struct ring *ring, uint64_t size,
                                  bool several);

/* Delivers the `size` bytes that are in the found buffers, and with them `taken` of the sender's
 * chain. The buffers are given back. */
void receive_deliver(struct broker *broker, const struct ring *ring, uint64_t size, uint64_t taken);

/* Gives back one chain, whose buffers have `length` bytes. */
void receive_give(struct broker *broker, const struct ring *ring, uint32_t id, uint32_t length,
                  uint64_t taken);

/* This broker begins anew. It gives back each queue that an earlier run owned and may have
 * delivered to. Nothing is locked. */
void receive_recover(struct broker *broker);

/* Brokers may wait for buffers of this broker's guest. If the guest has given more than they saw,
 * they look again. Nothing is locked. */
void receive_feed(struct broker *broker);

#endif
