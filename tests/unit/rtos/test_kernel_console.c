/*
 * The kernel's console on a UART that sends, that never sends, and that does so again.
 *
 * Shows: rtos.kernel-crash.
 */
#include <machine/console.h>
#include <machine/cpu.h>
#include <machine/start.h>
#include <string.h>
#include <unit.h>

#define FLAG_FULL (1u << 5)
#define FLAGS     (0x18 / 4)

struct fake fake;

/* As a PL011 has them: what is written last, and the flags. */
static uint32_t uart[1024];

/* A look at the clock takes a millisecond, so a wait that never ends is a test that never ends. */
static void begin(void)
{
	memset(uart, 0, sizeof(uart));
	fake = (struct fake){.pace = machine_hz() / 1000};
	console_begin((volatile char *)uart);
	console_say("\r");
}

const struct unit_fixture unit_each = {begin, NULL};

TEST(test_sends)
{
	console_say("%s %u 0x%x", "a", (uint64_t)5, (uint64_t)0xab);
	assert_int_equal(uart[0], 'b');
	assert_int_equal(fake.now, 0);
}

/* It costs the patience for one character, however much is said. */
TEST(test_never_sends)
{
	uart[FLAGS] = FLAG_FULL;
	for (uint32_t i = 0; i < 1000; i++)
		console_say("%s", "a long report\n");
	assert_int_equal(uart[0], '\r');
	assert_in_range(fake.now, 1, machine_hz() / 10);
}

TEST(test_sends_again)
{
	uart[FLAGS] = FLAG_FULL;
	console_say("lost");
	uart[FLAGS] = 0;
	console_say("told");
	assert_int_equal(uart[0], 'd');
	/* and is waited for again */
	fake.now = 0;
	uart[FLAGS] = FLAG_FULL;
	console_say("lost");
	assert_int_not_equal(fake.now, 0);
}
