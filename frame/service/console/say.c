/*
 * The service's own words on their way into its own ring, which is printed like any source's. An
 * open prompt stays the last line: it is covered, and shown again behind the words that came in
 * between. Called from everywhere in this folder, and from the shell's.
 */
#include <console/console.h>
#include <kumiki/account.h>
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

#define WHY_TEXT 1600u /* more than the longest text */

static void say_vcpu(const struct console *console, uint32_t id, struct words *words)
{
	for (uint8_t p = 0; p < console->partitions; p++) {
		const struct bundle_range vcpus = tables_partition(console, p)->vcpus;

		if (id < vcpus.first || id >= vcpus.first + vcpus.count)
			continue;
		words_text(words, "vCPU ");
		words_decimal(words, id - vcpus.first);
		words_say(words, " of ", console->name[p], NULL);
	}
}

/* Says what the core was at work for, and what came of it. */
static void say_work(const struct console *console, const struct frame_crash *crash,
                     struct words *words)
{
	static const char *const before[] = {
	    [FRAME_WORK_UNKNOWN] = "\n  at work for no guest that is known",
	    [FRAME_WORK_HERE] = "\n  at work for an interrupt or a switch, with ",
	    [FRAME_WORK_TRAP] = "\n  at work for a trap of ",
	    [FRAME_WORK_DONE] = "\n  at work for a trap of ",
	};
	static const char *const behind[] = {
	    [FRAME_WORK_UNKNOWN] = "",
	    [FRAME_WORK_HERE] = " here",
	    [FRAME_WORK_TRAP] = ", which comes again",
	    [FRAME_WORK_DONE] = ", which was carried out",
	};

	words_text(words, before[crash->work % 4]);
	if (crash->vcpu != 0)
		say_vcpu(console, crash->vcpu - 1, words);
	words_text(words, behind[crash->work % 4]);
}

static void say_partitions(const struct console *console, const char *before, uint32_t partitions,
                           struct words *words)
{
	for (uint8_t p = 0; p < console->partitions; p++)
		if ((partitions >> p & 1) != 0)
			words_say(words, before, console->name[p], NULL);
}

/* Says where the frame failed, as `kumiki` and a linker's map can read it. */
static void say_crash(const struct console *console, const struct frame_crash *crash,
                      struct words *words)
{
	words_text(words,
	           crash->hung != 0 ? "the frame hung on core " : "the frame failed on core ");
	words_decimal(words, crash->core);
	words_text(words, ", and came back in ");
	words_seconds(words, (crash->ended - crash->began) * 1000, console->info->counter_hz);
	words_hex(words, " ms: syndrome ", crash->syndrome);
	words_hex(words, ", address ", crash->address);
	words_hex(words, ", pc ", crash->pc);
	words_hex(words, ", lr ", crash->lr);
	words_text(words, "\n  trace");
	for (uint32_t i = 0; i < FRAME_CRASH_TRACE && crash->trace[i] != 0; i++)
		words_hex(words, " ", crash->trace[i]);
	say_work(console, crash, words);
	if (crash->text == FRAME_TEXT_LOST)
		words_text(words, "\n  its pristine text is damaged");
	else if (crash->text != 0)
		words_hex(words, "\n  its text was made anew, from ", crash->text);
	say_partitions(console, "\n  as it failed there before, it gives up ", crash->given_up,
	               words);
	say_partitions(console, "\n  damaged was what it kept of ", crash->damaged, words);
	say_partitions(console, "\n  made anew was what it derives for ", crash->mended, words);
	if (crash->count > 1) { /* one that came right behind another recovery hides that one */
		words_text(words, "\n  crashes since the start: ");
		words_decimal(words, crash->count);
	}
	words_put(words, '\n');
}

static void say_cores(const char *before, uint32_t cores, struct words *words)
{
	if (cores == 0)
		return;
	words_text(words, before);
	for (; cores != 0; cores &= cores - 1) {
		words_put(words, ' ');
		words_decimal(words, (uint32_t)__builtin_ctz(cores));
	}
	words_put(words, '\n');
}

/* Says why the frame has begun anew. A crash that is older than an update was said already, but for
 * the crash that brought the old frame back. */
static void say_frame(const struct console *console, const struct accounts *accounts,
                      struct words *words)
{
	const struct frame_update *update = &accounts->update;
	const struct frame_crash *crash = &accounts->crash;
	bool updated = update->count != 0 && (crash->count == 0 || update->ended >= crash->ended);

	if (crash->count != 0 && (!updated || update->outcome == UPDATE_BACK))
		say_crash(console, crash, words);
	if (updated) {
		update_words(console, update, words);
		words_put(words, '\n');
	}
	say_cores("  meanwhile it hung on core", accounts->tables.hung, words);
	say_cores("  its tables were made anew on core", accounts->tables.mended, words);
	say_cores("  what it keeps of its tables is damaged on core", accounts->tables.lost, words);
}

/* If the service has failed since the frame last began anew, an earlier run has told why that was.
 */
void say_why(struct console *console)
{
	const struct service_report *failure = &console->info->failure;
	const struct accounts *accounts =
	    (const struct accounts *)(uintptr_t)console->info->accounts;
	char text[WHY_TEXT];
	struct words words = words_in(text, sizeof(text));

	if (!console->own)
		return;
	if (accounts && accounts->crash.told == failure->failures &&
	    (accounts->crash.count != 0 || accounts->update.count != 0))
		say_frame(console, accounts, &words);
	else if (failure->failures != 0)
		failure_say(failure, "console service", &words);
	if (words.size != 0)
		say_words(console, &words);
}

/* Takes the service's own ring. */
void say_start(struct console *console)
{
	console->own = console->readers[console->partitions].ring;
	say_why(console);
}
