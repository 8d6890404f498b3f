/* Sums and large segments; see broker/offload.h. Numbers in a frame are big-endian. */
#include <broker/device.h>
#include <broker/offload.h>
#include <lib/copy.h>
#include <lib/inetsum.h>

#define OFFLOAD_SUM_MISSING 1u /* a flag in byte 0 of the header in front of the frame */
#define OFFLOAD_TCP4        1u /* in byte 1: the kind of large segment */
#define OFFLOAD_TCP6        4u
#define OFFLOAD_ECN         0x80u /* in addition */

#define ETHERNET_TYPE   12
#define ETHERNET_SIZE   14
#define ETHERNET_TAG    4 /* bytes that a VLAN adds */
#define ETHERNET_TAGGED 0x8100
#define ETHERNET_IP4    0x0800
#define ETHERNET_IP6    0x86dd

#define IP4_LENGTH    2
#define IP4_NUMBER    4
#define IP4_SUM       10
#define IP4_ADDRESSES 12
#define IP4_SIZE      20
#define IP6_LENGTH    4
#define IP6_ADDRESSES 8
#define IP6_SIZE      40

#define TCP_NUMBER 4
#define TCP_OFFSET 12 /* its upper half: where the data begin, in words */
#define TCP_FLAGS  13
#define TCP_SUM    16
#define TCP_SIZE   20
#define TCP_LAST   0x09u /* FIN and PSH, which only the last frame has */
#define TCP_FIRST  0x80u /* CWR, which only the first frame has */

enum { PROTOCOL_TCP = 6 };

/* No driver cuts a segment finer than Linux, whose MSS is 48 at least, with 40 bytes of TCP's
 * options at most. */
#define OFFLOAD_PIECE_LEAST 8

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Writes a sum in memory's order. */
static void put_sum(uint8_t *at, uint64_t sum)
{
	uint16_t folded = (uint16_t)~inetsum_fold(sum);

	copy_bytes(at, &folded, sizeof(folded));
}

/* A number of the header in front of a frame: little-endian, like this machine. */
static uint32_t header_16(const uint8_t header[OFFLOAD_HEADER], uint32_t at)
{
	return header[at] | (uint32_t)header[at + 1] << 8;
}

/* ---- what the sender says ---- */

static uint64_t needs_of(uint32_t kind)
{
	uint64_t segments =
	    (kind & ~OFFLOAD_ECN) == OFFLOAD_TCP4 ? DEVICE_NET_TAKES_TCP4 : DEVICE_NET_TAKES_TCP6;

	return DEVICE_NET_TAKES_SUMS | segments |
	       ((kind & OFFLOAD_ECN) != 0 ? DEVICE_NET_TAKES_ECN : 0);
}

static bool is_agreed(uint32_t kind, uint64_t features)
{
	if ((kind & OFFLOAD_ECN) != 0 && (features & DEVICE_NET_ECN) == 0)
		return false;
	switch (kind & ~OFFLOAD_ECN) {
	case OFFLOAD_TCP4:
		return (features & DEVICE_NET_TCP4) != 0;
	case OFFLOAD_TCP6:
		return (features & DEVICE_NET_TCP6) != 0;
	default:
		return false;
	}
}

/* Whether an IP header of that kind is there, and reaches up to TCP's. With IPv6 further headers
 * may lie between. */
static bool has_network(struct offload *offload, bool six)
{
	const uint8_t *bytes = offload->bytes;
	uint32_t tag = get16(bytes + ETHERNET_TYPE) == ETHERNET_TAGGED ? ETHERNET_TAG : 0;
	uint32_t type = get16(bytes + ETHERNET_TYPE + tag), size;

	offload->network = ETHERNET_SIZE + tag;
	if (offload->from < offload->network + (six ? IP6_SIZE : IP4_SIZE))
		return false;
	size = offload->from - offload->network;
	if (six)
		return type == ETHERNET_IP6 && bytes[offload->network] >> 4 == 6;
	return type == ETHERNET_IP4 && bytes[offload->network] >> 4 == 4 &&
	       (bytes[offload->network] & 15u) * 4 == size;
}

/* Reads the headers of a large segment. `from` is where TCP's header begins. */
static bool read_segment(struct offload *offload, const struct chain *chain, uint64_t size)
{
	const struct chain_piece to = {offload->bytes, OFFLOAD_HEADERS};
	uint32_t there = size < OFFLOAD_HEADERS ? (uint32_t)size : OFFLOAD_HEADERS;
	bool six = (offload->header[1] & ~OFFLOAD_ECN) == OFFLOAD_TCP6;

	if (offload->at != offload->from + TCP_SUM || offload->from + TCP_SIZE > there)
		return false;
	ring_copy((struct chain_range){&to, 0}, (struct chain_range){chain->piece, OFFLOAD_HEADER},
	          there);
	offload->headers = offload->from + (offload->bytes[offload->from + TCP_OFFSET] >> 4) * 4u;
	offload->piece = header_16(offload->header, 4);
	return offload->headers >= offload->from + TCP_SIZE && offload->headers <= there &&
	       offload->headers < size && offload->piece >= OFFLOAD_PIECE_LEAST &&
	       has_network(offload, six);
}

bool offload_read(struct offload *offload, uint64_t features, const struct chain *chain,
                  uint64_t size)
{
	const struct chain_piece to = {offload->header, OFFLOAD_HEADER};
	uint32_t kind;

	offload->needs = 0;
	offload->at = offload->piece = 0;
	if ((features & DEVICE_NET_SUMS) == 0)
		return true;
	ring_copy((struct chain_range){&to, 0}, (struct chain_range){chain->piece, 0},
	          OFFLOAD_HEADER);
	kind = offload->header[1];
	if ((offload->header[0] & OFFLOAD_SUM_MISSING) == 0)
		return kind == 0;
	offload->needs = DEVICE_NET_TAKES_SUMS;
	offload->from = header_16(offload->header, 6);
	offload->at = offload->from + header_16(offload->header, 8);
	if (offload->from < ETHERNET_SIZE || offload->at + 2 > size)
		return false;
	if (kind == 0)
		return true;
	offload->needs = needs_of(kind);
	return is_agreed(kind, features) && read_segment(offload, chain, size);
}

/* ---- the work ---- */

uint32_t offload_frames(const struct offload *offload, uint64_t size)
{
	if (offload->piece == 0)
		return 1;
	return (uint32_t)((size - offload->headers + offload->piece - 1) / offload->piece);
}

/* How many bytes of TCP's data frame `number` has. */
static uint64_t data_size(const struct offload *offload, uint64_t size, uint32_t number)
{
	uint64_t left = size - offload->headers - (uint64_t)number * offload->piece;

	return left < offload->piece ? left : offload->piece;
}

uint64_t offload_size(const struct offload *offload, uint64_t size, uint32_t number)
{
	return offload->piece == 0 ? size : offload->headers + data_size(offload, size, number);
}

static struct chain_range behind(struct chain_range range, uint64_t size)
{
	range.skip += size;
	return range;
}

/* Writes the sum of a whole frame, whose word already has the sum of the addresses. A sum of 0 is
 * written as all ones, since 0 would mean for UDP that there is no sum. */
static void write_sum(const struct offload *offload, uint64_t size, struct chain_range to)
{
	uint64_t sum = ring_sum(behind(to, offload->from), size - offload->from);
	uint8_t bytes[2];
	const struct chain_piece from = {bytes, sizeof(bytes)};

	put_sum(bytes, sum);
	if (bytes[0] == 0 && bytes[1] == 0)
		put16(bytes, 0xffff);
	ring_copy(behind(to, offload->at), (struct chain_range){&from, 0}, sizeof(bytes));
}

static void set_network(const struct offload *offload, uint8_t *ip, uint64_t length,
                        uint32_t number)
{
	if (ip[0] >> 4 == 6) {
		put16(ip + IP6_LENGTH, (uint32_t)length - IP6_SIZE);
		return;
	}
	put16(ip + IP4_LENGTH, (uint32_t)length);
	put16(ip + IP4_NUMBER, get16(ip + IP4_NUMBER) + number);
	put16(ip + IP4_SUM, 0);
	put_sum(ip + IP4_SUM, inetsum_wide(ip, offload->from - offload->network));
}

/* The sum of what counts, but isn't in the packet (RFC 9293, 3.1). */
static uint64_t pseudo_sum(const uint8_t *ip, uint64_t length)
{
	uint8_t rest[4] = {0, PROTOCOL_TCP};
	uint64_t addresses = ip[0] >> 4 == 6 ? inetsum_wide(ip + IP6_ADDRESSES, 32)
	                                     : inetsum_wide(ip + IP4_ADDRESSES, 8);

	put16(rest + 2, (uint32_t)length);
	return addresses + inetsum_wide(rest, sizeof(rest));
}

static void set_number(uint8_t *tcp, uint64_t ahead)
{
	uint32_t number = get16(tcp + TCP_NUMBER) << 16 | get16(tcp + TCP_NUMBER + 2);

	number += (uint32_t)ahead;
	put16(tcp + TCP_NUMBER, number >> 16);
	put16(tcp + TCP_NUMBER + 2, number & 0xffff);
}

/* Writes one frame of a large segment. The data are copied first, as the headers have their sum. */
static void write_segment(const struct offload *offload, const struct chain *chain, uint64_t size,
                          uint32_t number, struct chain_range to)
{
	uint64_t data = data_size(offload, size, number), ahead = (uint64_t)number * offload->piece;
	uint64_t length = offload->headers - offload->from + data; /* of the TCP packet */
	uint8_t bytes[OFFLOAD_HEADERS];
	const struct chain_piece from = {bytes, OFFLOAD_HEADERS};
	uint8_t *ip = bytes + offload->network, *tcp = bytes + offload->from;
	bool last = number + 1 == offload_frames(offload, size);

	ring_copy(behind(to, offload->headers),
	          (struct chain_range){chain->piece, OFFLOAD_HEADER + offload->headers + ahead},
	          data);
	copy_bytes(bytes, offload->bytes, offload->headers);
	set_network(offload, ip, offload->from - offload->network + length, number);
	set_number(tcp, ahead);
	tcp[TCP_FLAGS] &= (uint8_t) ~((last ? 0 : TCP_LAST) | (number == 0 ? 0 : TCP_FIRST));
	put16(tcp + TCP_SUM, 0);
	put_sum(tcp + TCP_SUM, pseudo_sum(ip, length) +
	                           inetsum_wide(tcp, offload->headers - offload->from) +
	                           ring_sum(behind(to, offload->headers), data));
	ring_copy(to, (struct chain_range){&from, 0}, offload->headers);
}

void offload_write(const struct offload *offload, const struct chain *chain, uint64_t size,
                   uint32_t number, struct chain_range to)
{
	if (offload->piece != 0) {
		write_segment(offload, chain, size, number, to);
		return;
	}
	ring_copy(to, (struct chain_range){chain->piece, OFFLOAD_HEADER}, size);
	if (offload->at != 0)
		write_sum(offload, size, to);
}
