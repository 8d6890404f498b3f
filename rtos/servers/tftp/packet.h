/*
 * TFTP's packets (RFC 1350, options by RFC 2347 to 2349): what a client asks for, and what it is
 * told. Nothing here sends or reads a file, so it is tested on the host.
 */
#ifndef TFTP_PACKET_H
#define TFTP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TFTP_HEAD       4    /* bytes before a block's data */
#define TFTP_BLOCK      512  /* a block without an option */
#define TFTP_BLOCK_MOST 1428 /* fits an Ethernet frame */
#define TFTP_MOST       (TFTP_HEAD + TFTP_BLOCK_MOST)
#define TFTP_NAME_MOST  256

enum tftp_kind {
	TFTP_READ = 1,
	TFTP_WRITE = 2,
	TFTP_DATA = 3,
	TFTP_ACK = 4,
	TFTP_ERROR = 5,
	TFTP_OPTIONS = 6
};

enum tftp_error {
	TFTP_OTHER = 0, /* the text says it */
	TFTP_NO_FILE = 1,
	TFTP_REFUSED = 2,
	TFTP_ILLEGAL = 4,
	TFTP_STRANGER = 5, /* a packet of another client, or of none */
};

struct tftp_request {
	char name[TFTP_NAME_MOST]; /* below the server's folder: it begins with no '/' */
	uint32_t block;            /* bytes; the client's wish, or TFTP_BLOCK */
	bool wants_block, wants_size;
};

/* The packet's kind; 0: it is too short to have one. */
uint32_t tftp_kind(const uint8_t *packet, size_t size);

/* An ACK's number. The packet has four bytes. */
uint16_t tftp_number(const uint8_t *packet);

/* Takes a client's first packet apart. False: the client gets this error with these words. */
bool tftp_read_request(struct tftp_request *request, const uint8_t *packet, size_t size,
                       enum tftp_error *error, const char **why);

/* Each makes a packet of at most TFTP_MOST bytes, and says how long it is. */
size_t tftp_write_error(uint8_t *packet, enum tftp_error error, const char *why);
size_t tftp_write_options(uint8_t *packet, const struct tftp_request *request, uint64_t size);
/* Only the head: the data lie behind it. */
void tftp_write_data(uint8_t *packet, uint16_t number);

#endif
