/*
 * Keys that a person types. The hot key moves the focus; all other keys go where the focus is. The
 * UART is read only while its keys have somewhere to go. So if a partition reads no keys, its key
 * is held back for a while, and the UART's own FIFO holds the next keys.
 *
 * A place that keys can go to is a console_sink. The partitions are one sink, the service's own
 * command line is another. screen.focus says which source, keys.sink what is done with a key.
 */
#include <console/console.h>
#include <console/uart.h>
#include <service/call.h>

#define KEYS_HOT   0x1d /* Ctrl-] */
#define KEYS_BURST 64u  /* bytes taken in a turn */

static bool sink_partition_take(struct console *console, uint8_t key)
{
	uint8_t focus = console->screen.focus;

	if (!reader_give_key(&console->readers[focus], key))
		return false;
	service_notify(focus);
	return true;
}

static bool sink_nobody_take(struct console *console, uint8_t key)
{
	(void)console;
	(void)key;
	return true;
}

static const struct console_sink sink_partition = {sink_partition_take};
static const struct console_sink sink_commands = {editor_take};
static const struct console_sink sink_nobody = {sink_nobody_take};

static void keys_focus(struct console *console, uint8_t focus)
{
	console->screen.focus = focus;
	console->keys.stuck = false;
	if (focus == TERMSCREEN_NOBODY)
		console->keys.sink = &sink_nobody;
	else if (focus == console->partitions)
		console->keys.sink = &sink_commands;
	else
		console->keys.sink = &sink_partition;
}

void keys_leave(struct console *console)
{
	console->keys.hot = false;
	console->keys.waiting = false;
	editor_close(console);
}

void keys_return(struct console *console)
{
	editor_close(console);
	if (console->screen.focus == console->partitions)
		editor_open(console);
}

void keys_start(struct console *console)
{
	keys_focus(console, TERMSCREEN_NOBODY);
	for (uint8_t i = 0; i < console->partitions; i++) {
		if (console->readers[i].ring) {
			keys_focus(console, i);
			return;
		}
	}
}

static void keys_choose(struct console *console, uint8_t focus)
{
	if (focus != TERMSCREEN_NOBODY &&
	    (focus >= console->partitions || !console->readers[focus].ring)) {
		text_notice(console, "no partition with a console has that number", NULL, NULL);
		return;
	}
	editor_close(console);
	termscreen_close(&console->screen);
	keys_focus(console, focus);
	if (focus == TERMSCREEN_NOBODY) {
		text_notice(console, "keys go to nobody (Ctrl-] ? for help)", NULL, NULL);
		return;
	}
	text_notice(console, "keys go to ", console->shown[focus].name, " (Ctrl-] ? for help)");
	if (text_has_room(console))
		termscreen_again(&console->screen, focus);
}

static void keys_commands(struct console *console)
{
	if (!console->own || console->screen.focus == console->partitions)
		return;
	termscreen_close(&console->screen);
	keys_focus(console, console->partitions);
	text_notice(console, "commands: 'help' shows them; Ctrl-] 1 goes back", NULL, NULL);
	editor_open(console);
}

static void keys_help(struct console *console)
{
	char number[] = "  1  ";

	text_notice(console, "Ctrl-] 1..8: type to a partition; Ctrl-] 0: to none; ",
	            "Ctrl-] c: commands; Ctrl-] Ctrl-]: sends Ctrl-]; Ctrl-] ?: this", NULL);
	for (uint8_t i = 0; i < console->partitions; i++) {
		number[2] = (char)('1' + i);
		if (console->readers[i].ring)
			text_notice(console, number, console->shown[i].name,
			            i == console->screen.focus ? "  <- your keys" : NULL);
	}
}

/* Delivers a key to the focus, or drops it if that reads no keys. False: the key waits. */
static bool keys_deliver(struct console *console, uint8_t key, uint64_t now)
{
	struct console_keys *keys = &console->keys;

	if (keys->sink->take(console, key)) {
		keys->stuck = false;
		return true;
	}
	if (keys->stuck)
		return true;
	if (!keys->waiting) {
		keys->waiting = true;
		keys->key = key;
		keys->since = now;
	}
	return false;
}

void keys_retry(struct console *console, uint64_t now)
{
	struct console_keys *keys = &console->keys;

	if (!keys->waiting)
		return;
	if (keys_deliver(console, keys->key, now)) {
		keys->waiting = false;
		return;
	}
	if (now - keys->since < CONSOLE_KEY_HOLD_MS * console->ms)
		return;
	keys->waiting = false;
	keys->stuck = true;
	text_notice(console, console->shown[console->screen.focus].name,
	            " reads no keys: what you type to it is dropped", NULL);
}

static void keys_hot(struct console *console, uint8_t key, uint64_t now)
{
	if (key == KEYS_HOT)
		(void)keys_deliver(console, key, now);
	else if (key == '0')
		keys_choose(console, TERMSCREEN_NOBODY);
	else if (key >= '1' && key <= '8')
		keys_choose(console, (uint8_t)(key - '1'));
	else if (key == 'c' || key == 'C')
		keys_commands(console);
	else
		keys_help(console);
}

static void keys_key(struct console *console, uint8_t key, uint64_t now)
{
	if (link_has_keys(console, now))
		return; /* the host sends keys in frames */
	if (console->keys.hot) {
		console->keys.hot = false;
		keys_hot(console, key, now);
	} else if (key == KEYS_HOT) {
		console->keys.hot = true;
	} else {
		(void)keys_deliver(console, key, now);
	}
}

void keys_read(struct console *console, uint64_t now)
{
	uint8_t byte;

	for (unsigned int i = 0; i < KEYS_BURST && !console->keys.waiting; i++) {
		/* There must be room for the answer to a frame, or for the help. */
		if (writer_room(&console->writer) < WRITER_SIZE / 2 || !uart_get(&byte))
			return;
		if (linkframe_put(&console->link.parser, byte))
			keys_key(console, byte, now);
		else
			link_byte(console, now);
	}
}
