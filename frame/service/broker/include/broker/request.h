/*
 * Requests of a disk's users, in the channel's memory. A request is its user's until the provider's
 * broker, or the user's own broker, completes it. A broker that changes a request has the user's
 * queue. The user's broker sends requests (dispatch.c); the provider's broker takes the answers
 * (provider.c).
 */
#ifndef BROKER_REQUEST_H
#define BROKER_REQUEST_H

#include <broker/ring.h>
#include <kumiki/disk.h>

#define REQUEST_HEADER 16 /* struct virtio_blk_outhdr */
#define REQUEST_RANGE  16 /* struct virtio_blk_discard_write_zeroes */

/* What the user's driver finds in the last byte of its chain. */
enum request_result { REQUEST_GOOD, REQUEST_FAILED, REQUEST_UNKNOWN };

/* A user's chain, or a chain of the provider's port. It is large, and needed for one thing at a
 * time, so there is only one. */
extern struct chain request_chain;

/* Discards and zeroes have a range behind their header, where others have data. */
static inline bool request_has_range(const struct channel_request *request)
{
	return request->operation == DISK_DISCARD || request->operation == DISK_ZEROES;
}

static inline bool request_changes(const struct channel_request *request)
{
	return request->operation == DISK_WRITE || request_has_range(request);
}

struct channel_request *request_at(const struct broker *broker, uint32_t place, uint32_t index);

/* The present session; 0: there is none. It goes on while the provider is suspended. If the
 * provider's partition has ended, the session ends when the next life begins. */
uint32_t request_session(const struct broker *broker);

/* Reads the user's chain of the request once more, and opens `ring`. False: the user has changed
 * the chain or the queue. A changed chain breaks the user's device. */
bool request_open(struct broker *broker, uint32_t place, const struct channel_request *request,
                  struct ring *ring, struct chain *chain);

/* Gives the chain back to the user's driver. The request is over. */
void request_complete(struct broker *broker, const struct ring *ring, uint32_t index,
                      const struct chain *chain, enum request_result result);

/* Gives the chain back with an error. If the provider still has the request, an orphan stays:
 * nothing that overlaps the orphan is sent before the provider has answered. */
void request_give_up(struct broker *broker, const struct ring *ring, uint32_t index,
                     const struct chain *chain);

/* `given` of struct kind, for users and provider. */
void request_given(struct broker *broker, uint32_t to);

/* ---- dispatch.c ---- */

/* Sends what can be sent. The broker has its own queue. */
void dispatch_turn(struct broker *broker);

/* `noted` of struct kind, for a user's broker. */
void dispatch_noted(struct broker *broker, uint32_t to);

/* ---- port.c ---- */

/* Takes and sends the messages of the provider's console about its port. Without
 * VIRTIO_CONSOLE_F_MULTIPORT there are none. */
void port_turn(struct broker *broker);

/* Whether the provider's program has its end open. */
bool port_is_open(const struct broker *broker);

#endif
