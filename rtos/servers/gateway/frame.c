/* See frame.h. */
#include "frame.h"
#include <lib/string.h>

#define ARP_SIZE     28
#define ARP_SENDER   14 /* offsets of IP's addresses */
#define ARP_RECEIVER 24

#define IP_SIZE      20 /* without options */
#define IP_LENGTH    2
#define IP_PART      6
#define IP_PROTOCOL  9
#define IP_SENDER    12
#define IP_RECEIVER  16
#define IP_PART_MASK 0x3fff /* more parts follow, or an offset */

#define IP_OPTION_END     0
#define IP_OPTION_NOTHING 1
#define IP_OPTION_LOOSE   131 /* source routes: the packet's receiver isn't the last one */
#define IP_OPTION_STRICT  137

#define TCP_SIZE  20
#define TCP_FLAGS 13
#define TCP_FIN   0x01
#define TCP_SYN   0x02
#define TCP_RST   0x04
#define TCP_ACK   0x10
#define UDP_SIZE  8

#define ICMP_SIZE       8
#define ICMP_ECHO       8
#define ICMP_ECHO_REPLY 0
#define ICMP_IDENTIFIER 4

static uint16_t frame_16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t frame_32(const uint8_t *bytes)
{
	return (uint32_t)frame_16(bytes) << 16 | frame_16(bytes + 2);
}

static enum frame_found frame_arp(struct frame *frame, const uint8_t *bytes, size_t size)
{
	if (size < ARP_SIZE)
		return FRAME_MALFORMED;
	frame->address[0] = frame_32(bytes + ARP_SENDER);
	frame->address[1] = frame_32(bytes + ARP_RECEIVER);
	return FRAME_WHOLE;
}

static enum frame_found frame_tcp(struct frame *frame, const uint8_t *bytes, size_t size)
{
	uint8_t flags;

	if (size < TCP_SIZE)
		return FRAME_MALFORMED;
	flags = bytes[TCP_FLAGS];
	frame->port[0] = frame_16(bytes);
	frame->port[1] = frame_16(bytes + 2);
	frame->begins = (flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)) == TCP_SYN;
	frame->ends = (flags & (TCP_FIN | TCP_RST)) != 0;
	return FRAME_WHOLE;
}

static enum frame_found frame_udp(struct frame *frame, const uint8_t *bytes, size_t size)
{
	if (size < UDP_SIZE)
		return FRAME_MALFORMED;
	frame->port[0] = frame_16(bytes);
	frame->port[1] = frame_16(bytes + 2);
	return FRAME_WHOLE;
}

static enum frame_found frame_icmp(struct frame *frame, const uint8_t *bytes, size_t size)
{
	if (size < ICMP_SIZE)
		return FRAME_MALFORMED;
	if (bytes[0] == ICMP_ECHO || bytes[0] == ICMP_ECHO_REPLY)
		frame->port[0] = frame->port[1] = frame_16(bytes + ICMP_IDENTIFIER);
	return FRAME_WHOLE;
}

/* Whether the packet says by which way it goes. Options that can't be read may say so, too. */
static bool frame_goes_its_own_way(const uint8_t *options, size_t size)
{
	for (size_t at = 0; at < size && options[at] != IP_OPTION_END;) {
		if (options[at] == IP_OPTION_LOOSE || options[at] == IP_OPTION_STRICT)
			return true;
		if (options[at] == IP_OPTION_NOTHING) {
			at++;
			continue;
		}
		if (at + 1 == size || options[at + 1] < 2)
			return true;
		at += options[at + 1];
	}
	return false;
}

static enum frame_found frame_ip(struct frame *frame, const uint8_t *bytes, size_t size)
{
	const size_t head = size >= IP_SIZE ? (size_t)(bytes[0] & 15) * 4 : 0;
	const size_t whole = size >= IP_SIZE ? frame_16(bytes + IP_LENGTH) : 0;

	if (head < IP_SIZE || bytes[0] >> 4 != 4 || whole < head || whole > size)
		return FRAME_MALFORMED;
	frame->protocol = bytes[IP_PROTOCOL];
	frame->address[0] = frame_32(bytes + IP_SENDER);
	frame->address[1] = frame_32(bytes + IP_RECEIVER);
	if (frame_goes_its_own_way(bytes + IP_SIZE, head - IP_SIZE))
		return FRAME_MALFORMED;
	if ((frame_16(bytes + IP_PART) & IP_PART_MASK) != 0)
		return FRAME_FRAGMENT;
	if (frame->protocol == FRAME_TCP)
		return frame_tcp(frame, bytes + head, whole - head);
	if (frame->protocol == FRAME_UDP)
		return frame_udp(frame, bytes + head, whole - head);
	if (frame->protocol == FRAME_ICMP)
		return frame_icmp(frame, bytes + head, whole - head);
	return FRAME_WHOLE;
}

void frame_understand(struct frame *frame, const uint8_t *bytes, size_t size)
{
	*frame = (struct frame){.found = FRAME_WHOLE, .type = frame_16(bytes + 12)};
	memcpy(frame->card[0], bytes + 6, sizeof(frame->card[0]));
	memcpy(frame->card[1], bytes, sizeof(frame->card[1]));
	if (frame->type == FRAME_TYPE_IP)
		frame->found = frame_ip(frame, bytes + FRAME_HEAD, size - FRAME_HEAD);
	else if (frame->type == FRAME_TYPE_ARP)
		frame->found = frame_arp(frame, bytes + FRAME_HEAD, size - FRAME_HEAD);
}
