/* See host/tame.h. */
#include <host/tame.h>
#include <lib/utf8.h>
#include <stdbool.h>
#include <string.h>

#define TAME_MOST 4 /* bytes that a character can have */

/* Whether the character is a control: U+0000 to U+001F, or U+007F to U+009F. */
static bool tame_controls(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

size_t tame_length(const char *text)
{
	uint32_t character = 0;
	const size_t length = utf8_take(text, strnlen(text, TAME_MOST), &character);

	return tame_controls(character) ? 0 : length;
}

void tame_print(const char *text, FILE *out)
{
	while (*text) {
		const size_t length = tame_length(text);

		if (length != 0)
			(void)fwrite(text, 1, length, out);
		else
			fprintf(out, "\\x%02x", (unsigned char)*text);
		text += length != 0 ? length : 1;
	}
}
