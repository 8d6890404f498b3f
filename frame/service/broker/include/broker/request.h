/*
 * Requests of a disk's users, in the channel's memory. A request is its user's until the provider's
 * broker, or the user's own, completes it; whoever changes one has the user's queue. The user's
 * broker sends requests (dispatch.c), the provider's broker takes the answers (provider.c).
 */
#ifndef BROKER_REQUEST_H
#define BROKER_REQUEST_H

#include <broker/ring.h>
#include <kumiki/disk.h>

#define REQUEST_HEADER 16 /* struct virtio_blk_outhdr */
#define REQUEST_RANGE  16 /* struct virtio_blk_discard_write_zeroes */

/* What the user's driver finds in the last byte of its chain. */
enum request_result { REQUEST_GOOD, REQUEST_FAILED, REQUEST_UNKNOWN };

/* A user's chain, or one of the provider's port: large, and needed for one thing at a time, so
 * there is one. */
extern struct chain request_chain;

/* Discards and zeroes have a range behind their header, in place of data. */
static inline bool request_has_range(const struct channel_request *request)
{
	return request->operation == DISK_DISCARD || request->operation == DISK_ZEROES;
}

static inline bool request_changes(const struct channel_request *request)
{
	return request->operation == DISK_WRITE || request_has_range(request);
}

struct channel_request *request_at(const struct broker *broker, uint32_t place, uint32_t index);

/* The session that goes on, and the provider is there; else 0. */
uint32_t request_session(const struct broker *broker);

/* The user's chain of the request, read once more. False: the user has changed it, so that its
 * device is broken now. `ring` is opened, too. */
bool request_open(struct broker *broker, uint32_t place, const struct channel_request *request,
                  struct ring *ring, struct chain *chain);

/* Gives the chain back to the user's driver; the request is over. */
void request_complete(struct broker *broker, uint32_t place, uint32_t index,
                      const struct chain *chain, enum request_result result);

/* The same, with an error. If the provider has the request still, an orphan stays: nothing that
 * overlaps it is sent before the provider has answered. */
void request_give_up(struct broker *broker, uint32_t place, uint32_t index,
                     const struct chain *chain);

/* struct kind's `given`, of both sides. */
void request_given(struct broker *broker, uint32_t to);

/* ---- dispatch.c ---- */

/* Sends what can be sent. The broker has its own queue. */
void dispatch_turn(struct broker *broker);

/* struct kind's `noted`, of a user's broker. */
void dispatch_noted(struct broker *broker, uint32_t to);

/* ---- port.c ---- */

/* Messages of the provider's console about its port; without VIRTIO_CONSOLE_F_MULTIPORT none. */
void port_turn(struct broker *broker);

/* Whether the provider's program has its end open. */
bool port_is_open(const struct broker *broker);

#endif
