/* See lib/utf8.h. */
#include <lib/utf8.h>

/* A character's length, by its first byte. 0: no character begins with this byte. */
static uint32_t utf8_length(uint8_t first)
{
	return first < 0x80       ? 1
	       : first >> 5 == 6  ? 2
	       : first >> 4 == 14 ? 3
	       : first >> 3 == 30 ? 4
	                          : 0;
}

size_t utf8_take(const void *bytes, size_t left, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *at = bytes;
	const uint32_t length = utf8_length(*at);
	uint32_t value = length > 1 ? *at & 0x7fu >> length : *at;

	if (length == 0 || length > left)
		return 0;
	for (uint32_t i = 1; i < length; i++) {
		if (at[i] >> 6 != 2)
			return 0;
		value = value << 6 | (at[i] & 0x3fu);
	}
	if (value < least[length] || value > 0x10ffff || value >> 11 == 0x1b)
		return 0;
	*character = value;
	return length;
}
