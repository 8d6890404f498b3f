/*
 * Frames of the link: see lib/linkframe.h. The parser's buffer always begins with a LINK_START.
 * When the buffer can't be the beginning of a frame, the parser drops only the bytes up to the next
 * LINK_START in it. So a false start loses no frame.
 */
#include <lib/crc32c.h>
#include <lib/linkframe.h>

static uint16_t frame_size(const struct linkframe_parser *parser)
{
	return (uint16_t)(parser->buffer[2] | parser->buffer[3] << 8);
}

static uint32_t frame_word(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* Drops `count` bytes, and the bytes after them up to the next LINK_START. */
static void parser_drop(struct linkframe_parser *parser, uint16_t count)
{
	uint16_t from = count, to = 0;

	while (from < parser->have && parser->buffer[from] != LINK_START)
		from++;
	while (from < parser->have)
		parser->buffer[to++] = parser->buffer[from++];
	parser->have = to;
}

static void parser_settle(struct linkframe_parser *parser)
{
	uint16_t taken = parser->taken;

	parser->taken = 0;
	if (taken)
		parser_drop(parser, taken);
}

bool linkframe_put(struct linkframe_parser *parser, uint8_t byte)
{
	parser_settle(parser);
	if (parser->have == 0 && byte != LINK_START)
		return true;
	if (parser->have == LINKFRAME_MAX) { /* the caller didn't ask for frames */
		parser->bad++;
		parser_drop(parser, 1);
	}
	parser->buffer[parser->have++] = byte;
	return false;
}

/* When this returns without a frame, the buffer isn't full: a full buffer holds a whole frame. */
bool linkframe_next(struct linkframe_parser *parser, struct linkframe *frame)
{
	parser_settle(parser);
	while (parser->have >= LINKFRAME_HEADER) {
		uint16_t size = frame_size(parser);

		if (size <= LINK_PAYLOAD_MAX) {
			if (parser->have < size + LINKFRAME_OVERHEAD)
				return false;
			if (crc32c(0, parser->buffer + 1, LINKFRAME_HEADER - 1u + size) ==
			    frame_word(parser->buffer + LINKFRAME_HEADER + size)) {
				frame->type = parser->buffer[1];
				frame->size = size;
				frame->payload = parser->buffer + LINKFRAME_HEADER;
				parser->taken = (uint16_t)(size + LINKFRAME_OVERHEAD);
				return true;
			}
		}
		parser->bad++;
		parser_drop(parser, 1);
	}
	return false;
}

bool linkframe_inside(const struct linkframe_parser *parser)
{
	return parser->have > parser->taken;
}

void linkframe_reset(struct linkframe_parser *parser)
{
	parser->have = parser->taken = 0;
}

size_t linkframe_close(uint8_t *out, uint8_t type, size_t size)
{
	out[0] = LINK_START;
	out[1] = type;
	out[2] = (uint8_t)size;
	out[3] = (uint8_t)(size >> 8);
	uint32_t crc = crc32c(0, out + 1, LINKFRAME_HEADER - 1u + size);
	for (unsigned int i = 0; i < 4; i++)
		out[LINKFRAME_HEADER + size + i] = (uint8_t)(crc >> (8 * i));
	return size + LINKFRAME_OVERHEAD;
}
