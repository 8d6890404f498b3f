/* Packets of gdb's remote serial protocol: see rsp.h. */
#include "rsp.h"

#define RSP_INTERRUPT_BYTE 3
#define RSP_ESCAPE         '}'
#define RSP_ESCAPE_BIT     0x20

static const char rsp_hex[] = "0123456789abcdef";

int rsp_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static void rsp_begin(struct rsp_parser *parser)
{
	parser->state = RSP_INSIDE;
	parser->sum = 0;
	parser->size = 0;
	parser->overlong = false;
}

static void rsp_take(struct rsp_parser *parser, uint8_t byte)
{
	if (parser->size == RSP_PACKET_MAX)
		parser->overlong = true;
	else
		parser->packet[parser->size++] = (char)byte;
}

static void rsp_inside(struct rsp_parser *parser, uint8_t byte)
{
	if (byte == '#') {
		parser->state = RSP_SUM;
		return;
	}
	parser->sum = (uint8_t)(parser->sum + byte);
	if (parser->state == RSP_ESCAPED) {
		rsp_take(parser, byte ^ RSP_ESCAPE_BIT);
		parser->state = RSP_INSIDE;
	} else if (byte == RSP_ESCAPE) {
		parser->state = RSP_ESCAPED;
	} else {
		rsp_take(parser, byte);
	}
}

static enum rsp_event rsp_end(struct rsp_parser *parser, uint8_t last)
{
	int high = rsp_digit((char)parser->told), low = rsp_digit((char)last);

	parser->state = RSP_OUTSIDE;
	parser->packet[parser->size] = 0;
	if (high < 0 || low < 0 || (high << 4 | low) != parser->sum || parser->overlong)
		return RSP_BROKEN;
	return RSP_PACKET;
}

enum rsp_event rsp_put(struct rsp_parser *parser, uint8_t byte)
{
	switch (parser->state) {
	case RSP_OUTSIDE:
		if (byte == RSP_INTERRUPT_BYTE)
			return RSP_INTERRUPT;
		if (byte == '$')
			rsp_begin(parser);
		return RSP_NOTHING;
	case RSP_SUM:
		parser->told = byte;
		parser->state = RSP_SUM_LAST;
		return RSP_NOTHING;
	case RSP_SUM_LAST:
		return rsp_end(parser, byte);
	default:
		if (byte == '$') /* a new packet: the rest of this one was lost */
			rsp_begin(parser);
		else
			rsp_inside(parser, byte);
		return RSP_NOTHING;
	}
}

static bool rsp_is_special(char c)
{
	return c == '$' || c == '#' || c == '*' || c == RSP_ESCAPE;
}

size_t rsp_frame(char *out, const char *payload, size_t size)
{
	size_t at = 0;
	uint8_t sum = 0;

	out[at++] = '$';
	for (size_t i = 0; i < size && i < RSP_PACKET_MAX; i++) {
		bool special = rsp_is_special(payload[i]);

		if (special)
			out[at++] = RSP_ESCAPE;
		out[at++] = (char)(special ? payload[i] ^ RSP_ESCAPE_BIT : payload[i]);
	}
	for (size_t i = 1; i < at; i++)
		sum = (uint8_t)(sum + (uint8_t)out[i]);
	out[at++] = '#';
	out[at++] = rsp_hex[sum >> 4];
	out[at++] = rsp_hex[sum & 15];
	return at;
}

bool rsp_number(const char **text, uint64_t *number)
{
	const char *at = *text;

	*number = 0;
	for (; rsp_digit(*at) >= 0; at++) {
		if (*number >> 60 != 0)
			return false;
		*number = *number << 4 | (uint64_t)rsp_digit(*at);
	}
	if (at == *text)
		return false;
	*text = at;
	return true;
}

bool rsp_bytes(const char *text, uint8_t *to, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		int high = rsp_digit(text[2 * i]);
		int low = high < 0 ? -1 : rsp_digit(text[2 * i + 1]);

		if (low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

char *rsp_digits(char *out, const void *from, size_t size)
{
	const uint8_t *bytes = from;

	for (size_t i = 0; i < size; i++) {
		*out++ = rsp_hex[bytes[i] >> 4];
		*out++ = rsp_hex[bytes[i] & 15];
	}
	*out = 0;
	return out;
}
