/* See rtos/text.h. */
#include <rtos/text.h>

static void text_character(struct text *text, char character)
{
	if (text->length < TEXT_SIZE)
		text->bytes[text->length++] = character;
}

void text_add(struct text *text, const char *string)
{
	while (*string)
		text_character(text, *string++);
}

void text_add_text(struct text *text, const struct text *more)
{
	for (size_t i = 0; i < more->length; i++)
		text_character(text, more->bytes[i]);
}

static void text_digits(struct text *text, uint64_t number, unsigned base)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	while (count)
		text_character(text, digits[--count]);
}

void text_number(struct text *text, uint64_t number)
{
	text_digits(text, number, 10);
}

void text_hex(struct text *text, uint64_t number)
{
	text_add(text, "0x");
	text_digits(text, number, 16);
}
