/*
 * The service's own words on their way into its own ring, which is printed like any source's. An
 * open prompt stays the last line: it is covered, and shown again behind the words that came in
 * between. Called from everywhere in this folder, and from the shell's.
 */
#include <console/console.h>
#include <service/failure.h>

uint32_t say_room(const struct console *console)
{
	const struct console_ring *ring = console->own;

	return ring ? CONSOLE_OUT_SIZE - (ring->out_head - ring->out_tail) : 0;
}

void say_put(struct console *console, char c)
{
	struct console_ring *ring = console->own;

	if (!ring)
		return;
	if (say_room(console) == 0) {
		ring->out_lost++;
		return;
	}
	ring->out[ring->out_head % CONSOLE_OUT_SIZE] = (uint8_t)c;
	__atomic_store_n(&ring->out_head, ring->out_head + 1, __ATOMIC_RELEASE);
}

uint32_t say_next(const struct console *console)
{
	return console->own ? console->own->out_head : 0;
}

void say_take_back(struct console *console, uint32_t from)
{
	if (!console->own)
		return;
	from = reader_take_back(&console->readers[console->partitions], from);
	__atomic_store_n(&console->own->out_head, from, __ATOMIC_RELEASE);
}

uint32_t say_end(const struct console *console)
{
	return console->editor.open ? console->editor.begins : say_next(console);
}

void say_text(struct console *console, const char *text)
{
	while (*text)
		say_put(console, *text++);
}

void say_words(struct console *console, const struct words *words)
{
	uint32_t covered = editor_hide(console), column = 0;

	for (uint32_t i = 0; i < words->size; i++, column++) {
		if (words->text[i] == '\n') {
			for (; column < covered; column++)
				say_put(console, ' ');
			covered = 0;
		}
		say_put(console, words->text[i]);
	}
	editor_show(console);
}

/* Takes the service's own ring, and says why the service was started again. */
void say_start(struct console *console)
{
	const struct service_report *failure = &console->info->failure;
	char text[FAILURE_TEXT];
	struct words words = words_in(text, sizeof(text));

	console->own = console->readers[console->partitions].ring;
	if (!console->own || failure->failures == 0)
		return;
	failure_say(failure, "console service", &words);
	say_words(console, &words);
}
