/* See merge.h. */
#include "merge.h"
#include <lwip/def.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/tcp.h>
#include <proto/nic.h>

#define MERGE_HEADS (NIC_PAD + NIC_LEAST + IP_HLEN + TCP_HLEN)
#define MERGE_MOST  60000 /* bytes of a merged segment, at most: a length has 16 bits */

/* The heads of a frame, with the pad in front of them. */
struct merge_heads {
	uint8_t pad[NIC_PAD + NIC_LEAST];
	struct ip_hdr ip;
	struct tcp_hdr tcp;
};
_Static_assert(sizeof(struct merge_heads) == MERGE_HEADS, "nothing lies between them");

static struct {
	struct pbuf *first, *last;
	uint32_t bytes; /* of contents */
	uint32_t next;  /* the sequence number that would follow */
} merge;

/* How many bytes of contents a frame has that may be merged; 0: it may not be merged. */
static uint32_t merge_contents(const struct pbuf *frame)
{
	const struct merge_heads *heads = frame->payload;
	uint32_t all;

	if (frame->next || frame->len <= MERGE_HEADS || IPH_V(&heads->ip) != 4 ||
	    IPH_HL_BYTES(&heads->ip) != IP_HLEN || IPH_PROTO(&heads->ip) != IP_PROTO_TCP ||
	    TCPH_HDRLEN_BYTES(&heads->tcp) != TCP_HLEN ||
	    (TCPH_FLAGS(&heads->tcp) & ~TCP_PSH) != TCP_ACK)
		return 0;
	all = lwip_ntohs(IPH_LEN(&heads->ip));
	return all > IP_HLEN + TCP_HLEN ? all - IP_HLEN - TCP_HLEN : 0;
}

static bool merge_follows(const struct merge_heads *heads, uint32_t bytes)
{
	const struct merge_heads *first;

	if (!merge.first || merge.bytes + bytes > MERGE_MOST)
		return false;
	first = merge.first->payload;
	return heads->ip.src.addr == first->ip.src.addr &&
	       heads->ip.dest.addr == first->ip.dest.addr && heads->tcp.src == first->tcp.src &&
	       heads->tcp.dest == first->tcp.dest && lwip_ntohl(heads->tcp.seqno) == merge.next;
}

/* Adds a segment. Its acknowledgement and window count for the whole merged segment. */
static void merge_add(struct pbuf *frame, uint32_t bytes)
{
	struct merge_heads *first = merge.first->payload;
	const struct merge_heads *heads = frame->payload;

	first->tcp.ackno = heads->tcp.ackno;
	first->tcp.wnd = heads->tcp.wnd;
	TCPH_SET_FLAG(&first->tcp, TCPH_FLAGS(&heads->tcp) & TCP_PSH);
	frame->payload = (uint8_t *)frame->payload + MERGE_HEADS;
	frame->len = (uint16_t)bytes; /* without the padding of a short frame */
	merge.last->next = frame;
	merge.last = frame;
	merge.bytes += bytes;
	merge.next += bytes;
}

void merge_give(void (*give)(struct pbuf *frame))
{
	struct pbuf *first = merge.first;
	struct merge_heads *heads;
	uint32_t left = MERGE_HEADS + merge.bytes;

	if (!first)
		return;
	heads = first->payload;
	IPH_LEN_SET(&heads->ip, lwip_htons((uint16_t)(IP_HLEN + TCP_HLEN + merge.bytes)));
	for (struct pbuf *pbuf = first; pbuf; pbuf = pbuf->next) {
		pbuf->tot_len = (uint16_t)left;
		left -= pbuf->len;
	}
	merge.first = NULL;
	give(first);
}

bool merge_keep(struct pbuf *frame, void (*give)(struct pbuf *frame))
{
	const uint32_t bytes = merge_contents(frame);

	if (bytes != 0 && merge_follows(frame->payload, bytes)) {
		merge_add(frame, bytes);
		return true;
	}
	merge_give(give);
	if (bytes == 0)
		return false;
	merge.first = merge.last = frame;
	merge.bytes = bytes;
	merge.next = lwip_ntohl(((const struct merge_heads *)frame->payload)->tcp.seqno) + bytes;
	frame->len = frame->tot_len = (uint16_t)(MERGE_HEADS + bytes);
	return true;
}
