/*
 * The filter between a guest's characters and a terminal: see lib/termfilter.h. It is a state
 * machine of five states. Each byte is one step. The filter remembers only the bytes of a character
 * and the parameters of a sequence.
 */
#include <lib/termfilter.h>
#include <stddef.h>

#define CONTROL_BACKSPACE 0x08
#define CONTROL_CANCEL    0x18
#define CONTROL_SUB       0x1a
#define CONTROL_ESCAPE    0x1b
#define CONTROL_BELL      0x07
#define PARAMETER_LIMIT   9999u

struct point_range {
	uint16_t first, last;
};

/*
 * Characters without a width of their own. With them a name could look like another name, and the
 * count of columns would be wrong. These are the format characters (U+202E changes the direction of
 * the text) and the combining marks of the scripts in common use.
 */
static const struct point_range invisible[] = {
    {0x00ad, 0x00ad}, {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05c7}, {0x0600, 0x0605},
    {0x0610, 0x061c}, {0x064b, 0x065f}, {0x06d6, 0x06ed}, {0x070f, 0x0711}, {0x0730, 0x074a},
    {0x07a6, 0x07b0}, {0x0816, 0x082d}, {0x08d3, 0x0903}, {0x093a, 0x094f}, {0x0e31, 0x0e3a},
    {0x0e47, 0x0e4e}, {0x115f, 0x1160}, {0x17b4, 0x17d3}, {0x180b, 0x180f}, {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x20d0, 0x20ff},
    {0x302a, 0x302f}, {0x3099, 0x309a}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
    {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}};

static bool point_shows(uint32_t point)
{
	for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
		if (point >= invisible[i].first && point <= invisible[i].last)
			return false;
	return point < 0xe0000 && (point < 0x1d165 || point > 0x1d182);
}

static void put_character(struct termop *op, uint32_t bytes)
{
	op->kind = TERMOP_CHAR;
	op->character = bytes;
}

static void begin_sequence(struct termfilter *filter, enum termfilter_state state)
{
	filter->state = (uint8_t)state;
	filter->parameter_count = 0;
	filter->unknown = false;
}

static void control(struct termfilter *filter, uint8_t byte, struct termop *op)
{
	switch (byte) {
	case '\n':
		op->kind = TERMOP_NEWLINE;
		break;
	case '\r':
		op->kind = TERMOP_RETURN;
		break;
	case '\t':
		op->kind = TERMOP_TAB;
		break;
	case CONTROL_BACKSPACE:
		op->kind = TERMOP_BACK;
		break;
	case CONTROL_ESCAPE:
		begin_sequence(filter, TERMFILTER_ESCAPE);
		break;
	default:
		break;
	}
}

/* Takes the first byte of a character of several bytes. A byte from 0x80 to 0x9f at this place is
 * an 8-bit control, which is dropped. */
static void utf8_begin(struct termfilter *filter, uint8_t byte, struct termop *op)
{
	if (byte < 0xa0)
		return;
	if (byte < 0xc2 || byte > 0xf4) {
		put_character(op, '?');
		return;
	}
	filter->state = TERMFILTER_UTF8;
	filter->utf8_have = 1;
	filter->utf8 = byte;
	filter->utf8_size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
	filter->utf8_point = byte & (0x7fu >> filter->utf8_size);
}

/* Unicode 15, table 3-7: the limits of the second byte exclude overlong forms, surrogates and code
 * points above U+10FFFF. */
static bool utf8_follows(const struct termfilter *filter, uint8_t byte)
{
	uint8_t low = 0x80, high = 0xbf;

	if (filter->utf8_have == 1) {
		switch (filter->utf8 & 0xff) {
		case 0xe0:
			low = 0xa0;
			break;
		case 0xed:
			high = 0x9f;
			break;
		case 0xf0:
			low = 0x90;
			break;
		case 0xf4:
			high = 0x8f;
			break;
		default:
			break;
		}
	}
	return byte >= low && byte <= high;
}

static bool in_utf8(struct termfilter *filter, uint8_t byte, struct termop *op)
{
	if (!utf8_follows(filter, byte)) {
		filter->state = TERMFILTER_GROUND;
		put_character(op, '?');
		return true;
	}
	filter->utf8 |= (uint32_t)byte << (8 * filter->utf8_have);
	filter->utf8_point = filter->utf8_point << 6 | (byte & 0x3f);
	if (++filter->utf8_have < filter->utf8_size)
		return false;
	filter->state = TERMFILTER_GROUND;
	if (filter->utf8_point < 0xa0) /* the 8-bit controls in UTF-8 */
		return false;
	put_character(op, point_shows(filter->utf8_point) ? filter->utf8 : '?');
	return false;
}

static bool in_escape(struct termfilter *filter, uint8_t byte)
{
	if (byte < 0x20 || byte > 0x7e) {
		filter->state = TERMFILTER_GROUND;
		return true;
	}
	if (byte < 0x30) /* an intermediate byte; a final byte follows */
		return false;
	switch (byte) {
	case '[':
		begin_sequence(filter, TERMFILTER_CSI);
		break;
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		filter->state = TERMFILTER_STRING;
		break;
	default:
		filter->state = TERMFILTER_GROUND;
		break;
	}
	return false;
}

static void csi_parameter(struct termfilter *filter, uint8_t byte)
{
	if (filter->parameter_count == 0) {
		filter->parameter_count = 1;
		filter->parameters[0] = 0;
	}
	if (byte == ';') {
		if (filter->parameter_count == TERMFILTER_PARAMETERS_MAX)
			filter->unknown = true;
		else
			filter->parameters[filter->parameter_count++] = 0;
		return;
	}
	uint16_t *last = &filter->parameters[filter->parameter_count - 1];
	uint32_t value = *last * 10u + (uint32_t)(byte - '0');
	*last = (uint16_t)(value > PARAMETER_LIMIT ? PARAMETER_LIMIT : value);
}

static void csi_final(struct termfilter *filter, uint8_t byte, struct termop *op)
{
	uint16_t first = filter->parameter_count ? filter->parameters[0] : 0;

	if (filter->unknown)
		return;
	switch (byte) {
	case 'm':
		op->kind = TERMOP_COLOUR;
		return;
	case 'C':
		op->kind = TERMOP_RIGHT;
		op->count = first ? first : 1;
		return;
	case 'D':
		op->kind = TERMOP_LEFT;
		op->count = first ? first : 1;
		return;
	case 'K':
		if (first == 0 || first == 2) /* 1 would erase the prefix, too */
			op->kind = TERMOP_ERASE_LINE;
		op->count = first;
		return;
	case 'J':
		if (first == 0)
			op->kind = TERMOP_ERASE_BELOW;
		return;
	default:
		return;
	}
}

static bool in_csi(struct termfilter *filter, uint8_t byte, struct termop *op)
{
	if (byte >= '0' && byte <= ';' && byte != ':') {
		csi_parameter(filter, byte);
		return false;
	}
	if (byte >= 0x20 && byte < 0x40) { /* private and intermediate bytes */
		filter->unknown = true;
		return false;
	}
	filter->state = TERMFILTER_GROUND;
	if (byte < 0x20 || byte > 0x7e)
		return true;
	csi_final(filter, byte, op);
	return false;
}

/* A string without an end mustn't swallow the guest's last words, so a new line ends it. */
static bool in_string(struct termfilter *filter, uint8_t byte)
{
	switch (byte) {
	case CONTROL_ESCAPE:
		begin_sequence(filter, TERMFILTER_ESCAPE); /* ESC \ then does nothing more */
		return false;
	case '\n':
		filter->state = TERMFILTER_GROUND;
		return true;
	case CONTROL_BELL:
	case CONTROL_CANCEL:
	case CONTROL_SUB:
		filter->state = TERMFILTER_GROUND;
		return false;
	default:
		return false;
	}
}

static void in_ground(struct termfilter *filter, uint8_t byte, struct termop *op)
{
	if (byte >= 0x20 && byte < 0x7f)
		put_character(op, byte);
	else if (byte < 0x20)
		control(filter, byte, op);
	else if (byte >= 0x80)
		utf8_begin(filter, byte, op);
}

bool termfilter_put(struct termfilter *filter, uint8_t byte, struct termop *op)
{
	op->kind = TERMOP_NONE;
	op->count = 0;
	switch (filter->state) {
	case TERMFILTER_UTF8:
		return in_utf8(filter, byte, op);
	case TERMFILTER_ESCAPE:
		return in_escape(filter, byte);
	case TERMFILTER_CSI:
		return in_csi(filter, byte, op);
	case TERMFILTER_STRING:
		return in_string(filter, byte);
	default:
		in_ground(filter, byte, op);
		return false;
	}
}
