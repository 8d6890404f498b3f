/* See check.h. */
#include "check.h"
#include "sum.h"
#include <lib/copy.h>

/* Offsets in a frame (RFC 894, RFC 791, RFC 768). */
enum check_at {
	CHECK_TYPE = 12,
	CHECK_IP = 14,
	CHECK_LENGTH = CHECK_IP + 2,
	CHECK_FRAGMENT = CHECK_IP + 6,
	CHECK_PROTOCOL = CHECK_IP + 9,
	CHECK_ADDRESSES = CHECK_IP + 12,
	CHECK_HEAD = CHECK_IP + 20, /* the end of an IP header without options */
	CHECK_HEADS_WORDS = 5,      /* words of 32 bits in the IP header */
	CHECK_UDP_SUM = 6,          /* offset behind the IP header */
};

enum check_is {
	CHECK_IS_IP = 0x0800,
	CHECK_IS_4 = 0x45, /* version 4, without options */
	CHECK_IS_TCP = 6,
	CHECK_IS_UDP = 17,
	CHECK_IS_PART = 0x3fff, /* a part of a datagram: further parts follow or go before */
	CHECK_LEAST = 8,        /* bytes behind the IP header */
};

static uint32_t check_16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/* How many bytes the packet has behind the IP header; 0: it isn't a whole packet of TCP or UDP. */
static uint32_t check_packet(const uint8_t *frame, uint32_t length)
{
	const uint32_t all = check_16(frame + CHECK_LENGTH), head = CHECK_HEAD - CHECK_IP;
	const uint8_t protocol = frame[CHECK_PROTOCOL];

	if (check_16(frame + CHECK_TYPE) != CHECK_IS_IP || frame[CHECK_IP] != CHECK_IS_4 ||
	    all < head + CHECK_LEAST || all > length - CHECK_IP ||
	    (check_16(frame + CHECK_FRAGMENT) & CHECK_IS_PART) != 0 ||
	    (protocol != CHECK_IS_TCP && protocol != CHECK_IS_UDP))
		return 0;
	return all - head;
}

/* Adds words of 32 bits, at any address. Folded to 16 bits, the result is the sum of words of 16
 * bits. */
static uint64_t check_words(const uint8_t *at, uint32_t count)
{
	typedef uint32_t __attribute__((may_alias, aligned(1))) check_word;
	const check_word *word = (const check_word *)at;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += word[i];
	return sum;
}

/* The pseudo-header's part of a packet's sum (RFC 793): addresses, protocol and length, in memory's
 * byte order. */
static uint64_t check_besides(const uint8_t *frame, uint32_t length)
{
	return check_words(frame + CHECK_ADDRESSES, 2) + ((uint64_t)frame[CHECK_PROTOCOL] << 8) +
	       __builtin_bswap16((uint16_t)length);
}

enum check check_copy(uint8_t *to, const uint8_t *from, uint32_t length)
{
	const uint32_t head = length < CHECK_HEAD ? length : CHECK_HEAD;
	uint32_t packet;
	uint64_t sum;

	copy_bytes(to, from, head);
	packet = length > CHECK_HEAD ? check_packet(to, length) : 0;
	sum = sum_copy_wide(to + head, from + head, packet);
	copy_bytes(to + head + packet, from + head + packet, length - head - packet);
	if (packet == 0 ||
	    (to[CHECK_PROTOCOL] == CHECK_IS_UDP && check_16(to + CHECK_HEAD + CHECK_UDP_SUM) == 0))
		return CHECK_UNKNOWN; /* datagrams may have no sum */
	return inetsum_fold(sum + check_besides(to, packet)) == 0xffff &&
	               inetsum_fold(check_words(to + CHECK_IP, CHECK_HEADS_WORDS)) == 0xffff
	           ? CHECK_GOOD
	           : CHECK_BAD;
}
