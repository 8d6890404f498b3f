/*
 * Any bytes of a guest through the filter to a terminal, which must find nothing wrong with them:
 * no sequence that guests may not send, no row without the guest's own prefix, no name of another.
 * The first byte says whether the guest has the focus.
 */
#include <lib/termline.h>
#include <service/terminal.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"linux", "kumiki", "g"};
static const struct termline_names reserved = {names, 3};
static struct termfilter filter;
static struct termline line;
static struct terminal terminal;

static void fuzz_check(bool holds)
{
	if (!holds)
		abort();
}

static void fuzz_apply(const struct termop *op, bool escapes)
{
	struct termline_out out;
	enum termline_verdict verdict = termline_apply(&line, op, escapes ? &filter : NULL, &out);

	if (verdict != TERMLINE_DONE) {
		terminal_put(&terminal, (const uint8_t *)"\r\n[g] ", 6);
		termline_clear(&line);
		if (verdict == TERMLINE_FULL)
			fuzz_check(termline_apply(&line, op, escapes ? &filter : NULL, &out) ==
			           TERMLINE_DONE);
	}
	terminal_put(&terminal, out.bytes, out.size);
}

static void fuzz_rows(void)
{
	fuzz_check(!terminal.fault);
	for (unsigned int row = 0; row <= terminal.row; row++) {
		fuzz_check(!strncmp(terminal.cell[row], "[g] ", 4));
		fuzz_check(!strstr(terminal.cell[row], "[linux]"));
		fuzz_check(!strstr(terminal.cell[row], "[kumiki]"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct termop op;

	if (size < 1 || size > TERMINAL_ROWS)
		return 0;
	memset(&filter, 0, sizeof(filter));
	memset(&line, 0, sizeof(line));
	line.names = &reserved;
	line.own = "g";
	line.indent = 4;
	terminal_start(&terminal, TERMINAL_COLUMNS);
	terminal_put(&terminal, (const uint8_t *)"[g] ", 4);
	for (size_t i = 1; i < size; i++) {
		bool again = termfilter_put(&filter, data[i], &op);

		fuzz_apply(&op, data[0] & 1);
		if (again) {
			fuzz_check(!termfilter_put(&filter, data[i], &op));
			fuzz_apply(&op, data[0] & 1);
		}
	}
	fuzz_rows();
	return 0;
}
