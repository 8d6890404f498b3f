/* A transfer: its file, its client, and the packet that waits for the client's answer. */
#ifndef TFTP_TRANSFER_H
#define TFTP_TRANSFER_H

#include "packet.h"
#include <netinet/in.h>

#define TRANSFER_TRIES 10

struct transfer {
	int file;
	struct sockaddr_in client;
	struct tftp_request request;
	uint16_t number; /* of the block that was last sent; 0: options were sent */
	bool last;       /* no further block follows */
	uint32_t tries;
	int64_t due; /* milliseconds: when the packet is sent again */
	size_t size; /* of the packet that was last sent */
	uint8_t packet[TFTP_MOST];
};

/* Whether a transfer that waits for an answer can have this packet and these numbers. */
bool transfer_is_sound(const struct transfer *transfer);

#endif
