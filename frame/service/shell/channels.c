/*
 * Channels. `channels` shows what each end has sent, received and dropped; these numbers are in the
 * channels' memory (kumiki/channel.h). This file also says when a broker has failed, and which
 * request a disk's provider didn't survive.
 */
#include <kumiki/channel.h>
#include <kumiki/disk.h>
#include <lib/bundle.h>
#include <service/failure.h>
#include <shell/shell.h>

/* What is known of the end with a given number in the bundle. */
struct channels_place {
	const struct bundle_channel *channel;
	const struct bundle_end *end;
	const struct channel_end *now;
	const struct channel_memory *memory;
	uint32_t place; /* of the end in the channel */
	bool waits;     /* another end takes nothing, and this end waits for it */
	bool seedless;  /* an entropy device without a seed */
};

static bool channels_waits(const struct channel_memory *memory, uint32_t place)
{
	for (uint32_t i = 0; i < BUNDLE_CHANNEL_ENDS_MAX; i++)
		if ((__atomic_load_n(&memory->end[i].starved, __ATOMIC_RELAXED) >> place & 1) != 0)
			return true;
	return false;
}

static struct channels_place channels_at(const struct console *console, uint32_t number)
{
	const struct bundle_header *bundle = tables_bundle(console);
	uint32_t index = bundle_end_channel(bundle, number);
	const struct channel_memory *memory =
	    (const struct channel_memory *)(uintptr_t)console->info->channels[index];
	const struct bundle_channel *channel = &bundle_channels(bundle)[index];
	const uint32_t place = number - channel->ends.first;

	return (struct channels_place){
	    .channel = channel,
	    .end = &bundle_ends(bundle)[number],
	    .now = &memory->end[place],
	    .memory = memory,
	    .place = place,
	    .waits = channels_waits(memory, place),
	    .seedless = channel->kind == BUNDLE_CHANNEL_ENTROPY && memory->entropy.seeded == 0,
	};
}

static uint64_t channels_count(const struct channel_end *end, enum channel_counter counter)
{
	return __atomic_load_n(&end->counters[counter], __ATOMIC_RELAXED);
}

/* ---- `channels` ---- */

static const char *channels_state(const struct console *console, const struct channels_place *place)
{
	uint32_t state = life_status_of(console, (uint8_t)place->end->partition).state;

	if (state != LIFE_RUNNING)
		return "away";
	if (place->seedless)
		return "no seed";
	if ((place->now->status & CHANNEL_STATUS_BROKEN) != 0)
		return "broken";
	if ((place->now->status & CHANNEL_STATUS_DRIVEN) == 0)
		return "no driver";
	return place->waits ? "waits" : "up";
}

static void channels_dropped(const struct channel_end *end, struct words *words)
{
	static const struct {
		enum channel_counter counter;
		const char *why;
	} reasons[] = {{CHANNEL_AWAY, " away"},
	               {CHANNEL_NO_BUFFER, " without a buffer"},
	               {CHANNEL_TOO_LONG, " too long"},
	               {CHANNEL_BAD, " broken ring"},
	               {CHANNEL_SHORT, " too short"},
	               {CHANNEL_WRONG, " that fit no request"},
	               {CHANNEL_FAILED, " that their provider didn't survive"},
	               {CHANNEL_LATE, " that waited too long"}};
	const char *between = ", dropped: ";

	for (uint32_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		uint64_t count = channels_count(end, reasons[i].counter);

		if (count == 0)
			continue;
		words_text(words, between);
		words_decimal(words, count);
		words_text(words, reasons[i].why);
		between = ", ";
	}
}

/* Requests of a disk without an answer: a user's, and for the provider those of all users. */
static uint32_t channels_open(const struct channels_place *place)
{
	uint32_t open = 0;

	for (uint32_t i = 0; i < BUNDLE_CHANNEL_ENDS_MAX; i++)
		for (uint32_t j = 0; j < CHANNEL_REQUESTS_ALL; j++)
			if ((place->place == CHANNEL_PROVIDER || place->place == i) &&
			    __atomic_load_n(&place->memory->disk.user[i].request[j].state,
			                    __ATOMIC_RELAXED) != REQUEST_FREE)
				open++;
	return open;
}

static void channels_line(const struct console *console, uint32_t number, struct words *words)
{
	const struct channels_place place = channels_at(console, number);
	const struct channel_end *end = place.now;

	words_name(words, place.channel->name, BUNDLE_NAME_SIZE);
	words_column(words, 18);
	words_text(words, console->name[place.end->partition]);
	words_column(words, 36);
	words_text(words, bundle_channel_word(place.channel->kind));
	words_text(words, " ");
	words_text(words, channels_state(console, &place));
	words_text(words, ", sent ");
	words_decimal(words, channels_count(end, CHANNEL_SENT));
	words_text(words, ", received ");
	words_decimal(words, channels_count(end, CHANNEL_RECEIVED));
	words_text(words, ", replayed ");
	words_decimal(words, channels_count(end, CHANNEL_REPLAYED));
	if (place.channel->kind == BUNDLE_CHANNEL_DISK) {
		words_text(words, ", in flight ");
		words_decimal(words, channels_open(&place));
	}
	channels_dropped(end, words);
	words_text(words, ", broker's failures ");
	words_decimal(words, end->failure.failures);
	words_put(words, '\n');
}

/* Each step writes one line. */
enum command_result command_channels(struct shell *shell, struct words *words, uint64_t now)
{
	const uint32_t ends = tables_bundle(shell->console)->ends.count;
	uint32_t step = shell->command->step++;

	(void)now;
	if (ends == 0) {
		words_text(words, "no channel joins these partitions\n");
		return COMMAND_DONE;
	}
	if (step == 0)
		words_text(words, "channel           partition         kind and state, frames, "
		                  "bytes or requests\n");
	else
		channels_line(shell->console, step - 1, words);
	return step < ends ? COMMAND_MORE : COMMAND_DONE;
}

/* ---- failures ---- */

/* What an earlier life of this service may have said isn't said again. */
void channels_start(struct shell *shell)
{
	for (uint32_t i = 0; i < tables_bundle(shell->console)->ends.count; i++) {
		const struct channels_place place = channels_at(shell->console, i);

		shell->failures[i] = place.now->failure.failures;
		shell->deadly[i] = channels_count(place.now, CHANNEL_FAILED);
	}
}

static void channels_broker(const struct channels_place *place, struct words *words)
{
	char name[BUNDLE_NAME_SIZE + 16];
	struct words of = words_in(name, sizeof(name) - 1);

	words_text(&of, "broker on ");
	words_name(&of, place->channel->name, BUNDLE_NAME_SIZE);
	name[of.size] = 0;
	failure_say(&place->now->failure, name, words);
}

static void channels_deadly(const struct channels_place *place, struct words *words)
{
	static const char *const operations[] = {
	    [DISK_READ] = "read",       [DISK_WRITE] = "write",   [DISK_FLUSH] = "flush",
	    [DISK_DISCARD] = "discard", [DISK_ZEROES] = "zeroes",
	};
	const struct channel_user *user = &place->memory->disk.user[place->place];
	const uint32_t operation = user->deadly.operation;

	words_name(words, place->channel->name, BUNDLE_NAME_SIZE);
	words_say(words, "'s provider doesn't survive a request (",
	          operation < sizeof(operations) / sizeof(operations[0]) ? operations[operation]
	                                                                 : NULL,
	          ", ");
	words_bytes(words, user->deadly.size);
	words_text(words, " at sector ");
	words_decimal(words, user->deadly.sector);
	words_text(words, "), which got an I/O error\n");
}

/* True: the numbers aren't those that were said. They are now. */
static bool channels_news(struct shell *shell, uint32_t number, const struct channels_place *place,
                          struct words *words)
{
	const uint64_t deadly = channels_count(place->now, CHANNEL_FAILED);

	words_say(words, shell->console->name[place->end->partition], ": ", NULL);
	if (place->now->failure.failures != shell->failures[number]) {
		shell->failures[number] = place->now->failure.failures;
		channels_broker(place, words);
	} else if (deadly != shell->deadly[number]) {
		__atomic_thread_fence(__ATOMIC_ACQUIRE); /* the broker counts last */
		shell->deadly[number] = deadly;
		channels_deadly(place, words);
	} else {
		return false;
	}
	return true;
}

bool channels_look(struct shell *shell)
{
	bool said = false;

	if (!shell->console->own)
		return false;
	for (uint32_t i = 0; i < tables_bundle(shell->console)->ends.count && !said; i++) {
		const struct channels_place place = channels_at(shell->console, i);
		struct words words = words_in(shell->words, sizeof(shell->words));

		said = channels_news(shell, i, &place, &words);
		if (said)
			say_words(shell->console, &words);
	}
	return said;
}
