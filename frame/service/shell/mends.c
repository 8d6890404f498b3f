/*
 * What a watcher changed in the memory of a partition, in words: at most once in a second for each
 * partition, with all mends since the last time. Mends from before this service's start aren't
 * said: an earlier life may have said them. shell.c calls this file in every turn, and `log` calls
 * it.
 */
#include <lib/bundle.h>
#include <shell/shell.h>

#define MENDS_PAUSE_MS 1000

static struct shell_mends mends_read(const struct console *console, uint8_t partition)
{
	const uintptr_t ring = (uintptr_t)console->info->sources[partition].report;
	const struct mend_log *log = &((const struct console_ring *)ring)->mends;
	struct shell_mends mends = {.mends = __atomic_load_n(&log->mends, __ATOMIC_ACQUIRE)};

	mends.words = log->words;
	return mends;
}

void mends_start(struct shell *shell)
{
	for (uint8_t i = 0; i < shell->console->partitions; i++)
		shell->mends[i] = mends_read(shell->console, i);
}

/* The partition that mends this one. */
static const char *mends_who(const struct console *console, uint8_t partition)
{
	for (uint8_t i = 0; i < console->partitions; i++) {
		const struct bundle_partition *config = tables_partition(console, i);

		if ((config->flags & BUNDLE_MENDS) != 0 && config->watches == partition)
			return console->name[i];
	}
	return "nobody";
}

static void mends_count(struct words *words, uint32_t count, const char *what)
{
	words_decimal(words, count);
	words_say(words, " ", what, count == 1 ? "" : "s");
}

static void mends_say(struct shell *shell, uint8_t partition, uint32_t mends, uint32_t changed)
{
	struct words words = words_in(shell->words, sizeof(shell->words));

	words_say(&words, mends_who(shell->console, partition), " mended ", NULL);
	mends_count(&words, changed, "word");
	words_say(&words, " of ", shell->console->name[partition], NULL);
	if (mends > 1) {
		words_text(&words, ", in ");
		mends_count(&words, mends, "mend");
	}
	words_put(&words, '\n');
	say_words(shell->console, &words);
}

/* When the partition's mends may be said. UINT64_MAX: there are none to say. */
static uint64_t mends_due(const struct shell *shell, uint8_t partition)
{
	const struct shell_mends *said = &shell->mends[partition];

	if (mends_read(shell->console, partition).mends == said->mends)
		return UINT64_MAX;
	return said->time == 0 ? 0 : said->time + MENDS_PAUSE_MS * shell->console->ms;
}

bool mends_look(struct shell *shell, uint64_t now)
{
	bool any = false;

	for (uint8_t i = 0; i < shell->console->partitions; i++) {
		const struct shell_mends said = shell->mends[i];

		if (mends_due(shell, i) > now)
			continue;
		shell->mends[i] = mends_read(shell->console, i);
		shell->mends[i].time = now;
		mends_say(shell, i, shell->mends[i].mends - said.mends,
		          shell->mends[i].words - said.words);
		any = true;
	}
	return any;
}

uint64_t mends_deadline(const struct shell *shell)
{
	uint64_t deadline = UINT64_MAX;

	for (uint8_t i = 0; i < shell->console->partitions; i++) {
		const uint64_t due = mends_due(shell, i);

		deadline = due < deadline ? due : deadline;
	}
	return deadline;
}

void mends_words(const struct console *console, uint8_t partition, struct words *words)
{
	const struct shell_mends mends = mends_read(console, partition);

	if (mends.mends == 0)
		return;
	words_say(words, "mended by ", mends_who(console, partition), ": ");
	mends_count(words, mends.words, "word");
	words_text(words, " ever, in ");
	mends_count(words, mends.mends, "mend");
	words_put(words, '\n');
}
