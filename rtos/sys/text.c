/* See rtos/text.h. */
#include <rtos/sys.h>
#include <rtos/text.h>

#define TEXT_CHUNK 56 /* of RTOS_PRINT */

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

static void text_chunk(const char *bytes, size_t size)
{
	struct sys_registers call = {
	    .x = {[7] = size, [8] = RTOS_PRINT, [9] = RTOS_HANDLE_MACHINE}};

	for (size_t i = 0; i < size; i++)
		call.x[i / 8] |= (uint64_t)(uint8_t)bytes[i] << (i % 8 * 8);
	sys_svc(&call);
}

void text_print(const struct text *text)
{
	for (size_t at = 0; at < text->length; at += TEXT_CHUNK)
		text_chunk(text->bytes + at,
		           text->length - at < TEXT_CHUNK ? text->length - at : TEXT_CHUNK);
}

void text_say(const char *string)
{
	struct text text = {.length = 0};

	text_add(&text, string);
	text_print(&text);
}
