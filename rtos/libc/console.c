/* Descriptors 0, 1 and 2: the console that the manifest calls "console". One thread at a time may
 * read. */
#include "descriptor.h"
#include "errors.h"
#include "terminal.h"
#include <errno.h>
#include <proto/console.h>
#include <rtos/console.h>
#include <string.h>

static struct {
	struct terminal terminal;
	char typed[CONSOLE_TEXT]; /* characters that aren't part of a line yet */
	size_t count, at;
	bool ended; /* picolibc forgets it, and would wait for a second Ctrl-D */
} console;

/* Takes characters until the line is whole. The echo of one read fits into one text, except that
 * the echo of an erased line may be cut. */
static enum rtos_status console_line(uint64_t deadline)
{
	enum rtos_status status = RTOS_OK;

	while (!console.terminal.whole && status == RTOS_OK) {
		struct text echo = {.length = 0};

		if (console.at == console.count) {
			console.at = 0;
			status = console_read_until(console.typed, &console.count, deadline);
		}
		while (!console.terminal.whole && console.at < console.count)
			terminal_key(&console.terminal, console.typed[console.at++], &echo);
		if (echo.length > 0)
			(void)console_print(&echo);
	}
	return status;
}

static ssize_t console_kind_read(struct descriptor *descriptor, void *to, size_t size)
{
	enum rtos_status status = RTOS_OK;
	size_t count;

	(void)descriptor;
	if (size == 0 || console.ended)
		return 0;
	status = console_line(0);
	if (status != RTOS_OK)
		return errors_set(errors_of(status));
	count = terminal_take(&console.terminal, to, size);
	console.ended = count == 0;
	return (ssize_t)count;
}

static ssize_t console_kind_write(struct descriptor *descriptor, const void *from, size_t size)
{
	const enum rtos_status status = console_write(from, size);

	(void)descriptor;
	if (status != RTOS_OK)
		return errors_set(errors_of(status));
	return (ssize_t)size;
}

static off_t console_kind_seek(struct descriptor *descriptor, off_t offset, int whence)
{
	(void)descriptor;
	(void)offset;
	(void)whence;
	return errors_set(ESPIPE);
}

static int console_kind_status(struct descriptor *descriptor, struct stat *status)
{
	(void)descriptor;
	memset(status, 0, sizeof(*status));
	status->st_mode = S_IFCHR | S_IRUSR | S_IWUSR;
	status->st_nlink = 1;
	return 0;
}

static bool console_kind_readable(struct descriptor *descriptor, uint64_t deadline)
{
	(void)descriptor;
	return console.ended || console_line(deadline) == RTOS_OK;
}

const struct descriptor_kind descriptor_console = {
    .read = console_kind_read,
    .write = console_kind_write,
    .seek = console_kind_seek,
    .status = console_kind_status,
    .readable = console_kind_readable,
};
