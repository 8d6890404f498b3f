/* SPDX-License-Identifier: MIT-0 */
/*
 * A channel between two partitions over memory that they share: data (messages of any length, in
 * order, acknowledged) and control (small messages of one form, requests and answers). Each side
 * writes one area, which the other only reads; so the two areas are the halves of a window, or two
 * windows that have one writer each. A doorbell tells the other side to look. The caller rings it,
 * after each call that changed something.
 *
 * The other side is not trusted. Each value of its area is read once, checked, and then used. An
 * impossible value ends the conversation (CHANNEL_BROKEN) until the other side is started anew. The
 * caller checks the messages' contents.
 *
 * Each life of a side is a generation: a number that is never used again and isn't 0
 * (KUMIKI_CALL_SELF tells how often a partition was started). A conversation is between two
 * generations. When the other side begins a new life, all messages on their way are forgotten, and
 * both sides begin anew. channel_acknowledged() tells which messages have to be sent again. A
 * message is acknowledged when the receiver calls channel_done(): call it when the contents are
 * safe.
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
	uint32_t kind; /* the callers choose it */
	uint32_t id;   /* a request's number; an answer has the same, with CHANNEL_ANSWER */
	uint64_t words[CHANNEL_WORDS];
};
#define CHANNEL_ANSWER (1u << 31)

/* The header of one side's area. All counts begin with the conversation and wrap around. */
struct channel_area {
	uint32_t magic;
	uint32_t generation;    /* 0: the side isn't there, and all else is void */
	uint32_t seen;          /* the other side's generation that the counts are about; 0: none */
	uint32_t data_written;  /* bytes put into `data` */
	uint32_t data_taken;    /* acknowledged bytes of the other side's data */
	uint32_t messages_done; /* acknowledged messages of the other side */
	uint32_t controls_written;
	uint32_t controls_taken;
	struct channel_message controls[CHANNEL_CONTROLS];
	uint8_t data[]; /* its size is a power of two */
};

enum channel_status {
	CHANNEL_OK,
	CHANNEL_AWAY,   /* the other side isn't there (yet, or any more) */
	CHANNEL_EMPTY,  /* nothing to receive */
	CHANNEL_FULL,   /* try again when the other side has taken something */
	CHANNEL_WRONG,  /* the message can never be sent, or no request waits for the answer */
	CHANNEL_BROKEN, /* the other side broke the protocol */
};

/* One side's state; all of it is private. */
struct channel {
	struct channel_area *out;
	const struct channel_area *in;
	uint32_t ring; /* bytes of data in an area */
	uint32_t generation, other;
	uint32_t
	    conversations; /* begun in this side's life; each life of the other side begins one */
	bool open, broken;
	uint64_t all_acknowledged;
	/* The present conversation. */
	uint32_t data_written, data_taken, data_read;
	uint32_t sent, acknowledged, received, done;
	uint32_t controls_written, controls_taken, next_id;
	uint32_t waiting; /* a bit for each request without an answer, by its id's lowest bits */
	uint32_t ids[CHANNEL_CONTROLS];
};

/* Begins this side's life: `out` and `in` have `size` bytes each and are aligned to 8. The contents
 * of `out` are lost. */
void channel_open(struct channel *channel, void *out, const void *in, size_t size,
                  uint32_t generation);

/*
 * Looks at the other side. Only this call begins a conversation; every other call answers
 * CHANNEL_AWAY when its conversation is over. CHANNEL_OK: there is a conversation, a new one if
 * `conversations` has changed. `changed` (may be NULL) becomes true if the other side has to look:
 * then ring its doorbell.
 */
enum channel_status channel_poll(struct channel *channel, bool *changed);

/* The other side's generation in this conversation. */
uint32_t channel_other(const struct channel *channel);

/* ---- data ---- */

size_t channel_largest(const struct channel *channel);
enum channel_status channel_send(struct channel *channel, const void *bytes, size_t size);
/* How many of this conversation's messages the other side hasn't acknowledged yet. */
uint32_t channel_unacknowledged(const struct channel *channel);
/* How many messages were acknowledged in this side's life, over all conversations. A sender that
 * begins each new conversation with the first unacknowledged item goes on from this count. The last
 * acknowledgement may be lost with the other side, which then gets that message twice. */
uint64_t channel_acknowledged(const struct channel *channel);
/* Copies the next message, up to `room` bytes; `size` gets its whole length. */
enum channel_status channel_receive(struct channel *channel, void *bytes, size_t room,
                                    size_t *size);
/* Acknowledges all received messages. */
enum channel_status channel_done(struct channel *channel);

/* ---- control ---- */

/* Sends a request; `id` (may be NULL) gets its number. */
enum channel_status channel_request(struct channel *channel, uint32_t kind,
                                    const uint64_t words[CHANNEL_WORDS], uint32_t *id);
enum channel_status channel_answer(struct channel *channel, const struct channel_message *request,
                                   const uint64_t words[CHANNEL_WORDS]);
/* Takes the next control message: a request, or the answer to one of this side's requests. */
enum channel_status channel_control(struct channel *channel, struct channel_message *message);

#endif
