/* See rtos/console.h. */
#include <lib/string.h>
#include <proto/console.h>
#include <rtos/console.h>
#include <rtos/sys.h>

static rtos_handle_t console_port(void)
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_USE, "console", 0);

	return port ? port->handle : 0;
}

enum rtos_status console_write(const char *bytes, size_t size)
{
	enum rtos_status status = RTOS_OK;

	for (size_t at = 0; at < size && status == RTOS_OK; at += CONSOLE_TEXT) {
		const size_t count = size - at < CONSOLE_TEXT ? size - at : CONSOLE_TEXT;
		uint64_t word[RTOS_WORDS] = {CONSOLE_WRITE, count};

		memcpy(&word[2], bytes + at, count);
		status = sys_call_anew(console_port(), word, 0);
	}
	return status;
}

enum rtos_status console_print(const struct text *text)
{
	return console_write(text->bytes, text->length);
}

enum rtos_status console_read(char *bytes, size_t *count)
{
	return console_read_until(bytes, count, 0);
}

enum rtos_status console_read_until(char *bytes, size_t *count, uint64_t deadline)
{
	uint64_t word[RTOS_WORDS] = {CONSOLE_READ};
	enum rtos_status status = sys_call_anew(console_port(), word, deadline);

	*count = 0;
	if (status != RTOS_OK || word[0] != 0)
		return status;
	*count = word[1] < CONSOLE_TEXT ? word[1] : CONSOLE_TEXT;
	memcpy(bytes, &word[2], *count);
	return RTOS_OK;
}
