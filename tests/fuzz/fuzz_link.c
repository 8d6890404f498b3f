/*
 * Any bytes on the UART, into the whole console service: it must answer in frames that are whole or
 * in clean text, and never lose its way. Every other byte below 4 lets time pass or a guest print.
 */
#include <service/fake_frame.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct linkframe_parser parser;
static struct terminal terminal;

static void fuzz_check(bool holds)
{
	if (!holds)
		abort();
}

static void fuzz_sent(void)
{
	struct linkframe frame;

	for (size_t i = 0; i < fake.sent_size; i++) {
		if (linkframe_put(&parser, fake.sent[i]))
			terminal_put(&terminal, &fake.sent[i], 1);
		while (linkframe_next(&parser, &frame))
			fuzz_check(frame.type > LINK_GET_TRACE);
	}
	fuzz_check(parser.bad == 0);
	fuzz_check(!terminal.fault);
	fake.sent_size = 0;
}

static void fuzz_step(uint8_t byte)
{
	switch (byte) {
	case 0:
		fake_run(600);
		break;
	case 1:
		fake_print(1, "text \x1e\x1b[2J of a guest\n");
		break;
	case 2:
		fake.trace[0].next += 1000;
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"linux", "rt", NULL};

	if (size > 2048)
		return 0;
	fake_start(names);
	memset(&parser, 0, sizeof(parser));
	terminal_start(&terminal, TERMINAL_COLUMNS);
	for (size_t i = 0; i + 1 < size; i += 2) {
		if (fake.typed_size < sizeof(fake.typed) - 1 || fake.typed_read == fake.typed_size)
			fake_type(data + i, 1);
		fuzz_step(data[i + 1]);
		fake_run(0);
		fuzz_sent();
	}
	return 0;
}
