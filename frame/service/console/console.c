/*
 * The console service's start, turns and sleep. main.c calls this on the machine, the unit tests on
 * the host. Nothing here waits: a turn moves what can be moved, then says how long the service may
 * sleep.
 */
#include <console/console.h>
#include <console/uart.h>
#include <service/call.h>

static uint8_t bounded(uint32_t count, uint8_t limit)
{
	return count < limit ? (uint8_t)count : limit;
}

static void source_start(struct console *console, uint8_t index, uint64_t now)
{
	const struct console_source *from = &console->info->sources[index];

	console->shown[index].name = console->name[index] = from->name;
	reader_start(&console->readers[index], (struct console_ring *)(uintptr_t)from->ring, now);
}

void console_start(struct console *console, const struct console_info *info, uint64_t now)
{
	console->info = info;
	console->began = now;
	console->partitions = bounded(info->partitions, BUNDLE_PARTITIONS_MAX);
	console->source_count = (uint8_t)(console->partitions + 1);
	console->ms = info->counter_hz < 1000 ? 1 : info->counter_hz / 1000;
	console->names.name = console->name;
	console->names.count = console->source_count;
	for (uint8_t i = 0; i < console->source_count; i++)
		source_start(console, i, now);
	say_start(console);
	link_start(console, now);
	blackbox_start(console);
	text_start(console);
	editor_start(console);
	keys_start(console);
	debug_start(console);
	uart_start(info->uart, info->uart_registers);
	uart_listen(true, false);
}

void console_publish(struct console *console, uint8_t source)
{
	bool waits = reader_publish(&console->readers[source]);

	if (waits && source < console->partitions)
		service_notify(source);
}

static bool console_look(struct console *console, uint64_t now)
{
	bool found = false;

	for (uint8_t i = 0; i < console->source_count; i++)
		found |= reader_look(&console->readers[i], now);
	console->lively |= found;
	return found;
}

static void console_set_asleep(struct console *console, bool asleep)
{
	if (console->asleep == asleep)
		return;
	console->asleep = asleep;
	for (uint8_t i = 0; i < console->source_count; i++)
		reader_sleep(&console->readers[i], asleep);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static uint64_t console_nanoseconds(const struct console *console, uint64_t deadline, uint64_t now)
{
	if (deadline == UINT64_MAX)
		return SERVICE_FOREVER;
	if (deadline <= now)
		return 0;
	uint64_t milliseconds = (deadline - now + console->ms - 1) / console->ms;
	return milliseconds * 1000000;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * While characters come, the service naps: waking it for each character would cost the writer time.
 * After a nap without characters it tells all writers to wake it. Then it looks once more, because
 * a character may have come just before.
 */
static uint64_t console_rest(struct console *console, uint64_t now)
{
	uint64_t deadline = earlier(text_deadline(console), link_deadline(console));

	deadline = earlier(deadline, console->does->deadline(console->shell));
	if (console->keys.waiting)
		deadline = earlier(deadline, now + CONSOLE_KEY_RETRY_MS * console->ms);
	if (console->lively) {
		console->lively = false;
		deadline = earlier(deadline, now + CONSOLE_NAP_MS * console->ms);
	} else {
		console_set_asleep(console, true);
		if (console_look(console, now))
			return 0;
	}
	return console_nanoseconds(console, deadline, now);
}

uint64_t console_turn(struct console *console, uint64_t now)
{
	console_set_asleep(console, false);
	keys_retry(console, now);
	keys_read(console, now);
	link_expire(console, now);
	console_look(console, now);
	blackbox_look(console, now);
	bool more = console->does->turn(console->shell, now);

	editor_pump(console);
	if (more)
		console_look(console, now); /* the service is a source, too */
	more |= debug_pump(console);
	more |= update_pump(console);
	more |= console->link.framed ? link_pump(console, now) : text_pump(console, now);
	bool full = !writer_flush(&console->writer);

	uart_listen(!console->keys.waiting && !full, full);
	/* The transmitter's interrupt says when to go on. A sleep without an end would tell the
	 * frame that everything is said, so this sleep has an end. */
	if (full)
		return console_nanoseconds(
		    console, earlier(link_deadline(console), now + CONSOLE_FULL_MS * console->ms),
		    now);
	return more ? 0 : console_rest(console, now);
}
