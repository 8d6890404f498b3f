/*
 * The host's end of the link to the console service of fake_frame.h: it sends requests, and
 * receives the service's frames.
 */
#ifndef UNIT_SERVICE_HOST_H
#define UNIT_SERVICE_HOST_H

#include "fake_frame.h"

#define ANSWERS_MAX 256

struct answer {
	uint8_t type;
	uint16_t size;
	uint8_t payload[LINK_PAYLOAD_MAX + 1]; /* with a zero behind it */
};

/* The result of the last host_receive(): frames, and characters outside of them. */
extern struct answer answers[ANSWERS_MAX];
extern size_t answer_count, plain_count;

/* Starts a console of two partitions, linux and rt. No client has said LINK_HELLO yet. */
void host_start(void);

void host_send(uint8_t type, const void *payload, size_t size);

/* Receives the service's output since the last call. */
void host_receive(void);

/* Says LINK_HELLO, and receives the output that comes at once. */
void host_hello(void);

/* Checks which frame the answer `at` is an error about, and its words. */
void host_error(size_t at, uint8_t type, uint8_t subject, const char *words);

#endif
