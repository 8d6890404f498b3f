/* SPDX-License-Identifier: MIT-0 */
/*
 * A channel between two partitions over memory that they share: data (messages of any length, in
 * order, acknowledged) and control (small messages of one form, requests and answers). Each side
 * writes one area, which the other only reads; so the two areas are the halves of a window, or two
 * windows that have one writer each. A doorbell tells the other side to look; ringing it is the
 * caller's business, after whatever changed something here.
 *
 * The other side is not trusted. Everything of its area is read once, checked, and then used; what
 * can't be right ends the conversation (CHANNEL_BROKEN) until the other side is started anew. What
 * the messages say is for the caller to check.
 *
 * Each life of a side is a generation: a number that is never used again and isn't 0
 * (KUMIKI_CALL_SELF tells how often a partition was started). A conversation is between two
 * generations. When the other side begins a new life, everything on its way is forgotten, and both
 * begin anew; channel_acknowledged() tells what has to be sent again. A message counts as
 * acknowledged once the receiver has said channel_done(): do that when its contents are safe.
 *
 * Nothing here waits, and nothing needs an operating system: hosts run it in tests.
 */
#ifndef GUEST_CHANNEL_H
#define GUEST_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANNEL_MAGIC    0x4c4e4843u /* "CHNL": the layout below */
#define CHANNEL_CONTROLS 16u         /* control messages on their way in one direction */
#define CHANNEL_WORDS    6u
#define CHANNEL_LEAST    4096u /* bytes of an area */

/* A small message. */
struct channel_message {
	uint32_t kind; /* the callers' */
	uint32_t id;   /* of a request; an answer has its request's, with CHANNEL_ANSWER */
	uint64_t words[CHANNEL_WORDS];
};
#define CHANNEL_ANSWER (1u << 31)

/* What one side writes, at the beginning of its area. All counts begin with the conversation and
 * wrap around. */
struct channel_area {
	uint32_t magic;
	uint32_t generation;    /* 0: not there; everything else is void */
	uint32_t seen;          /* the other side's generation that the counts are about; 0: none */
	uint32_t data_written;  /* bytes put into `data` */
	uint32_t data_taken;    /* bytes that were taken out of the other side's, acknowledged */
	uint32_t messages_done; /* how many messages that was */
	uint32_t controls_written;
	uint32_t controls_taken;
	struct channel_message controls[CHANNEL_CONTROLS];
	uint8_t data[]; /* a power of two */
};

enum channel_status {
	CHANNEL_OK,
	CHANNEL_AWAY,   /* the other side isn't there (yet, or any more) */
	CHANNEL_EMPTY,  /* nothing to receive */
	CHANNEL_FULL,   /* try again when the other side has taken something */
	CHANNEL_WRONG,  /* a message that can never be sent, or an answer that nobody waits for */
	CHANNEL_BROKEN, /* the other side did what it never may */
};

/* Of one side; all of it is private. */
struct channel {
	struct channel_area *out;
	const struct channel_area *in;
	uint32_t ring; /* bytes of data in an area */
	uint32_t generation, other;
	uint32_t conversations; /* begun with this side's life: changes with each of the other's */
	bool open, broken;
	uint64_t all_acknowledged;
	/* Of the conversation. */
	uint32_t data_written, data_taken, data_read;
	uint32_t sent, acknowledged, received, done;
	uint32_t controls_written, controls_taken, next_id;
	uint32_t waiting; /* a bit for each request without an answer, by its id's lowest bits */
	uint32_t ids[CHANNEL_CONTROLS];
};

/* This side's life begins: `out` and `in` have `size` bytes each and are aligned to 8. What `out`
 * held is gone. */
void channel_open(struct channel *channel, void *out, const void *in, size_t size,
                  uint32_t generation);

/*
 * Looks at the other side, and is the only call that begins a conversation: each other one answers
 * CHANNEL_AWAY when the one that it belongs to is over. CHANNEL_OK: there is one; it is a new one
 * if `conversations` has changed. True in `changed` (may be NULL): the other side has to look, so
 * ring.
 */
enum channel_status channel_poll(struct channel *channel, bool *changed);

/* The generation of the other side that the conversation is with. */
uint32_t channel_other(const struct channel *channel);

/* ---- data ---- */

size_t channel_largest(const struct channel *channel);
enum channel_status channel_send(struct channel *channel, const void *bytes, size_t size);
/* How many messages of this conversation the other side hasn't acknowledged yet. */
uint32_t channel_unacknowledged(const struct channel *channel);
/* How many were acknowledged in this side's life, whatever the conversation: who sends things in
 * their order, and in each new conversation begins with the first that wasn't acknowledged, has
 * this many behind it. The last acknowledgement may die with the other side; it gets that one
 * twice. */
uint64_t channel_acknowledged(const struct channel *channel);
/* The next message, copied: up to `room` bytes, its whole length in `size`. */
enum channel_status channel_receive(struct channel *channel, void *bytes, size_t room,
                                    size_t *size);
/* All messages that were received are acknowledged. */
enum channel_status channel_done(struct channel *channel);

/* ---- control ---- */

/* `id` (may be NULL) names the request. */
enum channel_status channel_request(struct channel *channel, uint32_t kind,
                                    const uint64_t words[CHANNEL_WORDS], uint32_t *id);
enum channel_status channel_answer(struct channel *channel, const struct channel_message *request,
                                   const uint64_t words[CHANNEL_WORDS]);
/* The next request, or the answer to one of this side's. */
enum channel_status channel_control(struct channel *channel, struct channel_message *message);

#endif
