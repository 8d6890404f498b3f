/*
 * Any bytes of a guest through the filter to a terminal, which must find nothing wrong with them:
 * no sequence that guests may not send, no row without the guest's own prefix, no name of another.
 * The first byte says whether the guest has the focus, and how its bytes come in pieces.
 *
 * Shows: hostile.console.
 */
#include <lib/termscreen.h>
#include <service/terminal.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"linux", "kumiki", "g"};
static const struct termline_names reserved = {names, 3};
static struct termscreen_source source;
static struct termscreen screen;
static struct terminal terminal;

static void fuzz_check(bool holds)
{
	if (!holds)
		abort();
}

static void fuzz_write(void *context, const void *bytes, size_t size)
{
	terminal_put(context, bytes, size);
}

static void fuzz_start(bool focus)
{
	memset(&source, 0, sizeof(source));
	memset(&screen, 0, sizeof(screen));
	terminal_start(&terminal, TERMINAL_COLUMNS);
	source.name = "g";
	screen.sources = &source;
	screen.write = fuzz_write;
	screen.context = &terminal;
	termscreen_start(&screen, 1, &reserved);
	if (focus)
		screen.focus = 0;
}

static void fuzz_rows(void)
{
	fuzz_check(!terminal.fault);
	for (unsigned int row = 0; row <= terminal.row; row++) {
		const char *text = terminal.cell[row];

		fuzz_check(*text == '\0' || !strncmp(text, "[g] ", 4));
		fuzz_check(!strstr(text, "[linux]"));
		fuzz_check(!strstr(text, "[kumiki]"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece, at = 1;

	if (size < 1 || size > TERMINAL_ROWS)
		return 0;
	fuzz_start(data[0] & 1);
	piece = 1 + data[0] / 2;
	while (at < size) {
		size_t count = size - at < piece ? size - at : piece;
		size_t taken = termscreen_put(&screen, 0, data + at, count);

		fuzz_check(taken >= 1 && taken <= count);
		at += taken;
		fuzz_check(source.line.column <= source.line.length);
	}
	termscreen_settle(&screen);
	fuzz_rows();
	return 0;
}
