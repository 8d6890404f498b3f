/* Text on the kernel's early console: see rtos/text.h. */
#include <rtos/sys.h>
#include <rtos/text.h>

#define TEXT_CHUNK 56 /* characters of one RTOS_PRINT */

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
