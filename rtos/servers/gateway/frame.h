/* What the gateway understands of a frame. It believes nothing of a frame: it looks at lengths
 * before it looks at bytes. */
#ifndef GATEWAY_FRAME_H
#define GATEWAY_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEAD 14 /* bytes: addresses and type */

#define FRAME_TYPE_IP  0x0800
#define FRAME_TYPE_ARP 0x0806

enum frame_protocol { FRAME_ICMP = 1, FRAME_TCP = 6, FRAME_UDP = 17 };

enum frame_found {
	FRAME_WHOLE,
	FRAME_FRAGMENT,  /* a part of an IP packet: it may have no ports */
	FRAME_MALFORMED, /* its lengths can't be right, or it says by which way it goes */
};

/* Index 0 is the sender, 1 the receiver. A part that a frame doesn't have is 0. */
struct frame {
	enum frame_found found;
	uint16_t type;
	uint8_t protocol;
	uint8_t card[2][6];  /* the MAC addresses */
	uint32_t address[2]; /* the first byte is the highest */
	uint16_t port[2];    /* in ICMP's echoes both are the identifier */
	bool begins, ends;   /* TCP: SYN without ACK; FIN or RST */
};

/* Whether the frame has addresses of IPv4. */
static inline bool frame_has_addresses(const struct frame *frame)
{
	return frame->type == FRAME_TYPE_IP || frame->type == FRAME_TYPE_ARP;
}

/* `size` is at least FRAME_HEAD. */
void frame_understand(struct frame *frame, const uint8_t *bytes, size_t size);

#endif
