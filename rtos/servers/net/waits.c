/* See waits.h. */
#include "waits.h"
#include "address.h"
#include "table.h"
#include <lib/string.h>
#include <lwip/dns.h>
#include <lwip/icmp.h>
#include <lwip/inet_chksum.h>
#include <lwip/raw.h>

#define WAITS        128
#define WAITS_ECHO   56   /* bytes of an echo's contents, unless its caller says how many */
#define WAITS_MOST   1400 /* most bytes of an echo's contents */
#define WAITS_PING   1000 /* milliseconds to wait for an echo */
#define WAITS_OUR_ID 0x4b75

enum waits_kind { WAITS_FREE = 0, WAITS_EVENTS = 1, WAITS_ECHOED = 2, WAITS_NAMED = 3 };

struct waits_call {
	uint64_t identity, token, badge;
	uint64_t deadline; /* 0: it waits without an end */
	enum waits_kind kind;
	uint32_t reads, writes; /* a bit for each socket */
	uint64_t began;         /* when the echo was sent */
	uint16_t sequence;
};

static struct waits_call waits_calls[WAITS];
static struct raw_pcb *waits_raw;
static uint16_t waits_sequence;
static uint32_t waits_top; /* places from here on are free */

static struct waits_call *waits_new(const struct sys_message *message, enum waits_kind kind)
{
	for (uint32_t i = 0; i < WAITS; i++) {
		if (waits_calls[i].kind != WAITS_FREE)
			continue;
		waits_calls[i] = (struct waits_call){.identity = message->identity,
		                                     .token = message->token,
		                                     .badge = message->badge,
		                                     .kind = kind};
		waits_top = waits_top > i + 1 ? waits_top : i + 1;
		return &waits_calls[i];
	}
	return NULL;
}

static void waits_free(struct waits_call *call)
{
	call->kind = WAITS_FREE;
	while (waits_top > 0 && waits_calls[waits_top - 1].kind == WAITS_FREE)
		waits_top--;
}

static void waits_answer(struct waits_call *call, enum socket_status status, const uint64_t more[3])
{
	const struct sys_message answer = {
	    .word = {status, more ? more[0] : 0, more ? more[1] : 0, more ? more[2] : 0},
	    .identity = call->identity,
	    .token = call->token};

	waits_free(call);
	(void)sys_reply(&answer); /* the caller may have ended */
}

/* ---- events ---- */

/* Which of these sockets can be read, can be written, or failed. False: none of them. */
static bool waits_ready(uint64_t badge, uint32_t reads, uint32_t writes, uint64_t are[3])
{
	are[0] = are[1] = are[2] = 0;
	for (uint32_t left = reads | writes; left != 0; left &= left - 1) {
		const uint32_t number = (uint32_t)__builtin_ctz(left), bit = 1U << number;
		const struct table_socket *socket = table_find(badge, number);

		if ((reads & bit) != 0 && (!socket || table_readable(socket)))
			are[0] |= bit;
		if ((writes & bit) != 0 && (!socket || table_writable(socket)))
			are[1] |= bit;
		if (!socket || table_failed(socket) || (socket->ended_in && socket->ended_out))
			are[2] |= bit;
	}
	return (are[0] | are[1] | are[2]) != 0;
}

enum socket_status waits_wait(struct sys_message *message)
{
	const uint32_t reads = (uint32_t)message->word[1], writes = (uint32_t)message->word[2];
	const uint64_t deadline = message->word[3];
	struct waits_call *call;

	if (waits_ready(message->badge, reads, writes, &message->word[1]))
		return SOCKET_OK;
	call = waits_new(message, WAITS_EVENTS);
	if (!call)
		return SOCKET_NO_ROOM;
	call->reads = reads;
	call->writes = writes;
	call->deadline = deadline;
	message->identity = 0;
	return SOCKET_OK;
}

/* ---- echoes ---- */

static uint8_t waits_echo_came(void *argument, struct raw_pcb *pcb, struct pbuf *pbuf,
                               const ip_addr_t *from)
{
	const uint32_t header = (*(const uint8_t *)pbuf->payload & 0xfU) * 4;
	struct icmp_echo_hdr echo;

	(void)argument;
	(void)pcb;
	(void)from;
	if (pbuf_copy_partial(pbuf, &echo, sizeof(echo), (uint16_t)header) != sizeof(echo) ||
	    ICMPH_TYPE(&echo) != ICMP_ER || echo.id != lwip_htons(WAITS_OUR_ID))
		return 0;
	for (uint32_t i = 0; i < waits_top; i++) {
		struct waits_call *call = &waits_calls[i];
		const uint64_t ticks = sys_now() - call->began;
		const uint64_t answer[3] = {ticks * 1000000 / sys_hertz()};

		if (call->kind == WAITS_ECHOED && call->sequence == lwip_ntohs(echo.seqno))
			waits_answer(call, SOCKET_OK, answer);
	}
	pbuf_free(pbuf);
	return 1;
}

static bool waits_begin_raw(void)
{
	if (waits_raw)
		return true;
	waits_raw = raw_new(IP_PROTO_ICMP);
	if (!waits_raw)
		return false;
	raw_recv(waits_raw, waits_echo_came, NULL);
	return true;
}

static struct pbuf *waits_echo(uint16_t sequence, uint32_t bytes)
{
	struct pbuf *pbuf =
	    pbuf_alloc(PBUF_IP, (uint16_t)(sizeof(struct icmp_echo_hdr) + bytes), PBUF_RAM);
	struct icmp_echo_hdr *echo;

	if (!pbuf)
		return NULL;
	echo = pbuf->payload;
	memset(echo, 0, sizeof(*echo));
	ICMPH_TYPE_SET(echo, ICMP_ECHO);
	echo->id = lwip_htons(WAITS_OUR_ID);
	echo->seqno = lwip_htons(sequence);
	for (uint32_t i = 0; i < bytes; i++)
		((uint8_t *)(echo + 1))[i] = (uint8_t)i;
	echo->chksum = inet_chksum(echo, pbuf->len);
	return pbuf;
}

enum socket_status waits_ping(struct sys_message *message)
{
	const ip_addr_t ip = address_ip(SOCKET_ADDRESS((uint32_t)message->word[1], 0));
	const uint64_t bytes = message->word[2] != 0 ? message->word[2] : WAITS_ECHO;
	struct waits_call *call;
	struct pbuf *pbuf;
	err_t error;

	if (bytes > WAITS_MOST)
		return SOCKET_TOO_LONG;
	call = waits_begin_raw() ? waits_new(message, WAITS_ECHOED) : NULL;
	pbuf = call ? waits_echo(++waits_sequence, (uint32_t)bytes) : NULL;
	if (!pbuf) {
		if (call)
			waits_free(call);
		return SOCKET_NO_ROOM;
	}
	call->sequence = waits_sequence;
	call->began = sys_now();
	call->deadline = call->began + sys_ticks(WAITS_PING);
	error = raw_sendto(waits_raw, pbuf, &ip);
	pbuf_free(pbuf);
	if (error != ERR_OK) {
		waits_free(call);
		return error == ERR_MEM ? SOCKET_NO_ROOM : SOCKET_NO_ROUTE;
	}
	message->identity = 0;
	return SOCKET_OK;
}

/* ---- names ---- */

static void waits_named(const char *name, const ip_addr_t *ip, void *argument)
{
	const uint64_t answer[3] = {ip ? SOCKET_IP(address_word(ip, 0)) : 0};

	(void)name;
	waits_answer(argument, ip ? SOCKET_OK : SOCKET_NO_NAME, answer);
}

/* Looks up a name. The call's place stays taken until lwIP has called back, whatever becomes of the
 * caller. */
enum socket_status waits_lookup(struct sys_message *message)
{
	char name[SOCKET_NAME];
	struct waits_call *call;
	ip_addr_t ip;
	err_t error;

	memcpy(name, &message->word[2], sizeof(name));
	name[sizeof(name) - 1] = '\0';
	call = waits_new(message, WAITS_NAMED);
	if (!call)
		return SOCKET_NO_ROOM;
	error = dns_gethostbyname(name, &ip, waits_named, call);
	if (error == ERR_INPROGRESS) {
		message->identity = 0;
		return SOCKET_OK;
	}
	waits_free(call);
	message->word[1] = error == ERR_OK ? SOCKET_IP(address_word(&ip, 0)) : 0;
	return error == ERR_OK ? SOCKET_OK : SOCKET_NO_NAME;
}

/* ---- all of them ---- */

void waits_look(void)
{
	const bool changed = table_changed;
	uint64_t now = 0, are[3];

	table_changed = false;
	for (uint32_t i = 0; i < waits_top; i++) {
		struct waits_call *call = &waits_calls[i];

		if (call->kind == WAITS_FREE)
			continue;
		if (changed && call->kind == WAITS_EVENTS &&
		    waits_ready(call->badge, call->reads, call->writes, are)) {
			waits_answer(call, SOCKET_OK, are);
			continue;
		}
		if (call->deadline == 0)
			continue;
		now = now != 0 ? now : sys_now();
		if ((int64_t)(now - call->deadline) >= 0)
			waits_answer(call, SOCKET_TIMED_OUT, NULL);
	}
}

uint64_t waits_deadline(void)
{
	uint64_t first = 0;

	for (uint32_t i = 0; i < waits_top; i++)
		if (waits_calls[i].kind != WAITS_FREE && waits_calls[i].deadline != 0 &&
		    (first == 0 || waits_calls[i].deadline < first))
			first = waits_calls[i].deadline;
	return first;
}

void waits_forget(uint64_t badge)
{
	for (uint32_t i = 0; i < waits_top; i++)
		if (waits_calls[i].badge == badge && waits_calls[i].kind != WAITS_NAMED)
			waits_free(&waits_calls[i]);
}
