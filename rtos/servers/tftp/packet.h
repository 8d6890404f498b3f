/*
 * TFTP's packets (RFC 1350, options by RFC 2347 to 2349): what a client asks for, and what it is
 * told. Nothing here sends a packet or reads a file, so it is tested on the host.
 */
#ifndef TFTP_PACKET_H
#define TFTP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TFTP_HEAD        4   /* bytes in front of a block's data */
#define TFTP_BLOCK       512 /* bytes of a block, without an option */
#define TFTP_BLOCK_LEAST 8
#define TFTP_BLOCK_MOST  1428 /* bytes of the largest block: it fits an Ethernet frame */
#define TFTP_MOST        (TFTP_HEAD + TFTP_BLOCK_MOST)
#define TFTP_NAME_MOST   256

enum tftp_kind {
	TFTP_READ = 1,
	TFTP_WRITE = 2,
	TFTP_DATA = 3,
	TFTP_ACK = 4,
	TFTP_ERROR = 5,
	TFTP_OPTIONS = 6
};

enum tftp_error {
	TFTP_OTHER = 0, /* the text says what is wrong */
	TFTP_NO_FILE = 1,
	TFTP_REFUSED = 2,
	TFTP_ILLEGAL = 4,
	TFTP_STRANGER = 5, /* the packet is another client's, or nobody's */
};

struct tftp_request {
	char name[TFTP_NAME_MOST]; /* below the server's folder; doesn't begin with '/' */
	uint32_t block;            /* bytes: the client's wish, or TFTP_BLOCK */
	bool wants_block, wants_size;
};

/* The packet's kind; 0: the packet is too short to have one. */
uint32_t tftp_kind(const uint8_t *packet, size_t size);

/* An ACK's number. The packet has at least four bytes. */
uint16_t tftp_number(const uint8_t *packet);

/* Takes a client's first packet apart. False: the client gets this error with these words. */
bool tftp_read_request(struct tftp_request *request, const uint8_t *packet, size_t size,
                       enum tftp_error *error, const char **why);

/* tftp_write_error() and tftp_write_options() make a packet of at most TFTP_MOST bytes, and return
 * its length. */
size_t tftp_write_error(uint8_t *packet, enum tftp_error error, const char *why);
size_t tftp_write_options(uint8_t *packet, const struct tftp_request *request, uint64_t size);
/* Writes only the head: the data lie behind it already. */
void tftp_write_data(uint8_t *packet, uint16_t number);

#endif
