/*
 * Any bytes on the UART, into the whole console service: it must answer in frames that are whole or
 * in clean text, and never lose its way: the operator's command line included. Every other byte
 * below 6 lets time pass, a guest print, or a partition's life go on.
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
			fuzz_check(frame.type >= LINK_WELCOME);
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
	case 3: /* the frame answers a debugger, and says that it stopped */
		fake.ring[1].debug.size = (uint32_t)fake.now;
		fake.ring[1].debug.attached = fake.now / 100 % 2;
		fake.ring[1].debug.answered = fake.ring[1].debug.asked;
		fake.ring[1].debug.stops++;
		break;
	case 4:
		fake_life(0, (enum life_state)(fake.now / 100 % LIFE_STATES));
		break;
	case 5:
		fake_report(1, (enum stop_reason)(fake.now / 100 % (STOP_FRAME + 1)))->load = 1;
		break;
	default:
		break;
	}
}

static void fuzz_obeys(uint64_t partition, uint64_t command)
{
	fuzz_check(partition < 2 && command < LIFE_COMMANDS);
	fake_life((unsigned int)partition, LIFE_RUNNING);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"linux", "rt", NULL};

	if (size > 2048)
		return 0;
	fake_start(names);
	fake.obeys = fuzz_obeys;
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
